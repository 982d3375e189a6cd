// This file is about what one subject is measured in: a fresh control plane and AWS, the same for every subject.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { KubeClient } from '../../src/kube/client.ts'
import { partNamed } from '../../sandbox/parts/catalog.ts'
import { established } from '../../test/support/established.ts'
import { Stage } from '../../test/support/stage.ts'
import { inParallel } from '../in-parallel.ts'
import { installedEverpull } from '../installed.ts'
import { connectAs } from '../raw-limit.ts'
import type { Spread } from '../scale.ts'
import { ordersOf, placeOrder, prepareNamespaces } from '../workload.ts'
import type { SubjectName } from './cell.ts'
import { Minted } from './minted.ts'
import { SecretHistory } from './secret-history.ts'
import { RequestCount } from './server-requests.ts'
import { prepareSubject } from './subjects.ts'

const run = promisify(execFile)

export interface ArenaOptions extends Spread {
  /** Of every ExternalSecret. */
  readonly refreshInterval: string
  readonly tokenLifeSeconds: number
}

/** The control plane's own requests come every ten seconds. */
const IDLE_MS = 10_000

export class Arena implements AsyncDisposable {
  readonly stage: Stage
  readonly admin: KubeClient
  readonly options: ArenaOptions
  readonly requests: RequestCount
  readonly minted: Minted
  readonly history: SecretHistory

  private constructor(stage: Stage, admin: KubeClient, options: ArenaOptions, history: SecretHistory) {
    this.stage = stage
    this.admin = admin
    this.options = options
    this.requests = new RequestCount(stage.sandbox.controlPlane.admin)
    this.minted = new Minted(stage)
    this.history = history
  }

  /** With every object there, and nobody at work yet. */
  static async open(subject: SubjectName, options: ArenaOptions): Promise<Arena> {
    const { tokenLifeSeconds } = options
    const everpull = subject === 'everpull' ? { everpull: installedEverpull() } : {}
    const stage = await Stage.open({ crds: false, tokenLifeSeconds, ...everpull })
    try {
      await installDefinitions(stage)
      await prepareSubject(stage, subject)
      const admin = await connectAs(stage.sandbox.kubeconfigPath)
      await prepareNamespaces(admin, stage.sandbox.aws.principals, options)
      await inParallel(ordersOf(options), 20, (order) => placeOrder(admin, order, options.refreshInterval))
      // What it does meanwhile is nobody's work: collecting garbage and making service accounts.
      await stage.sandbox.stopPart('kube-controller-manager')
      const arena = new Arena(stage, admin, options, await SecretHistory.open(admin))
      await arena.requests.learnIdle(IDLE_MS)
      return arena
    } catch (error) {
      await stage[Symbol.asyncDispose]()
      throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.history.stop()
    await this.admin.close()
    await this.stage[Symbol.asyncDispose]()
  }
}

/** Those of External Secrets as its release has them, and Everpull's for what External Secrets does not know. */
async function installDefinitions(stage: Stage): Promise<void> {
  const { source, module } = partNamed('external-secrets')
  const env = { ...process.env, GOFLAGS: '', GOWORK: 'off' }
  const { stdout } = await run('go', ['mod', 'download', '-json', module], { cwd: source, env })
  const { Dir } = JSON.parse(stdout) as { readonly Dir: string }
  // They are too large for the annotation in which a client-side apply keeps what it applied.
  await stage.kubectl('apply', '--server-side', '-f', join(Dir, 'deploy', 'crds', 'bundle.yaml'))
  await stage.apply(await stage.everpull('crds', '--missing'))
  await established((...args) => stage.kubectl(...args))
}
