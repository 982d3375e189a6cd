// This file is about a stand-in for the External Secrets Operator: it serves ExternalSecrets on a real API server in the
// way that one does, as far as whoever lives beside it can tell. It can stop, and lose sight of single objects.
//
// Flow: all objects are listed again and again; one that is due, edited, or whose Secret is not as it was left is
// written: first the Secret, under the object's own field manager, then the status.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Aws, openAws } from '../../src/aws/connection.ts'
import type { AwsCredentials } from '../../src/aws/credentials.ts'
import { getAuthorizationToken } from '../../src/aws/ecr.ts'
import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { parseDuration } from '../../src/base/duration.ts'
import { systemRandom } from '../../src/base/random.ts'
import { SecretText } from '../../src/base/secret-text.ts'
import type { KubeClient } from '../../src/kube/client.ts'
import { isConflict, isNotFound } from '../../src/kube/error.ts'
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts'
import {
  collectionPath,
  type KubeObject,
  LEASES,
  objectPath,
  type ResourceType,
  SECRETS,
  type SecretObject,
} from '../../src/kube/resource.ts'
import { connect } from '../../src/kube/transport.ts'
import { createObject, getObject, mergePatch, putObject } from '../../src/kube/writes.ts'
import {
  type ForeignObject,
  foreignManager,
  foreignSecret,
  isAsLeft,
  policyOf,
  secretNameOf,
  type Values,
  versionOf,
} from './foreign-secret.ts'

export const FOREIGN_USER = 'external-secrets'
const STATUS_MANAGER = 'external-secrets'
const FINALIZER = 'externalsecrets.external-secrets.io/externalsecret-cleanup'
const LEASE = { namespace: 'external-secrets', name: 'external-secrets-controller' }
const LOOK_EVERY_MS = 100
const RENEW_EVERY_MS = 2000

const EXTERNAL_SECRETS: ResourceType = {
  group: 'external-secrets.io',
  version: 'v1',
  plural: 'externalsecrets',
  kind: 'ExternalSecret',
  namespaced: true,
}
const GENERATORS: ResourceType = {
  group: 'generators.external-secrets.io',
  version: 'v1alpha1',
  plural: 'ecrauthorizationtokens',
  kind: 'ECRAuthorizationToken',
  namespaced: true,
}

export interface ForeignOptions {
  /** Of a control plane, for a user by that name. */
  readonly kubeconfigFor: (subject: {
    readonly user: string
    readonly groups: readonly string[]
  }) => Promise<string>
  /** Where its kubeconfig may lie. */
  readonly folder: string
  /** Where AWS answers, and the key it is asked with. */
  readonly awsUrl: string
  readonly key: { readonly accessKeyId: string; readonly secretAccessKey: string }
  /** Absent: all of them. */
  readonly namespaces?: readonly string[]
}

interface Parts {
  readonly client: KubeClient
  readonly aws: Aws
  readonly credentials: AwsCredentials
  readonly namespaces: readonly string[] | undefined
}

export class ForeignController implements AsyncDisposable {
  readonly #parts: Parts
  readonly #ignored = new Set<string>()
  #running: { readonly stopping: AbortController; readonly ended: Promise<void> } | undefined
  #lease: { readonly stopping: AbortController; readonly ended: Promise<void> } | undefined

  private constructor(parts: Parts) {
    this.#parts = parts
  }

  /** It does nothing yet. */
  static async open(options: ForeignOptions): Promise<ForeignController> {
    const file = join(options.folder, `${FOREIGN_USER}.kubeconfig`)
    const subject = { user: FOREIGN_USER, groups: ['system:masters'] }
    await writeFile(file, await options.kubeconfigFor(subject), { mode: 0o600 })
    const clock = systemClock
    const access = await loadKubeconfig(file, undefined, { clock })
    const client = connect(access, { clock, random: systemRandom, userAgent: FOREIGN_USER })
    const { accessKeyId, secretAccessKey } = options.key
    return new ForeignController({
      client,
      aws: openAws({ proxyEnv: {}, endpoints: { ecr: options.awsUrl }, environment: {}, log: silentLog }),
      credentials: { accessKeyId, secretAccessKey: new SecretText(secretAccessKey) },
      namespaces: options.namespaces,
    })
  }

  start(): void {
    this.#running ??= repeated(LOOK_EVERY_MS, (signal) => this.#lookAtAll(signal))
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    const running = this.#running
    this.#running = undefined
    running?.stopping.abort()
    await running?.ended
  }

  /** Once over all objects it does not ignore, while it is stopped. */
  lookOnce(): Promise<void> {
    return this.#lookAtAll(new AbortController().signal)
  }

  /** Has eyes for everything again. */
  regard(): void {
    this.#ignored.clear()
  }

  /** Leaves an object unanswered from now on. */
  ignore(namespace: string, name: string): void {
    this.#ignored.add(`${namespace}/${name}`)
  }

  /** Leads, by a lease that is renewed whether it works or not. */
  lead(): void {
    this.#lease ??= repeated(RENEW_EVERY_MS, () => this.#renewLease())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lease?.stopping.abort()
    await this.#lease?.ended
    await this.stop()
    await this.#parts.client.close()
    this.#parts.aws.close()
  }

