// This file is about a replica: an operator's process behind a front of its own, started anew as often as it is killed.
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CHECKOUT, systemEnvironment } from '../test/support/everpull-process.ts'
import { parse, stringify } from 'yaml'
import { OPERATOR_NAMESPACE, userOf } from './accounts.ts'
import { openApiFront } from './api-front.ts'
import type { ApiFront } from './front.ts'
import type { Lane, Replica } from './lane.ts'

const EVERPULL = join(CHECKOUT, 'bin', 'everpull.js')
/** SIGTERM lets it give its lease back; what takes longer is killed. */
const GRACE_MS = 8000

export interface ReplicaOptions {
  readonly lane: Lane
  readonly number: number
  /** Its service account in the operators' namespace. */
  readonly account: string
  readonly flags: readonly string[]
}

export interface ReplicaStart {
  readonly at: number
  /** Undefined while it runs. */
  until: number | undefined
}

export class RunningReplica implements Replica, AsyncDisposable {
  readonly number: number
  readonly user: string
  readonly front: ApiFront
  /** Of each process it has had. */
  readonly starts: ReplicaStart[] = []
  readonly #options: ReplicaOptions
  readonly #kubeconfig: string
  #child: ChildProcess | undefined
  #ended: Promise<void> = Promise.resolve()
  #output = ''

  private constructor(options: ReplicaOptions, front: ApiFront, kubeconfig: string) {
    this.#options = options
    this.#kubeconfig = kubeconfig
    this.number = options.number
    this.user = userOf(options.account)
    this.front = front
  }

  /** Its front is open; no process runs yet. */
  static async open(options: ReplicaOptions): Promise<RunningReplica> {
    const { lane, account } = options
    const { controlPlane, folder } = lane.sandbox
    const front = await openApiFront({ upstream: controlPlane.url, upstreamCa: String(controlPlane.ca) })
    const kubeconfig = join(folder, `${account}.kubeconfig`)
    const direct = await lane.sandbox.kubeconfigFor({
      serviceAccount: { namespace: OPERATOR_NAMESPACE, name: account },
    })
    await writeFile(kubeconfig, behind(direct, front), { mode: 0o600 })
    return new RunningReplica(options, front, kubeconfig)
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** All that its processes have printed. */
  get output(): string {
    return this.#output
  }

  /** Resident memory now, bytes; undefined while no process runs. */
  get residentBytes(): number | undefined {
    if (this.pid === undefined) return undefined
    try {
      const status = readFileSync(`/proc/${this.pid}/status`, 'utf8')
      // What has just ended is still listed, without memory.
      const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]
      return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
    } catch {
      return undefined
    }
  }

  start(): Promise<void> {
    if (this.#child !== undefined) return Promise.resolve()
    const child = spawn(process.execPath, [EVERPULL, 'operator', ...this.#flags()], {
      cwd: CHECKOUT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...systemEnvironment(), ...this.#options.lane.sandbox.awsEnv },
    })
    const start: ReplicaStart = { at: Date.now(), until: undefined }
    this.starts.push(start)
    this.#child = child
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        this.#output += chunk
      })
    }
    this.#ended = new Promise((resolve) => {
      child.once('close', () => {
        start.until = Date.now()
        if (this.#child === child) this.#child = undefined
        resolve()
      })
    })
    return new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject))
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal)
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL')
    await this.#ended
  }

  /** As a cluster ends a pod: it is asked, and killed when it does not go. */
  async stop(): Promise<void> {
    this.signal('SIGCONT')
    this.signal('SIGTERM')
    const limit = setTimeout(() => this.signal('SIGKILL'), GRACE_MS)
    await this.#ended
    clearTimeout(limit)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    await this.front[Symbol.asyncDispose]()
  }

  #flags(): readonly string[] {
    return [
      `--kubeconfig=${this.#kubeconfig}`,
      '--metrics-address=127.0.0.1:0',
      '--health-address=127.0.0.1:0',
      ...this.#options.flags,
    ]
  }
}

interface Kubeconfig {
  readonly clusters: readonly { readonly name: string; readonly cluster: object }[]
}

/** The same kubeconfig, with the front in the API server's place. */
function behind(direct: string, front: ApiFront): string {
  const kubeconfig = parse(direct) as Kubeconfig
  const cluster = {
    server: front.url,
    'certificate-authority-data': Buffer.from(front.ca).toString('base64'),
  }
  return stringify({ ...kubeconfig, clusters: kubeconfig.clusters.map(({ name }) => ({ name, cluster })) })
}
