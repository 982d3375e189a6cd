// This file is about links that somebody keeps taking off: put back a few times, then told of instead of fought over.
import type { Clock, Instant } from '../base/clock.ts'
import { type Fault, fault } from '../model/fault.ts'
import { type Ref, refKey } from '../model/ref.ts'
import { type Account, accountKey, type LinkChange } from './account-links.ts'

/** So often within a minute a link is put back: by then it is no mistake, and whoever takes it off is asked to stop. */
const PATIENCE = { times: 5, withinMs: 60_000 } as const

export class LostLinks {
  readonly #clock: Clock
  /** When links were put back lately, by orderer and account. */
  readonly #restored = new Map<string, readonly Instant[]>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Why a change is not made now: it would only be undone. */
  contested(by: Ref, account: Account, { restored }: LinkChange): Fault | undefined {
    if (restored.length === 0 || this.#lately(by, account).length < PATIENCE.times) return undefined
    const what = `service account ${accountKey(account)} keeps losing its link to Secret ${restored.join(', ')}`
    const remedy =
      'a tool that applies the whole account has to name the Secret in it, or to leave these lists alone'
    return fault('account-unlinked', `${what}: somebody takes it off whenever it is put back; ${remedy}`)
  }

  note(by: Ref, account: Account, { restored }: LinkChange): void {
    if (restored.length === 0) return
    this.#restored.set(keyOf(by, account), [...this.#lately(by, account), this.#clock.now()])
  }

  #lately(by: Ref, account: Account): readonly Instant[] {
    const since = this.#clock.now() - PATIENCE.withinMs
    return (this.#restored.get(keyOf(by, account)) ?? []).filter((at) => at > since)
  }
}

const keyOf = (by: Ref, account: Account): string => `${refKey(by)} ${accountKey(account)}`
