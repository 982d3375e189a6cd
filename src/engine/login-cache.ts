// This file is about sharing: one login per identity and token scope, one flight at a time, one mint a second.
//
// Guarantees: concurrent wants become one call; a want for something newer than the running flight waits for it
// and then asks again; a failure is shared too, and nobody asks AWS again before its backoff has passed.
import { canonicalJson } from '../base/canonical-json.ts'
import { type Clock, type Instant, pause } from '../base/clock.ts'
import { fullJitter, type Random } from '../base/random.ts'
import { type Fault, FAULTS } from '../model/fault.ts'
import { lifeOf, type Login, type Want } from '../model/login.ts'
import { isUsable, type Need } from './need.ts'
import type { Aside, Logins, Minted } from './ports.ts'

/** The only floor under short lives: a second between two mints of one login. */
const MINT_SPACING_MS = 1000
/** A forced mint waits this long for others of the same burst, so that a thousand forces at once are one mint. */
const FORCE_GATHERING_MS = 500
/** Backoff between failed mints: half a second doubled each time, up to 30 s ("slowly": from 4 s up to 60 s). */
const FIRST_RETRY_MS = { backoff: 500, slowly: 4000, 'on-change': 500 }
const LAST_RETRY_MS = { backoff: 30_000, slowly: 60_000, 'on-change': 60_000 }

export type Obtained =
  | { readonly is: 'obtained'; readonly login: Login }
  /** Nobody will ask AWS for this login again before `retryAt`. */
  | { readonly is: 'refused'; readonly fault: Fault; readonly retryAt: Instant }

interface Entry {
  login?: Login
  flight?: { readonly startedAt: Instant; readonly done: Promise<Obtained> }
  lastStart: Instant
  failures: number
  refusal?: Extract<Obtained, { is: 'refused' }>
}

interface Parts {
  readonly logins: Logins
  readonly clock: Clock
  readonly random: Random
  /** Ends flights at shutdown. */
  readonly signal: AbortSignal
}

export class LoginCache {
  readonly #parts: Parts
  readonly #entries = new Map<string, Entry>()
  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** A login fit for the need: shared when there is one, minted otherwise. `key` comes from `Logins.identify`. */
  async obtain(key: string, want: Want, need: Need, aside: Aside): Promise<Obtained> {
    const entry = this.#entryOf(entryKey(key, want))
    for (;;) {
      const now = this.#parts.clock.now()
      if (entry.login !== undefined && isUsable(lifeOf(entry.login), need, now)) {
        return { is: 'obtained', login: entry.login }
      }
      if (entry.flight !== undefined) {
        const { startedAt, done } = entry.flight
        const result = await aside(done)
        // A flight that took off before the force was seen may bring a login too old for us: look again.
        if (need.mintedAfter === undefined || startedAt > need.mintedAfter) return result
        continue
      }
      if (entry.refusal !== undefined && now < entry.refusal.retryAt) return entry.refusal
      return aside(this.#takeOff(entry, want, need.isForced === true ? FORCE_GATHERING_MS : 0))
    }
  }

  /** The login minted last, however old, while it lives: better than none where no newer one can be had. */
  living(key: string, want: Want): Login | undefined {
    const login = this.#entries.get(entryKey(key, want))?.login
    return login !== undefined && lifeOf(login).expiresAt > this.#parts.clock.now() ? login : undefined
  }

  #entryOf(key: string): Entry {
    let entry = this.#entries.get(key)
    if (entry === undefined) {
      this.#sweep()
      entry = { lastStart: 0 as Instant, failures: 0 }
      this.#entries.set(key, entry)
    }
    return entry
  }

  #takeOff(entry: Entry, want: Want, gathering: number): Promise<Obtained> {
    const spacing = Math.max(gathering, entry.lastStart + MINT_SPACING_MS - this.#parts.clock.now())
    const startedAt = (this.#parts.clock.now() + spacing) as Instant
    entry.lastStart = startedAt
    const done = this.#fly(entry, want, spacing).finally(() => {
      delete entry.flight
    })
    entry.flight = { startedAt, done }
    return done
  }

  async #fly(entry: Entry, want: Want, spacing: number): Promise<Obtained> {
    const { clock, logins, signal } = this.#parts
    if (spacing > 0) await pause(clock, spacing, signal)
    const result = await logins.mint(want.identity, want.scope, signal)
    return result.is === 'minted' ? landed(entry, result) : this.#failed(entry, result)
  }

  #failed(entry: Entry, fault: Fault): Obtained {
    const { retry } = FAULTS[fault.code]
    const ceiling = Math.min(FIRST_RETRY_MS[retry] * 2 ** entry.failures, LAST_RETRY_MS[retry])
    entry.failures += 1
    const wait = ceiling / 2 + fullJitter(ceiling / 2, this.#parts.random)
    entry.refusal = { is: 'refused', fault, retryAt: (this.#parts.clock.now() + wait) as Instant }
    return entry.refusal
  }

  /** Forgets what can serve nobody any more; runs when a new key appears, so the map stays as small as the need. */
  #sweep(): void {
    const now = this.#parts.clock.now()
    for (const [key, entry] of this.#entries) {
      const isDead = entry.login === undefined || entry.login.expiresAt <= now
      const isQuiet = entry.refusal === undefined || entry.refusal.retryAt <= now
      if (isDead && isQuiet && entry.flight === undefined) this.#entries.delete(key)
    }
  }
}

/** Nobody who asks for something else shares the answer. */
const entryKey = (key: string, { scope }: Want): string => `${key} ${canonicalJson(scope)}`

function landed(entry: Entry, minted: Minted): Obtained {
  entry.login = minted.login
  entry.failures = 0
  delete entry.refusal
  return { is: 'obtained', login: minted.login }
}
