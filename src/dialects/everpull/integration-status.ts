// This file is about telling users of an EcrIntegration how it fares: what its last test came to, and who uses it.
import { canonicalJson } from '../../base/canonical-json.ts'
import { type Instant, rfc3339 } from '../../base/clock.ts'
import type { Answer, Failed } from '../../model/answer.ts'
import { type Fault, FAULTS } from '../../model/fault.ts'
import { isBroken, isPassed, type Step, type Verdict } from '../../model/probe.ts'
import type { Resource } from '../../model/resource.ts'
import type { Circumstances, EventWords, Others, Status } from '../dialect.ts'
import { conditionOf, type Said, told } from './conditions.ts'
import { ignoredFinding, usersNamed } from './integration.ts'
import { TEST_LABEL } from './integration-kind.ts'
import { type EcrIntegrationStatus, MOST_TOLD_STEPS } from './integration-schema.ts'
import { readIntegration } from './integration-spec.ts'
import { timesEvents } from './step-times.ts'

type TestedStep = NonNullable<EcrIntegrationStatus['permissions']>[number]
type Wanted = Readonly<Record<string, unknown>>

export function integrationStatus(asked: Resource, answers: readonly Answer[], others: Others = {}): Status {
  const { circumstances, verdicts: [verdict] = [] } = others
  const failed = answers.find((answer) => answer.is === 'failed')
  if (failed === undefined && verdict === undefined && circumstances === undefined) return { events: [] }
  const at = others.at ?? failed?.at ?? verdict?.at ?? asked.changedAt
  if (circumstances?.findings.some(({ type }) => type === IGNORED) === true) {
    return ignoredStatus(asked, circumstances.findings, at)
  }
  const ready = readyOf(asked, failed, verdict)
  const held = failed?.fault.code === 'in-use' ? [heldBack(failed.fault)] : []
  const findings = [
    ...(circumstances?.findings.filter(({ type }) => held.length === 0 || type !== 'InUse') ?? []),
    ...held,
  ]
  const said = [...(ready === undefined ? [] : [ready.condition, ...ready.progress]), ...findings]
  const ours = [...(ready === undefined ? [] : READINESS), ...outdated(asked)]
  const wanted = {
    observedGeneration: asked.generation,
    conditions: told(asked.status, said, ours, { at, generation: asked.generation }),
    ...testOf(verdict, ready?.isPassing === true, asked.status),
    ...usersOf(circumstances),
  }
  const events = [...eventsOn(asked.status, ready?.condition ?? held[0]), ...timesOf(asked, verdict)]
  return published(asked, wanted, events)
}

/** Whoever made it for a test waits for them. */
function timesOf({ labels, status }: Resource, verdict: Verdict | undefined): readonly EventWords[] {
  if (labels[TEST_LABEL] !== 'true' || verdict === undefined) return []
  const isTold = recordOf(status)['lastTestedAt'] === rfc3339(verdict.at)
  return isTold ? [] : timesEvents(verdict.steps)
}

const IGNORED = 'Ignored'
const READINESS = ['Ready', 'Reconciling', 'Stalled'] as const

interface Readiness {
  readonly condition: Said
  /** As kstatus wants it: whether it is still being tried, or stuck. */
  readonly progress: readonly Said[]
  /** Nothing speaks against what was found out before. */
  readonly isPassing: boolean
}

/** Undefined: what was said stays. */
function readyOf(
  asked: Resource,
  failed: Failed | undefined,
  verdict: Verdict | undefined,
): Readiness | undefined {
  if (failed !== undefined)
    return failed.fault.code === 'in-use' ? undefined : unready(failed.fault, failed.fault.message)
  if (verdict === undefined) return undefined
  const trouble = troubleIn(verdict)
  if (trouble === undefined) return isPassed(verdict) ? PASSED : NOTHING_TESTED
  const because = troubleText(verdict, trouble)
  const before = conditionOf(asked.status, 'Ready')
  const stood = before?.status === 'True' && before.observedGeneration === asked.generation
  return stood && isPassing(trouble.fault) ? unfinished(because) : unready(trouble.fault, because)
}

const ready = (reason: string, message: string): Readiness => ({
  condition: { type: 'Ready', status: 'True', reason, message },
  progress: [],
  isPassing: true,
})

const PASSED = ready('Tested', 'everything that was tested is allowed')
const NOTHING_TESTED = ready('NotTested', 'there was nothing to test')

/** AWS being away or busy says nothing about what it allows. */
const unfinished = (because: string): Readiness =>
  ready(
    'TestUnfinished',
    `everything was allowed when it was last tested; that could not be done again: ${because}`,
  )

function unready({ code }: Fault, message: string): Readiness {
  const { reason, retry } = FAULTS[code]
  const progress: Said =
    retry === 'on-change'
      ? { type: 'Stalled', status: 'True', reason, message: 'only a change can help' }
      : { type: 'Reconciling', status: 'True', reason: 'Retrying', message: 'it is tried again' }
  return {
    condition: { type: 'Ready', status: 'False', reason, message },
    progress: [progress],
    isPassing: false,
  }
}

type Trouble = Step & { readonly fault: Fault }

