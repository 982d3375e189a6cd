// This file is about AWS under its own host names in this process: through the sandbox's proxy, its authority trusted.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { type RegistryFront, startRegistryFront } from '../../sandbox/registry/front.ts'
import { type Aws, openAws } from '../../src/aws/connection.ts'
import type { AwsWorld } from './aws-logins.ts'

export interface AwsFront extends AsyncDisposable {
  readonly front: RegistryFront
  /** What reaches it. */
  readonly proxyEnv: Readonly<Record<string, string>>
  /** Asks AWS's own names. */
  readonly aws: Aws
  /** The host names that were asked while `run` ran, each once, in order. */
  hostsDuring(run: () => Promise<unknown>): Promise<readonly string[]>
}

/** Trusted by every connection of this process from now on. `backend`: the registry behind, where images are needed. */
export async function anAwsFront(world: AwsWorld, backend = 'http://127.0.0.1:9'): Promise<AwsFront> {
  const caDir = await mkdtemp(join(tmpdir(), 'everpull-ca-'))
  const { sandbox } = world
  const front = await startRegistryFront({ backend, tokens: sandbox.tokens, caDir, apis: sandbox.url })
  setDefaultCACertificates([...getCACertificates('default'), await readFile(front.caFile, 'utf8')])
  const proxyEnv = { HTTPS_PROXY: front.proxyUrl }
  const aws = openAws({ ...world.settings, proxyEnv, endpoints: {} })
  return {
    front,
    proxyEnv,
    aws,
    async hostsDuring(run) {
      const before = sandbox.calls.list().length
      await run()
      const hosts = sandbox.calls.list().slice(before)
      return [...new Set(hosts.map(({ host }) => host))]
    },
    async [Symbol.asyncDispose]() {
      aws.close()
      await front.close()
      await rm(caDir, { recursive: true, force: true })
    },
  }
}
