// This file is about having the API server review tokens of service accounts: few at once, and never for audiences of its own.
import type { SecretText } from '../base/secret-text.ts'
import type { CiRule } from './ci-access.ts'
import type { Reviewed, TokenReviewer } from './ports.ts'
import { told } from './refusal.ts'

export interface AccountReviewParts {
  readonly reviewer: TokenReviewer
  /** What tokens are reviewed for besides what the rules say, so that one is also where none is. */
  readonly audience: string
  /** What the API server itself takes tokens for, as far as that can be known. */
  readonly apiAudiences: () => Promise<readonly string[]>
}

export type AccountReviewed =
  | {
      readonly is: 'reviewed'
      readonly reviewed: Reviewed
      /** Those of the rules that may let somebody in. */
      readonly rules: readonly CiRule[]
      /** Why others may not, where there are such: for the log. */
      readonly leftOut?: string
    }
  | { readonly is: 'busy' }

/** Anybody may send a token that looks like one, and the client that asks has logins to renew with the same rights. */
const MOST_AT_ONCE = 8

export class AccountReview {
  readonly #parts: AccountReviewParts
  #running = 0
  constructor(parts: AccountReviewParts) {
    this.#parts = parts
  }

  get audience(): string {
    return this.#parts.audience
  }

  /** Throws the signal's reason alone. */
  async review(token: SecretText, rules: readonly CiRule[], signal: AbortSignal): Promise<AccountReviewed> {
    if (this.#running >= MOST_AT_ONCE) return { is: 'busy' }
    this.#running += 1
    try {
      return await this.#review(token, rules, signal)
    } finally {
      this.#running -= 1
    }
  }

  /** Whoever is shown a token for the API server could use it there: no rule makes us take one. */
  async #review(token: SecretText, given: readonly CiRule[], signal: AbortSignal): Promise<AccountReviewed> {
    const { reviewer, audience, apiAudiences } = this.#parts
    const own = new Set(await apiAudiences())
    const rules = given.filter((rule) => !own.has(rule.audience))
    const left = new Set(given.map((rule) => rule.audience).filter((each) => own.has(each)))
    const audiences = [...new Set([audience, ...rules.map((rule) => rule.audience)])]
    const reviewed = await reviewer.review(token, audiences, signal)
    if (left.size === 0) return { is: 'reviewed', reviewed, rules }
    const leftOut = `rules for audience ${[...left].map(told).join(' and ')} are left out, as the API server takes such tokens itself`
    return { is: 'reviewed', reviewed, rules, leftOut }
  }
}
