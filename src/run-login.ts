// This file is about one login for whoever sits at this machine: as themselves, or as an object or integration of a cluster.
import { openAws } from './aws/connection.ts'
import { rfc3339, systemClock } from './base/clock.ts'
import { silentLog } from './base/log.ts'
import type { NotEcr } from './cli/context.ts'
import { everpull } from './dialects/everpull/dialect.ts'
import { REGISTRY_LOGIN } from './dialects/everpull/kinds.ts'
import { awsFor, type Caller, lookInto, operatorNamespace, type View, withOwnRights } from './look-around.ts'
import { fault } from './model/fault.ts'
import type { Identity } from './model/identity.ts'
import { type RegistryScope, scopeOf, type Want } from './model/login.ts'
import { refText } from './model/ref.ts'
import { parseHost } from './model/registry.ts'
import { bareResource, type Resource } from './model/resource.ts'
import { type AwsLoginsParts, awsLogins } from './operator/adapters/logins.ts'
import { CommandFailure, type LoginAsked, type LoginTold } from './operator/commands.ts'
import { hostsOf } from './operator/connections.ts'
import { translateFully } from './operator/full-translation.ts'
import { deliveriesOf, type Ordered, ordersNamed, sharesOf } from './operator/named-orders.ts'

const PATIENCE_MS = 60_000

type OfRegistry = Extract<LoginAsked, { is: 'registry' }>
type OfObject = Extract<LoginAsked, { is: 'object' }>

export async function runLogin(caller: Caller, asked: LoginAsked): Promise<LoginTold | NotEcr> {
  if (asked.is === 'object') return asObject(caller, asked)
  const read = parseHost(asked.host)
  if (read.is === 'not-ecr' && asked.region === undefined) return read
  const scope = read.is === 'not-ecr' ? aliasScope(asked.region ?? '') : scopeOf(read)
  return asked.integration === undefined
    ? asOneself(caller, asked.host, scope)
    : throughIntegration(caller, asked, asked.integration)
}

const aliasScope = (region: string): RegistryScope => ({ service: 'private', region })

/** The AWS credentials of this machine alone: no cluster is reached. */
async function asOneself(
  { config, environment }: Caller,
  host: string,
  scope: RegistryScope,
): Promise<LoginTold> {
  const aws = openAws({ proxyEnv: environment, endpoints: config.awsEndpoints, environment, log: silentLog })
  const identity: Identity = { source: { is: 'ambient' }, roles: [], onBehalfOf: '' }
  const nowhere = fault('credential-missing', 'no cluster is asked')
  const asking: AwsLoginsParts = {
    aws,
    secrets: { glance: () => 'unknown', read: async () => nowhere },
    tokens: { request: () => Promise.reject(new TypeError('no service account is asked about')) },
    policy: { ambient: { is: 'allow' }, serviceAccounts: { is: 'none' }, apiAudiences: async () => [] },
    clock: systemClock,
  }
  try {
    return await mint(asking, host, { identity, scope })
  } finally {
    aws.close()
  }
}

async function mint(
  asking: AwsLoginsParts,
  host: string,
  { identity, scope }: Pick<Want, 'identity' | 'scope'>,
): Promise<LoginTold> {
  const minted = await awsLogins(asking).mint(identity, scope, AbortSignal.timeout(PATIENCE_MS))
  if (minted.is === 'fault') throw new CommandFailure(minted.message)
  const { login } = minted
  if (login.is !== 'registry') throw new CommandFailure('it stands for AWS credentials, and for no registry')
  const { username, password, expiresAt } = login
  return { is: 'login', host, username, password, expiresAt: rfc3339(expiresAt) }
}

/** As a RegistryLogin of that namespace would: whatever refuses it refuses this too. */
function throughIntegration(
  caller: Caller,
  { host, region }: OfRegistry,
  { name, namespace }: NonNullable<OfRegistry['integration']>,
): Promise<LoginTold> {
  return lookInto(withOwnRights(caller), PATIENCE_MS, async (view) => {
    const home = namespace ?? operatorNamespace(caller.config, view.cluster.access)
    const spec = {
      registries: [{ host, ...(region === undefined ? {} : { region }) }],
      identity: { integration: { name } },
      outputs: [{ secretName: 'login', dockerConfig: {} }],
    }
    const translation = await translateFully(wish(home, spec), everpull, view.orders, view.signal)
    if (translation.is !== 'order') throw new CommandFailure(translation.fault.message)
    const [want] = deliveriesOf(translation).flatMap(({ logins }) => logins)
    if (want === undefined) throw new CommandFailure(`${host} is asked for nothing`)
    return mintIn(caller, view, host, want)
  })
}

/** An object that nobody has written. */
const wish = (namespace: string, spec: object): Resource => {
  const { group, kind, versions } = REGISTRY_LOGIN
  return { ...bareResource({ group, kind, namespace, name: 'login' }, `${group}/${versions[0] ?? ''}`), spec }
}

async function mintIn(caller: Caller, { cluster }: View, host: string, want: Want): Promise<LoginTold> {
  const { asking, close } = awsFor(caller, cluster)
  try {
    return await mint(asking, host, want)
  } finally {
    close()
  }
}

/** The login that an object keeps in Secrets, asked for once more. */
function asObject(caller: Caller, asked: OfObject): Promise<LoginTold> {
  return lookInto(withOwnRights(caller), PATIENCE_MS, async (view) => {
    const home = asked.namespace ?? operatorNamespace(caller.config, view.cluster.access)
    const orders = await ordersNamed(view.orders, { name: asked.name, namespace: home }, view.signal)
    const [order] = orders
    if (order === undefined) {
      throw new CommandFailure(`nothing that is served here is called ${asked.name} in namespace ${home}`)
    }
    const [share] = await sharesOf(order, view.orders, (namespace) => namespace === home, view.signal)
    const { host, want } = wantIn(share ?? order, asked.host)
    return mintIn(caller, view, host, want)
  })
}

function wantIn(
  { asked, translation }: Ordered,
  wanted: string | undefined,
): { readonly host: string; readonly want: Want } {
  const object = refText(asked.ref)
  if (translation.is !== 'order') throw new CommandFailure(`${object}: ${translation.fault.message}`)
  const all = deliveriesOf(translation).flatMap(({ logins, shape }) =>
    logins.flatMap((want, index) => hostsOf(want, shape, index).map((host) => ({ host, want }))),
  )
  const hosts = [...new Set(all.map(({ host }) => host))]
  const found = all.find(({ host }) => wanted === undefined || host === wanted)
  if (found === undefined || (wanted === undefined && hosts.length > 1)) {
    const which = hosts.length === 0 ? 'it names no registry' : `say --registry, one of ${hosts.join(', ')}`
    throw new CommandFailure(`${object} does not tell which registry is meant: ${which}`, hosts.length > 0)
  }
  return found
}
