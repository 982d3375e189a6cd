// This file is about looking into a cluster from the command line: what is there, what is missing, who we are in AWS.
import { openAws } from './aws/connection.ts'
import { systemClock } from './base/clock.ts'
import { silentLog } from './base/log.ts'
import type { CheckAsked } from './cli/context.ts'
import type { ClusterAccess, Config, Environment } from './config.ts'
import { accessOptionsOf } from './run-operator/access-options.ts'
import { type Access, requiredAccess } from './generate/access.ts'
import { neededFor } from './generate/features.ts'
import { mayAccount, mayI } from './kube/access-review.ts'
import type { KubeClient } from './kube/client.ts'
import { servedVersions } from './kube/discovery.ts'
import { isForbidden, isNotFound } from './kube/error.ts'
import { LEASES, SECRETS } from './kube/resource.ts'
import { getObject } from './kube/writes.ts'
import {
  awsFor,
  type Caller,
  lookInto,
  operatorNamespace,
  secretsOf,
  servedDialects,
  type View,
} from './look-around.ts'
import type { CredentialSource } from './model/identity.ts'
import type { Kind } from './model/kind.ts'
import { type SecretRef, secretKey } from './model/ref.ts'
import { openRegistries } from './oci/registry.ts'
import { type AwsLogins, awsLogins } from './operator/adapters/logins.ts'
import { awsProber } from './operator/adapters/prober.ts'
import { checkObjects } from './operator/checkup.ts'
import type { CheckReport, MissingRight, ObjectProbed, WhoInAws } from './operator/commands.ts'
import { checkKinds } from './operator/kind-checkup.ts'
import { probeObjects } from './operator/object-probes.ts'
import { type Cluster, withCluster } from './reach-cluster.ts'

/** How long each question to AWS or the cluster may take altogether (milliseconds). */
const PATIENCE_MS = 30_000
/** A connection has a dozen steps, each of which may be waited for. */
const PROBE_PATIENCE_MS = 180_000
/** An answer takes about 3 ms; more at a time would only queue at the API server. */
const REVIEWS_AT_A_TIME = 20

export function runCheck(
  config: Config,
  environment: Environment,
  version: string,
  asked: CheckAsked,
): Promise<CheckReport> {
  const caller = { config, environment, version }
  const { name, push = false } = asked
  const namespaces = config.namespaces.is === 'all' ? undefined : config.namespaces.namespaces
  return lookInto(caller, name === undefined ? PATIENCE_MS : PROBE_PATIENCE_MS, async (view) => {
    const { cluster, signal } = view
    const [who, looked, missingRights, probes] = await Promise.all([
      whoAmI(config, environment, cluster, signal),
      lookAround(config, cluster, view, name),
      findMissingRights(config, cluster, asked, signal),
      name === undefined ? undefined : probeNamed(caller, view, { name, push, namespaces }),
    ])
    return { ...who, ...looked, missingRights, ...(probes === undefined ? {} : { probes }) }
  })
}

/** The kinds the cluster serves in no version. */
export function missingKinds(
  kinds: readonly Kind[],
  choice: ClusterAccess,
  environment: Environment,
  version: string,
): Promise<readonly Kind[]> {
  return withCluster(choice, environment, version, async ({ client }) => {
    const served = await Promise.all(kinds.map((kind) => servedVersions(client, kind.group, kind.plural)))
    return kinds.filter((_kind, at) => served[at]?.length === 0)
  })
}

/** The operator's own identity, and those of the Secrets it reads where it lives. */
async function whoAmI(
  config: Config,
  environment: Environment,
  { client, access }: Cluster,
  signal: AbortSignal,
): Promise<Pick<CheckReport, 'aws' | 'operatorSecrets'>> {
  const aws = openAws({ proxyEnv: environment, endpoints: config.awsEndpoints, environment, log: silentLog })
  const secrets = secretsOf(client)
  const policy = {
    ambient: { is: 'allow' },
    serviceAccounts: { is: 'none' },
    apiAudiences: async () => [],
  } as const
  const tokens = { request: () => Promise.reject(new TypeError('no service account is asked about')) }
  const logins = awsLogins({ aws, secrets, tokens, policy, clock: systemClock })
  const namespace = operatorNamespace(config, access)
  const ask = (source: CredentialSource) => whoIs(logins, source, namespace, signal)
  const askOfSecret = async (name: string) => {
    const secret = { namespace, name }
    if ((await secrets.read(secret, signal)) === 'absent') return []
    return [{ secret: secretKey(secret), ...(await ask({ is: 'credentials-secret', secret })) }]
  }
  try {
    const wanted = servedDialects(config).map(({ operatorSecrets = [] }) => operatorSecrets)
    const names = new Set(wanted.filter((each) => each !== 'any').flat())
    const [own, ...ofSecrets] = await Promise.all([ask({ is: 'ambient' }), ...[...names].map(askOfSecret)])
    return { aws: own, operatorSecrets: ofSecrets.flat() }
  } finally {
    aws.close()
  }
}

