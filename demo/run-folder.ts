// This file is about where a demo keeps its sandbox: a folder per run, named after its process, removed with it.
//
// A run never meets another: two may go on side by side, and one that starts while the remains of a killed one are
// still being removed has a folder, ports and processes of its own.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { shortDigest } from '../src/base/canonical-json.ts'
import { cacheFolder } from '../sandbox/cache-folder.ts'
import { identify } from '../sandbox/process-identity.ts'
import { Sandbox } from '../sandbox/sandbox.ts'

const demosFolder = (): string => join(cacheFolder(), 'demo')

/** The folder of this process; nothing is made. */
export function ownFolder(): string {
  const name = nameOfRun(process.pid)
  if (name === undefined) throw new Error('this process does not find itself')
  return join(demosFolder(), name)
}

/** Ends and removes what runs left that were killed together with those who clean up after them. */
export async function removeLeftovers(tell: (line: string) => void): Promise<void> {
  const entries = await readdir(demosFolder()).catch(() => [])
  const runs = new Set(entries.map((entry) => entry.replace(/\.lock$/, '')))
  for (const run of runs) {
    if (nameOfRun(Number.parseInt(run, 10)) === run) continue
    tell(`removing what an earlier demo left in ${join(demosFolder(), run)}`)
    await Sandbox.down({ folder: join(demosFolder(), run) })
  }
}

/** The pid for people, and a digest that tells this process from a later one with the same pid. */
function nameOfRun(pid: number): string | undefined {
  const found = identify(pid)
  return found && `${pid}-${shortDigest(found.mark)}`
}
