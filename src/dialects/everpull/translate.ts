// This file is about turning a RegistryLogin, or a ClusterRegistryLogin in one of its namespaces, into deliveries.
import type { Cadence } from '../../model/cadence.ts'
import { type Delivery, managerOf, ordererOf } from '../../model/delivery.ts'
import { type Fault, fault } from '../../model/fault.ts'
import type { Identity } from '../../model/identity.ts'
import type { Link } from '../../model/link.ts'
import type { Permission } from '../../model/probe.ts'
import type { SecretRef } from '../../model/ref.ts'
import type { Resource } from '../../model/resource.ts'
import type { Translation, World } from '../dialect.ts'
import { type Asker, askerFor, narrowed, type Place } from './asker.ts'
import { CLUSTER_REGISTRY_LOGIN_FINALIZER } from './kinds.ts'
import { integrationRef } from './lending.ts'
import { type LoginPlan, readClusterLogin, readLogin } from './login-plan.ts'
import { chosenNamespaces } from './namespaces.ts'
import type { OutputPlan } from './output-plan.ts'

/** On the object: each new value asks for new logins at once. */
export const REFRESH = 'everpull.dev/refresh'

/** A RegistryLogin: what it names lives beside it. */
export function translateLogin(asked: Resource, world: World): Translation {
  const plan = readLogin(asked, world.templates)
  if (plan.is === 'fault') return { is: 'invalid', fault: plan }
  const { namespace } = asked.ref
  const order = orderIn(asked, plan, { namespace, home: namespace, world })
  return order.is === 'order' ? { ...order, warnings: plan.warnings } : order
}

/** A ClusterRegistryLogin; with a namespace, its share there. What it names lives with the operator. */
export function translateClusterLogin(asked: Resource, world: World): Translation {
  const plan = readClusterLogin(asked, world.templates)
  if (plan.is === 'fault') return { is: 'invalid', fault: plan }
  const { namespace } = asked.ref
  return namespace === ''
    ? spreadOf(asked, plan, world)
    : orderIn(asked, plan, { namespace, home: world.operatorNamespace, world })
}

const SUSPENDED = fault('suspended', 'spec.suspend is true: nothing is renewed or written', 'spec.suspend')

function spreadOf(asked: Resource, plan: LoginPlan, world: World): Translation {
  const finalizer = CLUSTER_REGISTRY_LOGIN_FINALIZER
  const cadence = cadenceOf(asked, plan)
  if (plan.isSuspended) return { is: 'unready', fault: SUSPENDED, targets: [], cadence, finalizer }
  const chosen = chosenNamespaces(plan.namespaces ?? {}, world)
  if (chosen.is === 'unlisted') return { is: 'unready', fault: chosen.fault, targets: [], cadence, finalizer }
  const { names: spread } = chosen
  const nobody = {
    reason: 'NoNamespaceChosen',
    message: 'spec.namespaces chooses no namespace that is there: correct it, or create one',
  }
  return {
    is: 'order',
    deliveries: [],
    spread,
    finalizer,
    warnings: spread.length === 0 ? [...plan.warnings, nobody] : plan.warnings,
  }
}

function orderIn(asked: Resource, plan: LoginPlan, place: Place): Translation {
  const cadence = cadenceOf(asked, plan)
  const { namespace } = place
  const { integration } = plan.identity
  const unready = (fault: Fault): Translation => ({
    is: 'unready',
    fault,
    targets: plan.outputs.map((output) => secretOf(output, namespace)),
    cadence,
    ...(integration === undefined ? {} : { through: integrationRef(integration.name) }),
  })
  if (plan.isSuspended) return unready(SUSPENDED)
  const asker = askerFor(plan, place)
  if ('is' in asker) return unready(asker)
  const identities = identitiesFor(plan, asker, namespace)
  if ('is' in identities) return unready(identities)
  const orderedBy = ordererOf(asked)
  const deliveries = plan.outputs.map((output): Delivery => {
    const identity = identities.get(output.access) ?? { ...asker, onBehalfOf: namespace }
    return {
      orderedBy,
      logins: output.scopes.map((scope, i) => ({
        identity,
        scope,
        at: 'spec.identity',
        ...(output.hosts[i] === undefined ? {} : { hosts: output.hosts[i] }),
      })),
      shape: output.shape,
      target: { namespace, fieldManager: managerOf(asked.ref), ...output.target },
      cadence,
      consentBy: `set ${output.at}.adopt to true`,
    }
  })
  const links = plan.outputs.flatMap((output) => linkOf(output, namespace))
  return { is: 'order', deliveries, warnings: [], ...(links.length === 0 ? {} : { links }) }
}

type Access = Permission | undefined

/** One identity for each access, so that outputs share logins as far as they can. */
function identitiesFor(
  plan: LoginPlan,
  asker: Asker,
  onBehalfOf: string,
): ReadonlyMap<Access, Identity> | Fault {
  const identities = new Map<Access, Identity>()
  for (const { access, at } of plan.outputs) {
    if (identities.has(access)) continue
    const policy = access === undefined ? undefined : plan.policies.get(access)
    const mine =
      access === undefined || policy === undefined ? asker : narrowed(asker, access, policy, `${at}.access`)
    if ('is' in mine) return mine
    identities.set(access, { ...mine, onBehalfOf })
  }
  return identities
}

const secretOf = ({ target }: OutputPlan, namespace: string): SecretRef => ({ namespace, name: target.name })

const linkOf = (output: OutputPlan, namespace: string): readonly Link[] =>
  output.link === undefined
    ? []
    : [{ secret: secretOf(output, namespace), ...output.link, at: `${output.at}.link` }]

function cadenceOf({ annotations }: Resource, { interval }: LoginPlan): Cadence {
  const force = annotations[REFRESH] ?? ''
  return {
    is: 'renewed',
    ...(interval === undefined ? {} : { interval }),
    ...(force === '' ? {} : { force }),
  }
}
