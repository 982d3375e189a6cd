// This file is about a cluster that an operator keeps in line with a Git repository, as tests look at it.
import type { AuditedRequest } from '../../sandbox/control-plane/audit-log.ts'
import { auditedRequests } from '../../sandbox/control-plane/audit-log.ts'
import { readSyncRecord, SYNC_RECORD, type SyncRecord } from '../../src/config-repo/sync-record.ts'
import { eventually } from './eventually.ts'
import { type Files, GIT_READER, GitServer } from './git-server.ts'
import { type RunningOperator, Stage, type StageOptions } from './stage.ts'

export const OPERATOR_NAMESPACE = 'everpull'
const CREDENTIALS = 'git-credentials'

export type Json = Readonly<Record<string, unknown>>

export interface IntegrationSeen {
  readonly metadata: {
    readonly uid: string
    readonly deletionTimestamp?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly spec: { readonly region: string; readonly sharing?: Json; readonly runtimes?: Json }
  readonly status?: { readonly source?: { readonly commit: string; readonly path: string } }
}

export const integration = (name: string, spec: Json = {}, metadata: Json = {}): string =>
  JSON.stringify({
    apiVersion: 'everpull.dev/v1alpha1',
    kind: 'EcrIntegration',
    metadata: { name, ...metadata },
    spec: { region: 'us-east-2', auth: { ambient: {} }, ...spec },
  })

/** Where the integration of a name lies, meant for all runtimes unless told. */
export const fileOf = (name: string, at = 'all-runtimes-all-clusters', file = 'integration.yaml'): string =>
  `resources/${at}/${name}/${file}`

/** What keeps the folder of all resources there while nothing is in it. */
export const KEPT: Files = { 'resources/.gitkeep': '' }

export class SyncedCluster implements AsyncDisposable {
  readonly stage: Stage
  readonly server: GitServer

  private constructor(stage: Stage, server: GitServer) {
    this.stage = stage
    this.server = server
  }

  static async open(files: Files, options: StageOptions = {}): Promise<SyncedCluster> {
    const rbac = [`--config-repo-secret=${CREDENTIALS}`]
    const stage = await Stage.open({ rbac, audit: true, ...options })
    const server = await GitServer.open({ files: { ...KEPT, ...files } })
    const cluster = new SyncedCluster(stage, server)
    await cluster.credentials(GIT_READER)
    return cluster
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stage[Symbol.asyncDispose]()
    await this.server[Symbol.asyncDispose]()
  }

  /** What the operator shows the Git server. */
  async credentials(
    who: { readonly username: string; readonly password: string },
    more: Json = {},
  ): Promise<void> {
    const { username, password } = who
    await this.secret({ username, password, 'ca.crt': this.server.certificateAuthority, ...more })
  }

  async secret(stringData: Json, namespace = OPERATOR_NAMESPACE): Promise<void> {
    const metadata = { namespace, name: CREDENTIALS }
    await this.stage.apply(JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata, stringData }))
  }

  /** One round a second. */
  start(...more: readonly string[]): Promise<RunningOperator> {
    return this.startWith({}, ...more)
  }

  async startWith(
    environment: Readonly<Record<string, string>>,
    ...more: readonly string[]
  ): Promise<RunningOperator> {
    const repository = `--config-repo=${this.server.url}`
    const flags = [repository, '--config-repo-interval=1s', `--config-repo-secret=${CREDENTIALS}`, ...more]
    const operator = await this.stage.startOperator(flags, environment)
    await operator.ready()
    return operator
  }

  integration(name: string): Promise<IntegrationSeen | undefined> {
    return this.stage.get<IntegrationSeen>('ecrintegration', name)
  }

  integrationWhere(
    name: string,
    what: string,
    isRight: (seen: IntegrationSeen) => boolean,
  ): Promise<IntegrationSeen> {
    return eventually(
      `integration ${name} ${what}`,
      async () => {
        const seen = await this.integration(name)
        return seen !== undefined && isRight(seen) ? seen : undefined
      },
      20_000,
    )
  }

  async gone(name: string): Promise<void> {
    await eventually(
      `integration ${name} is gone`,
      async () => (await this.integration(name)) === undefined,
      20_000,
    )
  }

  async record(namespace = OPERATOR_NAMESPACE): Promise<SyncRecord | undefined> {
    const found = await this.stage.get<{ data?: Record<string, string> }>(
      'configmap',
      SYNC_RECORD,
      '-n',
      namespace,
    )
    return readSyncRecord(found?.data)
  }

  recordWhere(
    what: string,
    isRight: (record: SyncRecord) => boolean,
    namespace = OPERATOR_NAMESPACE,
  ): Promise<SyncRecord> {
    return eventually(
      `the record ${what}`,
      async () => {
        const record = await this.record(namespace)
        return record !== undefined && isRight(record) ? record : undefined
      },
      30_000,
    )
  }

  /** Resolves once the newest commit is worked through. */
  async synced(commit?: string): Promise<SyncRecord> {
    const head = commit ?? (await this.server.head())
    return this.recordWhere(
      `names commit ${head}`,
      (record) => record.commit === head && record.failure === undefined,
    )
  }

  /** Resolves once the repository was looked at so often again. */
  async looks(count: number): Promise<void> {
    const before = this.server.requests().length
    // Looking where a branch stands takes two requests: one that is asked who it is from, and one that says so.
    await eventually(`${count} more looks`, () => this.server.requests().length >= before + count * 2, 60_000)
  }

  /** What was asked of the API server since some instant, but for watches, the lease, events and statuses. */
  async asked(since: number): Promise<readonly AuditedRequest[]> {
    const all = await auditedRequests(this.stage.sandbox.folder)
    return all.filter(
      ({ at, user, verb }) =>
        at >= since && user.startsWith('system:serviceaccount:everpull:') && verb !== 'watch',
    )
  }
}
