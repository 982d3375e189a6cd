// This file is about everything the operator follows: the dialects' kinds, the Secrets in scope, service accounts when asked.
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Random } from '../base/random.ts'
import type { Dialect, Looked } from '../dialects/dialect.ts'
import type { KubeClient } from '../kube/client.ts'
import { isNotFound, KubeError } from '../kube/error.ts'
import type { Reflector, ReflectorOptions, ReflectorPhase, StartReflector } from '../kube/reflector.ts'
import { type KubeObject, objectPath, SECRETS } from '../kube/resource.ts'
import { fault } from '../model/fault.ts'
import { type Chosen, isOrderedAtHome, type Kind, type KindName, NAMESPACE } from '../model/kind.ts'
import { type Ref, type SecretRef, secretKey } from '../model/ref.ts'
import type { Resource } from '../model/resource.ts'
import type { Account } from './account-links.ts'
import { AccountWatch } from './account-watch.ts'
import { ConfigMaps } from './config-maps.ts'
import { type KindChange, KindWatch, type KindWatchParts } from './kind-watch.ts'
import { metadataNow } from './listed-object.ts'
import { Namespaces } from './namespaces.ts'
import { asSecretRecord, type SecretRecord } from './raw-object.ts'
import type { Served } from './reconcile.ts'
import { SecretIndex, type SecretWatches } from './secret-index.ts'
import { type AllowedAccounts, ServiceAccounts } from './service-accounts.ts'
import { parseSelector } from '../model/selector.ts'
import { bare, kindKey, type WorldSources } from './world.ts'

const METADATA_ONLY = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1'

export interface WatchOptions {
  readonly dialects: readonly Dialect[]
  readonly namespaces: readonly string[] | undefined
  readonly driftWatch: boolean
  readonly allowedAccounts: AllowedAccounts
  readonly operatorNamespace: string
  /** Where objects of kinds live that are ordered there alone (`Chosen.within`). */
  readonly homes: Readonly<Record<Chosen['within'], string>>
  /** The name of this installation. */
  readonly runtime: string
  /** Labels of the objects served, as in a query; absent: all. */
  readonly selector?: string | undefined
  /** As `World` has it. */
  readonly ambientOpenTo: WorldSources['ambientOpenTo']
}

export interface WatchParts {
  readonly client: KubeClient
  readonly startReflector: StartReflector
  readonly servedVersions: KindWatchParts['servedVersions']
  readonly onServed: KindWatchParts['onServed']
  readonly templates: WorldSources['templates']
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/** What changed; the sinks decide who looks again. */
export interface WatchSinks {
  readonly onObject: (now: Resource | undefined, before: Resource | undefined) => void
  readonly onSecret: (ref: SecretRef, record: SecretRecord | undefined) => void
  /** An object that translations only look at. */
  readonly onReferred: (ref: Ref) => void
  /** A service account that somebody links Secrets to. */
  readonly onAccount: (now: Account | undefined, before: Account | undefined) => void
  /** All there is of a kind has been listed, as it has come, come back or changed its version. */
  readonly onKind: (kind: Kind) => void
  /** Asked, not told: whose orders are being served through what an object lends. */
  readonly usersOf: WorldSources['usersOf']
}

export class Watches {
  readonly served: ReadonlyMap<string, Served>
  readonly secrets: SecretIndex
  readonly sources: WorldSources
  readonly configMaps: ConfigMaps
  /** Service accounts as somebody who links Secrets to them sees them. */
  readonly linkedAccounts: AccountWatch
  readonly #kinds: ReadonlyMap<string, KindWatch>
  readonly #accounts: ServiceAccounts
  readonly #secretWatches: SecretWatches
  readonly #client: KubeClient
  readonly #namespaces: Namespaces
  readonly #selector: string | undefined

  constructor(options: WatchOptions, parts: WatchParts, sinks: WatchSinks) {
    const { dialects, namespaces, allowedAccounts, operatorNamespace } = options
    this.#client = parts.client
    this.#selector = options.selector
    this.#namespaces = new Namespaces({ ...parts, namespaces, onChange: sinks.onObject })
    const onServed: WatchParts['onServed'] = async (kind) => {
      if (kind.leaves !== undefined) void this.open(kind.leaves.on)
      await parts.onServed(kind)
    }
    this.#kinds = startKinds(
      dialects,
      { ...parts, onServed, onListed: sinks.onKind, namespaces },
      options,
      sinks.onObject,
    )
    this.served = servedBy(dialects, this.#kinds)
    this.#secretWatches = options.driftWatch
      ? followSecrets(options, parts)
      : { served: undefined, namespaces, named: new Map() }
    this.secrets = new SecretIndex(this.#secretWatches)
    this.secrets.subscribe(sinks.onSecret)
    this.#accounts = new ServiceAccounts({
      ...parts,
      allowed: allowedAccounts,
      namespaces,
      onChange: sinks.onReferred,
    })
    this.configMaps = new ConfigMaps({ ...parts, namespaces, onChange: sinks.onReferred })
    this.linkedAccounts = new AccountWatch({ ...parts, namespaces, onChange: sinks.onAccount })
    this.sources = {
      kinds: this.#kinds,
      secrets: this.secrets,
      operatorNamespace,
      runtime: options.runtime,
      ambientOpenTo: options.ambientOpenTo,
      usersOf: sinks.usersOf,
      templates: parts.templates,
      openLate: (ref) => this.#openLate(ref),
      listLate: (kind) => (isNamespace(kind) ? this.#namespaces.list() : { is: 'listed', resources: [] }),
    }
  }

