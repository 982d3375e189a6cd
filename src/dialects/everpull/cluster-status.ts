// This file is about telling users of a ClusterRegistryLogin how it fares in all of its namespaces, in few words.
import { earliest, type Instant, parseInstant, rfc3339 } from '../../base/clock.ts'
import type { Answer } from '../../model/answer.ts'
import { FAULTS } from '../../model/fault.ts'
import type { Resource } from '../../model/resource.ts'
import { ParsedTemplates } from '../../template/parsed-templates.ts'
import type { InstalledSchema, Others, Share, Status } from '../dialect.ts'
import { conditionOf } from './conditions.ts'
import { type LoginPlan, readClusterLogin } from './login-plan.ts'
import { type FailingNamespace, LONGEST_REASON, MOST_NAMES } from './login-status-schema.ts'
import {
  conditionsOf,
  published,
  readyEvents,
  recordOf,
  registryTimes,
  type Standing,
  type Times,
} from './standing.ts'
import { aboutOutput } from './status.ts'
import { asFirstTold, cut, type Fare, fareOf } from './status-words.ts'

const FIELDS = ['targets', 'expiresAt', 'renewsAt', 'registries', 'outputs', 'namespaces', 'failing']

export function clusterLoginStatus(
  asked: Resource,
  answers: readonly Answer[],
  installed: InstalledSchema,
  others?: Others,
): Status {
  const failed = answers.map(fareOf).find((fare) => fare?.state !== 'Written')
  const shares = others?.shares
  // While it is suspended its namespaces still tell how long what was written lives.
  const suspended = shares !== undefined && isSuspended(failed) ? failed : undefined
  if (failed !== undefined && suspended === undefined) return brokenStatus(asked, failed, installed)
  const plan = readClusterLogin(asked, new ParsedTemplates())
  if (shares === undefined || plan.is === 'fault') return { events: [] }
  const fares = shares.map(shareFare).map(suspended === undefined ? (fare) => fare : withoutRenewal)
  const at = Math.max(asked.changedAt, ...fares.map((fare) => fare.at)) as Instant
  const failing = failingIn(asked, fares)
  const now = standingOf(asked, fares, failing, at)
  const standing = suspended === undefined ? now : suspendedStanding(now, suspended, fares)
  const wanted = {
    observedGeneration: asked.generation,
    conditions: conditionsOf(asked, standing),
    ...detailsOf(plan, fares, failing),
  }
  return published(asked, wanted, FIELDS, installed, readyEvents(asked, standing))
}

const isSuspended = (fare: Fare | undefined): fare is Fare => fare?.reason === FAULTS.suspended.reason

/** Some may not have noticed yet that they are not renewed. */
const withoutRenewal = (share: ShareFare): ShareFare => ({
  ...share,
  fares: share.fares.map(({ renewsAt: _renewsAt, ...fare }) => fare),
})

/** Ready as long as every login that was written lives; nobody is at work on it. */
function suspendedStanding(
  now: Standing,
  { reason, message, at }: Fare,
  shares: readonly ShareFare[],
): Standing {
  const until = shares.flatMap(({ fares }) => fares.flatMap(({ expiresAt }) => expiresAt ?? []))
  const isServing = now.isServing && until.every((instant) => instant > at)
  const dies = isServing ? earliest(until) : undefined
  const last = dies === undefined ? '' : `; the first login written expires at ${rfc3339(dies)}`
  return {
    ready: isServing ? 'True' : 'False',
    reason,
    message: `${message}${last}`,
    isServing,
    isStalled: false,
    isReconciling: false,
    at,
  }
}

/** It could not be translated, or not served at all; what is told of the namespaces stays as it was. */
function brokenStatus(asked: Resource, fare: Fare, installed: InstalledSchema): Status {
  const before = conditionOf(asked.status, 'Serving')
  const { expiresAt } = recordOf(asked.status)
  const until = typeof expiresAt === 'string' ? parseInstant(expiresAt) : undefined
  const isAlive = before?.status === 'True' && (until === undefined || until > fare.at)
  const isServing = fare.state === 'Serving' || (isSuspended(fare) && isAlive)
  const standing: Standing = {
    ready: isServing ? 'True' : 'False',
    reason: fare.reason,
    message: cut(fare.message),
    isServing,
    isStalled: fare.isStalled,
    isReconciling: !isServing && !fare.isStalled && !isSuspended(fare),
    at: fare.at,
  }
  const wanted = { observedGeneration: asked.generation, conditions: conditionsOf(asked, standing) }
  return published(asked, wanted, [], installed, readyEvents(asked, standing))
}

/** How the order fares in one namespace. */
interface ShareFare {
  readonly namespace: string
  readonly state: 'Serving' | 'Failed' | 'Pending'
  readonly at: Instant
  readonly reason: string
  readonly message: string
  readonly isStalled: boolean
  readonly fares: readonly Fare[]
}

const NEVER = 0 as Instant

/** Most of thousands have not answered anew since they were told last. Depends on nothing but its key: it is no state. */
const known = new WeakMap<Share, ShareFare>()

function shareFare(share: Share): ShareFare {
  const fare = known.get(share) ?? fareOfShare(share)
  known.set(share, fare)
  return fare
}

