// This file is about orders that own others, on an API server in memory: what it holds, and what the watches show of it.
import { type Duration, hours } from '../../src/base/duration.ts'
import { silentLog } from '../../src/base/log.ts'
import type { Translation } from '../../src/dialects/dialect.ts'
import type { KubeClient, KubeRequest } from '../../src/kube/client.ts'
import { KubeError } from '../../src/kube/error.ts'
import type { KubeObject, ResourceType } from '../../src/kube/resource.ts'
import type { JsonPatchStep } from '../../src/kube/writes.ts'
import type { ChildAnswer, Manifest } from '../../src/model/child.ts'
import type { Orderer } from '../../src/model/delivery.ts'
import { fault } from '../../src/model/fault.ts'
import { type Kind, NAMESPACE } from '../../src/model/kind.ts'
import { type Ref, refKey } from '../../src/model/ref.ts'
import type { Resource } from '../../src/model/resource.ts'
import { Dependencies } from '../../src/operator/dependencies.ts'
import type { KindWatch } from '../../src/operator/kind-watch.ts'
import { type Family, Parents, type Wake } from '../../src/operator/parents.ts'
import { asResource } from '../../src/operator/raw-object.ts'
import type { Served } from '../../src/operator/reconcile.ts'
import { kindKey } from '../../src/operator/world.ts'
import { aResource } from './builders.ts'
import { ManualClock } from './manual-clock.ts'

const GROUP = 'example.com'
export const CHILD: Kind = {
  group: GROUP,
  kind: 'Wish',
  plural: 'wishes',
  namespaced: true,
  versions: ['v1'],
  use: 'ordered',
  reads: 'whole',
}
export const PARENT: Kind = {
  ...CHILD,
  kind: 'ClusterWish',
  plural: 'clusterwishes',
  namespaced: false,
  children: [CHILD],
  leaves: { on: NAMESPACE, finalizerPrefix: 'example.com/wish-' },
}

export const parentRef = (name = 'all'): Ref => ({ group: GROUP, kind: 'ClusterWish', namespace: '', name })
export const childRef = (namespace: string, name = 'all'): Ref => ({
  group: GROUP,
  kind: 'Wish',
  namespace,
  name,
})

export const aParent = (change: Partial<Orderer> = {}): Orderer => ({
  ref: parentRef(),
  apiVersion: 'example.com/v1',
  uid: 'uid-of-all',
  createdAt: 0 as Orderer['createdAt'],
  ...change,
})

export const aManifest = (namespace: string, change: Partial<Manifest> = {}): Manifest => ({
  ref: childRef(namespace),
  labels: {},
  annotations: {},
  spec: { every: '1h' },
  durations: ['every'],
  ...change,
})

export const kubeError = (
  status: number,
  reason: string,
  { cause, concerns }: { readonly cause?: string; readonly concerns?: string } = {},
): KubeError =>
  new KubeError({
    status,
    reason,
    message: reason,
    concerns,
    ...(cause === undefined ? {} : { causes: [{ reason: cause }] }),
  })

type Mutable = { -readonly [K in keyof KubeObject]: KubeObject[K] } & { metadata: Record<string, unknown> }

export class FamilyBench {
  readonly clock = new ManualClock(Date.parse('2026-01-01T00:00:00Z'))
  readonly dependencies = new Dependencies()
  /** As the API server has them, by namespace and name. */
  readonly objects = new Map<string, KubeObject>()
  /** "POST a/all", in the order they came. */
  readonly requests: string[] = []
  /** What was patched of objects that are no children. */
  readonly patches: unknown[] = []
  /** Thrown in place of the next answers. */
  readonly refusals: KubeError[] = []
  /** What the API server fills in where a spec does not say it. */
  defaults: object = {}
  /** What a webhook adds to the metadata of whatever is written. */
  added: { readonly labels?: Readonly<Record<string, string>> } = {}
  /** The watches show nothing more until told. */
  isBehind = false
  /** Orders that the watch shows. */
  listed: readonly Resource[] = []
  /** Each object changes whenever it is about to be patched. */
  isRestless = false
  readonly parents: Parents
  readonly #shown = new Map<string, Resource>()
  readonly #wakes: Wake[] = []
  #version = 0

  constructor() {
    const served = new Map([
      [kindKey(CHILD), this.#served(CHILD)],
      [kindKey(PARENT), this.#served(PARENT)],
    ])
    this.parents = new Parents({
      served,
      client: this.#client(),
      dependencies: this.dependencies,
      faultOf: (error, doing) => fault('kube-rejected', `${doing}: ${String(error)}`),
      clock: this.clock,
      random: () => 0.5,
      log: silentLog,
    })
  }

  async keep(wanted: readonly Manifest[], by: Partial<Orderer> = {}): Promise<readonly ChildAnswer[]> {
    const { children = [] } = await this.serve(wanted, {}, by)
    return children
  }

  serve(
    children: readonly Manifest[],
    change: { readonly resync?: Duration } = {},
    by: Partial<Orderer> = {},
  ): Promise<Family> {
    const order: Translation = {
      is: 'order',
      deliveries: [],
      warnings: [],
      children,
      resync: hours(1),
      ...change,
    }
    return this.parents.serve(aResource({ ...aParent(by) }), order, 'everpull', new AbortController().signal)
  }

  release(of = parentRef()): ReturnType<Parents['release']> {
    return this.parents.release(of, new AbortController().signal)
  }

  /** Somebody writes a child, or changes what it says. */
  put(namespace: string, members: object = {}, metadata: object = {}): void {
    const before = this.objects.get(`${namespace}/all`)
    this.#store(namespace, {
      apiVersion: 'example.com/v1',
      kind: 'Wish',
      spec: { every: '1h' },
      ...before,
      ...members,
      metadata: { uid: `uid-in-${namespace}`, ...before?.metadata, ...metadata, namespace, name: 'all' },
    })
  }

