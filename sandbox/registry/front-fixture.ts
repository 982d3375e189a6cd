// This file is about the registries in tests: behind the proxy, under their real names, asked as clients ask.
import { readFileSync } from 'node:fs'
import { Agent, request as httpsRequest } from 'node:https'
import type { TestContext } from 'node:test'
import { type TestAws, testAws } from '../aws/aws-fixture.ts'
import type { AwsOptions } from '../aws/options.ts'
import { folderFor } from '../folder-fixture.ts'
import { type RegistryFront, startRegistryFront } from './front.ts'
import { testRegistry } from './registry-fixture.ts'

export const WEST = '123456789012.dkr.ecr.us-west-1.amazonaws.com'
export const EAST = '123456789012.dkr.ecr.us-east-2.amazonaws.com'
export const OTHER = '210987654321.dkr.ecr.us-west-1.amazonaws.com'
export const PUBLIC = 'public.ecr.aws'

interface Asked {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string
}
export interface Told {
  readonly status: number
  readonly headers: Record<string, unknown>
  readonly text: string
}

export interface World extends TestAws {
  readonly front: RegistryFront
  readonly backend: { url: string; asked: string[] }
  readonly agent: Agent
  readonly ask: (host: string, path: string, asked?: Asked) => Promise<Told>
}

export function askThrough(agent: Agent, host: string, path: string, asked: Asked = {}): Promise<Told> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', headers = {}, body = '' } = asked
    const request = httpsRequest(new URL(path, `https://${host}`), { agent, method, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (text += chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }))
    })
    request.on('error', reject)
    request.end(body)
  })
}

export async function world(t: TestContext, options: AwsOptions = {}): Promise<World> {
  const backend = await testRegistry(t)
  const aws = await testAws(t, { registryBackend: backend.url, ...options })
  const caDir = folderFor(t)
  const front = await startRegistryFront({
    backend: backend.url,
    tokens: aws.aws.tokens,
    caDir,
    apis: aws.aws.url,
  })
  const agent = new Agent({ proxyEnv: { HTTPS_PROXY: front.proxyUrl }, ca: readFileSync(front.caFile) })
  t.after(() => {
    agent.destroy()
    return front.close()
  })
  return { ...aws, front, backend, agent, ask: (host, path, asked) => askThrough(agent, host, path, asked) }
}

export const basic = (password: string): { headers: Record<string, string> } => ({
  headers: { authorization: `Basic ${Buffer.from(`AWS:${password}`).toString('base64')}` },
})

export const MANIFEST = '{"schemaVersion":2}'
export const putManifest = (w: World, host: string, name: string, password: string): Promise<Told> =>
  w.ask(host, `/v2/${name}/manifests/1.0.0`, { method: 'PUT', body: MANIFEST, ...basic(password) })

export const messageOf = (told: Told): string =>
  (JSON.parse(told.text) as { errors: { message: string }[] }).errors[0]?.message ?? ''
