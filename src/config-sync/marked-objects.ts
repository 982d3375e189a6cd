// This file is about following what came from a repository: each kind once it is wanted, by the label alone.
//
// Following costs one list and one watch a kind, renewed every four minutes or so, and makes a round that finds nothing
// new cost no request at all; what somebody changes or deletes is told at once.
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Random } from '../base/random.ts'
import { MARK_LABEL } from '../config-repo/sync-record.ts'
import type { KubeClient } from '../kube/client.ts'
import type { Reflector, ReflectorPhase, StartReflector } from '../kube/reflector.ts'
import type { ObjectName, ResourceType } from '../kube/resource.ts'
import type { Look } from './plan.ts'
import { sameSeen, type Seen, seenOf } from './seen.ts'

export interface MarkedObjectsParts {
  readonly client: KubeClient
  readonly startReflector: StartReflector
  readonly ownNamespace: string
  /** Something that is marked came, changed or went. */
  readonly onChange: () => void
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

const typeKey = ({ group, version, plural }: ResourceType): string => `${plural}.${version}.${group}`
const nameKey = ({ namespace = '', name }: ObjectName): string => `${namespace}/${name}`

/** What we left of an object, believed until the watch tells something newer than what it told before. */
interface Left {
  readonly over: Seen | undefined
  readonly now: Seen | undefined
}

interface Followed {
  readonly reflector: Reflector<Seen>
  readonly left: Map<string, Left>
}

export class MarkedObjects {
  readonly #parts: MarkedObjectsParts
  readonly #followed = new Map<string, Followed>()

  constructor(parts: MarkedObjectsParts) {
    this.#parts = parts
  }

  /** Resolves when they are listed, or cannot be. */
  async follow(types: readonly ResourceType[]): Promise<void> {
    await Promise.all(types.map((type) => this.#follow(type).reflector.settled()))
  }

  look(type: ResourceType, name: ObjectName): Look {
    const followed = this.#followed.get(typeKey(type))
    if (followed?.reflector.store.synced !== true || followed.reflector.phase().is === 'absent') {
      return { is: 'unknown' }
    }
    const told = followed.reflector.store.get(name)
    const left = followed.left.get(nameKey(name))
    if (left !== undefined && left.over !== told) followed.left.delete(nameKey(name))
    const seen = left !== undefined && left.over === told ? left.now : told
    return seen === undefined ? { is: 'unseen' } : { is: 'seen', seen }
  }

  /** `now` is what a write of ours left of it. */
  left(type: ResourceType, name: ObjectName, now: Seen | undefined): void {
    const followed = this.#followed.get(typeKey(type))
    if (followed === undefined) return
    followed.left.set(nameKey(name), { over: followed.reflector.store.get(name), now })
  }

  /** Why nothing is known of a kind. */
  phase(type: ResourceType): ReflectorPhase | undefined {
    return this.#followed.get(typeKey(type))?.reflector.phase()
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#followed.values()].map(({ reflector }) => reflector.stop()))
  }

  #follow(type: ResourceType): Followed {
    const before = this.#followed.get(typeKey(type))
    if (before !== undefined) return before
    const { startReflector, ownNamespace, onChange, ...rest } = this.#parts
    const reflector = startReflector<Seen>({
      ...rest,
      type,
      ...(type.namespaced ? { namespaces: [ownNamespace] } : {}),
      labelSelector: MARK_LABEL,
      keep: seenOf,
      same: sameSeen,
    })
    reflector.store.subscribe(() => onChange())
    const followed = { reflector, left: new Map<string, Left>() }
    this.#followed.set(typeKey(type), followed)
    return followed
  }
}
