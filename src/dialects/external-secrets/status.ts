// This file is about telling users of external-secrets how their object fares: one condition, what was synced, one event.
import { type Instant, rfc3339 } from '../../base/clock.ts'
import { canonicalJson } from '../../base/canonical-json.ts'
import { parseDuration } from '../../base/duration.ts'
import type { Answer, Emptied, Failed, OrphanDeleted, Receipt } from '../../model/answer.ts'
import type { Resource } from '../../model/resource.ts'
import type { EventWords, Status } from '../dialect.ts'
import { type Before, readBefore, withCondition } from './standing-status.ts'
import { syncedVersion } from './marks.ts'
import { isSetForGood, onlyOnce, unrenewed } from './refresh.ts'
import { ExternalSecretSpec } from './schema.ts'
import {
  CREATED_EVENT,
  DELETED,
  eventText,
  failedText,
  intervalText,
  MISSING,
  ORPHAN_DELETED_EVENT,
  receiptText,
  RETAINED,
  servingWords,
  SYNCED,
  UPDATED_EVENT,
  yieldedText,
} from './words.ts'

type Reason = 'SecretSynced' | 'SecretDeleted' | 'SecretMissing' | 'SecretSyncedError'

/** One answer in the words of this API. */
interface Verdict {
  readonly reason: Reason
  readonly message: string
  readonly at: Instant
  /** Told once, when the condition changes. */
  readonly onChange?: string
  /** Told each time: real writes. */
  readonly always?: readonly EventWords[]
  /** What only a synced object has. */
  readonly synced?: Readonly<Record<string, unknown>>
}

type Spec = ExternalSecretSpec | undefined

export function status(asked: Resource, answers: readonly Answer[]): Status {
  const before = readBefore(asked.status)
  const spec = ExternalSecretSpec.safeParse(asked.spec ?? {}).data
  const verdict = verdictOnAll(answers, asked, before, spec)
  if (verdict === undefined) return { events: [] }
  const ready = readyCondition(verdict, before)
  const wanted = { ...verdict.synced, conditions: withCondition(before.conditions, ready) }
  const isNews = before.ready?.reason !== verdict.reason || before.ready.message !== verdict.message
  const events = [
    ...(verdict.always ?? []),
    ...answers.flatMap(({ is }) => (is === 'orphan-deleted' ? [deletion(ORPHAN_DELETED_EVENT)] : [])),
    ...(isNews ? warnings(verdict.onChange) : []),
  ]
  return isSame(wanted, before) ? { events } : { status: wanted, events }
}

/** What failed is told before what went well, as there is one condition. */
function verdictOnAll(
  answers: readonly Answer[],
  asked: Resource,
  before: Before,
  spec: Spec,
): Verdict | undefined {
  const told = answers.filter((answer) => answer.is !== 'orphan-deleted')
  const answer = told.find(({ is }) => is === 'failed') ?? told[0]
  if (answer !== undefined) return verdictOn(answer, asked, before, spec)
  // Nothing is ordered, so nobody has looked at a clock.
  return spec?.target.creationPolicy === 'None'
    ? { reason: 'SecretSynced', message: SYNCED, at: asked.changedAt, synced: syncedAt(asked, before) }
    : undefined
}

const syncedAt = (asked: Resource, { refreshTime }: Before, at: Instant = asked.changedAt) => ({
  refreshTime: refreshTime ?? rfc3339(at),
  syncedResourceVersion: syncedVersion(asked),
})

type Told = Exclude<Answer, OrphanDeleted>

function verdictOn(answer: Told, asked: Resource, before: Before, spec: Spec): Verdict {
  switch (answer.is) {
    case 'receipt':
      return receiptVerdict(answer, asked, before, spec)
    case 'failed':
      return failedVerdict(answer, before, spec)
    case 'yielded': {
      const message = yieldedText(answer)
      return { reason: 'SecretSyncedError', message, at: answer.at, onChange: message }
    }
    case 'target-missing':
      return {
        reason: 'SecretMissing',
        message: MISSING,
        at: answer.at,
        synced: { syncedResourceVersion: syncedVersion(asked) },
      }
    case 'emptied':
      return emptiedVerdict(answer, asked, before)
  }
}

function emptiedVerdict({ secret, at }: Emptied, asked: Resource, before: Before): Verdict {
  const synced = syncedAt(asked, before, at)
  if (secret === 'kept') return { reason: 'SecretSynced', message: RETAINED, at, synced }
  const always = secret === 'deleted' ? [deletion(DELETED)] : []
  return { reason: 'SecretDeleted', message: DELETED, at, synced, always }
}

