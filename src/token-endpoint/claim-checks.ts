// This file is about what a signed token has to say, so that it is taken now, and once where it may be shown once.
import { type Instant, instant } from '../base/clock.ts'
import { seconds } from '../base/duration.ts'
import type { Claims } from './bearer.ts'
import { type Refusal, refuse } from './refusal.ts'
import type { ShownToken } from './shown-tokens.ts'

/** Clocks that are kept in step are this far apart at the most. */
const LEEWAY_MS = seconds(10)
/** Whoever is further ahead does not become right by waiting. */
const LONGEST_WAIT_MS = seconds(60)

export type Timely = { readonly is: 'timely'; readonly until: Instant }

/** exp and nbf, and iat where it lies in the future. */
export function timely({ expires, notBefore, issued }: Claims, now: Instant): Timely | Refusal {
  if (expires === undefined)
    return refuse('token-malformed', 'the token has no exp: have one issued that expires')
  const until = instant(expires * 1000 + LEEWAY_MS)
  if (now >= until) {
    return refuse('token-expired', 'the token has expired: have a new one issued, and show it at once')
  }
  const begins = Math.max(notBefore ?? 0, issued ?? 0) * 1000
  return early(begins - LEEWAY_MS, now) ?? { is: 'timely', until }
}

function early(from: number, now: Instant): Refusal | undefined {
  if (now >= from) return undefined
  const wait = from - now
  const message = 'the token is not valid yet: the clocks of its issuer and of this cluster differ'
  return refuse('token-early', message, wait > LONGEST_WAIT_MS ? {} : { retryAfter: Math.ceil(wait / 1000) })
}

/**
 * As what a token that may be shown once is remembered. Those issued before `since` may have been shown to somebody who
 * remembers them no more. One from the future might outlive this memory in the same way, so there is no leeway for it:
 * whoever shows it waits the moment.
 */
export function numbered(
  { issuer, id, issued }: Claims,
  { until }: Timely,
  when: { readonly now: Instant; readonly since: Instant },
): ShownToken | Refusal {
  if (id === undefined || issued === undefined) {
    return refuse(
      'token-unnumbered',
      'the token has no jti or no iat, so nobody can tell whether it was shown before: have the rule say reuse: true, or have tokens issued that have both',
    )
  }
  if (issued * 1000 < when.since) {
    return refuse(
      'token-older',
      'the token was issued before this endpoint began to remember which were shown: have a new one issued, or have the rule say reuse: true',
    )
  }
  return early(issued * 1000, when.now) ?? { issuer, id, until }
}
