// This file is about links that somebody keeps taking off: put back a few times, then told of instead of fought over.
import type { Clock, Instant } from '../base/clock.ts'
import { type Fault, fault } from '../model/fault.ts'
import { type Ref, refKey } from '../model/ref.ts'
import { type Account, accountKey, type LinkChange } from './account-links.ts'

/** So often within a minute a link is put back: by then it is no mistake, and whoever takes it off is asked to stop. */
const PATIENCE = { times: 5, withinMs: 60_000 } as const

export class LostLinks {
  readonly #clock: Clock
  /** When links were put back lately, by orderer and account; whoever lost one last comes last. */
  readonly #restored = new Map<string, readonly Instant[]>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** How many accounts have lost links lately, once for each orderer. */
  get size(): number {
    this.#prune()
    return this.#restored.size
  }

  /** Why a change is not made now: it would only be undone. */
  contested(by: Ref, account: Account, { restored }: LinkChange): Fault | undefined {
    this.#prune()
    if (restored.length === 0 || this.#lately(by, account).length < PATIENCE.times) return undefined
    const what = `service account ${accountKey(account)} keeps losing its link to Secret ${restored.join(', ')}`
    const remedy =
      'a tool that applies the whole account has to name the Secret in it, or to leave these lists alone'
    return fault('account-unlinked', `${what}: somebody takes it off whenever it is put back; ${remedy}`)
  }

  note(by: Ref, account: Account, { restored }: LinkChange): void {
    if (restored.length === 0) return
    this.#prune()
    const key = keyOf(by, account)
    const lately = this.#lately(by, account)
    this.#restored.delete(key)
    this.#restored.set(key, [...lately, this.#clock.now()])
  }

  /** An orderer is gone: one that comes under its name starts anew. */
  forget(by: Ref): void {
    for (const key of this.#restored.keys()) if (key.startsWith(`${refKey(by)} `)) this.#restored.delete(key)
  }

  #lately(by: Ref, account: Account): readonly Instant[] {
    const since = this.#since()
    return (this.#restored.get(keyOf(by, account)) ?? []).filter((at) => at > since)
  }

  #prune(): void {
    for (const [key, times] of this.#restored) {
      if ((times.at(-1) ?? 0) > this.#since()) return
      this.#restored.delete(key)
    }
  }

  #since(): number {
    return this.#clock.now() - PATIENCE.withinMs
  }
}

const keyOf = (by: Ref, account: Account): string => `${refKey(by)} ${accountKey(account)}`
