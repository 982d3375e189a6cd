// This file is about looking at the machine and the operators while a seed runs: does the API server answer, how much memory is taken.
import { setTimeout as pause } from 'node:timers/promises'
import type { Sandbox } from '../sandbox/sandbox.ts'
import type { Probe } from './history.ts'
import { PROBE_EVERY_MS } from './invariants/allowance.ts'
import { isFit } from './invariants/fitness.ts'
import type { RunningReplica } from './replica.ts'
import type { Sharing } from './schedule.ts'

/** Whether the machine is quick enough just now, by as many answers as tell something; about a second if it is. */
export async function isQuick(sandbox: Sandbox, sharing: Sharing): Promise<boolean> {
  const probes: Probe[] = []
  for (let i = 0; i < 8; i++) {
    probes.push(await probeOf(sandbox))
    await pause(100)
  }
  return isFit({ probes, outages: [], sharing })
}

async function probeOf(sandbox: Sandbox): Promise<Probe> {
  const at = Date.now()
  const answered = await sandbox.controlPlane.admin.call('GET', '/api/v1/namespaces/default').then(
    ({ status }) => status === 200,
    () => false,
  )
  return { at, tookMs: answered ? Date.now() - at : Number.POSITIVE_INFINITY }
}

export class Lookout {
  readonly probes: Probe[] = []
  readonly #resident = new Map<number, number[]>()
  readonly #timer: NodeJS.Timeout
  #replicas: readonly RunningReplica[] = []
  #askedAt: number | undefined

  constructor(sandbox: Sandbox) {
    this.#timer = setInterval(() => {
      void this.#probe(sandbox)
      for (const replica of this.#replicas) this.#weigh(replica)
    }, PROBE_EVERY_MS)
  }

  weigh(replicas: readonly RunningReplica[]): void {
    this.#replicas = replicas
  }

  residentBytes(replica: RunningReplica): readonly number[] {
    return this.#resident.get(replica.number) ?? []
  }

  stop(): void {
    clearInterval(this.#timer)
    // What has not been answered took as long as this at least.
    const at = this.#askedAt
    this.#askedAt = undefined
    if (at !== undefined) this.probes.push({ at, tookMs: Date.now() - at })
  }

  async #probe(sandbox: Sandbox): Promise<void> {
    if (this.#askedAt !== undefined) return
    this.#askedAt = Date.now()
    const probe = await probeOf(sandbox)
    if (this.#askedAt === undefined) return
    this.#askedAt = undefined
    this.probes.push(probe)
  }

  #weigh(replica: RunningReplica): void {
    const bytes = replica.residentBytes
    if (bytes === undefined) return
    const looks = this.#resident.get(replica.number) ?? []
    looks.push(bytes)
    this.#resident.set(replica.number, looks)
  }
}
