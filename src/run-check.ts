// This file is about looking into a cluster from the command line: what is there, what is missing, who we are in AWS.
import { ambientCredentials, ambientRegion } from './aws/ambient.ts'
import { openAws } from './aws/connection.ts'
import { AwsError } from './aws/error.ts'
import { callerIdentity } from './aws/sts.ts'
import { systemClock } from './base/clock.ts'
import { silentLog } from './base/log.ts'
import { systemRandom } from './base/random.ts'
import type { CheckAsked } from './cli/context.ts'
import type { ClusterAccess, Config, Environment } from './config.ts'
import { dialects } from './dialects/all.ts'
import { type Access, requiredAccess } from './generate/access.ts'
import { mayAccount, mayI } from './kube/access-review.ts'
import type { KubeClient } from './kube/client.ts'
import { servedVersions } from './kube/discovery.ts'
import { isNotFound } from './kube/error.ts'
import { startReflector } from './kube/reflector.ts'
import { LEASES, SECRETS } from './kube/resource.ts'
import { getObject } from './kube/writes.ts'
import type { Kind } from './model/kind.ts'
import { faultOfAws } from './operator/adapters/faults.ts'
import { checkKinds, checkObjects } from './operator/checkup.ts'
import type { CheckReport, MissingRight } from './operator/commands.ts'
import { Watches } from './operator/watches.ts'
import { type Cluster, withCluster } from './reach-cluster.ts'

/** STS answers who we are in every region; this one every account of the ordinary partition has. */
const ANY_REGION = 'us-east-1'
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
    const [aws, looked, missingRights] = await Promise.all([
      whoAmI(config, environment, signal),
      lookAround(config, cluster, asked.name, signal),
      findMissingRights(config, cluster, asked, signal),
    ])
    return { aws, ...looked, missingRights }
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

async function whoAmI(
  config: Config,
  environment: Environment,
  signal: AbortSignal,
): Promise<CheckReport['aws']> {
  const aws = openAws({ proxyEnv: environment, endpoints: config.awsEndpoints, environment, log: silentLog })
  try {
    const region = await ambientRegion(aws, ANY_REGION)
    const credentials = await ambientCredentials(aws, region, signal)
    const { arn } = await callerIdentity(aws, { credentials, region, signal })
    return { is: 'known', arn }
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    return { is: 'unknown', because: faultOfAws(error, 'the process that asks').message }
  } finally {
    aws.close()
  }
}

async function lookAround(
  config: Config,
  { client, access }: Cluster,
  name: string | undefined,
  signal: AbortSignal,
): Promise<Pick<CheckReport, 'kinds' | 'objects'>> {
  const watches = watchesFor(config, client, config.podNamespace ?? access.namespace)
  try {
    await watches.settled()
    const objects = await checkObjects(
      {
        served: watches.served,
        sources: watches.sources,
        fetch: (ref, s) => watches.fetch(ref, s),
        readAnnotation: (secret, annotation) => annotationOf(client, secret, annotation),
        takeOver: new Set(config.takeOver),
        clock: systemClock,
      },
      name,
      signal,
    )
    return { kinds: checkKinds(watches.served), objects }
  } finally {
    await watches.stop()
  }
}

/** The operator's own eyes, save that Secrets are read one by one. */
function watchesFor(config: Config, client: KubeClient, operatorNamespace: string): Watches {
  const nothing = (): void => {}
  return new Watches(
    {
      dialects: dialects.filter((dialect) => config.dialects.includes(dialect.name)),
      namespaces: config.namespaces.is === 'all' ? undefined : config.namespaces.namespaces,
      driftWatch: false,
      allowedAccounts: config.serviceAccountIdentities,
      operatorNamespace,
    },
    {
      client,
      startReflector,
      servedVersions: (group, plural, signal) => servedVersions(client, group, plural, signal),
      onServed: async () => {},
      clock: systemClock,
      random: systemRandom,
      log: silentLog,
    },
    { onObject: nothing, onSecret: nothing, onAccount: nothing },
  )
}

async function annotationOf(
  client: KubeClient,
  secret: { readonly namespace: string; readonly name: string },
  annotation: string,
): Promise<string | undefined> {
  try {
    const { metadata } = await getObject(client, SECRETS, secret)
    return metadata.annotations?.[annotation]
  } catch (error) {
    if (isNotFound(error)) return undefined
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
  const needed = requiredAccess(
    {
      serviceAccount: account ?? { namespace: config.podNamespace ?? access.namespace, name: 'everpull' },
      namespaces: config.namespaces.is === 'all' ? [] : config.namespaces.namespaces,
      serviceAccountIdentities: config.serviceAccountIdentities,
      driftWatch: config.driftWatch,
      ...leaseNamespaceOf(config),
    },
    dialects.filter((dialect) => config.dialects.includes(dialect.name)),
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
