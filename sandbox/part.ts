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
  readonly port: number
  /** How long it may take to end by itself before it is killed (milliseconds). */
  readonly graceMs: number
  command(): Command
  /** Whether it answers as it should; false as long as it does not. */
  ready(): Promise<boolean>
}

/** How long a part may take to answer after its start. The slowest needs 3 s alone, 20 s beside a Go build. */
const START_LIMIT_MS = 120_000
/** How long a part that runs already may take before it is taken for stuck and started anew. */
const ANSWER_LIMIT_MS = 15_000

/** A port that must be kept is held by a process that is not ours. */
export class PortTaken extends Error {
  override name = 'PortTaken'
}

/** Makes sure the part runs and answers. Does nothing to one that does. */
export async function bringUp(folder: string, part: Part): Promise<void> {
  if (runningProcess(folder, part.name) !== undefined) {
    // It may have been stopped with SIGSTOP; continuing one that runs changes nothing.
    signalProcess(folder, part.name, 'SIGCONT')
    if (await answers(folder, part, ANSWER_LIMIT_MS).catch(() => false)) return
    await takeDown(folder, part)
  }
  await startAndWait(folder, part)
}

async function startAndWait(folder: string, part: Part): Promise<void> {
  if (!(await isFree(part.port)))
    throw new PortTaken(`port ${part.port} of ${part.name} is taken by another process`)
  await startProcess(folder, part.command())
  await answers(folder, part, START_LIMIT_MS)
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
