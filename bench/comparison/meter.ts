// This file is about what a process costs from one moment to another: processor, memory, requests, AWS calls.
import { setTimeout as pause } from 'node:timers/promises'
import type { CallCount } from '../../sandbox/aws/call-log.ts'
import type { Stage } from '../../test/support/stage.ts'
import type { Arena } from './arena.ts'
import type { Figures } from './cell.ts'
import { cpuSeconds, forgetPeak, peakBytes } from './process-tree.ts'
import type { ServerRequests } from './server-requests.ts'

/** Without a request for this long, nobody has anything more to say. */
const QUIET_MS = 3000
const LOOK_EVERY_MS = 300
const QUIET_LIMIT_MS = 120_000

interface Reading {
  readonly requests: ServerRequests
  readonly ofBench: number
  readonly awsCalls: number
  readonly cpu: number
}

export class Meter {
  readonly #arena: Arena
  readonly #before: Reading

  private constructor(arena: Arena, before: Reading) {
    this.#arena = arena
    this.#before = before
  }

  /** Of a process that is about to be started, or of one that runs. */
  static async begin(arena: Arena, pid?: number): Promise<Meter> {
    if (pid !== undefined) forgetPeak(pid)
    return new Meter(arena, await reading(arena, pid))
  }

  /** What it cost since the beginning. */
  async read(
    pid: number,
  ): Promise<Required<Pick<Figures, 'cpuSeconds' | 'peakBytes' | 'requests' | 'awsCalls'>>> {
    const now = await reading(this.#arena, pid)
    const before = this.#before
    return {
      cpuSeconds: now.cpu - before.cpu,
      peakBytes: peakBytes(pid),
      requests: this.#arena.requests.between(before.requests, now.requests, now.ofBench - before.ofBench),
      awsCalls: now.awsCalls - before.awsCalls,
    }
  }
}

async function reading(arena: Arena, pid: number | undefined): Promise<Reading> {
  const awsCalls = await awsCallsOf(arena.stage)
  const requests = await arena.requests.now()
  const cpu = pid === undefined ? 0 : cpuSeconds(pid)
  return { requests, ofBench: arena.admin.stats().requests, awsCalls, cpu }
}

async function awsCallsOf(stage: Stage): Promise<number> {
  const { counters } = await stage.admin<{ counters: readonly CallCount[] }>('GET', '/counters')
  return counters.reduce((sum, { count }) => sum + count, 0)
}

/** Returns when nobody asks anything of the API server any more, leases aside. */
export async function quiet({ requests }: Arena): Promise<void> {
  const end = performance.now() + QUIET_LIMIT_MS
  let last = { busy: -1, at: 0 }
  for (;;) {
    const { busy, at } = await requests.now()
    if (busy !== last.busy) last = { busy, at }
    else if (at - last.at > QUIET_MS) return
    if (at > end) throw new Error(`requests did not end within ${QUIET_LIMIT_MS} ms`)
    await pause(LOOK_EVERY_MS)
  }
}
