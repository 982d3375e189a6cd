// This file is about an operator that lives as long as its lane, through all that befalls the control plane: does it grow?
import { VETERAN } from './accounts.ts'
import { apply } from './api-objects.ts'
import type { Broken } from './history.ts'
import { flat } from './invariants/memory.ts'
import type { Lane } from './lane.ts'
import { generatorText, keySecret, namespaceText, REGIONS, registryLogin, templatedConfig } from './orders.ts'
import { RunningReplica } from './replica.ts'
import { newKey } from './seed-keys.ts'

export class Veteran implements AsyncDisposable {
  readonly #replica: RunningReplica
  readonly #looks: number[] = []

  private constructor(replica: RunningReplica) {
    this.#replica = replica
  }

  /** It serves a namespace of its own, and hears of everything in it that seeds do to the lane. */
  static async open(lane: Lane): Promise<Veteran> {
    const api = lane.sandbox.controlPlane.admin
    const orders = [
      namespaceText(VETERAN),
      keySecret(VETERAN, await newKey(lane, VETERAN)),
      generatorText(VETERAN, 'pull', REGIONS.west),
      templatedConfig(VETERAN, 'pull', REGIONS.west),
      registryLogin(VETERAN, 'login', REGIONS.east, { dockerConfig: {} }),
    ]
    for (const order of orders) await apply(api, order)
    // Without a lease, so that it leaves that of the seeds alone.
    const flags = [`--namespace=${VETERAN}`, '--leader-elect=false']
    const replica = await RunningReplica.open({ lane, number: -1, account: VETERAN, flags })
    await replica.start()
    return new Veteran(replica)
  }

  /** After each seed: whether it has grown since it was young, or ended, which nobody told it to. */
  look(): readonly Broken[] {
    const bytes = this.#replica.residentBytes
    if (bytes === undefined) return [{ invariant: 'memory', what: `the veteran ended: ${this.#lastWords}` }]
    this.#looks.push(bytes)
    return flat(this.#looks)
  }

  /** How often it was weighed: flatness is judged by enough looks at one process. */
  get looks(): number {
    return this.#looks.length
  }

  get residentBytes(): number {
    return this.#looks.at(-1) ?? 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#replica[Symbol.asyncDispose]()
  }

  get #lastWords(): string {
    return this.#replica.output.trim().split('\n').at(-1) ?? ''
  }
}
