// This file is about faults on request: AWS throttling, failing, hanging or refusing, for some calls and not for others.
import { matchesAction, matchesPattern } from './iam/wildcard.ts'

export type FaultKind =
  /** 400 ThrottlingException "Rate exceeded". */
  | 'throttle'
  /** 429, as ECR answers at times. */
  | 'throttle-429'
  /** 500. */
  | 'server-error'
  /** 503. */
  | 'unavailable'
  /** Accepts and never answers. */
  | 'hang'
  /** Cuts the connection without an answer. */
  | 'reset'
  /** Does what was asked, and cuts the connection instead of answering. */
  | 'answer-lost'
  /** Does what was asked, and never answers. */
  | 'mute'
  | 'access-denied'
  /** Whatever `code` says: `KmsException`, `ExpiredTokenException`. */
  | 'error'
  /** The emulator's clock is off, so that honest signatures are too old or too new. */
  | 'skew'
  /**
   * Takes one IAM action from a principal, wherever it is asked for: an API call, a registry request, a role to be
   * assumed. `action` is needed; `principal` and `resource` narrow; `operation`, `service` and `region` mean nothing.
   */
  | 'deny'

export const FAULT_KINDS: readonly FaultKind[] = [
  'throttle',
  'throttle-429',
  'server-error',
  'unavailable',
  'hang',
  'reset',
  'answer-lost',
  'mute',
  'access-denied',
  'error',
  'skew',
  'deny',
]

/** Every member given must match; names may hold `*`. */
export interface FaultRule {
  readonly kind: FaultKind
  readonly operation?: string
  readonly service?: string
  readonly principal?: string
  readonly region?: string
  /** The next so many matching calls; absent: until cleared. */
  readonly times?: number
  /** For error; the status is 400 unless given. */
  readonly code?: string
  readonly message?: string
  readonly status?: number
  /** For deny: `ecr:DescribeRepositories`, `ecr:*`. */
  readonly action?: string
  /** For deny: ARN of what must not be acted on; `*` where the action knows no resource. */
  readonly resource?: string
  /** For skew: how far the emulator's clock is ahead; default 900, negative for behind. */
  readonly aheadSeconds?: number
}
export interface ActiveFault extends FaultRule {
  readonly id: string
  readonly left: number
  readonly hits: number
}

export interface CallFacts {
  readonly service: string
  readonly operation: string
  readonly region: string
  /** ARN of who signed with a known key; of the role asked for where nobody signs; else empty. */
  readonly principal: string
}

export interface FaultScript {
  add(rule: FaultRule): string
  /** All of them without an id. */
  clear(id?: string): void
  list(): readonly ActiveFault[]
  /** The oldest matching fault, spent by one. */
  take(facts: CallFacts): ActiveFault | undefined
  /** Whether a deny strikes; `principals` are the names one caller goes by. Spent by one. */
  denies(asked: DeniedFacts): boolean
}

export interface DeniedFacts {
  readonly principals: readonly string[]
  readonly action: string
  readonly resource: string
}

const MATCHED = ['service', 'operation', 'region', 'principal'] as const

const matches = (rule: FaultRule, facts: CallFacts): boolean =>
  rule.kind !== 'deny' &&
  MATCHED.every((member) => rule[member] === undefined || matchesPattern(rule[member], facts[member]))

const strikes = (rule: FaultRule, { principals, action, resource }: DeniedFacts): boolean =>
  rule.kind === 'deny' &&
  matchesAction(rule.action ?? '', action) &&
  matchesPattern(rule.resource ?? '*', resource) &&
  principals.some((principal) => matchesPattern(rule.principal ?? '*', principal))

export function createFaultScript(): FaultScript {
  let active: ActiveFault[] = []
  let count = 0
  const spend = (found: ActiveFault | undefined): ActiveFault | undefined => {
    if (found === undefined) return undefined
    const spent = { ...found, left: found.left - 1, hits: found.hits + 1 }
    active = active.map((f) => (f.id === found.id ? spent : f)).filter((f) => f.left > 0)
    return spent
  }
  return {
    add(rule) {
      count += 1
      const id = `fault-${count}`
      active.push({ ...rule, id, left: rule.times ?? Number.POSITIVE_INFINITY, hits: 0 })
      return id
    },
    clear(id) {
      active = id === undefined ? [] : active.filter((f) => f.id !== id)
    },
    list: () => active,
    take: (facts) => spend(active.find((rule) => matches(rule, facts))),
    denies: (asked) => spend(active.find((rule) => strikes(rule, asked))) !== undefined,
  }
}
