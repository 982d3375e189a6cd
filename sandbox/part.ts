// This file is about one part of the sandbox: a process that is up once it answers.
import {
  type Command,
  crashProcess,
  lastWords,
  runningProcess,
  signalProcess,
  startProcess,
  stopProcess,
} from './process.ts'
import { isFree } from './ports.ts'
import { waitFor } from './wait.ts'

export interface Part<Name extends string = string> {
  readonly name: Name
  /** All it listens on; the first is the one to tell people. */
  readonly ports: readonly [number, ...number[]]
  /** How long it may take to end by itself before it is killed (milliseconds). */
  readonly graceMs: number
  command(): Command
  /** Whether it answers as it should; false as long as it does not. */
  ready(): Promise<boolean>
}

/** How long a part may take to answer after its start. The slowest needs 3 s alone, 20 s beside a Go build. */
const START_LIMIT_MS = 120_000
/** How long a part that runs already may take before it is taken for stuck and started anew. */
const ANSWER_LIMIT_MS = 30_000
/** How long the port of a part that ended may stay taken: the system closes it a moment after the process is gone. */
const PORT_LIMIT_MS = 5_000

/** A port that must be kept is held by a process that is not ours. */
export class PortTaken extends Error {
  override name = 'PortTaken'
}

/** Makes sure the part runs and answers. Does nothing to one that does, and says whether it had to be started. */
export async function bringUp(folder: string, part: Part): Promise<boolean> {
  if (runningProcess(folder, part.name) !== undefined) {
    // It may have been stopped with SIGSTOP; continuing one that runs changes nothing.
    signalProcess(folder, part.name, 'SIGCONT')
    if (await answers(folder, part, ANSWER_LIMIT_MS).catch(() => false)) return false
    await takeDown(folder, part)
  }
  await startAndWait(folder, part)
  return true
}

async function startAndWait(folder: string, part: Part): Promise<void> {
  for (const port of part.ports) await untilFree(part, port)
  await startProcess(folder, part.command())
  await answers(folder, part, START_LIMIT_MS)
}

async function untilFree(part: Part, port: number): Promise<void> {
  try {
    await waitFor(() => isFree(port), { what: `port ${port} is free`, limitMs: PORT_LIMIT_MS })
  } catch {
    throw new PortTaken(`port ${port} of ${part.name} is taken by another process`)
  }
}

const answers = (folder: string, part: Part, limitMs: number): Promise<true> =>
  waitFor(
    async () => {
      const ready = await part.ready()
      // Asked after the answer: an answer counts only from a process that lives.
      if (runningProcess(folder, part.name) === undefined)
        throw new Error(
          `${part.name} ended while starting; its log ends with\n${lastWords(folder, part.name)}`,
        )
      return ready
    },
    { what: `${part.name} answers`, limitMs },
  )

export const takeDown = (folder: string, part: Part): Promise<void> =>
  stopProcess(folder, part.name, part.graceMs)

/** SIGKILL returns when the process is gone; the others return at once. */
export async function hit(
  folder: string,
  part: Part,
  signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT',
): Promise<void> {
  if (signal === 'SIGKILL') return crashProcess(folder, part.name)
  if (!signalProcess(folder, part.name, signal)) throw new Error(`${part.name} does not run`)
}
