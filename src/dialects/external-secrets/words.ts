// This file is about the words of external-secrets: condition messages, reasons and event texts its users know.
import { formatDuration } from '../../base/duration.ts'
import { rfc3339 } from '../../base/clock.ts'
import type { Failed, Receipt, Yielded } from '../../model/answer.ts'
import { type Fault, type FaultCode, FAULTS } from '../../model/fault.ts'
import { type Ref, refText } from '../../model/ref.ts'
import { GROUP } from './kinds.ts'

export const SYNCED = 'secret synced'
export const MISSING = 'secret will not be created due to CreationPolicy=Merge'
export const CREATED_EVENT = 'secret created'
export const UPDATED_EVENT = 'secret updated'
export const RETAINED = 'secret retained due to DeletionPolicy=Retain'
export const DELETED = 'secret deleted due to DeletionPolicy=Delete'
export const ORPHAN_DELETED_EVENT = 'secret deleted because it was orphaned'

const NO_DATA = 'could not get secret data from provider'
const NO_UPDATE = 'could not update secret'
const NO_OWNERSHIP = 'failed to take ownership of target secret'
const ANOTHERS = 'target is owned by another ExternalSecret'

const isObtaining = (code: Fault['code']): boolean => FAULTS[code].obtaining
const isAboutSources = ({ at = '' }: Fault): boolean => /^spec(\.data|\.secretStoreRef|$)/.test(at)
const isAboutRefreshing = ({ at = '' }: Fault): boolean => /^spec\.(refresh|syncWindows)/.test(at)

/** Rivals of its own kind are told apart upstream; other dialects have orderers too. */
const rivalText = (owner: Ref | undefined): string => (owner?.group === GROUP ? ANOTHERS : NO_OWNERSHIP)

function targetText({ code, owner }: Fault): string {
  if (code === 'target-owned') return rivalText(owner)
  return code === 'target-immutable' ? `${NO_UPDATE}, target is immutable` : NO_UPDATE
}

const DOING: Readonly<Record<NonNullable<Failed['doing']>, string>> = {
  deleting: 'could not delete secret',
  'deleting-orphans': 'could not delete orphaned secrets',
}

/** The upstream message that the cause is put behind. */
function upstreamText(fault: Fault, doing: Failed['doing']): string {
  if (doing !== undefined) return DOING[doing]
  if (fault.at?.startsWith('spec.target.manifest') === true) return 'invalid generic target'
  const isBeforeWriting = isObtaining(fault.code) || isAboutSources(fault) || isAboutRefreshing(fault)
  return isBeforeWriting ? NO_DATA : targetText(fault)
}

/** What upstream says of templates that are kept elsewhere, or written as one text, whatever is wrong with them. */
function causeText({ code, at = '', message }: Fault): string {
  const isFrom = code !== 'spec-invalid' && at.startsWith('spec.target.template.templateFrom')
  return isFrom ? `error fetching templateFrom data: ${message}` : message
}

export const failedText = ({ fault, doing }: Pick<Failed, 'fault' | 'doing'>): string =>
  `${upstreamText(fault, doing)}: ${causeText(fault)}`

export const yieldedText = ({ to, target }: Yielded): string =>
  `${rivalText(to)}: yielding to ${refText(to)}, which keeps Secret ${target.name} (choose another spec.target.name, or delete one of the two)`

interface ServingWords {
  readonly before: string
  readonly since: string
  readonly after: string
}

/** In three parts, as only the first and the last tell whether it is the same failure still. */
export function servingWords({ fault, serving }: Failed & Required<Pick<Failed, 'serving'>>): ServingWords {
  return {
    before: `${SYNCED}: serving a login that expires at ${rfc3339(serving.until)}; renewing fails since `,
    since: rfc3339(serving.since),
    after: `: ${fault.message}`,
  }
}

/** What a receipt is worth saying beyond "secret synced". */
export function receiptText({ logins, expiryAssumed }: Receipt, unrenewed: string | undefined): string {
  const dies = Math.min(...logins.map((life) => life.expiresAt))
  const once =
    unrenewed === undefined || logins.length === 0
      ? ''
      : `: serves a login that dies at ${rfc3339(dies as Receipt['at'])} and will not be renewed ${unrenewed}`
  const assumed = expiryAssumed
    ? `${once === '' ? ':' : ';'} AWS told no expiry worth believing, so twelve hours are assumed`
    : ''
  return `${SYNCED}${once}${assumed}`
}

export const intervalText = (interval: string, lifeMs: number): string =>
  `spec.refreshInterval ${interval} is longer than the login lives (${formatDuration(lifeMs)}): it is renewed by its expiry instead`

const SESSION = 'error using generator: unable to create aws session: '
const OBTAINING = 'error using generator: unable to get authorization token: '

/** Where in the chain of upstream errors a cause belongs; a failure of AWS itself where nothing is said. */
const CHAINS: Partial<Record<FaultCode, string>> = {
  'spec-invalid': '',
  'reference-missing': 'unable to get generator: ',
  'reference-invalid': 'error using generator: ',
  'credential-missing': SESSION,
  'credential-malformed': SESSION,
  'credential-unreadable': SESSION,
  'service-account-unusable': SESSION,
  'service-account-denied': SESSION,
  'ambient-denied': SESSION,
}

/** A step that has a text of its own, else the one that such a fault belongs to. */
function chain({ code, step }: Fault): string {
  if (step !== undefined) return `${step}: `
  return CHAINS[code] ?? (isObtaining(code) ? OBTAINING : '')
}

/** The error in full, as the event tells it. `source` names the generatorRef where the fault does not. */
export function eventText({ fault, doing }: Pick<Failed, 'fault' | 'doing'>, source: string): string {
  if (doing !== undefined) return failedText({ fault, doing })
  const member = /^spec\.dataFrom\[\d+\]/.exec(fault.at ?? '')?.[0]
  const isRenaming = member !== undefined && /^\.rewrite|^$/.test((fault.at ?? '').slice(member.length))
  const place = member === undefined ? source : (fault.at ?? source)
  const at = isRenaming ? `${member}.sourceRef.generatorRef` : place
  const isSource = isObtaining(fault.code) || isRenaming || fault.at?.includes('generatorRef') === true
  if (isSource) return `error processing ${at}, err: ${chain(fault)}${fault.message}`
  const cause = causeText(fault)
  if (cause !== fault.message) return `could not apply template: ${cause}`
  const isTemplate = fault.code === 'template-invalid' || fault.code === 'template-failed'
  return isTemplate ? `could not apply template: could not execute template: ${cause}` : failedText({ fault })
}
