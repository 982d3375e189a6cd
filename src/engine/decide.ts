// This file is about the decision: gathered facts against an ordered list of named checks, the first to speak wins.
import type { Instant } from '../base/clock.ts'
import type { Cadence } from '../model/cadence.ts'
import { type Delivery, deliveryAnnotation, isSetForGood } from '../model/delivery.ts'
import { type Fault, fault } from '../model/fault.ts'
import { mergedHosts } from '../model/shape.ts'
import { controllerIn, groupOf, isOrderer } from '../model/owner.ts'
import { foreignFault, mayAdopt } from './consent.ts'
import { type Held, isFulfilledForGood } from './held.ts'
import type { CurrentSecret } from './ports.ts'
import { hostsFlaw } from './render/config-hosts.ts'
import { permittedTimes } from './sync-windows.ts'

export type Reason =
  | 'absent'
  | 'never-written'
  | 'inputs-changed'
  | 'identity-changed'
  | 'drifted'
  | 'forced'
  | 'due'

export interface Facts {
  readonly now: Instant
  readonly delivery: Delivery
  readonly secret: CurrentSecret | 'absent'
  /** What was written, if anything is known of it. */
  readonly held: Held | undefined
  readonly inputs: string
  /** Undefined where it does not matter which they are. */
  readonly identityKeys: readonly string[] | undefined
  /** The Secret still has the written keys, and the right metadata around them. */
  readonly hasOutputs: boolean
  readonly isDressed: boolean
  /** Its data is as it was stamped, by us or by whoever fulfilled the order before. */
  readonly isStamped: boolean
  readonly dueAt: Instant | undefined
}

export type Decision =
  | { readonly is: 'fresh'; readonly until: Instant | undefined }
  | { readonly is: 'renew'; readonly because: Reason }
  /** The written keys are right, only what is around them is not: no login is needed to mend that. */
  | { readonly is: 'redress' }
  | { readonly is: 'wait-for-target' }
  | { readonly is: 'refuse'; readonly fault: Fault }

type Check = (facts: Facts) => Decision | undefined

const renew = (because: Reason): Decision => ({ is: 'renew', because })
const refuse = (f: Fault): Decision => ({ is: 'refuse', fault: f })

/** Types whose Secrets the API server itself fills or trusts; no delivery may make one. */
const FORBIDDEN_TYPES = new Set(['kubernetes.io/service-account-token', 'bootstrap.kubernetes.io/token'])
/** Kubernetes gives a Secret that carries it the power of that service account. */
export const SERVICE_ACCOUNT_ANNOTATION = 'kubernetes.io/service-account.name'

const targetIsForbidden: Check = ({ delivery: { target, shape }, secret }) => {
  const type = target.type ?? (secret === 'absent' ? undefined : secret.type)
  const annotations = {
    ...(secret === 'absent' ? {} : secret.annotations),
    ...target.annotations,
    ...(shape.is === 'template' ? shape.annotations : {}),
  }
  if (type !== undefined && FORBIDDEN_TYPES.has(type)) {
    return refuse(fault('target-forbidden', `a Secret of type ${type} is never written: choose another type`))
  }
  return SERVICE_ACCOUNT_ANNOTATION in annotations
    ? refuse(
        fault(
          'target-forbidden',
          `a Secret with the annotation ${SERVICE_ACCOUNT_ANNOTATION} is never written`,
        ),
      )
    : undefined
}

const targetIsMissing: Check = ({ delivery, secret }) =>
  secret === 'absent' && delivery.target.whenMissing === 'wait' ? { is: 'wait-for-target' } : undefined

const targetIsLeaving: Check = ({ secret }) =>
  secret !== 'absent' && secret.deleting
    ? refuse(
        fault('kube-conflict', `Secret ${secret.ref.name} is being deleted: it is written once it is gone`),
      )
    : undefined

const targetHasAnotherOwner: Check = ({ delivery, secret }) => {
  if (secret === 'absent') return undefined
  const controller = controllerIn(secret.owners)
  if (controller === undefined || isOrderer(delivery.orderedBy.ref, controller)) return undefined
  const isOneOfOurKind =
    groupOf(controller) === delivery.orderedBy.ref.group && controller.kind === delivery.orderedBy.ref.kind
  const mayShare = !isOneOfOurKind || mergedHosts(delivery.shape) !== undefined
  if (delivery.target.owner !== 'controller' && mayShare) return undefined
  const { kind, name } = controller
  const text = `Secret ${secret.ref.name} is owned by ${kind} ${name}: choose another target name, or remove that owner`
  const owner = { group: groupOf(controller), kind, namespace: secret.ref.namespace, name }
  return refuse({ ...fault('target-owned', text), owner })
}

const targetIsForeign: Check = ({ delivery, secret }) =>
  secret === 'absent' || mayAdopt(delivery, secret) ? undefined : refuse(foreignFault(delivery, secret))

