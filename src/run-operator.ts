// This file is about putting the operator together: every part of it is built here and nowhere else.
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { openAws } from './aws/connection.ts'
import { systemClock } from './base/clock.ts'
import type { Log } from './base/log.ts'
import { systemRandom } from './base/random.ts'
import { type Config, type Environment, openTo } from './config.ts'
import { dialects } from './dialects/all.ts'
import type { SecretStore } from './engine/ports.ts'
import type { ClusterAccess } from './kube/access.ts'
import { apiAudiences } from './kube/api-audiences.ts'
import type { KubeClient } from './kube/client.ts'
import { workQueue } from './kube/control/queue.ts'
import { servedVersions } from './kube/discovery.ts'
import { eventRecorder } from './kube/events.ts'
import { startElection } from './kube/lease.ts'
import { startRoster } from './kube/lease-roster.ts'
import { startReflector } from './kube/reflector.ts'
import { requestToken } from './kube/token-request.ts'
import { type Endpoints, openEndpoints } from './observe/endpoints.ts'
import type { KnownObject } from './observe/familiar-series.ts'
import type { OperatorState } from './observe/operator-metrics.ts'
import { endOnUnexpected } from './observe/last-words.ts'
import { openLog } from './observe/log.ts'
import { makeMetrics, type Metrics } from './observe/metrics.ts'
import { openRegistries } from './oci/registry.ts'
import { faultOfKube } from './operator/adapters/faults.ts'
import { awsLogins, type AwsLoginsParts } from './operator/adapters/logins.ts'
import { awsProber } from './operator/adapters/prober.ts'
import { kubeSecretStore } from './operator/adapters/secret-store.ts'
import { kubeSources } from './operator/adapters/sources.ts'
import { objectState } from './operator/object-state.ts'
import { CommandFailure } from './operator/commands.ts'
import { InstalledSchemas } from './operator/installed-schemas.ts'
import type { BeginDuty } from './operator/duty.ts'
import { type Operator, type OperatorOptions, startOperator } from './operator/operator.ts'
import { neededRights, tellingMissingRights } from './run-operator/missing-rights.ts'
import { reachCluster } from './reach-cluster.ts'
import type { ConfigSyncRun } from './run-config-sync.ts'
import { ParsedTemplates } from './template/parsed-templates.ts'

const CONTROLLER = 'reconcile'

/** Runs until SIGTERM or SIGINT; resolves when all is finished and the lease given back. */
export async function runOperator(config: Config, environment: Environment, version: string): Promise<void> {
  // Heard from the start: whoever reads "listening" may tell us to stop in the same instant.
  const told = toldToStop()
  const log = await openLog({ level: config.logLevel, pretty: process.stdout.isTTY })
  endOnUnexpected(log)
  const identity = identityOfProcess()
  const { access, ...reached } = await reachCluster(config.cluster, environment, version, identity)
  const served = dialects.filter((dialect) => config.dialects.includes(dialect.name))
  const client = tellingMissingRights(reached.client, neededRights(config, access, served), log)
  const metrics = makeMetrics(version, {
    kinds: served.flatMap(({ kinds }) => kinds),
    calls: served.flatMap(({ calls }) => calls ?? []),
  })
  let operator: Operator | undefined
  let endpoints: Endpoints | undefined
  let tokenEndpoint: { close(): Promise<void> } | undefined
  try {
    operator = await start(config, environment, { access, client, log, metrics, served, identity })
    endpoints = await observe(config, operator, metrics, log)
    tokenEndpoint = await openTokenEndpoint(config, environment, operator, { access, client, log, metrics })
    await told
    log.info('stopping')
  } finally {
    await tokenEndpoint?.close()
    await operator?.stop()
    await endpoints?.close()
    await client.close()
  }
  log.info('stopped')
}

interface Built {
  readonly access: ClusterAccess
  readonly client: KubeClient
  readonly log: Log
  readonly metrics: Metrics
  readonly served: OperatorOptions['dialects']
  /** What this process calls itself in leases. */
  readonly identity: string
}

/** A host's name says little where it was restarted; of what it may hold, a header takes less. */
const identityOfProcess = (): string =>
  `${hostname().replaceAll(/[^\w.-]/g, '-')}_${randomBytes(4).toString('hex')}`

