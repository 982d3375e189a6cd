// This file is about looking at the machine and the operators while a seed runs: does the API server answer, how much memory is taken.
import type { Sandbox } from '../sandbox/sandbox.ts'
import type { Probe } from './history.ts'
import { PROBE_EVERY_MS } from './invariants/allowance.ts'
import type { RunningReplica } from './replica.ts'

export class Lookout {
  readonly probes: Probe[] = []
  readonly #resident = new Map<number, number[]>()
  readonly #timer: NodeJS.Timeout
  #asking = false

  constructor(sandbox: Sandbox, replicas: readonly RunningReplica[]) {
    this.#timer = setInterval(() => {
      void this.#probe(sandbox)
      for (const replica of replicas) this.#weigh(replica)
    }, PROBE_EVERY_MS)
  }

  residentBytes(replica: RunningReplica): readonly number[] {
    return this.#resident.get(replica.number) ?? []
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  async #probe(sandbox: Sandbox): Promise<void> {
    if (this.#asking) return
    this.#asking = true
    const at = Date.now()
    const answered = await sandbox.controlPlane.admin.call('GET', '/api/v1/namespaces/default').then(
      ({ status }) => status === 200,
      () => false,
    )
    this.probes.push({ at, tookMs: answered ? Date.now() - at : Number.POSITIVE_INFINITY })
    this.#asking = false
  }

  #weigh(replica: RunningReplica): void {
    const bytes = replica.residentBytes
    if (bytes === undefined) return
    const looks = this.#resident.get(replica.number) ?? []
    looks.push(bytes)
    this.#resident.set(replica.number, looks)
  }
}
