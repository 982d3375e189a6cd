// This file is about the real controller of Sealed Secrets on a stage: its definition, its process, its certificate.
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { bringUp, type Part, takeDown } from '../../sandbox/part.ts'
import { partNamed } from '../../sandbox/parts/catalog.ts'
import { ensureParts } from '../../sandbox/parts/ensure.ts'
import { portsFor } from '../../sandbox/ports.ts'
import { apiServerCertificate } from '../../sandbox/control-plane/control-plane.ts'
import { established } from './established.ts'
import { systemEnvironment } from './everpull-process.ts'
import type { Stage } from './stage.ts'

const run = promisify(execFile)

const NAME = 'sealed-secrets-controller'
const ACCOUNT = { namespace: 'kube-system', name: NAME }
const A_DAY_S = 86_400

export class SealedSecrets implements AsyncDisposable {
  /** Where it answers on loopback; a `ClusterNetwork` makes a Service of it: kube-system/sealed-secrets-controller. */
  readonly served: { readonly namespace: string; readonly name: string; readonly port: number }
  readonly #stage: Stage
  readonly #part: Part

  private constructor(stage: Stage, part: Part) {
    this.#stage = stage
    this.#part = part
    this.served = { ...ACCOUNT, port: part.ports[0] }
  }

  /** Installs and starts it. Close it before the stage. */
  static async start(stage: Stage): Promise<SealedSecrets> {
    await stage.kubectl('apply', '--filename', await definitionFile())
    await established((...args) => stage.kubectl(...args))
    await stage.kubectl('create', 'serviceaccount', NAME, '-n', ACCOUNT.namespace)
    const account = `${ACCOUNT.namespace}:${NAME}`
    const binding = ['create', 'clusterrolebinding', NAME, '--clusterrole=cluster-admin']
    await stage.kubectl(...binding, `--serviceaccount=${account}`)
    const part = await controllerPart(stage)
    await bringUp(stage.sandbox.folder, part)
    return new SealedSecrets(stage, part)
  }

  /** The one it has others seal with, PEM. */
  async certificate(): Promise<string> {
    const answer = await fetch(`http://127.0.0.1:${this.served.port}/v1/cert.pem`)
    return answer.text()
  }

  /** The same in a file, for `--cert`. */
  async certificateFile(): Promise<string> {
    const file = join(this.#stage.sandbox.folder, 'sealing.pem')
    await writeFile(file, await this.certificate())
    return file
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await takeDown(this.#stage.sandbox.folder, this.#part)
  }
}

/** As its module brings it, out of the Go module cache. */
async function definitionFile(): Promise<string> {
  const { module, source } = partNamed(NAME)
  const env = { ...process.env, GOFLAGS: '', GOWORK: 'off' }
  const { stdout } = await run('go', ['mod', 'download', '-json', module], { cwd: source, env })
  const { Dir } = JSON.parse(stdout) as { readonly Dir: string }
  return join(Dir, 'helm', 'sealed-secrets', 'crds', 'bitnami.com_sealedsecrets.yaml')
}

async function controllerPart({ sandbox }: Stage): Promise<Part> {
  const { [NAME]: file } = await ensureParts([NAME])
  const ports = await portsFor(sandbox.folder, [NAME, `${NAME}-metrics`])
  const token = join(sandbox.folder, 'sealed-secrets.token')
  await writeFile(token, await sandbox.controlPlane.tokenFor(ACCOUNT, { seconds: A_DAY_S }), { mode: 0o600 })
  return {
    name: NAME,
    ports: [ports[NAME], ports[`${NAME}-metrics`]],
    graceMs: 5000,
    command: () => ({
      name: NAME,
      file,
      args: [
        `--listen-addr=127.0.0.1:${ports[NAME]}`,
        `--listen-metrics-addr=127.0.0.1:${ports[`${NAME}-metrics`]}`,
        // Smaller than its own, so that a busy machine has one soon.
        '--key-size=2048',
      ],
      env: {
        ...systemEnvironment(),
        KUBERNETES_URL: sandbox.controlPlane.url,
        KUBERNETES_TOKEN_FILE: token,
        KUBERNETES_CA_FILE: apiServerCertificate(sandbox.folder),
        POD_NAMESPACE: ACCOUNT.namespace,
      },
    }),
    ready: () =>
      fetch(`http://127.0.0.1:${ports[NAME]}/v1/cert.pem`, { signal: AbortSignal.timeout(2000) }).then(
        ({ ok }) => ok,
        () => false,
      ),
  }
}
