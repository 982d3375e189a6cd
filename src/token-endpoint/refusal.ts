// This file is about refusing: what whoever asks is told, with which status, and what stands in the log alone.

/** The status of each. */
export const REFUSALS = {
  'path-unknown': 404,
  'method-wrong': 405,
  'request-malformed': 400,
  'request-too-large': 413,
  'token-missing': 401,
  'token-malformed': 401,
  'token-refused': 401,
  'token-expired': 401,
  'token-early': 503,
  'token-shown': 401,
  'token-older': 401,
  'token-unnumbered': 401,
  'audience-wrong': 401,
  'not-allowed': 403,
  'access-not-given': 403,
  'registry-not-named': 404,
  'integration-unusable': 409,
  'too-often': 429,
  busy: 503,
  'not-leading': 503,
  'issuer-unreachable': 503,
  'cluster-unreachable': 503,
  'login-unavailable': 503,
  'asker-gone': 400,
  internal: 500,
} as const satisfies Record<string, number>

export type RefusalReason = keyof typeof REFUSALS

export interface Refusal {
  readonly is: 'refused'
  readonly reason: RefusalReason
  /** What happened, and what to do: for whoever asked. */
  readonly message: string
  /** Seconds after which it is worth trying again, where it is. */
  readonly retryAfter?: number
  /** More than they may know: for the log. */
  readonly because?: string
}

export const refuse = (
  reason: RefusalReason,
  message: string,
  more: Pick<Refusal, 'retryAfter' | 'because'> = {},
): Refusal => ({ is: 'refused', reason, message, ...more })

const LONGEST_TOLD = 300

/** A text out of a token, as far as it is worth telling. */
export const told = (text: string): string =>
  JSON.stringify(text.length > LONGEST_TOLD ? `${text.slice(0, LONGEST_TOLD).toWellFormed()}…` : text)
