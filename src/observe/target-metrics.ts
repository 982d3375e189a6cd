// This file is about the series of each target: when its login dies, when it was last right, how often it failed.
//
// They are written out at each scrape from one small record a target: ten thousand targets would take ten times the
// memory as series of a registry.
import type { Clock, Instant } from '../base/clock.ts'
import type { Answer, Emptied, Failed, OrphanDeleted, Receipt } from '../model/answer.ts'
import { FAULTS } from '../model/fault.ts'
import { type Ref, refKey } from '../model/ref.ts'
import { counted, family, lines } from './operator-metrics.ts'

/** What a delivery came to. */
export interface TargetRecorder {
  /** `target` is unknown where translating failed before one was named. */
  answered(orderedBy: Ref, answers: readonly Answer[]): void
  /** The orderer is gone: its series go too. */
  forgotten(orderedBy: Ref): void
}

export interface TargetSeries extends TargetRecorder {
  /** The series that no registry keeps, as whole lines. */
  expose(): string
}

/** One Secret of an orderer, or, without a name, what is counted for the orderer itself. */
interface Target {
  readonly orderedBy: Ref
  readonly namespace: string
  readonly secret: string
  expiresAt?: Instant
  /** Of the login that dies first; a guess where only an operator before us knew. */
  mintedAt?: Instant
  /** It is renewed never: it dies as ordered. */
  isLast?: true
  rightAt?: Instant
  /** By reason. */
  failures?: Map<string, number>
}

export function targetSeries(clock: Clock): TargetSeries {
  const known = new Map<string, readonly Target[]>()

  function targetOf(orderedBy: Ref, answer: Served): Target {
    const mine = known.get(refKey(orderedBy)) ?? []
    const { namespace, name: secret } = answer.target ?? { namespace: orderedBy.namespace, name: '' }
    const before = mine.find((one) => one.namespace === namespace && one.secret === secret)
    if (before !== undefined) return before
    const target: Target = { orderedBy, namespace, secret }
    known.set(refKey(orderedBy), mine.concat(target))
    return target
  }

  function record(orderedBy: Ref, answer: Served): Target {
    const target = targetOf(orderedBy, answer)
    if (answer.is === 'receipt') {
      target.rightAt = answer.at
      recordLife(target, answer)
    } else {
      if (answer.is === 'failed') recordServing(target, answer)
      const reason = reasonOf(answer)
      target.failures ??= new Map()
      target.failures.set(reason, (target.failures.get(reason) ?? 0) + 1)
    }
    return target
  }

  return {
    answered(orderedBy, answers) {
      const served = answers.filter((answer) => answer.is !== 'emptied' && answer.is !== 'orphan-deleted')
      const touched = new Set(served.map((answer) => record(orderedBy, answer)))
      // A pass that names its Secrets is the whole truth; one that failed earlier says nothing about the others.
      if (!answers.every((a) => a.target !== undefined)) return
      if (touched.size === 0) known.delete(refKey(orderedBy))
      else known.set(refKey(orderedBy), [...touched])
    },
    forgotten: (orderedBy) => void known.delete(refKey(orderedBy)),
    expose: () => exposed(known) + exposedLogins(known, clock.now()),
  }
}

function recordLife(target: Target, { logins, nextAt }: Receipt): void {
  const first = logins.toSorted((a, b) => a.expiresAt - b.expiresAt)[0]
  if (first === undefined) return
  target.expiresAt = first.expiresAt
  target.mintedAt = first.mintedAt
  if (nextAt === undefined) target.isLast = true
  else delete target.isLast
}

/** What a Secret held before we began shows itself only when renewing it fails, which begins at two thirds of its life. */
function recordServing(target: Target, { serving }: Failed): void {
  if (serving === undefined || target.mintedAt !== undefined) return
  target.expiresAt = serving.until
  target.mintedAt = (serving.until - 3 * (serving.until - serving.since)) as Instant
}

interface Family {
  readonly name: string
  readonly type: 'gauge' | 'counter'
  readonly help: string
  /** Its lines of one target; `place` is the labels that say which. */
  readonly samples: (target: Target, place: string) => readonly string[]
}

const gauge = (name: string, help: string, at: (target: Target) => Instant | undefined): Family => ({
  name,
  type: 'gauge',
  help,
  samples: (target, place) => {
    const value = at(target)
    return value === undefined ? [] : [`${name}{${place}} ${value / 1000}\n`]
  },
})

const FAILURES = 'everpull_target_failures_total'

const FAMILIES: readonly Family[] = [
  gauge(
    'everpull_target_login_expiry_timestamp_seconds',
    'When the first login in the Secret dies.',
    ({ expiresAt }) => expiresAt,
  ),
  gauge(
    'everpull_target_last_success_timestamp_seconds',
    'When the Secret was last found or made right.',
    ({ rightAt }) => rightAt,
  ),
  {
    name: FAILURES,
    type: 'counter',
    help: 'Passes that did not leave the Secret right, by reason.',
    samples: ({ failures }, place) =>
      [...(failures ?? [])].map(([reason, count]) => `${FAILURES}{${place},reason="${reason}"} ${count}\n`),
  },
]

function exposed(known: ReadonlyMap<string, readonly Target[]>): string {
  let text = ''
  for (const { name, type, help, samples } of FAMILIES) {
    text += `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`
    for (const targets of known.values()) {
      for (const target of targets) text += samples(target, placeOf(target)).join('')
    }
  }
  return text
}

/** From which part of its life on a login is so; it is renewed at two thirds. */
const AGES = [
  ['expired', 1],
  ['dying', 0.9],
  ['late', 0.75],
] as const

function exposedLogins(known: ReadonlyMap<string, readonly Target[]>, now: Instant): string {
  const all = [...known.values()].flat().flatMap((target) => {
    const age = ageOf(target, now)
    return age === undefined ? [] : [{ namespace: target.namespace, age }]
  })
  const name = 'everpull_logins'
  const help =
    'Secrets by how much of the life of their first login is spent: fresh, late (three quarters), dying (nine tenths), expired; and unrenewed, which die as ordered.'
  const counts = counted(all, ({ namespace, age }) => [
    ['namespace', namespace],
    ['state', age],
  ])
  return family(name, help) + lines(name, counts)
}

function ageOf({ mintedAt, expiresAt, isLast }: Target, now: Instant): string | undefined {
  if (mintedAt === undefined || expiresAt === undefined) return undefined
  if (isLast === true) return 'unrenewed'
  const spent = now >= expiresAt ? 1 : (now - mintedAt) / (expiresAt - mintedAt)
  return AGES.find(([, from]) => spent >= from)?.[0] ?? 'fresh'
}

/** Names of Kubernetes, in which nothing has to be escaped. */
const placeOf = ({ orderedBy, namespace, secret }: Target): string =>
  `namespace="${namespace}",secret="${secret}",kind="${orderedBy.kind}",name="${orderedBy.name}"`

/** A Secret that is gone, as ordered, has no figures. */
type Served = Exclude<Answer, Emptied | OrphanDeleted>

function reasonOf(answer: Exclude<Served, Receipt>): string {
  switch (answer.is) {
    case 'failed':
      return FAULTS[answer.fault.code].reason
    case 'yielded':
      return 'Yielding'
    case 'target-missing':
      return 'TargetMissing'
  }
}
