// This file is about a stage for whole-product tests: a sandbox of one's own, the product installed, operators on request.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { ensureParts } from '../../sandbox/parts/ensure.ts'
import { removeWhenWeDie } from '../../sandbox/removal.ts'
import type { LoggedCall } from '../../sandbox/aws/call-log.ts'
import type { FaultRule } from '../../sandbox/aws/faults.ts'
import { Sandbox, type SandboxOptions } from '../../sandbox/sandbox.ts'
import { ClusterReader } from './cluster-reader.ts'
import { established } from './established.ts'
import { eventually } from './eventually.ts'
import { CHECKOUT, systemEnvironment } from './everpull-process.ts'

/** The account that `everpull rbac` makes by default. */
const ACCOUNT = { namespace: 'everpull', name: 'everpull' }
const EVERPULL = join(CHECKOUT, 'bin', 'everpull.js')

/** A Secret as users see it, values decoded. */
export interface SecretSeen {
  readonly metadata: {
    readonly name: string
    readonly uid: string
    readonly resourceVersion: string
    readonly labels?: Record<string, string>
    readonly annotations?: Record<string, string>
    readonly ownerReferences?: readonly { kind: string; name: string; controller?: boolean }[]
    readonly managedFields?: readonly { manager: string; operation: string; fieldsV1: object }[]
  }
  readonly type: string
  readonly data: Record<string, string>
}

export type AwsCallSeen = Pick<
  LoggedCall,
  'operation' | 'region' | 'principal' | 'outcome' | 'host' | 'asks' | 'sessionPolicies'
>

export interface StageOptions extends Pick<SandboxOptions, 'tokenLifeSeconds' | 'audit' | 'clusterNetwork'> {
  /** What `everpull rbac` is asked for besides the account. */
  readonly rbac?: readonly string[]
  /** False: the CRDs are left for the test to install. */
  readonly crds?: boolean
  /** Owned Secrets go at once with their owners: a controller manager learns of new kinds every 30 s only, or at its start. */
  readonly collectsGarbage?: boolean
  /** The program that operators are started from; the checkout's unless told. */
  readonly everpull?: string
}

export class Stage implements AsyncDisposable {
  readonly sandbox: Sandbox
  readonly #kubectl: string
  readonly #operators: RunningOperator[] = []
  readonly #callOff: () => void
  readonly #everpull: string
  #operatorKubeconfig: Promise<string> | undefined
  #reader: Promise<ClusterReader> | undefined

  private constructor(sandbox: Sandbox, kubectl: string, callOff: () => void, everpull: string) {
    this.sandbox = sandbox
    this.#kubectl = kubectl
    this.#callOff = callOff
    this.#everpull = everpull
  }

  /** A fresh sandbox with the CRDs and the roles that everpull prints. Close it in `after`. */
  static async open(options: StageOptions = {}): Promise<Stage> {
    const { kubectl } = await ensureParts(['kubectl'])
    const folder = await mkdtemp(join(tmpdir(), 'everpull-stage-'))
    const callOff = removeWhenWeDie(folder)
    const sandbox = await Sandbox.up({ ...options, folder })
    const stage = new Stage(sandbox, kubectl, callOff, options.everpull ?? EVERPULL)
    await stage.apply(await stage.everpull('rbac', ...(options.rbac ?? [])))
    if (options.crds !== false) await stage.installCrds()
    if (options.collectsGarbage === true) await sandbox.restartPart('kube-controller-manager')
    return stage
  }

