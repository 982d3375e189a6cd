// This file is about the workload of one seed on its lane: applied, edited, taken away and restored, and what may be expected of it.
import { setTimeout as pause } from 'node:timers/promises'
import type { Random } from '../src/base/random.ts'
import { eventually } from '../test/support/eventually.ts'
import { apply, insist, mergePatch, type ObjectText, pathOf, remove, type Written } from './api-objects.ts'
import type { Claim, Damage, Removal, Target } from './history.ts'
import type { Lane } from './lane.ts'
import { configIn, loginsIn } from './logins-in.ts'
import {
  argoRepository,
  cloudCredentials,
  clusterLogin,
  foreignConfig,
  generatorText,
  hostIn,
  type Key,
  keySecret,
  mergedPassword,
  mobbSecret,
  namespaceText,
  REGIONS,
  registryLogin,
  secretText,
  templatedConfig,
} from './orders.ts'
import type { SecretHistory } from './secret-history.ts'
import type { Workload } from './workload.ts'

const ACCOUNT = '123456789012'
/** As the sandbox's own bot may. */
const MAY_PULL = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['ecr:*'], Resource: '*' }],
}
const THEIRS = btoa('me:theirs')
/** Namespaces with finalizers of ours wait for the operator, which may be struck at the same time. */
const GONE_LIMIT_MS = 60_000

type Keys = Readonly<Record<'a' | 'b' | 'mobb', Key>>

type Place = Pick<Target, 'namespace' | 'name'>
type Values = Readonly<Record<string, string | null>>

/** Of a Secret, in base64; null takes away. */
interface HandPatch {
  readonly metadata?: { readonly labels?: Values; readonly annotations?: Values }
  readonly data?: Values
}

/** Of Argo CD: orders merge a password into it. */
const REPOSITORY = 'repo'

/** Of the order outside of namespaces. */
export const SPREAD_SECRET = 'team'

/** Data that orders write. */
const OURS: ReadonlySet<string> = new Set(['password', '.dockerconfigjson'])

interface Names {
  readonly a: string
  readonly b: string
}

export interface WorkloadOptions {
  readonly lane: Lane
  readonly history: SecretHistory
  /** Begins the names of all that is made: `c12`. */
  readonly prefix: string
}

export class SeedWorkload implements Workload {
  readonly namespaces: readonly [string, string]
  readonly targets: readonly Target[]
  readonly claims: Claim[] = []
  readonly byHand = new Set<number>()
  readonly removals: Removal[] = []
  readonly damages: Damage[] = []
  readonly #options: WorkloadOptions
  readonly #names: Names
  readonly #keys: Keys
  #edits = 0

