// This file is about the process that removes a state folder after its owner died.
import { removeStateFolder } from './removal.ts'

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('which folder?')
await removeStateFolder(folder)
