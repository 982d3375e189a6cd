// This file is about letting in: whose token it is, and what the rules of the integration give to them.
//
// Until a token has proven to be of somebody whom a rule is for, every refusal reads the same, whether there is such an
// integration or not; why, stands in the log.
import type { Clock } from '../base/clock.ts'
import type { SecretText } from '../base/secret-text.ts'
import { KUBERNETES } from '../dialects/everpull/ci-access-schema.ts'
import { find, type Found, isShared } from '../dialects/everpull/lending.ts'
import type { Fault } from '../model/fault.ts'
import type { AccountReview } from './account-review.ts'
import type { Claims } from './bearer.ts'
import { type Access, bestOf, type CiRule, isSubjectMatched } from './ci-access.ts'
import { numbered, timely } from './claim-checks.ts'
import type { IssuerKeys } from './issuer-keys.ts'
import type { Desk, Reviewed } from './ports.ts'
import type { RateLimit } from './rate-limit.ts'
import { type Refusal, refuse, told } from './refusal.ts'
import type { ShownToken } from './shown-tokens.ts'
import { verify } from './signature.ts'

export interface AdmissionParts {
  readonly keys: IssuerKeys
  readonly accounts: AccountReview
  /** After verification, by issuer and subject. */
  readonly perSubject: RateLimit
  readonly clock: Pick<Clock, 'now'>
}

export interface Asking {
  readonly token: SecretText
  /** As the token says itself. */
  readonly claims: Claims
  readonly integration: string
  /** All that is given, where not said. */
  readonly access: Access | undefined
}

export interface Admitted {
  readonly is: 'admitted'
  readonly found: Found
  readonly access: Access
  /** To be remembered before anything is given; absent where the token may be shown again. */
  readonly once?: ShownToken
}

/** Whether what the token says of itself is true. */
interface Proven {
  readonly isProven: boolean
}

const ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/

export async function admit(
  parts: AdmissionParts,
  desk: Desk,
  asking: Asking,
  signal: AbortSignal,
): Promise<(Admitted | Refusal) & Proven> {
  const found = await desk.look((world) => find(world, asking.integration), signal)
  if (found.is === 'fault' && found.code === 'reference-unreadable') {
    return { ...unreadable(found), isProven: false }
  }
  const { issuer, subject } = asking.claims
  const rules = found.is === 'found' ? (found.integration.spec.ciAccess ?? []) : []
  const mine = rules.filter((rule) => rule.issuer === issuer && issuer !== KUBERNETES)
  if (found.is === 'found' && mine.length > 0) return withSignature(parts, desk, { ...asking, found }, mine)
  if (!ACCOUNT.test(subject)) {
    const because = found.is === 'fault' ? found.message : 'no rule is for its issuer'
    return { ...nobody(asking, because), isProven: false }
  }
  const ofAccounts = rules.filter((rule) => rule.issuer === KUBERNETES)
  return withReview(parts, desk, { ...asking, found }, ofAccounts, signal)
}

const unreadable = ({ message }: Fault): Refusal =>
  refuse('cluster-unreachable', 'integrations cannot be read at the moment: try again', {
    retryAfter: 5,
    because: message,
  })

function nobody({ integration, claims }: Asking, because: string): Refusal {
  const { issuer, subject, audiences } = claims
  const aud = audiences.length === 1 ? `audience ${told(audiences[0] ?? '')}` : `one of its audiences`
  const namespace = issuer === KUBERNETES ? ACCOUNT.exec(subject)?.[1] : undefined
  const shared = namespace === undefined ? '' : `, and that spec.sharing there names namespace ${namespace}`
  const message = `no EcrIntegration ${integration} lets this token in: check the name, and that a rule in spec.ciAccess there has issuer ${told(issuer)}, ${aud} and subject ${told(subject)}${shared}`
  return refuse('not-allowed', message, { because })
}

/** Which of the rules lets them in; all of them are for their issuer. */
function chosen(rules: readonly CiRule[], asking: Asking, claims: Claims): CiRule | Refusal {
  const forThem = rules.filter((rule) => isSubjectMatched(rule.subject, claims.subject))
  if (forThem.length === 0) return nobody({ ...asking, claims }, 'no rule is for its subject')
  const heard = forThem.filter(({ audience }) => claims.audiences.includes(audience))
  if (heard.length === 0) {
    const wanted = [...new Set(forThem.map(({ audience }) => told(audience)))].join(' or ')
    const given = claims.audiences.map(told).join(', ')
    return refuse('audience-wrong', `the token is for ${given}: have one issued for audience ${wanted}`)
  }
  const best = bestOf(heard.filter(({ access }) => asking.access !== 'push' || access === 'push'))
  return (
    best ??
    refuse(
      'access-not-given',
      `the rules in spec.ciAccess of EcrIntegration ${asking.integration} give this token pull alone: ask for that, or have one say access: push`,
    )
  )
}

const isRefusal = (value: object): value is Refusal => 'is' in value && value.is === 'refused'

interface AskingFound extends Asking {
  readonly found: Found
}

