// This file is about the least IAM policies for objects of a cluster.
import { leastPolicies } from './generate/iam-policy.ts'
import type { KubeClient } from './kube/client.ts'
import { KubeError } from './kube/error.ts'
import { awsFor, type Caller, lookInto, type View, withOwnRights } from './look-around.ts'
import type { Identity } from './model/identity.ts'
import type { Probe } from './model/probe.ts'
import { refText } from './model/ref.ts'
import { awsLogins } from './operator/adapters/logins.ts'
import { CommandFailure, type PolicyAsked, type PolicyTold } from './operator/commands.ts'
import { connectionsOf } from './operator/connections.ts'
import { type Ordered, ordersNamed, sharesOf } from './operator/named-orders.ts'

const PATIENCE_MS = 60_000

export function runPolicies(caller: Caller, asked: PolicyAsked): Promise<readonly PolicyTold[]> {
  return lookInto(withOwnRights(caller), PATIENCE_MS, async (view) => {
    const orders = await ordersNamed(view.orders, asked, view.signal)
    const told: PolicyTold[] = []
    for (const order of orders) told.push(...(await policiesFor(order, caller, asked, view)))
    if (told.length > 0) return told
    const where = asked.namespace === undefined ? '' : ` in namespace ${asked.namespace}`
    const [first] = orders
    throw new CommandFailure(
      first === undefined ? `nothing that is served here is called ${asked.name}${where}` : whyNone(first),
    )
  })
}

const whyNone = ({ asked, translation }: Ordered): string =>
  translation.is === 'order'
    ? `${refText(asked.ref)} asks AWS for nothing`
    : `${refText(asked.ref)} cannot be served: ${translation.fault.message}`

async function policiesFor(
  order: Ordered,
  caller: Caller,
  asked: PolicyAsked,
  view: View,
): Promise<readonly PolicyTold[]> {
  const { orders, signal } = view
  const [share] = await sharesOf(order, orders, () => true, signal)
  if (share === undefined) return []
  const probes = connectionsOf(share.translation, asked.push ? ['pull', 'push'] : ['pull'])
  const issuer = await issuerOf(view.cluster.client, signal)
  const told = new Map<string, PolicyTold>()
  for (const probe of probes) {
    const connection = {
      identity: probe.identity,
      registries: registriesOf(probe),
      permissions: asked.push ? (['pull', 'push'] as const) : probe.permissions,
      probes: probe.every !== undefined,
      callerArn: asked.caller ?? (await callerOf(probe.identity, caller, view)),
      issuer,
    }
    for (const policy of leastPolicies(connection)) {
      told.set(JSON.stringify(policy), { object: refText(order.asked.ref), ...policy })
    }
  }
  return [...told.values()]
}

/** Where nothing tells a registry, it is the one of whoever asks. */
const registriesOf = ({ registries, region }: Probe) =>
  registries.length > 0 ? registries : [{ service: 'private' as const, region }]

/** Of an access key AWS knows it; what the operator itself runs as is not known from here. */
async function callerOf(identity: Identity, caller: Caller, view: View): Promise<string | undefined> {
  const { source } = identity
  if (source.is === 'service-account') return undefined
  if (source.is === 'ambient' && caller.config.cluster.is !== 'in-cluster') return undefined
  const { asking, close } = awsFor(caller, view.cluster)
  try {
    const known = await awsLogins(asking).whoIs({ ...identity, roles: [] }, '', view.signal)
    return known.is === 'known' ? known.arn : undefined
  } finally {
    close()
  }
}

/** Whoever may not read it gets a placeholder. */
async function issuerOf(client: KubeClient, signal: AbortSignal): Promise<string | undefined> {
  try {
    const path = '/.well-known/openid-configuration'
    const { issuer } = await client.request<{ readonly issuer?: unknown }>({ method: 'GET', path, signal })
    return typeof issuer === 'string' ? issuer : undefined
  } catch (error) {
    if (error instanceof KubeError) return undefined
    throw error
  }
}