async function start(config: Config, environment: Environment, built: Built): Promise<Operator> {
  const { client, log, metrics, access, served, identity } = built
  const aws = openAws({ proxyEnv: environment, endpoints: config.awsEndpoints, environment, log })
  const schemas = new InstalledSchemas(client, log)
  const registries = openRegistries({ proxyEnv: environment })
  const audiences = apiAudiences(access, client)
  const policy = {
    ambient: config.ambientCredentials,
    serviceAccounts: config.serviceAccountIdentities,
    apiAudiences: async () => [access.server, ...(await audiences())],
  }
  const asking = (gated: KubeClient, secrets: SecretStore): AwsLoginsParts => ({
    aws,
    secrets,
    tokens: { request: (account, audience, signal) => requestToken(gated, account, audience, signal) },
    policy,
    clock: systemClock,
    onCall: (call) => metrics.aws.called(call),
  })
  const ownNamespace = config.podNamespace ?? access.namespace
  const base = { clock: systemClock, random: systemRandom, log }
  const duties = await dutiesOf({ config, environment, ownNamespace, recorder: metrics.configRepo, ...base })
  return startOperator(optionsOf(config, served, ownNamespace, identity), {
    client,
    startReflector,
    startQueue: workQueue,
    startElection,
    startRoster,
    servedVersions: (group, plural, signal) => servedVersions(client, group, plural, signal),
    onServed: (kind) => schemas.read(kind),
    isLeaving: (kind) => schemas.isLeaving(kind),
    templates: new ParsedTemplates(),
    installed: (type) => schemas.of(type),
    openStore: kubeSecretStore,
    faultOf: faultOfKube,
    openLogins: (gated, secrets) => awsLogins(asking(gated, secrets)),
    openProber: (gated, secrets) => awsProber({ ...asking(gated, secrets), registries }),
    openSources: (gated, secrets, configMaps) => kubeSources({ client: gated, secrets, configMaps }),
    openEvents: (gated) => eventRecorder(gated, systemClock, log, 'apply the output of "everpull rbac"'),
    onPass: ({ ref, is, nextAt, tookMs }) => {
      const seconds = tookMs / 1000
      metrics.reconciles.reconciled(CONTROLLER, is, seconds)
      metrics.familiar.passed({ ref, is, isPlanned: nextAt !== undefined, seconds })
    },
    onStatus: (kind, outcome) => metrics.statuses.written(kind, outcome),
    duties,
    ...base,
  })
}

/** Who has no repository does not load what reads one. */
async function dutiesOf(run: ConfigSyncRun): Promise<readonly BeginDuty[]> {
  if (run.config.configRepo === undefined) return []
  const { configSyncDuties } = await import('./run-config-sync.ts')
  return configSyncDuties(run)
}

function optionsOf(
  config: Config,
  served: OperatorOptions['dialects'],
  namespace: string,
  identity: string,
): OperatorOptions {
  const { leaderElection } = config
  return {
    dialects: served,
    namespaces: config.namespaces.is === 'all' ? undefined : config.namespaces.namespaces,
    driftWatch: config.driftWatch,
    selector: config.selector,
    allowedAccounts: config.serviceAccountIdentities,
    operatorNamespace: namespace,
    homes: { argocd: config.argocdNamespace },
    nudgesArgocd: config.nudgeArgocd,
    runtime: config.runtime,
    ambientOpenTo: openTo(config.ambientCredentials),
    takeOver: new Set(config.takeOver),
    election:
      leaderElection.is === 'off'
        ? undefined
        : {
            ...leaderElection,
            namespace: leaderElection.namespace ?? namespace,
            identity,
          },
  }
}

function observe(config: Config, operator: Operator, metrics: Metrics, log: Log): Promise<Endpoints> {
  operator.readModel.subscribe((entry, isGone) =>
    isGone ? metrics.targets.forgotten(entry.ref) : metrics.targets.answered(entry.ref, entry.answers),
  )
  metrics.reconciles.watchesQueue(CONTROLLER, {
    depth: () => operator.queueDepth(),
    longestWaitMs: () => operator.longestWait(),
  })
  const { leaderElection } = config
  metrics.follows(stateOf(operator, leaderElection.is === 'off' ? 1 : leaderElection.shards))
  metrics.knows({ objects: () => lookedAfter(operator), due: () => operator.due() })
  return openEndpoints(
    { metrics: config.metricsAddress, health: config.healthAddress },
    {
      metrics,
      alive: () => ({ ok: true }),
      ready: () =>
        operator.isReady() ? { ok: true } : { ok: false, because: 'the first lists have not been read yet' },
    },
    log,
  ).catch((error: unknown) => {
    throw new CommandFailure(error instanceof Error ? error.message : String(error), true)
  })
}

/** Who does not serve it does not load it. */
async function openTokenEndpoint(
  { tokenEndpoint }: Config,
  environment: Environment,
  operator: Operator,
  { access, client, log, metrics }: Omit<Built, 'served' | 'identity'>,
): Promise<{ close(): Promise<void> } | undefined> {
  if (tokenEndpoint === undefined) return undefined
  const { runTokenEndpoint } = await import('./run-token-endpoint.ts')
  return runTokenEndpoint(tokenEndpoint, {
    desk: () => operator.desk(),
    client,
    apiAudiences: apiAudiences(access, client),
    environment,
    recorder: metrics.tokenEndpoint,
    clock: systemClock,
    log,
  })
}

const stateOf = (operator: Operator, shards: number): OperatorState => ({
  isLeading: () => operator.isLeading(),
  shardsHeld: () => operator.shardsHeld().length,
  shards: () => shards,
  *objects() {
    for (const entry of operator.readModel.list())
      yield { ref: entry.ref, state: objectState(entry, operator.seen(entry.ref)?.status) }
  },
  *watches() {
    for (const { what, phase } of operator.phases()) yield { kind: what, phase: phase.is }
  },
})

/** What is left to another controller is that one's to tell of. */
function* lookedAfter(operator: Operator): Iterable<KnownObject> {
  const { readModel } = operator
  for (const { ref, dormant } of readModel.list()) {
    if (dormant === undefined) yield { ref, ...readModel.figures(ref), status: operator.seen(ref)?.status }
  }
}

function toldToStop(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve())
    process.once('SIGINT', () => resolve())
  })
}
