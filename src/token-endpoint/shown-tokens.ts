// This file is about tokens that may be shown once: which were.
import { hash } from 'node:crypto'
import type { Instant } from '../base/clock.ts'

/** Some 100 bytes each: 10 MB at the most. */
const MOST = 100_000

export class ShownTokens {
  readonly #until = new Map<string, Instant>()
  readonly #most: number
  constructor(most = MOST) {
    this.#most = most
  }

  /** `full`: there is no room to remember it, so that it must not be taken. */
  show(token: ShownToken, now: Instant): 'first' | 'again' | 'full' {
    const key = keyOf(token)
    if (this.#until.has(key)) return 'again'
    if (this.#until.size >= this.#most) this.#forget(now)
    if (this.#until.size >= this.#most) return 'full'
    this.#until.set(key, token.until)
    return 'first'
  }

  /** Nothing came of it: it may be shown once more. */
  takeBack(token: ShownToken): void {
    this.#until.delete(keyOf(token))
  }

  get size(): number {
    return this.#until.size
  }

  #forget(now: Instant): void {
    for (const [key, until] of this.#until) if (until < now) this.#until.delete(key)
  }
}

export interface ShownToken {
  readonly issuer: string
  readonly id: string
  /** From then on its expiry refuses it. */
  readonly until: Instant
}

const keyOf = ({ issuer, id }: ShownToken): string => hash('sha256', `${issuer}\n${id}`, 'base64')