  /** Returns once the API server serves them. */
  async installCrds(): Promise<void> {
    await this.apply(await this.everpull('crds'))
    await established((...args) => this.kubectl(...args))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#operators.map((operator) => operator.end()))
    await (await this.#reader)?.[Symbol.asyncDispose]()
    await this.sandbox.down()
    this.#callOff()
  }

  /** Output of a CLI command that must succeed. */
  everpull(...args: readonly string[]): Promise<string> {
    return run(process.execPath, [EVERPULL, ...args], { KUBECONFIG: this.sandbox.kubeconfigPath })
  }

  /** kubectl as admin; rejects with what it said when it fails. */
  kubectl(...args: readonly string[]): Promise<string> {
    return run(this.#kubectl, args, { KUBECONFIG: this.sandbox.kubeconfigPath })
  }

  apply(manifests: string): Promise<string> {
    return this.kubectlReading(manifests, 'apply', '-f', '-')
  }

  /** kubectl as admin, with something to read. */
  kubectlReading(input: string, ...args: readonly string[]): Promise<string> {
    return run(this.#kubectl, args, { KUBECONFIG: this.sandbox.kubeconfigPath }, input)
  }

  /** What the API server would say to them; nothing is kept. */
  applyDry(manifests: string): Promise<string> {
    const dry = ['apply', '--dry-run=server', '-f', '-']
    return run(this.#kubectl, dry, { KUBECONFIG: this.sandbox.kubeconfigPath }, manifests)
  }

  async namespace(name: string): Promise<void> {
    await this.apply(`{apiVersion: v1, kind: Namespace, metadata: {name: ${name}}}`)
  }

  /** The bot's access key as the Harness document keeps it: keys access-key and secret-access-key. */
  async credentialSecret(namespace: string, name = 'awssm-secret'): Promise<void> {
    const { accessKeyId, secretAccessKey } = this.sandbox.aws.principals.bot
    await this.apply(
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { namespace, name },
        stringData: { 'access-key': accessKeyId, 'secret-access-key': secretAccessKey },
      }),
    )
  }

  /** As `kubectl get -o json --ignore-not-found --show-managed-fields` answers an admin. */
  async get<T>(...words: readonly string[]): Promise<T | undefined> {
    const reader = await (this.#reader ??= ClusterReader.open(this.sandbox.kubeconfigPath))
    return reader.get<T>(...words)
  }

  async secret(namespace: string, name: string): Promise<SecretSeen | undefined> {
    const found = await this.get<SecretSeen>('secret', name, '-n', namespace)
    if (found === undefined) return undefined
    const data = Object.entries(found.data ?? {}).map(([k, v]) => [k, Buffer.from(v, 'base64').toString()])
    return { ...found, data: Object.fromEntries(data) as Record<string, string> }
  }

  /** Waits until the Secret is as wanted. */
  secretWhere(
    namespace: string,
    name: string,
    what: string,
    isRight: (secret: SecretSeen) => boolean,
    limitMs = 30_000,
  ): Promise<SecretSeen> {
    return eventually(
      `Secret ${namespace}/${name} ${what}`,
      async () => {
        const secret = await this.secret(namespace, name)
        return secret !== undefined && isRight(secret) ? secret : undefined
      },
      limitMs,
    )
  }

  /** The Ready condition of an object, e.g. ('externalsecret', 'argocd', 'repo'). */
  async ready(kind: string, namespace: string, name: string): Promise<Condition | undefined> {
    const found = await this.get<{ status?: { conditions?: Condition[] } }>(kind, name, '-n', namespace)
    return found?.status?.conditions?.find((condition) => condition.type === 'Ready')
  }

  async calls(query = ''): Promise<readonly AwsCallSeen[]> {
    return (await this.admin<{ calls: AwsCallSeen[] }>('GET', `/calls${query}`)).calls
  }

  async fault(rule: FaultRule): Promise<void> {
    await this.admin('POST', '/faults', rule)
  }

  async clearFaults(): Promise<void> {
    await this.admin('DELETE', '/faults')
  }

  /** Every secret key, session token and password the emulator ever gave out. */
  async knownSecrets(): Promise<readonly string[]> {
    const { secrets } = await this.admin<{ secrets: { value: string }[] }>('GET', '/secrets')
    return secrets.map(({ value }) => value)
  }

  async admin<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${this.sandbox.aws.adminUrl}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    })
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as T
  }

