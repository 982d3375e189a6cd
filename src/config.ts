// This file is about the operator's configuration: flags and environment become one frozen Config, or all that is wrong with them.
import { type Duration, minutes, seconds } from './base/duration.ts'
import { ARGOCD_NAMESPACE, dialectsByDefault } from './config/default-dialects.ts'
import { type SettingName, settings, variableOf } from './config/settings.ts'
import { readTokenEndpoint, type TokenEndpointSettings } from './config/token-endpoint.ts'
import {
  type AmbientCredentials,
  type ListenAddress,
  oneOf,
  readAddress,
  readAmbientCredentials,
  readBoolean,
  readEach,
  readNamespace,
  readPaths,
  readObjectName,
  readPositiveDuration,
  readSelector,
  readServiceAccountIdentities,
  readShards,
  readText,
  readUrl,
  type ServiceAccountIdentities,
  splitList,
  type Value,
} from './config/values.ts'
import { DIALECT_NAMES, type DialectName } from './model/dialect-name.ts'
import { LEASE_NAME } from './model/lease-names.ts'

/** How the cluster is reached; a kubeconfig without a file means the one kubectl would use. */
export type ClusterAccess =
  | { readonly is: 'in-cluster' }
  | { readonly is: 'kubeconfig'; readonly file?: string; readonly context?: string }

/** Which namespaces are served. */
export type NamespaceScope =
  | { readonly is: 'all' }
  | { readonly is: 'named'; readonly namespaces: readonly string[] }

export type LeaderElection =
  | { readonly is: 'off' }
  | {
      readonly is: 'on'
      /** Undefined: the operator's own namespace. */
      readonly namespace: string | undefined
      readonly name: string
      /** How many parts the work is dealt out in; with 1, one replica does all of it. */
      readonly shards: number
      readonly leaseDuration: Duration
      readonly renewDeadline: Duration
      readonly retryPeriod: Duration
    }

export interface ConfigRepo {
  /** `URL[/path][?ref=branch]` */
  readonly location: string
  readonly interval: Duration
  /** The Secret with its credentials, in the operator's own namespace; absent: it takes none. */
  readonly secret: string | undefined
}

/** Endpoints that replace AWS's own, by service. */
export interface AwsEndpoints {
  readonly ecr?: string
  readonly ecrPublic?: string
  readonly sts?: string
}

export interface Config {
  readonly cluster: ClusterAccess
  /** The pod's namespace; undefined outside a cluster, where the context's counts, else `default`. */
  readonly podNamespace: string | undefined
  readonly namespaces: NamespaceScope
  readonly dialects: readonly DialectName[]
  /** Labels of the objects served, as in a query; undefined: all. */
  readonly selector: string | undefined
  /** Dialects whose objects are served at once, without waiting for their own controller to fall silent. */
  readonly takeOver: readonly DialectName[]
  readonly leaderElection: LeaderElection
  readonly metricsAddress: ListenAddress
  readonly healthAddress: ListenAddress
  readonly ambientCredentials: AmbientCredentials
  readonly serviceAccountIdentities: ServiceAccountIdentities
  readonly driftWatch: boolean
  readonly argocdNamespace: string
  /** Whether Applications of Argo CD that paused are asked to try again when a login was renewed late. */
  readonly nudgeArgocd: boolean
  /** The name of this installation. */
  readonly runtime: string
  /** The Git repository that the cluster is kept in line with; absent: none. */
  readonly configRepo: ConfigRepo | undefined
  /** Undefined: nowhere. */
  readonly tokenEndpoint: TokenEndpointSettings | undefined
  readonly awsEndpoints: AwsEndpoints
  /** What the process may read beside what it is known to need; `bin/` hands it on to Node. */
  readonly allowRead: readonly string[]
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error'
}

/** What the command line says, by setting: a repeated flag gives a list, a flag without its optional value gives true. */
export type Flags = Partial<Readonly<Record<SettingName, string | boolean | readonly string[]>>>
export type Environment = Readonly<Record<string, string | undefined>>

/** Where the process runs, found out by the caller. */
export interface Place {
  readonly inCluster: boolean
  readonly podNamespace?: string
}

export type ConfigRead = { is: 'config'; config: Config } | { is: 'wrong'; mistakes: readonly string[] }

