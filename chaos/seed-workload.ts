// This file is about the workload of one seed on its lane: applied, edited, taken away and restored, and what may be expected of it.
import { setTimeout as pause } from 'node:timers/promises'
import type { Random } from '../src/base/random.ts'
import { eventually } from '../test/support/eventually.ts'
import { apply, insist, mergePatch, type ObjectText, pathOf, remove, type Written } from './api-objects.ts'
import type { Claim, Target } from './history.ts'
import { type HandPatch, putBy } from './hand-patch.ts'
import type { Lane } from './lane.ts'
import { configIn } from './logins-in.ts'
import { cloudCredentials, namespaceText, secretText } from './orders.ts'
import type { SecretHistory } from './secret-history.ts'
import { flawsIn } from './seed-flaws.ts'
import { newKeys } from './seed-keys.ts'
import { claimsOf, type Keys, OURS, REPOSITORY, SeedOrders, THEIRS } from './seed-orders.ts'
import { SeedRecord } from './seed-record.ts'
import type { Workload } from './workload.ts'

/** Namespaces with finalizers of ours wait for the operator, which may be struck at the same time. */
const GONE_LIMIT_MS = 60_000

type Place = Pick<Target, 'namespace' | 'name'>

export interface WorkloadOptions {
  readonly lane: Lane
  readonly history: SecretHistory
  /** Begins the names of all that is made: `c12`. */
  readonly prefix: string
}

export class SeedWorkload implements Workload {
  readonly namespaces: readonly [string, string]
  readonly targets: readonly Target[]
  readonly record = new SeedRecord()
  readonly #options: WorkloadOptions
  readonly #keys: Keys
  readonly #orders: SeedOrders
  #edits = 0

  private constructor(options: WorkloadOptions, keys: Keys) {
    this.#options = options
    this.#keys = keys
    this.#orders = new SeedOrders(options.prefix, keys)
    this.namespaces = this.#orders.namespaces
    this.targets = this.#orders.targets
  }

  /** Users of its own in AWS; nothing in the cluster yet. */
  static async prepare(options: WorkloadOptions): Promise<SeedWorkload> {
    return new SeedWorkload(options, await newKeys(options.lane, options.prefix))
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
    await this.#apply(this.#orders.everywhere())
  }

  async deleteNamespace(namespace: string): Promise<void> {
    this.record.beginRemoval(namespace)
    await remove(this.#api, namespaceText(namespace))
    await eventually(
      `namespace ${namespace} is gone`,
      async () => (await insist(this.#api, 'GET', `/api/v1/namespaces/${namespace}`)).status === 404,
      GONE_LIMIT_MS,
    )
    this.record.endClaims((claim) => claim.namespace === namespace, Number.NaN)
  }

  async restoreNamespace(namespace: string): Promise<void> {
    await this.#applyNamespace(namespace)
    this.record.endRemoval(namespace)
  }

  expectLoss(): void {
    this.record.beginRemoval(undefined)
  }

  async reapply(): Promise<void> {
    for (const namespace of this.namespaces) {
      for (const order of this.#orders.ordersIn(namespace)) await this.#apply(order)
    }
    await this.#apply(this.#orders.everywhere())
    this.record.endRemoval(undefined)
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
    const isOurs = (key: string): boolean => OURS.has(key) || key.includes('everpull.dev/')
    const { uid } = written.metadata
    const end = (place: Claim['place'], key?: string): void =>
      this.record.endClaims(
        (claim) => claim.uid === uid && claim.place === place && (key === undefined || claim.key === key),
        version,
      )
    // Somebody wrote the docker config whole.
    if ('.dockerconfigjson' in (patch.data ?? {})) end('host')
    const put = putBy(patch)
    if (put.some(({ key }) => isOurs(key))) this.record.damaged(namespace, name, version)
    for (const { place, key, value } of put.filter((each) => !isOurs(each.key))) {
      end(place, key)
      if (value !== null) this.record.keep({ namespace, name, place, key, value }, written)
    }
  }

  async deleteByHand({ namespace, name }: Place): Promise<void> {
    await this.#deleteSecret(namespace, name)
  }

  /** What is wrong with the cluster now: each Secret that does not hold what it should, each order that is not ready. */
  flaws(): Promise<readonly string[]> {
    return flawsIn(this.#options, this.#orders)
  }

  /** Deletes what it made, as far as the next seed could be disturbed by it; does not wait for namespaces to end. */
  async clear(): Promise<void> {
    await remove(this.#api, this.#orders.everywhere())
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

  async #applyNamespace(namespace: string): Promise<void> {
    for (const { is, object } of this.#orders.stepsIn(namespace))
      await (is === 'create' ? this.#create(object) : this.#apply(object))
  }

  async #apply(object: ObjectText): Promise<void> {
    const end = performance.now() + GONE_LIMIT_MS
    for (;;) {
      try {
        const { metadata } = await apply(this.#api, object)
        if (object.kind === 'Secret' && object.apiVersion === 'v1')
          this.record.byHand.add(Number(metadata.resourceVersion))
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
    this.record.byHand.add(version)
    this.record.claims.push(...claimsOf(secret, written))
    return version
  }

  #possibleEdits(): readonly (() => Promise<string>)[] {
    const { a, b } = this.#orders.names
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
    if (written !== undefined) this.record.keep({ namespace, name, place, key, value }, written)
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
        this.record.keep({ namespace, name, place: 'host', key: host, value: THEIRS }, written)
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
    if (written !== undefined) this.record.damaged(namespace, name, Number(written.metadata.resourceVersion))
    return `${namespace}/${name}: ${says}`
  }

  async #deleteSecret(namespace: string, name: string): Promise<string> {
    const secret = secretText(namespace, name, {})
    const before = (await this.#read(secret))?.metadata
    const last = Number(before?.resourceVersion ?? 0)
    this.record.endClaims(({ uid }) => uid === before?.uid, last + 1)
    await remove(this.#api, secret)
    // What orders only add to does not come back by itself: its owner makes it anew.
    const anew = this.#orders
      .foreignIn(namespace)
      .find(({ metadata }) => metadata.name === name && name === REPOSITORY)
    const version = anew === undefined ? last : await this.#create(anew)
    this.record.damaged(namespace, name, version)
    return `${namespace}/${name}: deleted`
  }

  /** Undefined where there is no such Secret, or nothing of it changes: it keeps its version then. */
  async #write(namespace: string, name: string, patch: object): Promise<Written | undefined> {
    const secret = secretText(namespace, name, {})
    const before = await this.#read(secret)
    const written = await mergePatch(this.#api, secret, patch)
    const version = written?.metadata.resourceVersion
    if (version === undefined || version === before?.metadata.resourceVersion) return undefined
    this.record.byHand.add(Number(version))
    return written
  }

  /** As it is now: what the watch has shown may be older. */
  async #read(object: ObjectText): Promise<Written | undefined> {
    const { status, body } = await insist(this.#api, 'GET', pathOf(object))
    return status === 200 ? (JSON.parse(body) as Written) : undefined
  }
}
