// This file is about gaps that heal: which Secrets of a namespace held no living login, and have been given one.
import type { Instant } from '../base/clock.ts'
import type { Answer, Failed, Receipt } from '../model/answer.ts'
import { type Ref, refKey, secretKey, type SecretRef } from '../model/ref.ts'

/** What is known of a Secret: when the login in it dies, or that no living one stands in it. */
type Held = { readonly is: 'login'; readonly until: Instant } | { readonly is: 'nothing' }

/**
 * What is remembered of earlier answers. A Secret that is written when nothing is remembered of it counts as healed:
 * nobody was there to see what stood in it before, and that is how the longest gaps begin.
 */
export class Gaps {
  readonly #namespace: string
  readonly #held = new Map<string, Map<string, Held>>()

  constructor(namespace: string) {
    this.#namespace = namespace
  }

  /** The Secrets of the namespace whose gap these answers end. */
  note(by: Ref, answers: readonly Answer[], now: Instant): readonly SecretRef[] {
    const key = refKey(by)
    const held = this.#held.get(key) ?? new Map<string, Held>()
    const healed = answers.flatMap((answer) => this.#noteOne(held, answer, now))
    if (held.size > 0) this.#held.set(key, held)
    return healed
  }

  forget(by: Ref): void {
    this.#held.delete(refKey(by))
  }

  #noteOne(held: Map<string, Held>, answer: Answer, now: Instant): readonly SecretRef[] {
    if (answer.is === 'failed' && answer.target === undefined) {
      for (const [secret, before] of held) held.set(secret, afterFailure(before, answer))
      return []
    }
    const { target } = answer
    if (target?.namespace !== this.#namespace) return []
    const secret = secretKey(target)
    const before = held.get(secret)
    held.set(secret, heldAfter(before, answer))
    return answer.is === 'receipt' && isHealed(before, answer, now) ? [target] : []
  }
}

function heldAfter(before: Held | undefined, answer: Answer): Held {
  switch (answer.is) {
    case 'receipt':
      return { is: 'login', until: Math.min(...answer.logins.map(({ expiresAt }) => expiresAt)) as Instant }
    case 'failed':
      return afterFailure(before, answer)
    case 'yielded':
    case 'target-missing':
    case 'emptied':
    case 'orphan-deleted':
      return { is: 'nothing' }
  }
}

/** What was written earlier may live on although nobody says so: a mistake in an order touches no Secret. */
function afterFailure(before: Held | undefined, { serving }: Failed): Held {
  if (serving !== undefined) return { is: 'login', until: serving.until }
  return before ?? { is: 'nothing' }
}

function isHealed(before: Held | undefined, { wrote }: Receipt, now: Instant): boolean {
  if (wrote === 'none') return false
  return wrote === 'created' || before?.is !== 'login' || before.until <= now
}
