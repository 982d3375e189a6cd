// This file is about the process that is our Git server, on the folder's port and keys.
import { certificateAuthorityFolder } from './aws-part.ts'
import { seedRepository } from './git/seed.ts'
import { startGitServer } from './git/server.ts'
import { gitFolder, readGitUsers } from './git-part.ts'

const [folder, port] = process.argv.slice(2)
if (folder === undefined || port === undefined) throw new Error('which folder, and which port?')
const root = gitFolder(folder)
// Whoever has no git has a sandbox all the same, only without a repository in it.
await seedRepository(root).catch((error: NodeJS.ErrnoException) => {
  if (error.code !== 'ENOENT') throw error
  console.error('git is not installed: the Git server of this sandbox answers nothing')
})
const { writer, reader } = readGitUsers(folder)
await startGitServer({
  port: Number(port),
  root,
  users: [writer, reader],
  caDir: certificateAuthorityFolder(folder),
})
process.once('SIGTERM', () => process.exit(0))