/** Flags win over EVERPULL_… variables, these over defaults; an empty variable counts as absent. Pure. */
export function readConfig(flags: Flags, env: Environment, place: Place): ConfigRead {
  const mistakes: string[] = []
  const ask = asker(flags, env, mistakes)

  const cluster = clusterAccess(ask, place, mistakes)
  const namespaces = namespaceScope(ask)
  const dialects = ask.many('dialect', oneOf(DIALECT_NAMES))
  const driftWatch = ask.one('driftWatch', readBoolean) ?? true
  const argocdNamespace = ask.one('argocdNamespace', readNamespace)
  const named = namespaces.is === 'named' ? namespaces.namespaces : []
  const served = dialects ?? dialectsByDefault({ namespaces: named, driftWatch, argocdNamespace })
  const config: Config = {
    cluster,
    podNamespace: place.podNamespace,
    namespaces,
    dialects: served,
    selector: ask.one('selector', readSelector),
    takeOver: ask.many('takeOver', oneOf(DIALECT_NAMES)) ?? [],
    leaderElection: leaderElection(ask, cluster, mistakes),
    metricsAddress: ask.one('metricsAddress', readAddress) ?? listenAddress(place, 8080),
    healthAddress: ask.one('healthAddress', readAddress) ?? listenAddress(place, 8081),
    ambientCredentials: ask.one('ambientCredentials', readAmbientCredentials) ?? { is: 'allow' },
    serviceAccountIdentities: ask.one('serviceAccountIdentities', readServiceAccountIdentities) ?? {
      is: 'none',
    },
    driftWatch,
    argocdNamespace: argocdNamespace ?? ARGOCD_NAMESPACE,
    nudgeArgocd: ask.one('nudgeArgocd', readBoolean) ?? false,
    runtime: ask.one('runtime', readNamespace) ?? 'default',
    configRepo: configRepo(ask, mistakes),
    tokenEndpoint: readTokenEndpoint(
      {
        address: ask.one('tokenEndpointAddress', readAddress),
        cert: ask.one('tokenEndpointCert', readText),
        key: ask.one('tokenEndpointKey', readText),
        audience: ask.one('tokenEndpointAudience', readText),
      },
      served,
      mistakes,
    ),
    awsEndpoints: awsEndpoints(ask, env),
    allowRead: ask.one('allowRead', readPaths) ?? [],
    logLevel: ask.one('logLevel', oneOf(['debug', 'info', 'warn', 'error'])) ?? 'info',
  }
  return mistakes.length > 0
    ? { is: 'wrong', mistakes: [...new Set(mistakes)] }
    : { is: 'config', config: deepFreeze(config) }
}

/** Whose objects may use the operator's own AWS identity. */
export function openTo(ambient: AmbientCredentials): 'all' | readonly string[] {
  switch (ambient.is) {
    case 'allow':
      return 'all'
    case 'deny':
      return []
    case 'namespaces':
      return ambient.namespaces
  }
}

interface Asker {
  one<T>(name: SettingName, read: (text: string) => Value<T>): T | undefined
  /** `foreign` is a variable of somebody else's that says the same and is asked last. */
  many<T>(name: SettingName, read: (text: string) => Value<T>, foreign?: string): readonly T[] | undefined
  /** The first of these variables that is set. */
  variable<T>(names: readonly string[], read: (text: string) => Value<T>): T | undefined
}

function asker(flags: Flags, env: Environment, mistakes: string[]): Asker {
  const take = <T>(said: Said | undefined, read: (text: string) => Value<T>): T | undefined => {
    if (said === undefined) return undefined
    const result = read(said.text)
    if (result.is === 'value') return result.value
    mistakes.push(`${said.where}: "${said.text}" ${result.because}`)
    return undefined
  }
  const fromVariables = (names: readonly string[]): Said | undefined => {
    const where = names.find((name) => (env[name] ?? '').trim() !== '')
    return where === undefined ? undefined : { where, text: (env[where] ?? '').trim() }
  }
  const find = (name: SettingName, foreign: readonly string[] = []): Said | undefined => {
    const flag = flags[name]
    if (flag !== undefined) return { where: `--${settings[name].flag}`, text: String(flag) }
    return fromVariables([variableOf(settings[name]), ...foreign])
  }
  return {
    one: (name, read) => take(find(name), read),
    many: (name, read, foreign) =>
      take(find(name, foreign === undefined ? [] : [foreign]), (text) => readEach(splitList(text), read)),
    variable: (names, read) => take(fromVariables(names), read),
  }
}

interface Said {
  where: string
  text: string
}

function clusterAccess(ask: Asker, place: Place, mistakes: string[]): ClusterAccess {
  const file = ask.one('kubeconfig', readText)
  const context = ask.one('context', readText)
  if (file === undefined && place.inCluster) {
    if (context !== undefined) mistakes.push('--context: needs --kubeconfig in a cluster')
    return { is: 'in-cluster' }
  }
  return {
    is: 'kubeconfig',
    ...(file === undefined ? {} : { file }),
    ...(context === undefined ? {} : { context }),
  }
}

function namespaceScope(ask: Asker): NamespaceScope {
  const namespaces = ask.many('namespace', readNamespace, 'WATCH_NAMESPACE') ?? []
  return namespaces.length === 0 ? { is: 'all' } : { is: 'named', namespaces }
}

