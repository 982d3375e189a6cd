// This file is about a cluster whose operator can be given every right but one, and what it then asked of the API server.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Access, type AccessOptions, requiredAccess } from '../../../src/generate/access.ts'
import { rbacObjects } from '../../../src/generate/rbac.ts'
import { dialects } from '../../../src/dialects/all.ts'
import { mayAccount } from '../../../src/kube/access-review.ts'
import type { KubeClient } from '../../../src/kube/client.ts'
import { isNotFound } from '../../../src/kube/error.ts'
import {
  apiVersionOf,
  collectionPath,
  CUSTOM_RESOURCE_DEFINITIONS,
  type KubeObject,
  NAMESPACES,
  objectPath,
  type ResourceType,
  SECRETS,
} from '../../../src/kube/resource.ts'
import { createObject, deleteObject, getObject, mergePatch } from '../../../src/kube/writes.ts'
import type { Kind } from '../../../src/model/kind.ts'
import { adminClient } from '../admin-client.ts'
import { type Files, GIT_READER, GitServer } from '../git-server.ts'
import { type RunningOperator, Stage } from '../stage.ts'
import { tlsIdentity } from '../tls-identity.ts'
import { AskedTail, rightOf } from './asked.ts'
import { APPLICATION, APPLICATIONS, SEALED_SECRET, SEALED_SECRETS } from './foreign-kinds.ts'
import { cut, gives } from './rules.ts'
import { until } from './until.ts'

export type Json = Readonly<Record<string, unknown>>
export interface Seen extends KubeObject {
  readonly data?: Readonly<Record<string, string>>
  readonly status?: Json & {
    readonly conditions?: readonly {
      readonly type: string
      readonly status: string
      readonly message: string
    }[]
  }
}

export const ACCOUNT = { namespace: 'everpull', name: 'everpull' }
/** Where a repository holds little, its last objects are not pruned: these stay. */
const KEPT_FILES = Object.fromEntries(
  ['a', 'b', 'c', 'd'].map((name) => [
    `resources/all-runtimes-all-clusters/kept-${name}/integration.yaml`,
    JSON.stringify({
      apiVersion: 'everpull.dev/v1alpha1',
      kind: 'EcrIntegration',
      metadata: { name: `kept-${name}` },
      spec: { region: 'us-east-2', auth: { ambient: {} } },
    }),
  ]),
)
/** Where orders are. */
export const APPS = 'apps'
export const ARGOCD = 'argocd'
export const GIT_SECRET = 'git-credentials'
const MANAGER = { fieldManager: 'somebody' }

export const typeOf = ({ group, kind, plural, namespaced, versions }: Kind): ResourceType => ({
  group,
  kind,
  plural,
  namespaced,
  version: versions[0] ?? '',
})

export class RightsBench implements AsyncDisposable {
  readonly stage: Stage
  readonly client: KubeClient
  readonly git: GitServer
  /** Of the token endpoint, PEM. */
  readonly ca: string
  readonly options: AccessOptions
  readonly asked: AskedTail
  readonly #flags: readonly string[]
  #operator: RunningOperator | undefined
  #count = 0
  #committing: Promise<unknown> = Promise.resolve()

  private constructor(
    stage: Stage,
    client: KubeClient,
    git: GitServer,
    ca: string,
    options: AccessOptions,
    flags: readonly string[],
  ) {
    this.stage = stage
    this.client = client
    this.git = git
    this.ca = ca
    this.options = options
    this.asked = new AskedTail(stage.sandbox.folder)
    this.#flags = flags
  }

  /** With just the rights of these options, and an operator still to be started with these flags. */
  static async open(options: AccessOptions, flags: readonly string[]): Promise<RightsBench> {
    const stage = await Stage.open({ audit: true, collectsGarbage: true })
    const git = await GitServer.open({ files: KEPT_FILES })
    const identity = await tlsIdentity('endpoint')
    const { folder } = stage.sandbox
    await writeFile(join(folder, 'tls.crt'), identity.cert)
    await writeFile(join(folder, 'tls.key'), identity.key)
    const endpoint = [
      '--token-endpoint-address=127.0.0.1:0',
      `--token-endpoint-cert=${join(folder, 'tls.crt')}`,
      `--token-endpoint-key=${join(folder, 'tls.key')}`,
    ]
    const repository = [
      `--config-repo=${git.url}`,
      '--config-repo-interval=1s',
      `--config-repo-secret=${GIT_SECRET}`,
    ]
    const election = ['--leader-elect', '--lease-duration=3s', '--renew-deadline=2s', '--retry-period=500ms']
    const all = [...election, ...endpoint, ...repository, ...flags]
    const client = await adminClient(stage)
    const bench = new RightsBench(stage, client, git, identity.cert, options, all)
    await bench.#prepare()
    return bench
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close()
    await this.git[Symbol.asyncDispose]()
    await this.stage[Symbol.asyncDispose]()
  }

  get required(): readonly Access[] {
    return requiredAccess(this.options, dialects)
  }