  /** Resolves when all that can be listed was listed. */
  async settled(): Promise<void> {
    await Promise.all([
      ...[...this.#kinds.values()].map((watch) => watch.settled()),
      ...this.#secretReflectors().map((reflector) => reflector.settled()),
    ])
  }

  /** Where each watch stands, for readiness and for telling what RBAC lacks. */
  phases(): readonly { readonly what: string; readonly phase: ReflectorPhase }[] {
    const kinds = [...this.#kinds.values()].map(({ kind, phase }) => ({ what: kind.kind, phase }))
    const secrets = this.#secretReflectors().map((reflector) => ({
      what: 'Secret',
      phase: reflector.phase(),
    }))
    const namespaces = this.#namespaces.reflector
    const configMaps = this.configMaps.reflector
    const accounts = this.linkedAccounts.reflector
    return [
      ...kinds,
      ...secrets,
      ...(namespaces === undefined ? [] : [{ what: 'Namespace', phase: namespaces.phase() }]),
      ...(accounts === undefined ? [] : [{ what: 'ServiceAccount', phase: accounts.phase() }]),
      ...(configMaps === undefined ? [] : [{ what: 'ConfigMap', phase: configMaps.phase() }]),
    ]
  }

  /** Namespaces, once somebody has looked among them. */
  namespaces(): readonly Resource[] {
    const listed = this.#namespaces.list()
    return listed.is === 'listed' ? listed.resources : []
  }

  isTerminating(namespace: string): boolean {
    const found = this.#namespaces.get({ ...NAMESPACE, namespace: '', name: namespace })
    return found.is === 'present' && found.resource.deletingSince !== undefined
  }

  /** Follows a kind that a translation found unlisted. */
  async open(kind: Pick<KindName, 'group' | 'kind'>): Promise<void> {
    if (isNamespace(kind)) await this.#namespaces.open()
  }

