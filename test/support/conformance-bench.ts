// This file is about a stage on which many ExternalSecrets are made, changed and looked at side by side, without a process for each step.
import { goMapSha3 } from '../../src/model/data-digest.ts'
import type { KubeClient } from '../../src/kube/client.ts'
import {
  CONFIG_MAPS,
  type KubeObject,
  type ResourceType,
  SECRETS,
  type SecretObject,
} from '../../src/kube/resource.ts'
import { createObject, deleteObject, getObject, mergePatch } from '../../src/kube/writes.ts'
import { adminClient } from './admin-client.ts'
import { EXTERNAL_SECRETS } from './condition-watch.ts'
import { eventually } from './eventually.ts'
import { generator } from './orders.ts'
import { ObjectWatch } from './object-watch.ts'
import { SecretWatch } from './secret-watch.ts'
import { type Condition, type RunningOperator, type SecretSeen, Stage, type StageOptions } from './stage.ts'

const BENCH_NAMESPACE = 'apps'
const LIMIT_MS = 30_000
/** Who writes where a test says nothing else. */
const SOMEBODY = 'somebody'

interface OrderSeen extends KubeObject {
  readonly status?: {
    readonly refreshTime?: string
    readonly syncedResourceVersion?: string
    readonly binding?: { readonly name?: string }
    readonly conditions?: readonly Condition[]
  }
}

type Texts = Readonly<Record<string, string>>
type Metadata = Readonly<Record<string, unknown>>

/** As external-secrets stamps a Secret that holds these data. */
export const stampOf = (data: Texts): string =>
  goMapSha3(new Map(Object.entries(data).map(([key, value]) => [key, Buffer.from(value)])))

export const generatorNamed = (name: string): object => ({
  sourceRef: { generatorRef: { kind: 'ECRAuthorizationToken', name } },
})

export class ConformanceBench implements AsyncDisposable {
  readonly stage: Stage
  readonly operator: RunningOperator
  readonly #client: KubeClient
  readonly #secrets: SecretWatch
  readonly #orders: ObjectWatch<OrderSeen>
  /** Of the ExternalSecrets made here, by name: the watch may still show one that was deleted before. */
  readonly #uids = new Map<string, string | undefined>()
  #markers = 0

  private constructor(
    stage: Stage,
    operator: RunningOperator,
    client: KubeClient,
    watches: readonly [SecretWatch, ObjectWatch<OrderSeen>],
  ) {
    this.stage = stage
    this.operator = operator
    this.#client = client
    ;[this.#secrets, this.#orders] = watches
  }

  /** With generator "ecr", and the same under each name given with its region. */
  static async open(generators: Texts, options: StageOptions = {}): Promise<ConformanceBench> {
    const stage = await Stage.open(options)
    await stage.namespace(BENCH_NAMESPACE)
    const all = Object.entries({ ecr: 'us-west-1', ...generators })
    const manifests = all.map(([name, region]) => generator({ namespace: BENCH_NAMESPACE, name }, { region }))
    await stage.apply(manifests.join('\n---\n'))
    const client = await adminClient(stage)
    const watches = [
      await SecretWatch.open(stage),
      await ObjectWatch.open<OrderSeen>(client, EXTERNAL_SECRETS),
    ] as const
    const operator = await stage.startOperator()
    await operator.ready()
    return new ConformanceBench(stage, operator, client, watches)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#secrets[Symbol.asyncDispose]()
    await this.#orders[Symbol.asyncDispose]()
    await this.#client.close()
    await this.stage[Symbol.asyncDispose]()
  }

  /** An ExternalSecret of generator "ecr", unless its spec says otherwise. */
  async order(name: string, spec: object = {}, metadata: Metadata = {}): Promise<OrderSeen> {
    const made = await this.#create<OrderSeen>(EXTERNAL_SECRETS, {
      apiVersion: 'external-secrets.io/v1',
      kind: 'ExternalSecret',
      metadata: { name, ...metadata },
      spec: { refreshInterval: '8h', dataFrom: [generatorNamed('ecr')], ...spec },
    })
    this.#uids.set(name, made.metadata.uid)
    return made
  }

  /** A Secret that somebody made, under the name of a field manager where one is given. */
  foreign(name: string, data: Texts, metadata: Metadata = {}, fieldManager = SOMEBODY): Promise<KubeObject> {
    const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')])
    return this.#create(
      SECRETS,
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name, ...metadata },
        data: Object.fromEntries(encoded),
      },
      fieldManager,
    )
  }

  configMap(name: string, data: Texts): Promise<KubeObject> {
    return this.#create(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data })
  }

  #create<T extends KubeObject>(type: ResourceType, object: KubeObject, fieldManager = SOMEBODY): Promise<T> {
    const metadata = { namespace: BENCH_NAMESPACE, ...object.metadata }
    return createObject<T>(this.#client, type, { ...object, metadata } as T, { fieldManager })
  }

  /** A merge patch of the ExternalSecret of that name. */
  change(name: string, patch: object): Promise<OrderSeen> {
    return mergePatch(this.#client, EXTERNAL_SECRETS, at(name), { ...patch }, { fieldManager: SOMEBODY })
  }

  changeSecret(name: string, patch: object, fieldManager = SOMEBODY): Promise<KubeObject> {
    return mergePatch(this.#client, SECRETS, at(name), { ...patch }, { fieldManager })
  }

  remove(what: 'order' | 'secret', name: string): Promise<unknown> {
    return deleteObject(this.#client, what === 'secret' ? SECRETS : EXTERNAL_SECRETS, at(name))
  }

  /** The Secret as it stands now, and what the watch does not show of it. */
  read(name: string): Promise<SecretObject> {
    return getObject(this.#client, SECRETS, at(name))
  }

  secretNow(name: string): SecretSeen | undefined {
    return this.#secrets.get(BENCH_NAMESPACE, name)
  }

  secret(name: string, what: string, isRight: (secret: SecretSeen) => boolean = () => true) {
    return this.#secrets.where(BENCH_NAMESPACE, name, what, isRight, LIMIT_MS)
  }

  async gone(name: string): Promise<void> {
    await eventually(`Secret ${name} is gone`, () => this.secretNow(name) === undefined, LIMIT_MS)
  }

  orderWhere(name: string, what: string, isRight: (order: OrderSeen) => boolean): Promise<OrderSeen> {
    const isIt = (order: OrderSeen): boolean => order.metadata.uid === this.#uids.get(name)
    return this.#orders.where(at(name), what, (order) => isIt(order) && isRight(order), LIMIT_MS)
  }

  /** Its Ready condition, once it has that status and reason. */
  async ready(name: string, says: 'True' | 'False', reason: string): Promise<Condition> {
    const isSo = (order: OrderSeen): boolean => {
      const found = readyOf(order)
      return found?.status === says && found.reason === reason
    }
    const found = readyOf(await this.orderWhere(name, `is ${says} ${reason}`, isSo))
    if (found === undefined) throw new Error(`${name} has no condition`)
    return found
  }

  synced(name: string): Promise<Condition> {
    return this.ready(name, 'True', 'SecretSynced')
  }

  /** Resolves when what was asked for later is done: whatever was to be done before is done too. */
  async caughtUp(): Promise<void> {
    this.#markers += 1
    const marker = `marker-${this.#markers}`
    await this.order(marker)
    await this.synced(marker)
  }
}

const at = (name: string): { readonly namespace: string; readonly name: string } => ({
  namespace: BENCH_NAMESPACE,
  name,
})
const readyOf = ({ status }: OrderSeen): Condition | undefined =>
  status?.conditions?.find(({ type }) => type === 'Ready')
