// This file is about what a server inside the cluster answers, asked by way of the API server.
import type { KubeClient } from './client.ts'
import { KubeError } from './error.ts'
import { objectPath, SERVICES } from './resource.ts'

export interface ProxiedService {
  readonly namespace: string
  readonly name: string
}

interface ServicePorts {
  readonly spec?: { readonly ports?: readonly { readonly name?: string }[] }
}

/** A text that is no runaway answer: a bundle of certificates is far smaller. */
const LARGEST_TEXT = 1 << 20

export interface ServiceAsked {
  /** From `/` on. */
  readonly path: string
  /** Sent as JSON by POST; absent: GET. */
  readonly body?: unknown
}

/**
 * The body of the answer of the Service's first port over plain HTTP. Takes the rights to get the Service, and to get
 * (POST: create) its `services/proxy`. Throws `KubeError`: with the status of what is no success, which is 404 without
 * the Service too, and 503 where nobody serves it.
 */
export async function textOfService(
  client: Pick<KubeClient, 'request' | 'stream'>,
  service: ProxiedService,
  { path, body }: ServiceAsked,
  signal?: AbortSignal,
): Promise<string> {
  // Its first port is named by the API, and only by the name it has.
  const found = await client.request<ServicePorts>({
    method: 'GET',
    path: objectPath(SERVICES, service),
    signal,
  })
  const target = `http:${service.name}:${found.spec?.ports?.[0]?.name ?? ''}`
  const at = `${objectPath(SERVICES, { ...service, name: target }, 'proxy')}${path}`
  const method = body === undefined ? 'GET' : 'POST'
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of await client.stream({ method, path: at, body, accept: '*/*', signal })) {
    size += chunk.length
    if (size > LARGEST_TEXT) throw tooLarge(method, at)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

const tooLarge = (method: string, path: string): KubeError =>
  new KubeError({
    status: 0,
    reason: 'TooLarge',
    message: `${method} ${path}: the answer is larger than ${LARGEST_TEXT} bytes`,
  })
