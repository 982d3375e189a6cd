// This file is about looking into a cluster with the operator's own eyes, for commands that only look.
import { openAws } from './aws/connection.ts'
import { systemClock } from './base/clock.ts'
import { silentLog } from './base/log.ts'
import { systemRandom } from './base/random.ts'
import { type Config, type Environment, openTo } from './config.ts'
import { dialects } from './dialects/all.ts'
import type { Dialect } from './dialects/dialect.ts'
import type { SecretStore } from './engine/ports.ts'
import { apiAudiences } from './kube/api-audiences.ts'
import type { KubeClient } from './kube/client.ts'
import { servedVersions } from './kube/discovery.ts'
import { startReflector } from './kube/reflector.ts'
import { requestToken } from './kube/token-request.ts'
import type { AwsLoginsParts } from './operator/adapters/logins.ts'
import { kubeSecretStore } from './operator/adapters/secret-store.ts'
import { CommandFailure } from './operator/commands.ts'
import type { OrdersParts } from './operator/named-orders.ts'
import { SecretIndex } from './operator/secret-index.ts'
import { Watches } from './operator/watches.ts'
import { type Cluster, withCluster } from './reach-cluster.ts'
import { ParsedTemplates } from './template/parsed-templates.ts'

export const servedDialects = (config: Config): readonly Dialect[] =>
  dialects.filter((dialect) => config.dialects.includes(dialect.name))

export const operatorNamespace = (config: Config, access: Cluster['access']): string =>
  config.podNamespace ?? access.namespace

/** Everything the operator would follow, save that Secrets are read one by one. */
export function watchesFor(config: Config, client: KubeClient, namespace: string): Watches {
  const nothing = (): void => {}
  return new Watches(
    {
      dialects: servedDialects(config),
      namespaces: config.namespaces.is === 'all' ? undefined : config.namespaces.namespaces,
      driftWatch: false,
      allowedAccounts: config.serviceAccountIdentities,
      operatorNamespace: namespace,
      homes: { argocd: config.argocdNamespace },
      runtime: config.runtime,
      selector: config.selector,
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

export const ordersIn = (watches: Watches): OrdersParts => ({
  served: watches.served,
  sources: watches.sources,
  fetch: (ref, signal) => watches.fetch(ref, signal),
  open: (kind) => watches.open(kind),
})

const NOTHING_WATCHED = { served: undefined, namespaces: undefined, named: new Map() }

/** Secrets, read when they are asked for. */
export const secretsOf = (client: KubeClient): SecretStore =>
  kubeSecretStore(client, new SecretIndex(NOTHING_WATCHED))

export interface View {
  readonly cluster: Cluster
  readonly watches: Watches
  readonly orders: OrdersParts
  readonly signal: AbortSignal
}

/** One command's look at a cluster: all there is has been listed when it begins, and nothing is followed after it. */
export function lookInto<T>(
  { config, environment, version }: Caller,
  patienceMs: number,
  look: (view: View) => Promise<T>,
): Promise<T> {
  return withCluster(config.cluster, environment, version, async (cluster) => {
    const signal = AbortSignal.timeout(patienceMs)
    const watches = watchesFor(config, cluster.client, operatorNamespace(config, cluster.access))
    try {
      await Promise.race([watches.settled(), aborted(signal)])
      return await look({ cluster, watches, orders: ordersIn(watches), signal })
    } catch (error) {
      throw signal.aborted ? new CommandFailure('the cluster does not answer in time') : error
    } finally {
      await watches.stop()
    }
  })
}

/** Who runs a command, and how. */
export interface Caller {
  readonly config: Config
  readonly environment: Environment
  readonly version: string
}

export function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
}

/** Whoever asks has the rights of their own account: for their own sake no flag keeps service accounts from them. */
export const withOwnRights = (caller: Caller): Caller =>
  caller.config.serviceAccountIdentities.is === 'none'
    ? { ...caller, config: { ...caller.config, serviceAccountIdentities: { is: 'all' } } }
    : caller

/** AWS, asked with what the cluster holds and with this machine's own identity. Whoever asks has to close it. */
export function awsFor({ config, environment }: Caller, { access, client }: Cluster) {
  const aws = openAws({ proxyEnv: environment, endpoints: config.awsEndpoints, environment, log: silentLog })
  const audiences = apiAudiences(access, client)
  const { serviceAccountIdentities: given } = config
  const asking: AwsLoginsParts = {
    aws,
    secrets: secretsOf(client),
    tokens: { request: (account, audience, signal) => requestToken(client, account, audience, signal) },
    policy: {
      ambient: { is: 'allow' },
      // Whoever asks has the rights of their own account: it is the cluster that refuses.
      serviceAccounts: given.is === 'none' ? { is: 'all' } : given,
      apiAudiences: async () => [access.server, ...(await audiences())],
    },
    clock: systemClock,
  }
  return { asking, close: () => aws.close() }
}