  async #lookAtAll(signal: AbortSignal): Promise<void> {
    const { client, namespaces } = this.#parts
    for (const namespace of namespaces ?? [undefined]) {
      const path = collectionPath(EXTERNAL_SECRETS, namespace)
      const list = await client.request<{ items: ForeignObject[]; apiVersion: string }>({
        method: 'GET',
        path,
      })
      for (const item of list.items) {
        const { namespace: at = '', name } = item.metadata
        if (signal.aborted) return
        if (this.#ignored.has(`${at}/${name}`)) continue
        // Overtaken by somebody else's write: the next round reads again.
        await this.#lookAt({ ...item, apiVersion: list.apiVersion, kind: 'ExternalSecret' }).catch(
          unlessOvertaken,
        )
      }
    }
  }

  async #lookAt(asked: ForeignObject): Promise<void> {
    const { client } = this.#parts
    const { namespace, name, finalizers = [], deletionTimestamp } = asked.metadata
    const patchFinalizers = (all: readonly string[]) =>
      mergePatch(
        client,
        EXTERNAL_SECRETS,
        { namespace, name },
        { metadata: { finalizers: all } },
        by(STATUS_MANAGER),
      )
    const isMarked = finalizers.includes(FINALIZER)
    if (deletionTimestamp !== undefined) {
      if (isMarked) await patchFinalizers(finalizers.filter((one) => one !== FINALIZER))
      return
    }
    if (!isMarked) return void (await patchFinalizers([...finalizers, FINALIZER]))
    const begun = new Date()
    const secret = await this.#read<SecretObject>(SECRETS, { namespace, name: secretNameOf(asked) })
    if (!isDue(asked, begun) && isAsLeft(asked, secret)) return
    if (secret === undefined && policyOf(asked) === 'Merge') return
    await this.#write(foreignSecret(asked, secret, await this.#valuesOf(asked)), name)
    await this.#tell(asked, begun)
  }

  async #valuesOf({ spec, metadata: { namespace } }: ForeignObject): Promise<Values> {
    const ref = spec.dataFrom?.[0]?.sourceRef?.generatorRef
    if (ref?.kind !== GENERATORS.kind) return { value: 'out of a store, or made up' }
    const { name } = ref
    const generator = await getObject<KubeObject>(this.#parts.client, GENERATORS, { namespace, name })
    return this.#login((generator['spec'] as { region: string }).region)
  }

  async #login(region: string): Promise<Values> {
    const { aws, credentials } = this.#parts
    const signal = AbortSignal.timeout(10_000)
    const { username, password, proxyEndpoint, expiresAt } = await getAuthorizationToken(aws, {
      credentials,
      region,
      signal,
    })
    return {
      username,
      password: password.reveal(),
      proxy_endpoint: proxyEndpoint ?? '',
      expires_at: String(Math.floor((expiresAt ?? 0) / 1000)),
    }
  }

  #write(secret: SecretObject, name: string): Promise<SecretObject> {
    const { client } = this.#parts
    return secret.metadata.resourceVersion === undefined
      ? createObject(client, SECRETS, secret, by(foreignManager(name)))
      : putObject(client, SECRETS, secret, by(foreignManager(name)))
  }

  async #tell(asked: ForeignObject, begun: Date): Promise<void> {
    const ready = { type: 'Ready', status: 'True', reason: 'SecretSynced', message: 'secret synced' }
    const now = rfc3339(begun)
    const status = {
      ...asked.status,
      refreshTime: now,
      syncedResourceVersion: versionOf(asked),
      binding: { name: secretNameOf(asked) },
      conditions: asked.status?.conditions ?? [{ ...ready, lastTransitionTime: now }],
    }
    await this.#parts.client.request({
      method: 'PUT',
      path: objectPath(EXTERNAL_SECRETS, asked.metadata, 'status'),
      query: by(STATUS_MANAGER),
      body: { ...asked, status },
    })
  }

  async #renewLease(): Promise<void> {
    const { client } = this.#parts
    const lease = await this.#read<KubeObject>(LEASES, LEASE)
    const spec = {
      holderIdentity: 'external-secrets-0',
      leaseDurationSeconds: 15,
      renewTime: new Date().toISOString().replace('Z', '000Z'),
    }
    const written = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: lease?.metadata ?? LEASE,
      spec,
    }
    if (lease === undefined) await createObject(client, LEASES, written, by(STATUS_MANAGER))
    else await putObject(client, LEASES, written, by(STATUS_MANAGER))
  }

  async #read<T extends KubeObject>(
    type: ResourceType,
    object: { readonly namespace: string | undefined; readonly name: string },
  ): Promise<T | undefined> {
    try {
      return await getObject<T>(this.#parts.client, type, object)
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }
}

const by = (fieldManager: string): { readonly fieldManager: string } => ({ fieldManager })
const rfc3339 = (at: Date): string => at.toISOString().replace(/\.\d+Z$/, 'Z')

function isDue(asked: ForeignObject, now: Date): boolean {
  const { refreshTime, syncedResourceVersion } = asked.status ?? {}
  const { refreshInterval = '1h', refreshPolicy = 'Periodic' } = asked.spec
  const interval = parseDuration(refreshInterval) ?? 0
  if (refreshTime === undefined || syncedResourceVersion === undefined) return true
  if (refreshPolicy === 'CreatedOnce' || (refreshPolicy === 'Periodic' && interval <= 0)) return false
  if (syncedResourceVersion !== versionOf(asked)) return true
  return refreshPolicy === 'Periodic' && Date.parse(refreshTime) + interval < now.getTime()
}

function unlessOvertaken(error: unknown): void {
  if (!isConflict(error) && !isNotFound(error)) throw error
}

/** Until it is stopped; what fails once is tried again, as it would be by the original. */
function repeated(everyMs: number, work: (signal: AbortSignal) => Promise<void>) {
  const stopping = new AbortController()
  const { signal } = stopping
  const loop = async (): Promise<void> => {
    while (!signal.aborted) {
      await work(signal).catch(() => {})
      await pause(everyMs, undefined, { signal }).catch(() => {})
    }
  }
  return { stopping, ended: loop() }
}