/** What is asked more often than this, a server may take for an attack. */
const SHORTEST_INTERVAL = seconds(1)

function configRepo(ask: Asker, mistakes: string[]): ConfigRepo | undefined {
  const location = ask.one('configRepo', readText)
  const interval = ask.one('configRepoInterval', readPositiveDuration) ?? minutes(1)
  const secret = ask.one('configRepoSecret', readObjectName)
  if (interval < SHORTEST_INTERVAL) {
    mistakes.push(
      `--config-repo-interval: ${inSeconds(interval)} is shorter than ${inSeconds(SHORTEST_INTERVAL)}`,
    )
  }
  if (location === undefined) return undefined
  const because = repositoryFlaw(location, secret !== undefined)
  if (because !== undefined) mistakes.push(`--config-repo: ${because}`)
  return { location, interval, secret }
}

/** What was written is not said again: it may hold a password. */
function repositoryFlaw(location: string, hasSecret: boolean): string | undefined {
  const url = URL.canParse(location) ? new URL(location) : undefined
  if (url === undefined || !['https:', 'ssh:'].includes(url.protocol)) {
    return 'is no https:// or ssh:// URL'
  }
  if (url.username !== '' || url.password !== '') {
    return 'holds a user name or a password: they belong into the Secret of --config-repo-secret'
  }
  const isUnknown = url.protocol === 'ssh:' && !hasSecret
  return isUnknown ? 'ssh needs --config-repo-secret with sshPrivateKey and known_hosts' : undefined
}

/** Between two tries at the lease up to a fifth more than the retry period is waited. */
const LONGEST_RETRY = 1.2
const inSeconds = (ms: Duration): string => `${ms / 1000}s`

/** The defaults and their order are Kubernetes' own (client-go): a leader gives up before another may take over. */
function leaderElection(ask: Asker, cluster: ClusterAccess, mistakes: string[]): LeaderElection {
  const wanted = ask.one('leaderElect', readBoolean) ?? cluster.is === 'in-cluster'
  const namespace = ask.one('leaseNamespace', readNamespace)
  const name = ask.one('leaseName', readObjectName) ?? LEASE_NAME
  const shards = ask.one('shards', readShards) ?? 1
  const leaseDuration = ask.one('leaseDuration', readPositiveDuration) ?? seconds(15)
  const renewDeadline = ask.one('renewDeadline', readPositiveDuration) ?? seconds(10)
  const retryPeriod = ask.one('retryPeriod', readPositiveDuration) ?? seconds(2)
  if (leaseDuration <= renewDeadline) {
    mistakes.push(
      `--lease-duration: ${inSeconds(leaseDuration)} must be longer than --renew-deadline, ${inSeconds(renewDeadline)}`,
    )
  }
  if (renewDeadline <= retryPeriod * LONGEST_RETRY) {
    mistakes.push(
      `--renew-deadline: ${inSeconds(renewDeadline)} must be longer than ${LONGEST_RETRY} times --retry-period, ${inSeconds(retryPeriod)}`,
    )
  }
  if (shards > 1 && !wanted) mistakes.push('--shards: needs --leader-elect')
  return wanted
    ? { is: 'on', namespace, name, shards, leaseDuration, renewDeadline, retryPeriod }
    : { is: 'off' }
}

/** Probes and scrapes come from outside the pod; on a workstation nobody else should get in. */
const listenAddress = (place: Place, port: number): ListenAddress =>
  place.inCluster ? { port } : { host: '127.0.0.1', port }

/** External Secrets' own variables win over the SDK's, and the SDK's for one service over its general one. */
function awsEndpoints(ask: Asker, env: Environment): AwsEndpoints {
  const ignored = env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS']?.toLowerCase() === 'true'
  const endpoint = (own: string, sdk: string): string | undefined =>
    ask.variable(ignored ? [own] : [own, sdk, 'AWS_ENDPOINT_URL'], readUrl)
  const ecr = endpoint('AWS_ECR_ENDPOINT', 'AWS_ENDPOINT_URL_ECR')
  const ecrPublic = endpoint('AWS_ECR_PUBLIC_ENDPOINT', 'AWS_ENDPOINT_URL_ECR_PUBLIC')
  const sts = endpoint('AWS_STS_ENDPOINT', 'AWS_ENDPOINT_URL_STS')
  return {
    ...(ecr === undefined ? {} : { ecr }),
    ...(ecrPublic === undefined ? {} : { ecrPublic }),
    ...(sts === undefined ? {} : { sts }),
  }
}

function deepFreeze<T extends object>(value: T): T {
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null) deepFreeze(member)
  }
  return Object.freeze(value)
}
