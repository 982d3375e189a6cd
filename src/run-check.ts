// This file is about looking into a cluster from the command line: what is there, what is missing, who we are in AWS.
import { openAws } from './aws/connection.ts'
import { systemClock } from './base/clock.ts'
import { silentLog } from './base/log.ts'
import { systemRandom } from './base/random.ts'
import type { CheckAsked } from './cli/context.ts'
import { type ClusterAccess, type Config, type Environment, openTo } from './config.ts'
import { dialects } from './dialects/all.ts'
import { type Access, requiredAccess } from './generate/access.ts'
import { mayAccount, mayI } from './kube/access-review.ts'
import type { KubeClient } from './kube/client.ts'
import { servedVersions } from './kube/discovery.ts'
import { isForbidden, isNotFound } from './kube/error.ts'
import { startReflector } from './kube/reflector.ts'
import { LEASES, SECRETS } from './kube/resource.ts'
import { getObject } from './kube/writes.ts'
import type { CredentialSource } from './model/identity.ts'
import type { Kind } from './model/kind.ts'
import { type SecretRef, secretKey } from './model/ref.ts'
import { type AwsLogins, awsLogins } from './operator/adapters/logins.ts'
import { kubeSecretStore } from './operator/adapters/secret-store.ts'
import { checkObjects } from './operator/checkup.ts'
import { type CheckReport, CommandFailure, type MissingRight, type WhoInAws } from './operator/commands.ts'
import { checkKinds } from './operator/kind-checkup.ts'
import { SecretIndex } from './operator/secret-index.ts'
import { Watches } from './operator/watches.ts'
import { type Cluster, withCluster } from './reach-cluster.ts'
import { ParsedTemplates } from './template/parsed-templates.ts'

/** How long each question to AWS or the cluster may take altogether (milliseconds). */
const PATIENCE_MS = 30_000
/** An answer takes about 3 ms; more at a time would only queue at the API server. */
const REVIEWS_AT_A_TIME = 20

export function runCheck(
  config: Config,
  environment: Environment,
  version: string,
  asked: CheckAsked,
): Promise<CheckReport> {
  return withCluster(config.cluster, environment, version, async (cluster) => {
    const signal = AbortSignal.timeout(PATIENCE_MS)
    try {
      const [who, looked, missingRights] = await Promise.all([
        whoAmI(config, environment, cluster, signal),
        lookAround(config, cluster, asked.name, signal),
        findMissingRights(config, cluster, asked, signal),
      ])
      return { ...who, ...looked, missingRights }
    } catch (error) {
      throw signal.aborted ? new CommandFailure('the cluster does not answer in time') : error
    }
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
  const secrets = kubeSecretStore(client, new SecretIndex(NOTHING_WATCHED))
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
    const wanted = served(config).map(({ operatorSecrets = [] }) => operatorSecrets)
    const names = new Set(wanted.filter((each) => each !== 'any').flat())
    const [own, ...ofSecrets] = await Promise.all([ask({ is: 'ambient' }), ...[...names].map(askOfSecret)])
    return { aws: own, operatorSecrets: ofSecrets.flat() }
  } finally {
    aws.close()
  }
}

const NOTHING_WATCHED = { served: undefined, namespaces: undefined, named: new Map() }

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

const served = (config: Config) => dialects.filter((dialect) => config.dialects.includes(dialect.name))

const operatorNamespace = (config: Config, access: Cluster['access']): string =>
  config.podNamespace ?? access.namespace

async function lookAround(
  config: Config,
  { client, access }: Cluster,
  name: string | undefined,
  signal: AbortSignal,
): Promise<Pick<CheckReport, 'kinds' | 'objects'>> {
  const watches = watchesFor(config, client, operatorNamespace(config, access))
  try {
    await Promise.race([watches.settled(), aborted(signal)])
    const objects = await checkObjects(
      {
        served: watches.served,
        sources: watches.sources,
        fetch: (ref, s) => watches.fetch(ref, s),
        open: (kind) => watches.open(kind),
        readAnnotations: (secret) => annotationsOf(client, secret),
        takeOver: new Set(config.takeOver),
        clock: systemClock,
      },
      name,
      signal,
    )
    const kinds = await checkKinds(served(config), ({ group, plural }) =>
      servedVersions(client, group, plural, signal),
    )
    return { kinds, objects }
  } finally {
    await watches.stop()
  }
}

/** The operator's own eyes, save that Secrets are read one by one. */
function watchesFor(config: Config, client: KubeClient, namespace: string): Watches {
  const nothing = (): void => {}
  return new Watches(
    {
      dialects: served(config),
      namespaces: config.namespaces.is === 'all' ? undefined : config.namespaces.namespaces,
      driftWatch: false,
      allowedAccounts: config.serviceAccountIdentities,
      operatorNamespace: namespace,
      homes: { argocd: config.argocdNamespace },
      runtime: config.runtime,
      ambientOpenTo: openTo(config.ambientCredentials),
    },
    {
      client,
      startReflector,
      servedVersions: (group, plural, signal) => servedVersions(client, group, plural, signal),
      onServed: async () => {},
      templates: new ParsedTemplates(),
      clock: systemClock,
      random: systemRandom,
      log: silentLog,
    },
    {
      onObject: nothing,
      onSecret: nothing,
      onReferred: nothing,
      onKind: nothing,
      onAccount: nothing,
      usersOf: () => [],
    },
  )
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

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
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
  const needed = requiredAccess(
    {
      serviceAccount: account ?? { namespace: operatorNamespace(config, access), name: 'everpull' },
      namespaces: config.namespaces.is === 'all' ? [] : config.namespaces.namespaces,
      serviceAccountIdentities: config.serviceAccountIdentities,
      driftWatch: config.driftWatch,
      argocdNamespace: config.argocdNamespace,
      ...leaseNamespaceOf(config),
    },
    served(config),
  ).filter(({ group }) => isElecting || group !== LEASES.group)
  const missing: Access[] = []
  for (let at = 0; at < needed.length; at += REVIEWS_AT_A_TIME) {
    const some = needed.slice(at, at + REVIEWS_AT_A_TIME)
    const answers = await Promise.all(some.map(may))
    missing.push(...some.filter((_one, index) => answers[index]?.allowed !== true))
  }
  return missing.map(asMissingRight)
}

function leaseNamespaceOf({ leaderElection }: Config): { readonly leaseNamespace?: string } {
  if (leaderElection.is === 'off' || leaderElection.namespace === undefined) return {}
  return { leaseNamespace: leaderElection.namespace }
}

function asMissingRight(one: Access): MissingRight {
  const group = one.group === '' ? '' : `.${one.group}`
  const subresource = one.subresource === undefined ? '' : `/${one.subresource}`
  const name = one.name === undefined ? '' : ` "${one.name}"`
  return {
    verb: one.verb,
    resource: `${one.resource}${group}${subresource}${name}`,
    ...(one.namespace === undefined ? {} : { namespace: one.namespace }),
    neededFor: one.neededFor,
  }
}