async function whoIs(
  logins: AwsLogins,
  source: CredentialSource,
  namespace: string,
  signal: AbortSignal,
): Promise<WhoInAws> {
  try {
    const found = await logins.whoIs({ source, roles: [], onBehalfOf: namespace }, '', signal)
    return found.is === 'known' ? { is: 'known', arn: found.arn } : { is: 'unknown', because: found.message }
  } catch (error) {
    if (!signal.aborted) throw error
    return { is: 'unknown', because: 'AWS does not answer in time' }
  }
}

async function lookAround(
  config: Config,
  { client }: Cluster,
  { orders, signal }: Pick<View, 'orders' | 'signal'>,
  name: string | undefined,
): Promise<Pick<CheckReport, 'kinds' | 'objects' | 'warnings'>> {
  const { objects, warnings } = await checkObjects(
    {
      ...orders,
      readAnnotations: (secret) => annotationsOf(client, secret),
      takeOver: new Set(config.takeOver),
      clock: systemClock,
    },
    name,
    signal,
  )
  const kinds = await checkKinds(servedDialects(config), ({ group, plural }) =>
    servedVersions(client, group, plural, signal),
  )
  return { kinds, objects, warnings }
}

/** Nothing is written by it. Those that cannot be asked for are told with the objects. */
async function probeNamed(
  caller: Caller,
  { cluster, orders, signal }: View,
  { name, push, namespaces }: Probing,
): Promise<readonly ObjectProbed[]> {
  const { asking, close } = awsFor(caller, cluster)
  const registries = openRegistries({ proxyEnv: caller.environment })
  try {
    const prober = awsProber({ ...asking, registries })
    return await probeObjects({ ...orders, prober }, { name, push, namespaces }, signal)
  } finally {
    registries.close()
    close()
  }
}

interface Probing {
  readonly name: string
  readonly push: boolean
  readonly namespaces: readonly string[] | undefined
}

async function annotationsOf(
  client: KubeClient,
  secret: SecretRef,
): Promise<Readonly<Record<string, string>> | 'absent' | 'forbidden'> {
  try {
    const { metadata } = await getObject(client, SECRETS, secret)
    return metadata.annotations ?? {}
  } catch (error) {
    if (isNotFound(error)) return 'absent'
    if (isForbidden(error)) return 'forbidden'
    throw error
  }
}

async function findMissingRights(
  config: Config,
  { client, access }: Cluster,
  { account }: CheckAsked,
  signal: AbortSignal,
): Promise<readonly MissingRight[]> {
  const may = (one: Access) =>
    account === undefined ? mayI(client, one, signal) : mayAccount(client, account, one, signal)
  // Outside a cluster nobody is elected unless it is asked for, and the lease needs no right.
  const isElecting = config.leaderElection.is === 'on' || account !== undefined
  const operator = account ?? { namespace: operatorNamespace(config, access), name: 'everpull' }
  const needed = requiredAccess(accessOptionsOf(config, operator), servedDialects(config)).filter(
    ({ group }) => isElecting || group !== LEASES.group,
  )
  const missing: Access[] = []
  for (let at = 0; at < needed.length; at += REVIEWS_AT_A_TIME) {
    const some = needed.slice(at, at + REVIEWS_AT_A_TIME)
    const answers = await Promise.all(some.map(may))
    missing.push(...some.filter((_one, index) => answers[index]?.allowed !== true))
  }
  return missing.map(asMissingRight)
}

function asMissingRight(one: Access): MissingRight {
  const group = one.group === '' ? '' : `.${one.group}`
  const subresource = one.subresource === undefined ? '' : `/${one.subresource}`
  const name = one.name === undefined ? '' : ` "${one.name}"`
  return {
    verb: one.verb,
    resource: `${one.resource}${group}${subresource}${name}`,
    ...(one.namespace === undefined ? {} : { namespace: one.namespace }),
    neededFor: neededFor(one.features),
  }
}
