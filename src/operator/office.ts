// This file is about a term with everything that writes in its name: opened when a shard is held, or all there is.
import type { Logins, Prober, SecretStore, Sources } from '../engine/ports.ts'
import { gatedClient, type KubeClient } from '../kube/client.ts'
import type { WorkQueueOptions, WorkQueue } from '../kube/control/queue.ts'
import type { BeginDuty } from './duty.ts'
import { Nudge } from './nudge.ts'
import type { OperatorOptions } from './operator.ts'
import type { PublishParts } from './publish.ts'
import type { ReadModel } from './read-model.ts'
import type { SecretIndex } from './secret-index.ts'
import { FIRST_SHARD, type Shard } from './shards.ts'
import { SharedLogins } from './shared-logins.ts'
import { Term, type TermParts } from './term.ts'
import { TestLeftovers } from './test-leftovers.ts'
import type { Watches } from './watches.ts'

export interface OfficeParts {
  readonly client: KubeClient
  readonly startQueue: (options: WorkQueueOptions) => WorkQueue
  readonly openStore: (client: KubeClient, secrets: SecretIndex) => SecretStore
  readonly openLogins: (client: KubeClient, store: SecretStore) => Logins
  readonly openProber: (client: KubeClient, store: SecretStore) => Prober
  readonly openSources: (client: KubeClient, store: SecretStore, configMaps: Watches['configMaps']) => Sources
  readonly openEvents: (client: KubeClient) => { tell: PublishParts['tellEvent']; close(): Promise<void> }
  readonly installed: PublishParts['installed']
  readonly isLeaving: TermParts['isLeaving']
  readonly faultOf: TermParts['faultOf']
  readonly onPass?: TermParts['onPass']
  readonly onStatus?: TermParts['onStatus']
  readonly duties?: readonly BeginDuty[]
  readonly clock: TermParts['clock']
  readonly random: TermParts['random']
  readonly log: TermParts['log']
}

/** What all offices of a process have in common. */
export interface Premises {
  readonly watches: Watches
  readonly readModel: ReadModel
  /** How many of them there are: what a process may do at once is divided among them. */
  readonly officeCount: () => number
}

export interface Office {
  readonly shard: Shard
  readonly term: Term
  readonly leftovers: TestLeftovers
  close(): Promise<void>
}

/** Opens offices that share their logins: of each other's, and of nobody's who is gone. */
export class Offices {
  readonly #options: OperatorOptions
  readonly #parts: OfficeParts
  readonly #premises: Premises
  #shared: SharedLogins | undefined
  /** Of each that is not closed yet, whether it may write. */
  readonly #gates = new Set<() => boolean>()

  constructor(options: OperatorOptions, parts: OfficeParts, premises: Premises) {
    this.#options = options
    this.#parts = parts
    this.#premises = premises
  }

  /**
   * Each term writes through a gate of its own, which is shut for good when the term is over. What is under way when
   * the right to write is lost is called back.
   */
  open(shard: Shard, mayWrite: () => boolean, lost?: AbortSignal): Office {
    const parts = this.#parts
    const { watches, readModel, officeCount } = this.#premises
    let isOver = false
    const mayWork = (): boolean => !isOver && mayWrite()
    this.#gates.add(mayWork)
    const client = gatedClient(parts.client, mayWork, lost)
    const store = parts.openStore(client, watches.secrets)
    const events = parts.openEvents(client)
    const tellEvent: PublishParts['tellEvent'] = (about, words, source) => events.tell(about, words, source)
    const { takeOver } = this.#options
    const term = new Term({
      ...parts,
      client,
      mayWork,
      shard,
      officeCount,
      watches,
      ...this.#sharedLogins().open(),
      prober: parts.openProber(client, store),
      store,
      templateSources: parts.openSources(client, store, watches.configMaps),
      tellEvent,
      takeOver,
      readModel,
    })
    const nudge = this.#nudge(shard, client, tellEvent)
    const duties = shard.index === FIRST_SHARD ? (parts.duties ?? []) : []
    const begun = duties.map((begin) => begin({ client, mayWork, tellEvent }))
    const leftovers = this.#leftovers(shard, client)
    term.start()
    return {
      shard,
      term,
      leftovers,
      close: async () => {
        await Promise.all([term.close(), leftovers.close(), ...begun.map((duty) => duty.close())])
        await nudge?.close()
        await events.close()
        isOver = true
        this.#gates.delete(mayWork)
      },
    }
  }

  #sharedLogins(): SharedLogins {
    if (this.#shared?.isOpen === true) return this.#shared
    const parts = this.#parts
    const { watches } = this.#premises
    const client = gatedClient(parts.client, () => [...this.#gates].some((mayWrite) => mayWrite()))
    const logins = parts.openLogins(client, parts.openStore(client, watches.secrets))
    this.#shared = new SharedLogins({ ...parts, logins })
    return this.#shared
  }

  #nudge(shard: Shard, client: KubeClient, tellEvent: PublishParts['tellEvent']): Nudge | undefined {
    if (this.#options.nudgesArgocd !== true) return undefined
    const { readModel } = this.#premises
    const namespace = this.#options.homes.argocd
    const isOurs = ({ ref }: { readonly ref: Parameters<Shard['stance']>[0] }): boolean =>
      shard.stance(ref) === 'owns'
    return new Nudge({ ...this.#parts, client, readModel, namespace, tellEvent, isOurs })
  }

  #leftovers(shard: Shard, client: KubeClient): TestLeftovers {
    const { testLife } = this.#options
    return new TestLeftovers({
      ...this.#parts,
      client,
      served: this.#premises.watches.served,
      isOurs: (ref) => shard.stance(ref) === 'owns',
      ...(testLife === undefined ? {} : { life: testLife }),
    })
  }
}