  drop(namespace: string): void {
    this.objects.delete(`${namespace}/all`)
    this.#show(namespace)
  }

  /** The watches catch up. */
  catchUp(): void {
    this.isBehind = false
    for (const namespace of new Set([...this.objects.keys()].map((key) => key.slice(0, key.indexOf('/'))))) {
      this.#show(namespace)
    }
  }

  /** Who is looked at again, and after how long, since this was last asked. */
  woken(): readonly string[] {
    return this.#wakes.splice(0).map(({ key, at }) => `${key} ${at - this.clock.now()}`)
  }

  note(now: Resource | undefined, before?: Resource, isNews = true): void {
    this.#wakes.push(...this.parents.note(now, before, isNews))
  }

  install(kind: Kind): void {
    this.#wakes.push(...this.parents.installed(kind))
  }

  #served(kind: Kind): Served {
    const type: ResourceType = { ...kind, version: 'v1' }
    const watch: Partial<KindWatch> = {
      kind,
      type,
      getAny: (ref) => this.#shown.get(refKey(ref)),
      list: () => this.listed,
    }
    return { watch: watch as KindWatch, dialect: { name: 'mobb' } as Served['dialect'] }
  }

  #store(namespace: string, raw: Omit<KubeObject, 'metadata'> & { readonly metadata: object }): KubeObject {
    this.#version += 1
    const resourceVersion = String(this.#version)
    const object = { ...raw, metadata: { ...raw.metadata, resourceVersion } } as unknown as KubeObject
    this.objects.set(`${namespace}/all`, object)
    if (!this.isBehind) this.#show(namespace)
    return object
  }

  #show(namespace: string): void {
    const raw = this.objects.get(`${namespace}/all`)
    const key = refKey(childRef(namespace))
    const before = this.#shown.get(key)
    const now = raw === undefined ? undefined : asResource(CHILD, 'example.com/v1', raw)
    if (now === undefined) this.#shown.delete(key)
    else this.#shown.set(key, now)
    this.note(now, before)
  }

  #client(): KubeClient {
    const client: Partial<KubeClient> = {
      request: async <T>(request: KubeRequest) => this.#answer(request) as T,
    }
    return client as KubeClient
  }

  #answer({ method, path, body }: KubeRequest): unknown {
    const [, namespace = '', name] = /namespaces\/([^/]+)(?:\/wishes(?:\/([^/]+))?)?$/.exec(path) ?? []
    this.requests.push(`${method} ${namespace}${name === undefined ? '' : `/${name}`}`)
    const refusal = this.refusals.shift()
    if (refusal !== undefined) throw refusal
    if (!path.includes('/wishes')) {
      this.patches.push(body)
      return {}
    }
    const before = this.objects.get(`${namespace}/all`)
    if (method === 'POST') {
      if (before !== undefined) throw kubeError(409, 'AlreadyExists')
      return this.#store(namespace, this.#completed(body as KubeObject, { uid: `uid-in-${namespace}` }))
    }
    if (before === undefined) throw kubeError(404, 'NotFound')
    if (method === 'GET') return before
    if (method === 'DELETE') {
      const { preconditions } = body as { preconditions?: { resourceVersion?: string } }
      this.#hold(before, preconditions?.resourceVersion)
      this.drop(namespace)
      return {}
    }
    return this.#patched(namespace, before, body as readonly JsonPatchStep[])
  }

  #patched(namespace: string, before: KubeObject, steps: readonly JsonPatchStep[]): KubeObject {
    if (this.isRestless) throw kubeError(409, 'Conflict')
    const now = structuredClone(before) as Mutable
    for (const { path, value } of steps) {
      if (path === '/spec') (now as { spec?: unknown }).spec = value
      else now.metadata[path.slice('/metadata/'.length)] = value
    }
    this.#hold(before, String(now.metadata['resourceVersion']))
    const completed = this.#completed(now, {})
    const isSame = JSON.stringify(sorted(completed)) === JSON.stringify(sorted(before))
    return isSame ? before : this.#store(namespace, completed)
  }

  #completed(raw: KubeObject, metadata: object): KubeObject {
    const spec = { ...this.defaults, ...(raw['spec'] as object) }
    return { ...raw, spec, metadata: { ...raw.metadata, ...metadata, ...this.added } }
  }

  #hold(before: KubeObject, version: string | undefined): void {
    if (version !== before.metadata.resourceVersion) throw kubeError(409, 'Conflict')
  }
}

/** Empty maps are not stored. */
const sorted = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.entries(value)
    .map(([key, member]) => [key, sorted(member)] as const)
    .filter(([, member]) => !Array.isArray(member) || member.length > 0)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
}