  private constructor(options: WorkloadOptions, keys: Keys) {
    this.#options = options
    this.#names = { a: `${options.prefix}-a`, b: `${options.prefix}-b` }
    this.#keys = keys
    this.namespaces = [this.#names.a, this.#names.b]
    this.targets = targetsOf(this.#names, keys)
  }

  /** Users of its own in AWS; nothing in the cluster yet. */
  static async prepare(options: WorkloadOptions): Promise<SeedWorkload> {
    const { lane, prefix } = options
    const [a, b, mobb] = await Promise.all(
      ['a', 'b', 'mobb'].map((name) => newKey(lane, `${prefix}-${name}`)),
    )
    if (a === undefined || b === undefined || mobb === undefined)
      throw new Error('three users were asked for')
    return new SeedWorkload(options, { a, b, mobb })
  }

  get principals(): readonly string[] {
    return Object.values(this.#keys).map(({ arn }) => arn)
  }

  get accessKeyIds(): readonly string[] {
    return Object.values(this.#keys).map(({ accessKeyId }) => accessKeyId)
  }

  async applyAll(): Promise<void> {
    await this.#apply(cloudCredentials(this.#keys.mobb))
    for (const namespace of this.namespaces) await this.#applyNamespace(namespace)
    await this.#apply(this.#everywhere())
  }

  async deleteNamespace(namespace: string): Promise<void> {
    this.removals.push({ namespace, from: Date.now(), until: Number.POSITIVE_INFINITY })
    await remove(this.#api, namespaceText(namespace))
    await eventually(
      `namespace ${namespace} is gone`,
      async () => (await insist(this.#api, 'GET', `/api/v1/namespaces/${namespace}`)).status === 404,
      GONE_LIMIT_MS,
    )
    for (const claim of this.claims) {
      if (claim.namespace === namespace) claim.until ??= Number.NaN
    }
  }

  async restoreNamespace(namespace: string): Promise<void> {
    await this.#applyNamespace(namespace)
    this.#endRemoval(namespace)
  }

  expectLoss(): void {
    this.removals.push({ namespace: undefined, from: Date.now(), until: Number.POSITIVE_INFINITY })
  }

  async reapply(): Promise<void> {
    for (const namespace of this.namespaces) {
      for (const order of this.#ordersIn(namespace)) await this.#apply(order)
    }
    await this.#apply(this.#everywhere())
    this.#endRemoval(undefined)
  }

  async edit(random: Random): Promise<string> {
    const edits = this.#possibleEdits()
    const edit = edits[Math.floor(random() * edits.length)]
    if (edit === undefined) throw new Error('there are edits')
    this.#edits += 1
    return edit()
  }

  get kept(): readonly Target[] {
    return this.targets
  }

  async editByHand({ namespace, name }: Place, patch: HandPatch): Promise<void> {
    const written = await this.#write(namespace, name, patch)
    if (written === undefined) return
    const version = Number(written.metadata.resourceVersion)
    const { labels = {}, annotations = {} } = patch.metadata ?? {}
    if (this.#options.history.get(namespace, name)?.version === version) return
    const isOurs = (key: string): boolean => OURS.has(key) || key.includes('everpull.dev/')
    if ('.dockerconfigjson' in (patch.data ?? {})) this.#endHosts(written.metadata.uid, version)
    const put = [
      ...Object.entries(labels).map(([key, value]) => ({ place: 'label' as const, key, value })),
      ...Object.entries(annotations).map(([key, value]) => ({ place: 'annotation' as const, key, value })),
      ...Object.entries(patch.data ?? {}).map(([key, value]) => ({
        place: 'data' as const,
        key,
        value: value === null ? null : Buffer.from(value, 'base64').toString(),
      })),
    ]
    if (put.some(({ key }) => isOurs(key))) this.#damaged(namespace, name, version)
    for (const { place, key, value } of put.filter((each) => !isOurs(each.key))) {
      this.#endClaims(written.metadata.uid, place, key, version)
      if (value !== null) this.#keep({ namespace, name, place, key, value }, written)
    }
  }

  async deleteByHand({ namespace, name }: Place): Promise<void> {
    await this.#deleteSecret(namespace, name)
  }

  #endClaims(uid: string, place: Claim['place'], key: string, version: number): void {
    for (const claim of this.claims) {
      if (claim.uid === uid && claim.place === place && claim.key === key) claim.until ??= version
    }
  }

  /** Somebody wrote the docker config whole. */
  #endHosts(uid: string, version: number): void {
    for (const claim of this.claims) {
      if (claim.uid === uid && claim.place === 'host') claim.until ??= version
    }
  }

  #keep(claim: Pick<Claim, 'namespace' | 'name' | 'place' | 'key' | 'value'>, { metadata }: Written): void {
    const from = Number(metadata.resourceVersion)
    this.claims.push({ ...claim, uid: metadata.uid, from, until: undefined })
  }

  /** What is wrong with the cluster now: each Secret that does not hold what it should, each order that is not ready. */
  async flaws(): Promise<readonly string[]> {
    const secrets = await Promise.all(this.targets.map((target) => this.#flawOf(target)))
    const orders = await Promise.all(this.#readable().map((order) => this.#unready(order)))
    return [...secrets, ...orders, await this.#unlinked()].filter((flaw) => flaw !== undefined)
  }

  /** Deletes what it made, as far as the next seed could be disturbed by it; does not wait for namespaces to end. */
  async clear(): Promise<void> {
    await remove(this.#api, this.#everywhere())
    for (const namespace of this.namespaces) await remove(this.#api, namespaceText(namespace))
  }

  /** After the last login has been looked up. */
  async clearUsers(): Promise<void> {
    for (const arn of this.principals) {
      await this.#options.lane.admin('DELETE', `/principals?arn=${encodeURIComponent(arn)}`)
    }
  }

  get #api() {
    return this.#options.lane.sandbox.controlPlane.admin
  }

  #endRemoval(namespace: string | undefined): void {
    for (const removal of this.removals) {
      if (removal.namespace === namespace && removal.until > Date.now()) removal.until = Date.now()
    }
  }

  async #applyNamespace(namespace: string): Promise<void> {
    await this.#apply(namespaceText(namespace))
    for (const secret of this.#foreignIn(namespace)) await this.#create(secret)
    for (const order of this.#ordersIn(namespace)) await this.#apply(order)
  }

  async #apply(object: ObjectText): Promise<void> {
    const end = performance.now() + GONE_LIMIT_MS
    for (;;) {
      try {
        const { metadata } = await apply(this.#api, object)
        if (object.kind === 'Secret' && object.apiVersion === 'v1')
          this.byHand.add(Number(metadata.resourceVersion))
        return
      } catch (error) {
        // Definitions that were restored are served a moment later.
        if (performance.now() > end) throw error
        await pause(200)
      }
    }
  }

  /** A Secret of somebody else's, all of which is to stay. */
  async #create(secret: ObjectText): Promise<number> {
    const path = pathOf(secret).replace(/\/[^/]*$/, '')
    const { status, body } = await insist(this.#api, 'POST', `${path}?fieldManager=somebody`, secret)
    if (status !== 201) throw new Error(`Secret ${secret.metadata.name}: ${body}`)
    const written = JSON.parse(body) as Written
    const version = Number(written.metadata.resourceVersion)
    this.byHand.add(version)
    for (const claim of claimsOf(secret, written)) this.claims.push(claim)
    return version
  }

  #foreignIn(namespace: string): readonly ObjectText[] {
    const { a } = this.#names
    if (namespace === a) {
      return [
        keySecret(namespace, this.#keys.a),
        argoRepository(namespace, REPOSITORY, REGIONS.west),
        foreignConfig(namespace, 'team', 'quay.io', THEIRS),
        secretText(namespace, 'bystander', { theirs: 'untouched' }),
      ]
    }
    return [
      keySecret(namespace, this.#keys.b),
      foreignConfig(namespace, 'shared', 'ghcr.io', THEIRS),
      secretText(namespace, 'bystander', { theirs: 'untouched' }),
    ]
  }

  #ordersIn(namespace: string): readonly ObjectText[] {
    if (namespace === this.#names.a) {
      return [
        generatorText(namespace, 'pull', REGIONS.west),
        templatedConfig(namespace, 'pull', REGIONS.west),
        mergedPassword(namespace, 'repo', 'pull'),
        registryLogin(namespace, 'login', REGIONS.east, {
          dockerConfig: {},
          link: { serviceAccounts: { names: ['default'] }, as: ['imagePullSecrets'] },
        }),
      ]
    }
    return [
      registryLogin(namespace, 'shared', REGIONS.west, { dockerConfig: { merge: true } }),
      mobbSecret(namespace, 'mobb', REGIONS.east),
    ]
  }

  #everywhere(): ObjectText {
    const { prefix } = this.#options
    return clusterLogin(prefix, REGIONS.east, {
      namespaces: [`${prefix}-*`],
      keyNamespace: this.#names.b,
      secretName: SPREAD_SECRET,
    })
  }

  #possibleEdits(): readonly (() => Promise<string>)[] {
    const { a, b } = this.#names
    const value = `theirs-${this.#edits}`
    return [
      ...(['pull', 'repo', 'login', 'team'] as const).flatMap((name) => [
        () => this.#claim(a, name, 'label', `theirs/label-${this.#edits}`, value),
        () => this.#claim(a, name, 'annotation', `theirs/note-${this.#edits}`, value),
      ]),
      () => this.#claim(a, 'repo', 'data', `theirs-${this.#edits}`, value),
      () => this.#claim(b, 'shared', 'data', `theirs-${this.#edits}`, value),
      () => this.#addHost(b, 'shared', `r${this.#edits}.example.org`),
      () => this.#addHost(a, 'team', `r${this.#edits}.example.org`),
      () => this.#patch(a, 'repo', { data: { password: btoa('edited') } }, 'its password is overwritten'),
      () => this.#breakConfig(a, 'pull'),
      () => this.#breakConfig(b, 'mobb'),
      () => this.#deleteSecret(a, 'pull'),
      () => this.#deleteSecret(a, 'login'),
      () => this.#deleteSecret(b, 'mobb'),
      () => this.#unmark(a, 'repo'),
      () => this.#unmark(b, 'shared'),
    ]
  }

  async #claim(
    namespace: string,
    name: string,
    place: 'data' | 'label' | 'annotation',
    key: string,
    value: string,
  ): Promise<string> {
    const patches = {
      data: { data: { [key]: btoa(value) } },
      label: { metadata: { labels: { [key]: value } } },
      annotation: { metadata: { annotations: { [key]: value } } },
    }
    const written = await this.#write(namespace, name, patches[place])
    if (written !== undefined) this.#keep({ namespace, name, place, key, value }, written)
    return `${namespace}/${name}: ${place} ${key} is added`
  }

  /** As somebody who adds a registry to a docker config: read, changed, written over what was read. */
  async #addHost(namespace: string, name: string, host: string): Promise<string> {
    const says = `${namespace}/${name}: host ${host} is added`
    for (let tries = 0; tries < 50; tries++) {
      const seen = this.#options.history.get(namespace, name)
      if (seen === undefined) return `${says}: there is no such Secret`
      const config = configIn(seen.data)
      const auths = { ...config.auths, [host]: { auth: THEIRS } }
      const text = JSON.stringify({ ...config, auths })
      const patch = {
        metadata: { resourceVersion: String(seen.version) },
        data: { '.dockerconfigjson': btoa(text) },
      }
      const written = await this.#write(namespace, name, patch).catch(() => undefined)
      if (written !== undefined) {
        this.#keep({ namespace, name, place: 'host', key: host, value: THEIRS }, written)
        return says
      }
      await pause(100)
    }
    return `${says}: somebody was always faster`
  }

  #breakConfig(namespace: string, name: string): Promise<string> {
    const data = { '.dockerconfigjson': btoa('{"auths":{}}') }
    return this.#patch(namespace, name, { data }, 'its docker config is emptied')
  }

  async #unmark(namespace: string, name: string): Promise<string> {
    const marks = Object.keys(this.#options.history.get(namespace, name)?.annotations ?? {}).filter((key) =>
      key.startsWith('everpull.dev/delivery-'),
    )
    const annotations = Object.fromEntries(marks.map((key) => [key, null]))
    return this.#patch(namespace, name, { metadata: { annotations } }, 'its mark is taken off')
  }

  async #patch(namespace: string, name: string, patch: object, says: string): Promise<string> {
    const written = await this.#write(namespace, name, patch)
    if (written !== undefined) this.#damaged(namespace, name, Number(written.metadata.resourceVersion))
    return `${namespace}/${name}: ${says}`
  }

  async #deleteSecret(namespace: string, name: string): Promise<string> {
    const seen = this.#options.history.get(namespace, name)
    for (const claim of this.claims) {
      if (claim.uid === seen?.uid) claim.until ??= seen.version + 1
    }
    await remove(this.#api, secretText(namespace, name, {}))
    // What orders only add to does not come back by itself: its owner makes it anew.
    const anew = this.#foreignIn(namespace).find(
      ({ metadata }) => metadata.name === name && name === REPOSITORY,
    )
    const version = anew === undefined ? (seen?.version ?? 0) : await this.#create(anew)
    this.#damaged(namespace, name, version)
    return `${namespace}/${name}: deleted`
  }

  #damaged(namespace: string, name: string, version: number): void {
    this.damages.push({ namespace, name, at: Date.now(), version })
  }

  async #write(namespace: string, name: string, patch: object): Promise<Written | undefined> {
    const written = await mergePatch(this.#api, secretText(namespace, name, {}), patch)
    if (written !== undefined) this.byHand.add(Number(written.metadata.resourceVersion))
    return written
  }

  async #flawOf({ namespace, name, principal, region }: Target): Promise<string | undefined> {
    const seen = this.#options.history.get(namespace, name)
    if (seen === undefined) return `${namespace}/${name} is not there`
    const held = loginsIn(seen.data).find((login) => login.region === region)
    if (held === undefined) return `${namespace}/${name} holds no login for ${hostIn(region)}`
    const verdict = await lookUp(this.#options.lane, held.password, region)
    if (verdict.is !== 'allowed') return `${namespace}/${name} holds a login that is ${verdict.is}`
    return verdict.principal === principal
      ? undefined
      : `${namespace}/${name} holds a login of ${verdict.principal}`
  }

  /** Orders that say of themselves whether they are ready. */
  #readable(): readonly ObjectText[] {
    const orders = this.namespaces.flatMap((namespace) => this.#ordersIn(namespace))
    const telling = new Set(['ExternalSecret', 'RegistryLogin'])
    return [...orders.filter(({ kind }) => telling.has(kind)), this.#everywhere()]
  }

  async #unready(order: ObjectText): Promise<string | undefined> {
    const says = `${order.kind} ${order.metadata.namespace ?? ''}/${order.metadata.name}`
    const { status, body } = await insist(this.#api, 'GET', pathOf(order))
    if (status !== 200) return `${says} cannot be read: ${status}`
    const { status: told } = JSON.parse(body) as {
      readonly status?: {
        readonly conditions?: readonly {
          readonly type: string
          readonly status: string
          readonly reason: string
          readonly message: string
        }[]
      }
    }
    const ready = told?.conditions?.find(({ type }) => type === 'Ready')
    if (ready?.status === 'True') return undefined
    return `${says} is not ready: ${ready?.reason ?? 'no condition'} ${ready?.message ?? ''}`
  }

  async #unlinked(): Promise<string | undefined> {
    const path = `/api/v1/namespaces/${this.#names.a}/serviceaccounts/default`
    const { body } = await insist(this.#api, 'GET', path)
    const { imagePullSecrets = [] } = JSON.parse(body) as {
      readonly imagePullSecrets?: readonly { readonly name: string }[]
    }
    const isLinked = imagePullSecrets.some(({ name }) => name === 'login')
    return isLinked ? undefined : 'the default service account does not name the Secret login'
  }
}

/** Whom a password stands for, by the emulator that minted it. */
export async function lookUp(
  lane: Lane,
  password: string,
  region: string,
): Promise<{ readonly is: string; readonly principal?: string }> {
  return lane.admin('POST', '/authorize', { service: 'ecr', account: ACCOUNT, region, password, actions: [] })
}

const targetsOf = ({ a, b }: Names, keys: Keys): readonly Target[] => [
  { namespace: a, name: 'pull', principal: keys.a.arn, region: REGIONS.west },
  { namespace: a, name: 'repo', principal: keys.a.arn, region: REGIONS.west },
  { namespace: a, name: 'login', principal: keys.a.arn, region: REGIONS.east },
  { namespace: a, name: 'team', principal: keys.b.arn, region: REGIONS.east },
  { namespace: b, name: 'team', principal: keys.b.arn, region: REGIONS.east },
  { namespace: b, name: 'shared', principal: keys.b.arn, region: REGIONS.west },
  { namespace: b, name: 'mobb', principal: keys.mobb.arn, region: REGIONS.east },
]

/** Every label, annotation, key and host of it, save the password that its order is there to write. */
function claimsOf(secret: ObjectText, { metadata }: Written): readonly Claim[] {
  const { namespace = '', name } = secret.metadata
  const from = Number(metadata.resourceVersion)
  const claim =
    (place: Claim['place']) =>
    ([key, value]: [string, string]): Claim => ({
      namespace,
      name,
      uid: metadata.uid,
      place,
      key,
      value,
      from,
      until: undefined,
    })
  const { labels, annotations, stringData } = {
    labels: (secret.metadata['labels'] ?? {}) as Record<string, string>,
    annotations: (secret.metadata['annotations'] ?? {}) as Record<string, string>,
    stringData: (secret['stringData'] ?? {}) as Record<string, string>,
  }
  const hosts = Object.entries(configIn(stringData).auths ?? {}).map(
    ([host, { auth = '' }]): [string, string] => [host, auth],
  )
  const data = Object.entries(stringData).filter(([key]) => !OURS.has(key))
  return [
    ...Object.entries(labels).map(claim('label')),
    ...Object.entries(annotations).map(claim('annotation')),
    ...data.map(claim('data')),
    ...hosts.map(claim('host')),
  ]
}

export async function newKey(lane: Lane, name: string): Promise<Key> {
  const { arn } = await lane.admin<{ arn: string }>('POST', '/users', {
    account: ACCOUNT,
    name,
    policies: { pull: MAY_PULL },
  })
  const { id, secret } = await lane.admin<{ id: string; secret: string }>('POST', '/access-keys', {
    user: arn,
  })
  return { arn, accessKeyId: id, secretAccessKey: secret }
}
