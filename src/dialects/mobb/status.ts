// This file is about telling users of ecr.mobb.redhat.com how their object fares: its phase, one condition, one event.
import { canonicalJson } from '../../base/canonical-json.ts'
import { type Instant, rfc3339 } from '../../base/clock.ts'
import type { Answer, Failed, Receipt, Yielded } from '../../model/answer.ts'
import { type Fault, FAULTS } from '../../model/fault.ts'
import { refText, secretKey } from '../../model/ref.ts'
import type { Resource } from '../../model/resource.ts'
import type { EventWords, InstalledSchema, Status } from '../dialect.ts'
import { CREDENTIALS_SECRET } from './credentials.ts'
import { type Condition, condition, type MobbStatus } from './schema.ts'

/** One answer in this dialect's words. */
interface Verdict {
  readonly phase: 'Updated' | 'Failed'
  readonly reason: string
  readonly message: string
  readonly at: Instant
  /** When the login in the Secret dies, where the answer tells. */
  readonly expiresAt?: Instant
  readonly wrote: boolean
}

/** What stood in the status; nobody has validated it. */
interface Before {
  readonly lastUpdatedTime: string | undefined
  readonly ready: Condition | undefined
  /** Conditions of others, which a merge patch would drop. */
  readonly otherConditions: readonly unknown[]
}

/** A Secret that was kept but not written leaves `lastUpdatedTime` alone, as a failure does. */
export function status(asked: Resource, answers: readonly Answer[], installed: InstalledSchema): Status {
  const answer = answers[0]
  if (answer === undefined) return { events: [] }
  const before = readBefore(asked.status)
  const verdict = verdictOn(answer)
  const ready = readyCondition(asked, verdict, before.ready)
  const admitsReady = installed.admitsStatusField('conditions') && installed.admitsConditionType('Ready')
  const updated = lastUpdatedTime(verdict, before)
  const wanted = {
    phase: verdict.phase,
    ...(updated === undefined ? {} : { lastUpdatedTime: updated }),
    ...(verdict.expiresAt !== undefined && installed.admitsStatusField('expiresAt')
      ? { expiresAt: rfc3339(verdict.expiresAt) }
      : {}),
    ...(admitsReady ? { conditions: [...before.otherConditions, ready] } : {}),
  } satisfies Omit<MobbStatus, 'conditions'> & { conditions?: readonly unknown[] }
  const events = eventsOn(verdict, before.ready)
  return stands(wanted, asked.status) ? { events } : { status: wanted, events }
}

/** Whether the patch would change nothing. */
const stands = (wanted: object, status: unknown): boolean =>
  canonicalJson({ ...recordOf(status), ...wanted }) === canonicalJson(recordOf(status))

function verdictOn(answer: Answer): Verdict {
  switch (answer.is) {
    case 'receipt':
      return receiptVerdict(answer)
    case 'failed':
      return failedVerdict(answer)
    case 'yielded':
      return yieldedVerdict(answer)
    case 'target-missing':
    case 'emptied':
    case 'orphan-deleted':
      // Nothing of this dialect comes to that; a Secret that is not there is told all the same.
      return failure(answer.at, 'TargetMissing', `Secret ${secretKey(answer.target)} does not exist`)
  }
}

function receiptVerdict(receipt: Receipt): Verdict {
  const assumed = receipt.expiryAssumed
    ? '; AWS told no expiry worth believing, so twelve hours are assumed'
    : ''
  return {
    phase: 'Updated',
    reason: 'Updated',
    message: `Secret ${secretKey(receipt.target)} holds a valid login${assumed}`,
    at: receipt.at,
    ...(receipt.logins.length === 0
      ? {}
      : { expiresAt: Math.min(...receipt.logins.map((life) => life.expiresAt)) as Instant }),
    wrote: receipt.wrote !== 'none',
  }
}

function failedVerdict({ fault, serving, at }: Failed): Verdict {
  const { reason } = FAULTS[fault.code]
  const cause = causeText(fault)
  if (serving === undefined) return failure(at, reason, cause)
  const message =
    `serving a login that expires at ${rfc3339(serving.until)}; ` +
    `renewing fails since ${rfc3339(serving.since)}: ${cause}`
  return { phase: 'Updated', reason, message, at, expiresAt: serving.until, wrote: false }
}

/** These kinds have no field for credentials: where they belong must be said. */
const causeText = ({ code, message }: Fault): string =>
  code === 'aws-no-credentials'
    ? `${message}; for this kind the place is Secret ${CREDENTIALS_SECRET} in the operator's namespace`
    : message

const yieldedVerdict = ({ to, target, at }: Yielded): Verdict =>
  failure(
    at,
    'Yielding',
    `yielding to ${refText(to)}, which keeps Secret ${secretKey(target)}: ` +
      'choose another generated_secret_name, or delete one of the two',
  )

const failure = (at: Instant, reason: string, message: string): Verdict => ({
  phase: 'Failed',
  reason,
  message,
  at,
  wrote: false,
})

function lastUpdatedTime(verdict: Verdict, before: Before): string | undefined {
  if (verdict.wrote) return rfc3339(verdict.at)
  const isKept = verdict.phase === 'Updated'
  return before.lastUpdatedTime ?? (isKept ? rfc3339(verdict.at) : undefined)
}

const isReady = (verdict: Verdict): 'True' | 'False' => (verdict.phase === 'Updated' ? 'True' : 'False')

const readyCondition = (asked: Resource, verdict: Verdict, before: Condition | undefined): Condition => ({
  type: 'Ready',
  status: isReady(verdict),
  reason: verdict.reason,
  message: verdict.message,
  lastTransitionTime: before?.status === isReady(verdict) ? before.lastTransitionTime : rfc3339(verdict.at),
  observedGeneration: asked.generation,
})

/** A write is told each time; anything else once, as far as the condition that stands can tell. */
function eventsOn(verdict: Verdict, before: Condition | undefined): readonly EventWords[] {
  const { reason, message } = verdict
  const isTold = before?.status === isReady(verdict) && before.reason === reason && before.message === message
  if (reason === 'Updated') return verdict.wrote ? [{ type: 'Normal', reason, message }] : []
  return isTold ? [] : [{ type: 'Warning', reason, message }]
}

function readBefore(status: unknown): Before {
  const { lastUpdatedTime, conditions } = recordOf(status)
  const all: readonly unknown[] = Array.isArray(conditions) ? conditions : []
  const ready = all.find((one) => recordOf(one)['type'] === 'Ready')
  return {
    lastUpdatedTime: typeof lastUpdatedTime === 'string' ? lastUpdatedTime : undefined,
    ready: condition.safeParse(ready).data,
    otherConditions: all.filter((one) => recordOf(one)['type'] !== 'Ready'),
  }
}

const recordOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