  /** An operator with the rights `everpull rbac` gave its account, and the bot as its own AWS identity. */
  async startOperator(
    flags: readonly string[] = [],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<RunningOperator> {
    const kubeconfig = await (this.#operatorKubeconfig ??= this.#writeOperatorKubeconfig())
    const { accessKeyId, secretAccessKey } = this.sandbox.aws.principals.bot
    const child = spawn(
      process.execPath,
      [
        this.#everpull,
        'operator',
        `--kubeconfig=${kubeconfig}`,
        '--metrics-address=127.0.0.1:0',
        '--health-address=127.0.0.1:0',
        ...flags,
      ],
      {
        cwd: CHECKOUT,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          ...systemEnvironment(),
          ...this.sandbox.awsEnv,
          AWS_ACCESS_KEY_ID: accessKeyId,
          AWS_SECRET_ACCESS_KEY: secretAccessKey,
          ...environment,
        },
      },
    )
    const operator = new RunningOperator(child)
    this.#operators.push(operator)
    return operator
  }

  /** Written once: an operator may be started while no API server answers. */
  async #writeOperatorKubeconfig(): Promise<string> {
    const kubeconfig = join(this.sandbox.folder, 'operator.kubeconfig')
    const text = await this.sandbox.kubeconfigFor({ serviceAccount: ACCOUNT })
    await writeFile(kubeconfig, text, { mode: 0o600 })
    return kubeconfig
  }
}

export interface Condition {
  readonly type: string
  readonly status: string
  readonly reason: string
  readonly message: string
}

export interface LogLine {
  readonly level: string
  readonly message: string
  readonly [field: string]: unknown
}

/** An operator process, its output kept. */
export class RunningOperator {
  readonly child: ChildProcess
  #output = ''
  readonly ended: Promise<number | null>

  constructor(child: ChildProcess) {
    this.child = child
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        this.#output += chunk
      })
    }
    this.ended = new Promise((resolve) => child.once('close', (code) => resolve(code)))
  }

  /** All it has printed so far. */
  get output(): string {
    return this.#output
  }

  get log(): readonly LogLine[] {
    return this.#output.split('\n').flatMap((line) => {
      if (!line.startsWith('{') || !line.endsWith('}')) return []
      return [JSON.parse(line) as LogLine]
    })
  }

  logged(message: string, limitMs = 60_000): Promise<LogLine> {
    const find = (): LogLine | undefined => this.log.find((line) => line.message.includes(message))
    return eventually(`the operator logs "${message}"; so far: ${this.#output.slice(-2000)}`, find, limitMs)
  }

  /** Resolves when it has read all there is. */
  async ready(): Promise<void> {
    const { ready } = await this.logged('listening')
    const isReady = (): Promise<boolean> =>
      fetch(String(ready)).then(
        ({ ok }) => ok,
        () => false,
      )
    await eventually(`the operator is ready; so far: ${this.#output.slice(-2000)}`, isReady, 60_000)
  }

  async metrics(): Promise<string> {
    const { metrics } = await this.logged('listening')
    return (await fetch(String(metrics))).text()
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal)
  }

  /** SIGTERM, and SIGKILL for one that does not end by it. */
  async end(): Promise<void> {
    const limit = setTimeout(() => this.child.kill('SIGKILL'), 20_000)
    await this.stop()
    clearTimeout(limit)
  }

  /** SIGTERM, or what is given, and the exit code. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      if (signal === 'SIGTERM') this.child.kill('SIGCONT')
      this.child.kill(signal)
    }
    return this.ended
  }
}

async function run(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  input?: string,
): Promise<string> {
  const child = spawn(program, args, {
    cwd: CHECKOUT,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...systemEnvironment(), ...environment },
  })
  child.stdin.end(input)
  const exit = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), exit])
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${err}${out}`)
  return out
}