  #secretReflectors(): readonly Reflector<SecretRecord>[] {
    const { served, named } = this.#secretWatches
    return [...(served === undefined ? [] : [served]), ...named.values()]
  }

  /** Reads what a translation found unread. */
  async fetch(ref: Ref, signal: AbortSignal): Promise<Looked> {
    if (ref.kind === 'ConfigMap') return this.configMaps.fetch(ref)
    if (isNamespace(ref)) {
      await this.#namespaces.open()
      return this.#namespaces.get(ref)
    }
    return ref.kind === 'ServiceAccount' ? this.#accounts.fetch(ref) : this.#fetchSecret(ref, signal)
  }

  #openLate(ref: Ref): Looked {
    if (ref.kind === 'ConfigMap') return this.configMaps.get(ref)
    if (isNamespace(ref)) return this.#namespaces.get(ref)
    return ref.kind === 'ServiceAccount' ? this.#accounts.get(ref) : { is: 'absent' }
  }

  async #fetchSecret(ref: Ref, signal: AbortSignal): Promise<Looked> {
    try {
      const path = objectPath(SECRETS, { namespace: ref.namespace, name: ref.name })
      const { metadata } = await this.#client.request<KubeObject>({
        method: 'GET',
        path,
        accept: METADATA_ONLY,
        signal,
      })
      const known = { uid: metadata.uid ?? '', resourceVersion: metadata.resourceVersion ?? '' }
      return { is: 'present', resource: bare(ref, known) }
    } catch (error) {
      if (isNotFound(error)) return { is: 'absent' }
      if (!(error instanceof KubeError)) throw error
      return {
        is: 'denied',
        fault: fault('reference-unreadable', `Secret ${ref.name} cannot be read: ${error.message}`),
      }
    }
  }

  /**
   * Whether an object that is not to be seen is there all the same, as others may be selected to serve it. Throws
   * `KubeError`.
   */
  async isUnselected(ref: Ref, signal: AbortSignal): Promise<boolean> {
    const watch = this.served.get(kindKey(ref))?.watch
    if (this.#selector === undefined || watch?.type === undefined) return false
    return (await metadataNow(this.#client, watch.type, ref, signal)) !== undefined
  }

  async stop(): Promise<void> {
    await Promise.all([
      ...[...this.#kinds.values()].map((watch) => watch.stop()),
      ...this.#secretReflectors().map((reflector) => reflector.stop()),
      this.#accounts.stop(),
      this.configMaps.stop(),
      this.linkedAccounts.stop(),
      this.#namespaces.stop(),
    ])
  }
}

const isNamespace = (kind: Pick<KindName, 'group' | 'kind'>): boolean => kindKey(kind) === kindKey(NAMESPACE)

function startKinds(
  dialects: readonly Dialect[],
  parts: KindWatchParts,
  { homes, selector }: WatchOptions,
  onChange: KindChange,
): ReadonlyMap<string, KindWatch> {
  const kinds = dialects
    .flatMap((dialect) => dialect.kinds)
    .filter(({ group, chosen }) => group !== '' || chosen !== undefined)
  const scopeOf = ({ chosen }: Kind) => (chosen === undefined ? {} : { namespaces: [homes[chosen.within]] })
  const children = new Set(kinds.flatMap((kind) => (kind.children ?? []).map(kindKey)))
  const selectionOf = (kind: Kind) => {
    if (selector === undefined || kind.use !== 'ordered') return {}
    // Others look at these, whatever their labels.
    const isMet = kind.lends === true || children.has(kindKey(kind))
    return isMet ? { selector: parseSelector(selector) } : { labelSelector: selector }
  }
  return new Map(
    distinct(kinds).map((kind) => [
      kindKey(kind),
      new KindWatch(kind, { ...parts, ...scopeOf(kind), ...selectionOf(kind) }, onChange),
    ]),
  )
}

/** One dialect's orders may be what another only looks at. */
const distinct = (kinds: readonly Kind[]): readonly Kind[] => [
  ...new Map(
    kinds
      .toSorted((a, b) => Number(a.use === 'ordered') - Number(b.use === 'ordered'))
      .map((kind) => [kindKey(kind), kind]),
  ).values(),
]

function servedBy(
  dialects: readonly Dialect[],
  watches: ReadonlyMap<string, KindWatch>,
): ReadonlyMap<string, Served> {
  const served = new Map<string, Served>()
  for (const dialect of dialects) {
    for (const kind of dialect.kinds.filter((k) => k.use === 'ordered')) {
      const watch = watches.get(kindKey(kind))
      if (watch !== undefined) served.set(kindKey(kind), { dialect, watch })
    }
  }
  return served
}

/** Where Secrets are touched at all; undefined: everywhere. */
function secretScope({ dialects, namespaces, homes }: WatchOptions): readonly string[] | undefined {
  const kinds = dialects.flatMap((dialect) => dialect.kinds)
  if (!isOrderedAtHome(kinds)) return namespaces
  return [...new Set(kinds.flatMap(({ chosen }) => (chosen === undefined ? [] : [homes[chosen.within]])))]
}

/**
 * Every Secret in the namespaces served. Of the operator's own namespace, where that is another, only the Secrets that
 * dialects name: one watch each, as RBAC by name admits no other; or all, where a dialect's users name them.
 */
function followSecrets(options: WatchOptions, parts: WatchParts): SecretWatches {
  const { dialects, operatorNamespace } = options
  const namespaces = secretScope(options)
  const labels = [...new Set(dialects.flatMap((dialect) => dialect.secretLabels ?? []))]
  const follow = (scope: Pick<ReflectorOptions<SecretRecord>, 'namespaces' | 'fieldSelector'>) =>
    parts.startReflector<SecretRecord>({
      ...parts,
      ...scope,
      type: SECRETS,
      metadataOnly: true,
      keep: (raw) => asSecretRecord(raw, labels),
      same: (before, now) => before.resourceVersion === now.resourceVersion,
    })
  const wanted = dialects.map((dialect) => dialect.operatorSecrets ?? [])
  const isServed = namespaces === undefined || namespaces.includes(operatorNamespace)
  const isWhole = !isServed && wanted.includes('any')
  const scope = isWhole ? [...namespaces, operatorNamespace] : namespaces
  const names = isServed || isWhole ? [] : new Set(wanted.filter((each) => each !== 'any').flat())
  const named = [...names].map((name) => {
    const fieldSelector = `metadata.name=${name}`
    return [
      secretKey({ namespace: operatorNamespace, name }),
      follow({ namespaces: [operatorNamespace], fieldSelector }),
    ] as const
  })
  return { served: follow({ namespaces: scope }), namespaces: scope, named: new Map(named) }
}
