// This file is about telling one answer: whether its Secret serves, and in which words.
import { earliest, type Instant, rfc3339 } from '../../base/clock.ts'
import type { Answer, Failed } from '../../model/answer.ts'
import { FAULTS } from '../../model/fault.ts'
import { refText, secretKey } from '../../model/ref.ts'

/** How one Secret fares. */
export interface Fare {
  readonly state: 'Written' | 'Serving' | 'Failed'
  readonly reason: string
  /** Empty where there is nothing to tell. */
  readonly message: string
  readonly at: Instant
  /** When the first login in it dies. */
  readonly expiresAt?: Instant
  readonly renewsAt?: Instant
  /** When it was written, where this answer wrote it. */
  readonly writtenAt?: Instant
  /** Only a change of the object, or of what stands in its way, helps. */
  readonly isStalled: boolean
}

/** Undefined for what is no answer to a delivery of this API. */
export function fareOf(answer: Answer): Fare | undefined {
  switch (answer.is) {
    case 'receipt': {
      const { at, logins, nextAt, wrote } = answer
      const expiresAt = earliest(logins.map((life) => life.expiresAt))
      return {
        state: 'Written',
        reason: 'LoginsFresh',
        message: '',
        at,
        ...(expiresAt === undefined ? {} : { expiresAt }),
        ...(nextAt === undefined ? {} : { renewsAt: nextAt }),
        ...(wrote === 'none' ? {} : { writtenAt: at }),
        isStalled: false,
      }
    }
    case 'failed':
      return failedFare(answer)
    case 'yielded': {
      const message = `Secret ${secretKey(answer.target)} is kept by ${refText(answer.to)}, to which this object yields: choose another secretName, or delete one of the two`
      return { state: 'Failed', reason: 'Yielding', message, at: answer.at, isStalled: true }
    }
    case 'target-missing':
    case 'emptied': {
      // Nothing of this API comes to that; a Secret that is not there is told all the same.
      const message = `Secret ${secretKey(answer.target)} does not exist`
      return { state: 'Failed', reason: 'TargetMissing', message, at: answer.at, isStalled: false }
    }
    case 'orphan-deleted':
      return undefined
  }
}

function failedFare({ fault, serving, at, isFinal }: Failed): Fare {
  const { reason, retry, obtaining } = FAULTS[fault.code]
  if (serving === undefined) {
    const isStalled = isFinal === true || (retry === 'on-change' && !obtaining)
    return { state: 'Failed', reason, message: fault.message, at, isStalled }
  }
  const { until, since } = serving
  const what =
    fault.code === 'suspended'
      ? `${fault.message}; the login written expires at ${rfc3339(until)}`
      : `serving a login that expires at ${rfc3339(until)}; renewing fails since ${rfc3339(since)}: ${fault.message}`
  return { state: 'Serving', reason, message: what, at, expiresAt: until, isStalled: false }
}

const SINCE = /(?<=renewing fails since )[0-9TZ:-]+/g

/** Since when renewing fails is told as it was first told, also by an operator that started later. */
export const asFirstTold = (before: string | undefined, now: string): string =>
  before !== undefined && before.replaceAll(SINCE, '') === now.replaceAll(SINCE, '') ? before : now

const LONGEST = 30_000

/** Conditions take 32 KiB. */
export const cut = (text: string, longest = LONGEST): string =>
  text.length <= longest ? text : `${text.slice(0, longest - 1).toWellFormed()}…`
