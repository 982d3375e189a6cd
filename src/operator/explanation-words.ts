// This file is about the words of an explanation: decisions, logins, shapes, links and conditions, fit for anybody to see.
import { rfc3339 } from '../base/clock.ts'
import type { Decision, Reason } from '../engine/decide.ts'
import type { Imprint } from '../engine/imprint.ts'
import type { CurrentSecret } from '../engine/ports.ts'
import { ADOPT_ANNOTATION, type Delivery } from '../model/delivery.ts'
import { identityText } from '../model/identity.ts'
import type { Link, Linked } from '../model/link.ts'
import type { TokenScope, Want } from '../model/login.ts'
import { refText } from '../model/ref.ts'
import { keysOf, type Shape } from '../model/shape.ts'
import type { ConditionTold, DecisionTold, LoginExplained } from './commands.ts'

/** What is done about each, and why. */
const REASONS: Readonly<Record<Reason, string>> = {
  absent: 'the Secret does not exist, and is made',
  'never-written': 'nothing that this object has written is in the Secret, so it is written',
  'inputs-changed': 'what the object asks for has changed, so it is written anew',
  'identity-changed': 'another identity is asked as, so it is written anew',
  drifted: 'somebody changed what was written, so it is written anew',
  forced: 'a new login was asked for by annotation',
  due: 'its time has come',
}

export function decisionText(decision: Decision, wasWritten: boolean, { cadence }: Delivery): DecisionTold {
  switch (decision.is) {
    case 'fresh': {
      if (decision.until !== undefined) {
        return { is: 'fresh', because: 'it holds what is asked for', renewsAt: rfc3339(decision.until) }
      }
      const never = cadence.is === 'once' ? `, as ${cadence.because}` : ''
      return { is: 'fresh', because: `it holds what is asked for, and is not renewed${never}` }
    }
    case 'renew': {
      // Its record is there, and is not believed: something about it has changed.
      const reason = decision.because === 'never-written' && wasWritten ? 'drifted' : decision.because
      const hint = reason === 'drifted' && wasWritten ? ', or the object asks for something else' : ''
      return {
        is: 'renew',
        because: `${REASONS[reason]}${hint}; unless that has only just happened, see whether the operator runs`,
      }
    }
    case 'redress':
      return {
        is: 'redress',
        because: 'the login is right, and labels, annotations or owners around it are not',
      }
    case 'wait-for-target':
      return { is: 'wait', because: 'somebody else creates the Secret, and has not yet' }
    case 'refuse':
      return { is: 'refuse', because: decision.fault.message }
  }
}

export function loginExplained(
  { identity, scope }: Want,
  imprint: Imprint | undefined,
  index: number,
): LoginExplained {
  const life = imprint?.logins[index]
  const through = identity.through === undefined ? '' : ` through ${refText(identity.through)}`
  return {
    scope: scopeText(scope),
    identity: `${identityText(identity)}${through}`,
    ...(life === undefined ? {} : { mintedAt: rfc3339(life.mintedAt), expiresAt: rfc3339(life.expiresAt) }),
  }
}

function scopeText(scope: TokenScope): string {
  if (scope.service === 'session') return `a session in ${scope.region || 'the default region'}`
  return scope.service === 'public' ? 'ECR Public' : `ECR in ${scope.region || 'the default region'}`
}

export function shapeText(shape: Shape): string {
  const keys = keysOf(shape).join(', ')
  if (shape.is !== 'docker-config') return `${shape.is === 'template' ? 'templates for' : 'keys'} ${keys}`
  const hosts = shape.hosts.map(({ host }) => host).join(', ')
  return `docker config with ${hosts}${shape.merges === true ? ', beside hosts of others' : ''}`
}

/** Why an existing Secret may be written; undefined where it is the object's own. */
export function consentFor(
  { target, orderedBy }: Delivery,
  secret: CurrentSecret | 'absent' | undefined,
): string | undefined {
  if (secret === undefined || secret === 'absent') return undefined
  const { ref, uid } = orderedBy
  if (secret.owners.some((owner) => owner.uid === uid)) return `it is owned by ${refText(ref)}`
  if (target.consent === 'given') return 'the object itself says that it may be written'
  const annotated = secret.annotations[ADOPT_ANNOTATION]
  return annotated === undefined ? undefined : `its annotation ${ADOPT_ANNOTATION} is "${annotated}"`
}

export function linkText({ lists }: Link, { accounts, missing, fault }: Linked): string {
  const where = lists.join(' and ')
  const done = accounts.length === 0 ? 'no service account names it' : `${accounts.join(', ')} name it`
  const lacking = missing.length === 0 ? '' : `; ${missing.join(', ')} are to name it, and do not`
  return `${done} in ${where}${lacking}${fault === undefined ? '' : `; ${fault.message}`}`
}

export function conditionsOf(status: unknown): readonly ConditionTold[] {
  const { conditions } = (status ?? {}) as { conditions?: unknown }
  const all = Array.isArray(conditions) ? (conditions as readonly Readonly<Record<string, unknown>>[]) : []
  return all.map((one) => ({
    type: text(one['type']),
    status: text(one['status']),
    reason: text(one['reason']),
    message: text(one['message']),
    ...(one['lastTransitionTime'] === undefined ? {} : { since: text(one['lastTransitionTime']) }),
  }))
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