const isTrouble = (step: Step): step is Trouble => isBroken(step) && step.fault !== undefined

const isPassing = ({ code }: Fault): boolean => FAULTS[code].retry === 'backoff'

/** What lasts is told before what passes by itself. */
function troubleIn({ steps }: Verdict): Trouble | undefined {
  const all = steps.filter(isTrouble)
  return all.find(({ fault }) => !isPassing(fault)) ?? all[0]
}

function troubleText({ steps }: Verdict, { name, on, fault }: Trouble): string {
  const more = steps.filter(isTrouble).length - 1
  const rest = more === 0 ? '' : ` (and ${more} more: see status.permissions)`
  return `${name}${on === undefined ? '' : ` on ${on}`}: ${fault.message}${rest}`
}

const heldBack = ({ message }: Fault): Said => ({
  type: 'InUse',
  status: 'True',
  reason: 'DeletionHeld',
  message,
})

/** That it was ignored, where that is no longer what its spec says. */
function outdated(asked: Resource): readonly string[] {
  const before = conditionOf(asked.status, IGNORED)
  if (before === undefined) return []
  const integration = readIntegration(asked)
  if (integration.is === 'fault') return []
  const { policy, names = [] } = integration.spec.runtimes ?? { policy: 'All' }
  return policy === 'Selected' && before.message === ignoredFinding(names).message ? [] : [IGNORED]
}

/**
 * Installations that it is meant for may be telling how it fares in the same status: all of theirs stays, save what
 * nobody has said of this generation.
 */
function ignoredStatus(asked: Resource, findings: readonly Said[], at: Instant): Status {
  const { generation } = asked
  const old = [...READINESS, 'SharingEnforced', 'InUse'].filter(
    (type) => (conditionOf(asked.status, type)?.observedGeneration ?? generation) < generation,
  )
  const wanted = {
    observedGeneration: generation,
    conditions: told(asked.status, findings, old, { at, generation }),
  }
  return published(asked, wanted, [])
}

/** What a test that came to nothing says is no news of who it is, and when a login dies. */
function testOf(verdict: Verdict | undefined, isPassing: boolean, before: unknown): Wanted {
  if (verdict === undefined) return {}
  const { caller, login } = verdict
  const gone = (name: string): Wanted => (isPassing || !hasField(before, name) ? {} : { [name]: null })
  return {
    lastTestedAt: rfc3339(verdict.at),
    permissions: stepsOf(verdict),
    ...(caller === undefined ? gone('identity') : { identity: { account: caller.account, arn: caller.arn } }),
    ...(login === undefined ? gone('expiresAt') : { expiresAt: rfc3339(login.expiresAt) }),
  }
}

const hasField = (status: unknown, name: string): boolean => {
  const value = recordOf(status)[name]
  return value !== undefined && value !== null
}

/** Where there are too many, those that passed are left out first. */
function stepsOf({ steps }: Verdict): readonly TestedStep[] {
  const kept = steps.length <= MOST_TOLD_STEPS ? steps : steps.toSorted((a, b) => weight(a) - weight(b))
  return kept.slice(0, MOST_TOLD_STEPS).map(testedStep)
}

const weight = (step: Step): number => (isTrouble(step) ? 0 : 1)

const RESULTS = { passed: 'Passed', denied: 'Denied', failed: 'Failed', skipped: 'Skipped' } as const

const testedStep = ({ name, on, result, optional, inferred, note, fault, remedy }: Step): TestedStep => ({
  name,
  ...(on === undefined ? {} : { on }),
  result: RESULTS[result],
  ...(optional === undefined ? {} : { optional }),
  ...(inferred === undefined ? {} : { inferred }),
  ...(note === undefined ? {} : { message: cut(note, 1000) }),
  ...(fault === undefined ? {} : { reason: FAULTS[fault.code].reason, message: cut(fault.message, 1000) }),
  ...(remedy === undefined ? {} : { remedy: cut(remedy, 4000) }),
})

const cut = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1).toWellFormed()}…`

const usersOf = (circumstances: Circumstances | undefined): Wanted =>
  circumstances === undefined
    ? {}
    : { usedBy: { count: circumstances.users.length, first: usersNamed(circumstances.users) } }

/** Told when it becomes ready, and when a failure is another than the one told last. */
function eventsOn(before: unknown, now: Said | undefined): readonly EventWords[] {
  if (now === undefined) return []
  const { status, reason, message } = conditionOf(before, now.type) ?? {}
  const isGood = now.type === 'Ready' && now.status === 'True'
  if (isGood) return status === 'True' ? [] : [{ type: 'Normal', reason: now.reason, message: now.message }]
  const isTold = status === now.status && reason === now.reason && message === now.message
  return isTold ? [] : [{ type: 'Warning', reason: now.reason, message: now.message }]
}

function published({ status }: Resource, wanted: Wanted, events: readonly EventWords[]): Status {
  const before = recordOf(status)
  const isSame = Object.entries(wanted).every(
    ([key, value]) => canonicalJson(before[key]) === canonicalJson(value),
  )
  return isSame ? { events } : { status: wanted, events }
}

const recordOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {}