async function withSignature(
  parts: AdmissionParts,
  desk: Desk,
  asking: AskingFound,
  rules: readonly CiRule[],
): Promise<(Admitted | Refusal) & Proven> {
  const { issuer } = asking.claims
  const verified = await verify(asking.token, issuer, parts.keys)
  if (verified.is === 'unsigned') return { ...nobody(asking, verified.because), isProven: false }
  if (verified.is === 'unreachable') {
    const message = `the keys of ${told(issuer)} cannot be fetched at the moment: try again`
    const more = { retryAfter: 10, because: verified.because }
    return { ...refuse('issuer-unreachable', message, more), isProven: false }
  }
  return { ...judged(parts, desk, asking, rules, verified.claims), isProven: true }
}

function judged(
  parts: AdmissionParts,
  desk: Desk,
  asking: AskingFound,
  rules: readonly CiRule[],
  claims: Claims,
): Admitted | Refusal {
  const limited = oftenRefused(parts, claims.issuer, claims.subject)
  if (limited !== undefined) return limited
  const rule = chosen(rules, asking, claims)
  if (isRefusal(rule)) return rule
  const now = parts.clock.now()
  const inTime = timely(claims, now)
  if (inTime.is === 'refused') return inTime
  const admitted = { is: 'admitted', found: asking.found, access: asking.access ?? rule.access } as const
  if (rule.reuse) return admitted
  const once = numbered(claims, inTime, { now, since: desk.since })
  return isRefusal(once) ? once : { ...admitted, once }
}

function oftenRefused({ perSubject }: AdmissionParts, issuer: string, subject: string): Refusal | undefined {
  const wait = perSubject.take(`${issuer}\n${subject}`)
  if (wait === 0) return undefined
  return refuse('too-often', 'this subject asks too often: wait as long as Retry-After says', {
    retryAfter: wait,
  })
}

interface AskingAsAccount extends Asking {
  readonly found: Found | Fault
}

/** The API server is asked whatever integration is asked for, so that its answer tells nothing about one. */
async function withReview(
  parts: AdmissionParts,
  desk: Desk,
  asking: AskingAsAccount,
  given: readonly CiRule[],
  signal: AbortSignal,
): Promise<(Admitted | Refusal) & Proven> {
  const answer = await parts.accounts.review(asking.token, given, signal)
  if (answer.is === 'busy') return { ...BUSY, isProven: false }
  const { reviewed, rules, leftOut } = answer
  const verdict = await judgedAccount(parts, desk, asking, { reviewed, rules }, signal)
  if (verdict.is === 'admitted' || leftOut === undefined) return verdict
  return { ...verdict, because: `${verdict.because ?? verdict.message}; ${leftOut}` }
}

const BUSY = refuse('busy', 'too many tokens of service accounts are reviewed at once: try again', {
  retryAfter: 1,
})

async function judgedAccount(
  parts: AdmissionParts,
  desk: Desk,
  asking: AskingAsAccount,
  { reviewed, rules }: { readonly reviewed: Reviewed; readonly rules: readonly CiRule[] },
  signal: AbortSignal,
): Promise<(Admitted | Refusal) & Proven> {
  if (reviewed.is === 'unavailable') {
    const more = { retryAfter: 5, because: reviewed.because }
    const refusal = refuse('cluster-unreachable', 'the API server cannot review the token: try again', more)
    return { ...refusal, isProven: false }
  }
  if (reviewed.is === 'refused') {
    const message = `the API server does not take the token: have a new one issued for the audience of the rule, as kubectl create token ACCOUNT --audience ${parts.accounts.audience} does`
    return { ...refuse('token-refused', message, { because: reviewed.because }), isProven: false }
  }
  const subject = `system:serviceaccount:${reviewed.namespace}:${reviewed.name}`
  const proven = { ...asking.claims, issuer: KUBERNETES, subject, audiences: reviewed.audiences }
  const verdict =
    oftenRefused(parts, KUBERNETES, subject) ??
    (await admitAccount(desk, { ...asking, claims: proven }, rules, reviewed.namespace, signal))
  return { ...verdict, isProven: true }
}

/** Both are needed: a rule for the account, and that its namespace may use the integration at all. */
async function admitAccount(
  desk: Desk,
  asking: AskingAsAccount,
  rules: readonly CiRule[],
  namespace: string,
  signal: AbortSignal,
): Promise<Admitted | Refusal> {
  const { claims, found } = asking
  if (found.is === 'fault') return nobody(asking, found.message)
  const { sharing } = found.integration
  const shared = await desk.look((world) => isShared(sharing, namespace, world), signal)
  if (typeof shared !== 'boolean') {
    return shared.code === 'reference-unreadable' ? unreadable(shared) : nobody(asking, shared.message)
  }
  if (!shared) return nobody(asking, `it is not shared with namespace ${namespace}`)
  const rule = chosen(rules, asking, claims)
  return isRefusal(rule) ? rule : { is: 'admitted', found, access: asking.access ?? rule.access }
}
