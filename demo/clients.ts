// This file is about the clients that pull: unmodified helm, crane and skopeo, each pull in an empty home of its own.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DEMO_CHART, DEMO_IMAGE } from '../sandbox/seed/registry-content.ts'
import { ProgramFailed, run } from './program.ts'

/** A Secret's data, decoded. */
export type SecretValues = Readonly<Record<string, string>>

export type Pulled =
  | { readonly is: 'pulled' }
  /** In the client's own words. */
  | { readonly is: 'failed'; readonly because: string }

export interface Client {
  readonly name: 'helm' | 'crane' | 'skopeo'
  /** Pulls with nothing but what the Secret holds. Rejects only with the signal's reason. */
  pull(secret: SecretValues, signal?: AbortSignal): Promise<Pulled>
}

/** What leads clients to the sandbox's registries. */
export type Proxy = Readonly<Record<string, string>>

/** As Argo CD does: logs in with what its repository Secret holds, and pulls `oci://<url>/<chart>`. */
export const helm = (program: string, proxy: Proxy): Client => ({
  name: 'helm',
  pull: ({ url = '', username = '', password = '' }, signal) =>
    inEmptyHome(proxy, signal, async (run, home) => {
      const config = ['--registry-config', join(home, 'registry.json')]
      const login = ['registry', 'login', url, '--username', username, '--password-stdin', ...config]
      await run([program, ...login], password)
      const chart = [`oci://${url}/${DEMO_CHART.repository}`, '--version', DEMO_CHART.version]
      await run([program, 'pull', ...chart, '--destination', home, ...config])
    }),
})

/** As a build does: reads the docker config of the Secret mounted as its DOCKER_CONFIG. */
export const crane = (program: string, proxy: Proxy): Client => ({
  name: 'crane',
  pull: (secret, signal) =>
    inEmptyHome(proxy, signal, async (run, home) => {
      await writeFile(join(home, 'config.json'), dockerConfigOf(secret))
      await run([program, 'pull', imageOf(secret), join(home, 'image.tar')])
    }),
})

export const skopeo = (program: string, proxy: Proxy): Client => ({
  name: 'skopeo',
  pull: (secret, signal) =>
    inEmptyHome(proxy, signal, async (run, home) => {
      const config = join(home, 'config.json')
      await writeFile(config, dockerConfigOf(secret))
      // Its policy about signatures is a file of the system's, which not every system has.
      const copy = ['--insecure-policy', 'copy', '--src-authfile', config]
      await run([program, ...copy, `docker://${imageOf(secret)}`, `dir:${join(home, 'image')}`])
    }),
})

const dockerConfigOf = (secret: SecretValues): string => secret['.dockerconfigjson'] ?? '{}'

function imageOf(secret: SecretValues): string {
  const { auths = {} } = JSON.parse(dockerConfigOf(secret)) as { auths?: Record<string, unknown> }
  return `${Object.keys(auths)[0] ?? 'no-registry'}/${DEMO_IMAGE.repository}:${DEMO_IMAGE.tag}`
}

type Run = (command: readonly [string, ...string[]], input?: string) => Promise<unknown>

async function inEmptyHome(
  proxy: Proxy,
  signal: AbortSignal | undefined,
  work: (run: Run, home: string) => Promise<void>,
): Promise<Pulled> {
  const home = await mkdtemp(join(tmpdir(), 'everpull-pull-'))
  const env = { HOME: home, DOCKER_CONFIG: home, ...proxy }
  try {
    await work((command, input = '') => run(command, { env, input, signal }), home)
    return { is: 'pulled' }
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof ProgramFailed) return { is: 'failed', because: error.message }
    throw error
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}
