// This file is about the Git server as a part of the sandbox, and what is written down for it.
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { extname, join } from 'node:path'
import type { GitUser } from './git/server.ts'
import { SEEDED_REPOSITORY } from './git/seed.ts'
import type { Part } from './part.ts'
import { writeWhole } from './whole-file.ts'

export const gitFolder = (folder: string): string => join(folder, 'git')
/** Who may write, and who may only read; for the owner of the folder alone. */
export const gitUsersFile = (folder: string): string => join(gitFolder(folder), 'users.json')
export const gitUrl = (port: number): string => `https://127.0.0.1:${port}/${SEEDED_REPOSITORY}`

export interface GitUsers {
  readonly writer: GitUser
  readonly reader: GitUser
}

export const readGitUsers = (folder: string): GitUsers =>
  JSON.parse(readFileSync(gitUsersFile(folder), 'utf8')) as GitUsers

export function gitPart(folder: string, port: number): Part<'git'> {
  const program = join(import.meta.dirname, `git-main${extname(import.meta.filename)}`)
  return {
    name: 'git',
    ports: [port],
    graceMs: 1000,
    command: () => {
      mkdirSync(gitFolder(folder), { recursive: true, mode: 0o700 })
      if (!existsSync(gitUsersFile(folder))) writeWhole(gitUsersFile(folder), JSON.stringify(newUsers()))
      return { name: 'git', file: process.execPath, args: [program, folder, String(port)] }
    },
    ready: () => listens(port),
  }
}

const newUsers = (): GitUsers => ({
  writer: { username: 'writer', password: randomBytes(20).toString('hex'), mayWrite: true },
  reader: { username: 'reader', password: randomBytes(20).toString('hex'), mayWrite: false },
})

/** It listens once the repository is there. */
const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    const tell = (open: boolean) => (): void => {
      socket.destroy()
      resolve(open)
    }
    socket.once('connect', tell(true)).once('error', tell(false))
  })