const deletion = (message: string): EventWords => ({ type: 'Normal', reason: 'Deleted', message })

/** `refreshTime` says when the Secret was last written, so it stands still while nothing had to be. */
function receiptVerdict(receipt: Receipt, asked: Resource, before: Before, spec: Spec): Verdict {
  const wroteNothing = receipt.wrote === 'none'
  return {
    reason: 'SecretSynced',
    message: receiptText(receipt, spec === undefined ? undefined : unrenewed(spec, receipt)),
    at: receipt.at,
    always: [...writeEvents(receipt), ...intervalEvents(receipt, asked, before, spec)],
    synced: {
      refreshTime:
        wroteNothing && before.refreshTime !== undefined ? before.refreshTime : rfc3339(receipt.at),
      syncedResourceVersion: actedUpon(receipt, asked, before, spec),
      binding: { name: receipt.target.name },
    },
  }
}

/** What changes without being acted upon leaves the version as it was, so that whoever serves it next knows. */
function actedUpon(
  { wrote }: Receipt,
  asked: Resource,
  { syncedResourceVersion }: Before,
  spec: Spec,
): string {
  const isIgnored = wrote === 'none' && spec !== undefined && isSetForGood(spec)
  return isIgnored && syncedResourceVersion !== undefined ? syncedResourceVersion : syncedVersion(asked)
}

function writeEvents({ wrote }: Receipt): readonly EventWords[] {
  switch (wrote) {
    case 'created':
      return [{ type: 'Normal', reason: 'Created', message: CREATED_EVENT }]
    case 'updated':
      return [{ type: 'Normal', reason: 'Updated', message: UPDATED_EVENT }]
    case 'none':
      return []
  }
}

/** A minute of slack: a twelve hour interval is not longer than twelve hours less the time of a call. */
const SLACK_MS = 60_000

/** Told once a version of the object: an interval that never comes to pass. */
function intervalEvents(
  receipt: Receipt,
  asked: Resource,
  before: Before,
  spec: Spec,
): readonly EventWords[] {
  if (spec === undefined || onlyOnce(spec) !== undefined) return []
  if (receipt.logins.length === 0 || before.syncedResourceVersion === syncedVersion(asked)) return []
  const life = Math.min(...receipt.logins.map(({ mintedAt, expiresAt }) => expiresAt - mintedAt))
  const interval = parseDuration(spec.refreshInterval) ?? 0
  if (interval <= life + SLACK_MS) return []
  return [{ type: 'Normal', reason: 'RenewedByExpiry', message: intervalText(spec.refreshInterval, life) }]
}

function failedVerdict(failed: Failed, before: Before, spec: Spec): Verdict {
  const { serving, at } = failed
  const onChange = eventText(failed, sourceText(spec))
  return serving === undefined
    ? { reason: 'SecretSyncedError', message: failedText(failed), at, onChange }
    : { reason: 'SecretSynced', message: servingText({ ...failed, serving }, before), at, onChange }
}

/** Since when it fails is told as first told, also by an operator that started later. */
function servingText(failed: Failed & Required<Pick<Failed, 'serving'>>, { ready }: Before): string {
  const words = servingWords(failed)
  const told = ready?.message ?? ''
  const isStill = told.startsWith(words.before) && told.endsWith(words.after)
  return isStill ? told : `${words.before}${words.since}${words.after}`
}

/** The one generatorRef a fault without a place must be about, or all of them. */
const sourceText = (spec: Spec): string =>
  spec?.dataFrom?.length === 1 ? 'spec.dataFrom[0].sourceRef.generatorRef' : 'spec.dataFrom'

function readyCondition({ reason, message, at }: Verdict, { ready }: Before): Record<string, unknown> {
  const status = reason === 'SecretSyncedError' ? 'False' : 'True'
  const isKept = ready?.status === status && ready.lastTransitionTime !== undefined
  const lastTransitionTime = isKept ? ready.lastTransitionTime : rfc3339(at)
  return { type: 'Ready', status, reason, message, lastTransitionTime }
}

const warnings = (message: string | undefined): readonly EventWords[] =>
  message === undefined ? [] : [{ type: 'Warning', reason: 'UpdateFailed', message }]

/** What is written is merged into what stands there, so members that nobody asked for make no difference. */
const isSame = (wanted: Readonly<Record<string, unknown>>, { raw }: Before): boolean => stands(wanted, raw)

function stands(wanted: unknown, there: unknown): boolean {
  if (!isMap(wanted)) return canonicalJson(wanted) === canonicalJson(there)
  return isMap(there) && Object.entries(wanted).every(([key, value]) => stands(value, there[key]))
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
