// This file is about objects of other shards that meet ours in a Secret, or use what ours lend: known, and not served.
//
// A followed object is translated when it changes, or something it looks at does, and its claims are stated. Nothing is
// written, obtained or told for it.
import type { Instant } from '../base/clock.ts'
import type { Translation } from '../dialects/dialect.ts'
import type { Claims } from '../engine/claims.ts'
import type { EngineParts } from '../engine/pass.ts'
import { servingOf } from '../engine/release.ts'
import type { Delivery } from '../model/delivery.ts'
import { FAULTS } from '../model/fault.ts'
import { type Ref, refKey } from '../model/ref.ts'
import type { Resource } from '../model/resource.ts'
import type { Dependencies } from './dependencies.ts'
import type { ForeignControllers } from './foreign-controllers.ts'
import { translateFully, type TranslationParts } from './full-translation.ts'
import { refOf, type Served } from './reconcile.ts'
import type { Shard } from './shards.ts'
import { isShare, shareOf } from './shares.ts'
import type { Spreads } from './spreads.ts'
import { kindKey } from './world.ts'

export interface FollowingParts extends Omit<TranslationParts, 'onLooked'> {
  readonly served: ReadonlyMap<string, Served>
  readonly shard: Shard
  readonly spreads: Spreads
  readonly engine: EngineParts
  readonly claims: Claims
  readonly dependencies: Dependencies
  readonly foreign: ForeignControllers
  readonly lookAgain: (key: string) => void
}

export class Following {
  readonly #parts: FollowingParts

  constructor(parts: FollowingParts) {
    this.#parts = parts
  }

  /** When to look again though nothing has changed, if ever. */
  async run(key: string, signal: AbortSignal): Promise<Instant | undefined> {
    const ref = refOf(key)
    const { served, foreign, dependencies } = this.#parts
    const found = served.get(kindKey(ref))
    const asked = found === undefined ? undefined : this.#find(ref, found)
    if (found === undefined || asked === undefined) {
      this.#gone(key, ref)
      return undefined
    }
    // As it was, until it is gone.
    if (asked.deletingSince !== undefined) return undefined
    const translation = await translateFully(
      asked,
      found.dialect,
      {
        ...this.#parts,
        onLooked: ({ touched, selections }) => dependencies.state(key, touched, selections),
      },
      signal,
    )
    const dormant = foreign.judge(asked, found.dialect, translation)
    if (dormant === undefined) await this.#note(asked, translation, signal)
    else this.#state(ref, [])
    return dormant?.until
  }

  /**
   * States what a spread order claims where it meets ours, before anything of ours is written: who wins a Secret must not
   * depend on who is looked at first.
   */
  async survey(ref: Ref, signal: AbortSignal): Promise<void> {
    const { served, foreign } = this.#parts
    const found = served.get(kindKey(ref))
    const asked = found?.watch.get(ref)
    if (found === undefined || found.watch.kind.namespaced || asked?.deletingSince !== undefined) return
    if (asked === undefined) return
    const order = await translateFully(asked, found.dialect, this.#parts, signal)
    if (order.is !== 'order' || foreign.judge(asked, found.dialect, order) !== undefined) return
    for (const share of this.#ours(ref, order.spread ?? [])) {
      const part = await translateFully({ ...asked, ref: share }, found.dialect, this.#parts, signal)
      if (part.is === 'order') this.#parts.claims.note(share, part.deliveries)
    }
  }

  /** Shares in namespaces of our shard. */
  #ours(order: Ref, spread: readonly string[]): readonly Ref[] {
    return spread
      .map((namespace) => shareOf(order, namespace))
      .filter((share) => this.#parts.shard.stance(share) === 'follows')
  }

  #find(ref: Ref, { watch }: Served): Resource | undefined {
    return isShare(ref, watch.kind) ? this.#parts.spreads.resource(ref, watch) : watch.get(ref)
  }

  #gone(key: string, ref: Ref): void {
    const { dependencies, spreads } = this.#parts
    this.#state(ref, [])
    dependencies.state(key, new Set())
    spreads.left(ref, undefined)
  }

  async #note(asked: Resource, translation: Translation, signal: AbortSignal): Promise<void> {
    const { ref } = asked
    const { spreads, engine, claims } = this.#parts
    switch (translation.is) {
      case 'order': {
        this.#state(ref, translation.deliveries)
        const { spread } = translation
        if (spread === undefined) return
        const ours = this.#ours(ref, spread).map(({ namespace }) => namespace)
        spreads.serve(asked, { ...translation, spread: ours })
        return
      }
      case 'invalid':
        return this.#state(ref, [])
      case 'unready': {
        const { through, targets, fault } = translation
        if (through === undefined || !FAULTS[fault.code].obtaining) return
        if ((await servingOf(engine, ref, targets, signal)) !== undefined) claims.presume(ref, through)
      }
    }
  }

  /** Whoever of ours meets it looks again. */
  #state(by: Ref, deliveries: readonly Delivery[]): void {
    const { claims, shard, lookAgain } = this.#parts
    for (const rival of claims.state(by, deliveries))
      if (shard.stance(rival) === 'owns') lookAgain(refKey(rival))
  }
}