const typeDiffers: Check = ({ delivery, secret, hasOutputs }) => {
  const { target } = delivery
  if (secret === 'absent' || target.type === undefined || target.type === secret.type) return undefined
  // Another type is one of the changes that are not acted upon.
  return isSetForGood(delivery) && hasOutputs
    ? undefined
    : refuse(
        fault(
          'target-type',
          `Secret ${secret.ref.name} has type ${secret.type}, but ${target.type} is wanted and a type cannot be changed: delete the Secret, or choose another name`,
        ),
      )
}

/** Nothing is overwritten that only somebody else understands. */
const configTakesNoHosts: Check = ({ delivery: { shape }, secret }) => {
  const merged = mergedHosts(shape)
  if (merged === undefined || secret === 'absent') return undefined
  const value = secret.data.reveal().get(merged.key)
  const flaw = value === undefined ? undefined : hostsFlaw(value)
  if (flaw === undefined) return undefined
  const text = `key "${merged.key}" of Secret ${secret.ref.name} is no docker config that a host could be added to: ${flaw}; mend it, delete the key, or choose another Secret`
  return refuse(fault('output-invalid', text))
}

const FRESH: Decision = { is: 'fresh', until: undefined }
const REDRESS: Decision = { is: 'redress' }

/** An immutable Secret that exists is never written anew, whatever is asked for or due. */
const isFrozen: Check = ({ delivery, secret, isDressed }) => {
  if (delivery.target.immutable !== true || secret === 'absent') return undefined
  return isDressed ? FRESH : REDRESS
}

/**
 * Nothing of ours tells what was written, but the orderer's own records say that it was, and the Secret stands as it was
 * left: nobody has asked for more. A mark of ours that is not believed says that it has not been left.
 */
const isFulfilled: Check = ({ delivery, secret, held, isStamped, isDressed, now }) => {
  const { cadence, target, fulfilledAt } = delivery
  if (held !== undefined || fulfilledAt === undefined) return undefined
  if (target.leavesEdits === true && secret === 'absent') {
    if (cadence.is === 'once') return FRESH
    const until = (fulfilledAt + (cadence.interval ?? 0)) as Instant
    return fulfilledAt <= now && now < until ? { is: 'fresh', until } : undefined
  }
  const rest = restOf(cadence, now)
  if (secret === 'absent' || rest === undefined) return undefined
  if (deliveryAnnotation(delivery.orderedBy.ref) in secret.annotations) return undefined
  if (target.leavesEdits === true) return rest
  if (!isStamped) return undefined
  return isDressed ? rest : REDRESS
}

/** How long what somebody else wrote is left as it is: for good, or until it may be renewed. */
function restOf(cadence: Cadence, now: Instant): Decision | undefined {
  if (cadence.is === 'once') return FRESH
  const next = permittedTimes(cadence.windows).next(now)
  return next === now ? undefined : { is: 'fresh', until: next }
}

/** What others do to a Secret that is left to them is theirs, as long as it is known what was written. */
const isLeft = ({ delivery, held }: Facts): boolean =>
  delivery.target.leavesEdits === true && held !== undefined

const secretIsAbsent: Check = (facts) =>
  facts.secret === 'absent' && !isLeft(facts) ? renew('absent') : undefined
const nothingIsKnown: Check = ({ held }) => (held === undefined ? renew('never-written') : undefined)
/** An order that has only now been set for good was fulfilled as it was before. */
const askedForOtherwise: Check = ({ held, inputs, delivery }) => {
  if (held === undefined || held.imprint.inputs === inputs) return undefined
  return isFulfilledForGood(delivery) ? undefined : renew('inputs-changed')
}
const forced: Check = ({ held, delivery }) =>
  held !== undefined && held.force !== delivery.cadence.force && delivery.cadence.force !== undefined
    ? renew('forced')
    : undefined
const otherIdentity: Check = ({ held, identityKeys }) =>
  held?.identityKeys !== undefined && identityKeys !== undefined && !sameKeys(held.identityKeys, identityKeys)
    ? renew('identity-changed')
    : undefined
const due: Check = ({ dueAt, now }) => (dueAt !== undefined && dueAt <= now ? renew('due') : undefined)
const outputsDrifted: Check = (facts) => (facts.hasOutputs || isLeft(facts) ? undefined : renew('drifted'))
const undressed: Check = (facts) => (facts.isDressed || isLeft(facts) ? undefined : REDRESS)

/** What may not be written at all, then what must be written, the reason that asks for the newest login first. */
const CHECKS: readonly Check[] = [
  targetIsForbidden,
  targetIsMissing,
  targetIsLeaving,
  targetHasAnotherOwner,
  targetIsForeign,
  isFrozen,
  isFulfilled,
  typeDiffers,
  configTakesNoHosts,
  forced,
  secretIsAbsent,
  nothingIsKnown,
  due,
  otherIdentity,
  askedForOtherwise,
  outputsDrifted,
  undressed,
]

export function decide(facts: Facts): Decision {
  for (const check of CHECKS) {
    const decision = check(facts)
    if (decision !== undefined) return decision
  }
  return { is: 'fresh', until: facts.dueAt }
}

const sameKeys = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((key, i) => key === b[i])