function fareOfShare({ namespace, answers, links }: Share): ShareFare {
  const fares = answers.map(fareOf).filter((fare) => fare !== undefined)
  const at = Math.max(NEVER, ...fares.map((fare) => fare.at)) as Instant
  const broken = fares.find(({ state }) => state === 'Failed')
  if (broken !== undefined) {
    const { reason, message, isStalled } = broken
    return { namespace, state: 'Failed', at, reason, message, isStalled, fares }
  }
  const unlinked = links.find(({ fault }) => fault !== undefined)?.fault
  if (unlinked !== undefined) {
    const { code, message } = unlinked
    return { namespace, state: 'Failed', at, reason: FAULTS[code].reason, message, isStalled: false, fares }
  }
  const late = fares.find(({ state }) => state === 'Serving')
  const { reason, message } = late ?? { reason: 'LoginsFresh', message: '' }
  return {
    namespace,
    state: fares.length === 0 ? 'Pending' : 'Serving',
    at,
    reason,
    message,
    isStalled: false,
    fares,
  }
}

/** Those that have failed longest, as far as was told before; what starts now is as old as its answer. */
function failingIn({ status }: Resource, fares: readonly ShareFare[]): readonly FailingNamespace[] {
  const { failing } = recordOf(status)
  const before = new Map(
    (Array.isArray(failing) ? failing : []).map((one: unknown) => {
      const { namespace, since } = recordOf(one)
      return [namespace, typeof since === 'string' ? parseInstant(since) : undefined]
    }),
  )
  return fares
    .filter(({ state }) => state === 'Failed')
    .map((fare) => ({ fare, since: before.get(fare.namespace) ?? fare.at }))
    .toSorted((a, b) => a.since - b.since || (a.fare.namespace < b.fare.namespace ? -1 : 1))
    .slice(0, MOST_NAMES)
    .map(({ fare: { namespace, reason, message }, since }) => ({
      namespace,
      since: rfc3339(since),
      reason,
      message: cut(message, LONGEST_REASON),
    }))
}

const count = (fares: readonly ShareFare[], state: ShareFare['state']): number =>
  fares.filter((fare) => fare.state === state).length

/** While some wait for their turn and none fails, it is as ready as it was. */
function standingOf(
  asked: Resource,
  fares: readonly ShareFare[],
  failing: readonly FailingNamespace[],
  at: Instant,
): Standing {
  const failed = count(fares, 'Failed')
  const pending = count(fares, 'Pending')
  const before = conditionOf(asked.status, 'Ready')
  const late = fares.find((fare) => fare.state === 'Serving' && fare.message !== '')
  const isStalled = fares.some((fare) => fare.isStalled) && failed > 0
  const { reason, message } = wordsOn(fares, failing, late)
  const waiting = before?.status === 'True' ? 'True' : 'Unknown'
  return {
    ready: failed > 0 ? 'False' : pending > 0 ? waiting : 'True',
    reason,
    message: asFirstTold(before?.message, message),
    isServing: failed + pending === 0,
    isStalled: isStalled && pending === 0,
    isReconciling: pending > 0 || (failed > 0 && !isStalled),
    at,
  }
}

function wordsOn(
  fares: readonly ShareFare[],
  failing: readonly FailingNamespace[],
  late: ShareFare | undefined,
): Pick<Standing, 'reason' | 'message'> {
  const [first] = failing
  if (first !== undefined) {
    const { namespace, reason, message } = first
    return {
      reason,
      message: `${count(fares, 'Failed')} of ${fares.length} namespaces fail, ${namespace} for longest: ${message}`,
    }
  }
  const pending = count(fares, 'Pending')
  if (pending > 0) {
    return {
      reason: 'Progressing',
      message: `${fares.length - pending} of ${fares.length} namespaces are served`,
    }
  }
  if (fares.length === 0) {
    return {
      reason: 'NoNamespaceChosen',
      message: 'spec.namespaces chooses no namespace that is there: correct it, or create one',
    }
  }
  if (late !== undefined) return { reason: late.reason, message: cut(`${late.namespace}: ${late.message}`) }
  return { reason: 'LoginsFresh', message: `valid logins are in ${namespacesText(fares.length)}` }
}

const namespacesText = (n: number): string =>
  n === 1 ? 'the one namespace chosen' : `all ${n} namespaces chosen`

function detailsOf(
  plan: LoginPlan,
  fares: readonly ShareFare[],
  failing: readonly FailingNamespace[],
): Readonly<Record<string, unknown>> {
  const serving = count(fares, 'Serving')
  return {
    targets: `${serving}/${fares.length}`,
    ...registryTimes(plan.registries, timesIn(plan, fares)),
    outputs: plan.outputs.map(aboutOutput),
    namespaces: {
      selected: fares.length,
      serving,
      failing: count(fares, 'Failed'),
      pending: count(fares, 'Pending'),
    },
    failing: failing.length === 0 ? undefined : failing,
  }
}

/** One for each output: the earliest of all namespaces, whose answers are in the order of the outputs. */
const timesIn = ({ outputs }: LoginPlan, shares: readonly ShareFare[]): readonly Times[] =>
  outputs.map(({ registries }, i) => {
    let expiresAt: Instant | undefined
    let renewsAt: Instant | undefined
    for (const { fares } of shares) {
      expiresAt = earlier(expiresAt, fares[i]?.expiresAt)
      renewsAt = earlier(renewsAt, fares[i]?.renewsAt)
    }
    return { hosts: registries.map(({ host }) => host), expiresAt, renewsAt }
  })

const earlier = (a: Instant | undefined, b: Instant | undefined): Instant | undefined =>
  a === undefined || (b !== undefined && b < a) ? b : a