  get operator(): RunningOperator {
    return this.#operator ?? assert.fail('no operator has been started')
  }

  /** A name nobody has had. */
  name(what: string): string {
    this.#count += 1
    return `${what}-${this.#count}`
  }

  /** One after the other; its id. */
  commit(files: Files): Promise<string> {
    const committed = this.#committing.then(() => this.git.commit(files))
    this.#committing = committed.catch(() => {})
    return committed
  }

  async #prepare(): Promise<void> {
    const given = '--selector=app.kubernetes.io/name=everpull'
    await this.stage.kubectl('delete', 'clusterroles,clusterrolebindings', given)
    await this.stage.kubectl('delete', 'roles,rolebindings', given, '--all-namespaces')
    for (const name of [APPS, ARGOCD]) await this.namespace(name)
    for (const definition of [APPLICATIONS, SEALED_SECRETS]) {
      await this.create(CUSTOM_RESOURCE_DEFINITIONS, definition)
    }
    await this.stage.apply(
      this.#roles()
        .map((object) => JSON.stringify(object))
        .join('\n---\n'),
    )
    const { username, password } = GIT_READER
    await this.create(SECRETS, {
      metadata: { namespace: ACCOUNT.namespace, name: GIT_SECRET },
      stringData: { username, password, 'ca.crt': this.git.certificateAuthority },
    })
    await this.stage.credentialSecret(APPS, 'keys')
    for (const { group, version, plural } of [APPLICATION, SEALED_SECRET]) {
      await until(`${plural} are served`, () =>
        this.client.request({ method: 'GET', path: `/apis/${group}/${version}/${plural}` }).then(
          () => true,
          () => false,
        ),
      )
    }
  }

  /** As printed. */
  #roles() {
    return rbacObjects(this.options, dialects).filter(({ kind }) => kind !== 'Namespace')
  }

  /** One that has read all there is, as far as it may. */
  async start(): Promise<RunningOperator> {
    this.asked.mark()
    this.#operator = await this.stage.startOperator(this.#flags)
    return this.#operator
  }

  async stop(): Promise<void> {
    const operator = this.#operator
    this.#operator = undefined
    if (operator !== undefined) assert.equal(await operator.stop(), 0, operator.output.slice(-2000))
  }

  get isRunning(): boolean {
    return this.#operator !== undefined
  }

  /** Takes one right away, does the work, and gives it back. */
  async without(missing: Access, work: () => Promise<void>): Promise<void> {
    const role = this.#roles().find(
      (object) => 'rules' in object && object.rules.some((r) => gives(r, missing, object)),
    )
    assert.ok(role !== undefined && 'rules' in role, `no role gives ${rightOf(missing)}`)
    const rules = role.rules.flatMap((rule) => (gives(rule, missing, role) ? cut(rule, missing) : [rule]))
    await this.#put({ ...role, rules })
    await this.#inForce(missing, false)
    try {
      await work()
    } finally {
      await this.#put(role)
      await this.#inForce(missing, true)
    }
  }

  async #put(role: {
    readonly kind: string
    readonly metadata: { readonly name: string; readonly namespace?: string }
    readonly rules: readonly object[]
  }): Promise<void> {
    const type = {
      group: 'rbac.authorization.k8s.io',
      version: 'v1',
      plural: `${role.kind.toLowerCase()}s`,
      kind: role.kind,
      namespaced: role.kind === 'Role',
    }
    await this.client.request({ method: 'PUT', path: objectPath(type, role.metadata), body: role })
  }

  /** An API server hears of changed roles a moment later. */
  async #inForce(one: Access, isAllowed: boolean): Promise<void> {
    await until(
      `${rightOf(one)} is ${isAllowed ? 'given' : 'taken away'}`,
      async () => (await mayAccount(this.client, ACCOUNT, one)).allowed === isAllowed,
    )
  }

  async namespace(name: string, labels: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.create(NAMESPACES, { metadata: { name, labels } })
  }

  create(type: ResourceType, object: Json & Pick<KubeObject, 'metadata'>): Promise<Seen> {
    const whole = { apiVersion: apiVersionOf(type), kind: type.kind, ...object }
    return createObject<Seen>(this.client, type, whole, MANAGER)
  }

  patch(type: ResourceType, at: KubeObject['metadata'], patch: Json, subresource?: string): Promise<Seen> {
    return mergePatch<Seen>(this.client, type, at, patch, {
      ...MANAGER,
      ...(subresource === undefined ? {} : { subresource }),
    })
  }

  delete(type: ResourceType, at: KubeObject['metadata']): Promise<void> {
    return deleteObject(this.client, type, at)
  }

  async get(type: ResourceType, at: KubeObject['metadata']): Promise<Seen | undefined> {
    try {
      return await getObject<Seen>(this.client, type, at)
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }

  async list(type: ResourceType, namespace?: string): Promise<readonly Seen[]> {
    const path = collectionPath(type, namespace)
    const { items } = await this.client.request<{ items: readonly Seen[] }>({ method: 'GET', path })
    return items
  }
}
