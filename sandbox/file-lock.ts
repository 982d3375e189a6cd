// This file is about letting one process at a time do a thing: build the parts, bring the sandbox up or down.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pause, systemClock } from '../src/base/clock.ts'
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts'

/** How often a waiting process looks again. What is waited for takes seconds to minutes. */
const LOOK_AGAIN_MS = 250

/**
 * Runs `work` while holding the lock file, waiting as long as a living process holds it. A holder that died is
 * replaced. Two processes that replace a dead holder in the same instant may both work, so the lock saves work and
 * keeps people from tripping over themselves; what must never be seen half done needs its own care (a rename).
 */
export async function withLock<T>(
  file: string,
  work: () => Promise<T>,
  onWait: (pid: number) => void,
): Promise<T> {
  await mkdir(dirname(file), { recursive: true })
  let told = false
  for (;;) {
    const holder = await take(file)
    if (holder === undefined) break
    if (!told) onWait(holder.pid)
    told = true
    await pause(systemClock, LOOK_AGAIN_MS)
  }
  try {
    return await work()
  } finally {
    await rm(file, { force: true })
  }
}

/** Takes the lock and answers undefined, or answers who holds it. */
async function take(file: string): Promise<ProcessIdentity | undefined> {
  const me = identify(process.pid)
  try {
    await writeFile(file, JSON.stringify(me), { flag: 'wx' })
    return undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const holder = await readHolder(file)
  if (holder !== undefined && isAlive(holder)) return holder
  await rm(file, { force: true })
  return take(file)
}

async function readHolder(file: string): Promise<ProcessIdentity | undefined> {
  // Between the creation of the file and its content it reads as empty; its writer is given a moment.
  for (let tries = 0; tries < 10; tries++) {
    try {
      return JSON.parse(await readFile(file, 'utf8')) as ProcessIdentity
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      await pause(systemClock, 20)
    }
  }
  return undefined
}
