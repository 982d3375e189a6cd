// This file is about Argo CD's processes, and the Redis they share, as parts of a sandbox: on loopback, gone with its folder.
import { mkdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { delimiter, dirname, join } from 'node:path'
import { once } from 'node:events'
import type { Part } from '../../sandbox/part.ts'
import { ensureParts } from '../../sandbox/parts/ensure.ts'
import { portsFor } from '../../sandbox/ports.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { systemEnvironment, systemProgram } from './everpull-process.ts'

export const ARGOCD_NAMESPACE = 'argocd'

export interface ArgoCdOptions {
  /** After how many failures in a row manifest generation is paused for an hour; three unless told. */
  readonly pauseAfterFailures?: number
}

/** What all of them are started with. */
interface Setup {
  readonly sandbox: Sandbox
  readonly program: string
  readonly redis: string
  readonly ports: Readonly<Record<PortName, number>>
  readonly env: Readonly<Record<string, string>>
}

const PORT_NAMES = [
  'argocd-redis',
  'argocd-repo-server',
  'argocd-repo-server-metrics',
  'argocd-controller-metrics',
] as const
type PortName = (typeof PORT_NAMES)[number]

/** The system's, by either name; undefined where neither is installed. */
export const redisProgram = (): string | undefined =>
  systemProgram('redis-server') ?? systemProgram('valkey-server')

/** In the order they are started. */
export async function argocdParts(sandbox: Sandbox, options: ArgoCdOptions): Promise<readonly Part[]> {
  const redis = redisProgram()
  if (redis === undefined)
    throw new Error('redis-server is missing: Argo CD needs it; install the redis-server or valkey package')
  const { argocd, helm } = await ensureParts(['argocd', 'helm'])
  const ports = await portsFor(sandbox.folder, PORT_NAMES)
  const env = await environment(sandbox, [dirname(helm), dirname(argocd)])
  const setup: Setup = { sandbox, program: argocd, redis, ports, env }
  return [redisPart(setup), repoServer(setup, options), controller(setup)]
}

/** Where the repository server keeps what it fetched. */
export const repositoryFolder = (sandbox: Sandbox): string =>
  join(sandbox.folder, 'argocd', 'tmp', '_argocd-repo')

/**
 * Nothing outside the sandbox's folder is read or written; helm is found before the system's, and Argo CD itself, which
 * git asks for credentials by the name `argocd`.
 */
async function environment(
  sandbox: Sandbox,
  programs: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const home = join(sandbox.folder, 'argocd')
  const tmp = join(home, 'tmp')
  await mkdir(tmp, { recursive: true })
  return {
    ...sandbox.proxyEnv,
    NO_PROXY: '127.0.0.1,localhost',
    PATH: [...programs, systemEnvironment()['PATH'] ?? ''].join(delimiter),
    TMPDIR: tmp,
    HELM_CACHE_HOME: join(home, 'helm', 'cache'),
    HELM_CONFIG_HOME: join(home, 'helm', 'config'),
    HELM_DATA_HOME: join(home, 'helm', 'data'),
    ARGOCD_GPG_ENABLED: 'false',
    ARGOCD_ASK_PASS_SOCK: join(tmp, 'ask-pass.sock'),
  }
}

const redisPart = ({ redis, ports, sandbox }: Setup): Part => ({
  name: 'argocd-redis',
  ports: [ports['argocd-redis']],
  graceMs: 5000,
  command: () => ({
    name: 'argocd-redis',
    file: redis,
    // Redis takes the value as the next word, and an empty one for "never".
    args: Object.entries({
      port: String(ports['argocd-redis']),
      bind: '127.0.0.1',
      dir: sandbox.folder,
      save: '',
      appendonly: 'no',
    }).flatMap(([name, value]) => [`--${name}`, value]),
  }),
  ready: () => pongs(ports['argocd-redis']),
})

const flags = (values: Readonly<Record<string, string | number | true>>): readonly string[] =>
  Object.entries(values).map(([name, value]) => `--${name}=${value}`)

/** The one program acts as the server whose name it is called by. */
const called = (setup: Setup, name: string): Readonly<Record<string, string>> => ({
  ...setup.env,
  ARGOCD_BINARY_NAME: name,
})

function repoServer(setup: Setup, { pauseAfterFailures = 3 }: ArgoCdOptions): Part {
  const { ports, program } = setup
  const name = 'argocd-repo-server'
  const metricsPort = ports['argocd-repo-server-metrics']
  const args = flags({
    address: '127.0.0.1',
    port: ports[name],
    'disable-tls': true,
    'metrics-address': '127.0.0.1',
    'metrics-port': metricsPort,
    redis: `127.0.0.1:${ports['argocd-redis']}`,
    // Tags are listed anew each time an Application is looked at, as after the minutes they are usually kept.
    'revision-cache-expiration': '1s',
    logformat: 'json',
  })
  const pause = { ARGOCD_PAUSE_GEN_AFTER_FAILED_ATTEMPTS: String(pauseAfterFailures) }
  return {
    name,
    ports: [ports[name], metricsPort],
    graceMs: 5000,
    command: () => ({ name, file: program, args, env: { ...called(setup, name), ...pause } }),
    ready: () => isHealthy(metricsPort, '/healthz?full=true'),
  }
}

/** It has no flag for the address of its metrics, so it is built with the loopback interface as that address. */
function controller(setup: Setup): Part {
  const { ports, program, sandbox } = setup
  const name = 'argocd-application-controller'
  const port = ports['argocd-controller-metrics']
  const args = flags({
    kubeconfig: sandbox.kubeconfigPath,
    namespace: ARGOCD_NAMESPACE,
    'repo-server': `127.0.0.1:${ports['argocd-repo-server']}`,
    'repo-server-plaintext': true,
    redis: `127.0.0.1:${ports['argocd-redis']}`,
    'metrics-port': port,
    'app-resync': 20,
    // Its Applications tell of an error that lasts in the second look, not after three minutes.
    'repo-error-grace-period-seconds': 0,
    'app-resync-jitter': 0,
    logformat: 'json',
  })
  return {
    name,
    ports: [port],
    graceMs: 5000,
    command: () => ({ name, file: program, args, env: called(setup, name) }),
    ready: () => isHealthy(port, '/healthz'),
  }
}

const isHealthy = (port: number, path: string): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(2000) }).then(
    (answer) => answer.ok,
    () => false,
  )

async function pongs(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    socket.setTimeout(2000, () => socket.destroy(new Error('no answer')))
    socket.end('PING\r\n')
    const [answer] = (await once(socket, 'data')) as [Buffer]
    return answer.toString().startsWith('+PONG')
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
