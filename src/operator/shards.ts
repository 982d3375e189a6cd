// This file is about shards: which of them an object belongs to, and what a term does about the objects of others.
//
// Whatever could share a Secret, a docker config or a service account in a namespace belongs together, so namespaces are
// dealt out whole. What lives outside of namespaces belongs to the first shard, with all its shares. Where both meet in
// one Secret, each side follows the other: it knows what they claim, and does nothing for them. The first shard follows
// what its own orders own in namespaces, too: it is how they tell how they fare, and what has to go.
import { createHash } from 'node:crypto'
import type { Kind } from '../model/kind.ts'
import type { Ref } from '../model/ref.ts'
import { kindKey } from './world.ts'

/** `follows`: its claims are known here, and nothing is done for it. */
export type Stance = 'owns' | 'follows' | 'ignores'

/** One shard as a term sees the world. */
export interface Shard {
  readonly index: number
  readonly count: number
  stance(ref: Ref): Stance
}

export type ShardedKind = Pick<Kind, 'namespaced' | 'lends' | 'children'>

/** What lives outside of namespaces is here. */
export const FIRST_SHARD = 0

/** The same in every process and release: two that disagreed would both write. */
export const shardOfNamespace = (namespace: string, count: number): number =>
  count === 1 ? FIRST_SHARD : createHash('sha256').update(namespace).digest().readUInt32BE(0) % count

/** Everything there is. */
export const WHOLE: Shard = { index: FIRST_SHARD, count: 1, stance: () => 'owns' }

/** `kindOf` knows the kinds that are ordered; of others nothing is anybody's. */
export function shardAt(
  index: number,
  count: number,
  kindOf: (key: string) => ShardedKind | undefined,
  kinds: Iterable<ShardedKind>,
): Shard {
  if (count === 1) return WHOLE
  // Each kind outside of namespaces lends to orders in them, meets them in Secrets, or owns them.
  const isMet = [...kinds].some(({ namespaced }) => !namespaced)
  const placed = new Map<string, number>()
  const placeOf = (namespace: string): number => {
    const known = placed.get(namespace)
    if (known !== undefined) return known
    const place = shardOfNamespace(namespace, count)
    placed.set(namespace, place)
    return place
  }
  return {
    index,
    count,
    stance(ref) {
      const kind = kindOf(kindKey(ref))
      if (kind === undefined) return 'ignores'
      if (kind.namespaced) {
        if (placeOf(ref.namespace) === index) return 'owns'
        return index === FIRST_SHARD && isMet ? 'follows' : 'ignores'
      }
      if (index === FIRST_SHARD) return 'owns'
      if (!maySpread(kind)) return 'ignores'
      return ref.namespace === '' || placeOf(ref.namespace) === index ? 'follows' : 'ignores'
    },
  }
}

/** Whether orders of the kind may write into namespaces themselves, not through objects of their own. */
const maySpread = ({ namespaced, lends, children }: ShardedKind): boolean =>
  !namespaced && lends !== true && children === undefined
