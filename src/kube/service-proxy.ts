// This file is about what a server inside the cluster answers, asked by way of the API server.
import type { KubeClient } from './client.ts'
import { KubeError } from './error.ts'

export interface ProxiedService {
  readonly namespace: string
  readonly name: string
  /** Name or number of its port; absent: the only one it has. */
  readonly port?: string
}

/** A text that is no runaway answer: a bundle of certificates is far smaller. */
const LARGEST_TEXT = 1 << 20

/**
 * The body of a GET over plain HTTP to the Service, from `/` on. Takes the right to get `services/proxy`.
 * Throws `KubeError`: 404 without the Service, 503 where nobody serves it.
 */
export async function textOfService(
  client: KubeClient,
  { namespace, name, port = '' }: ProxiedService,
  path: string,
  signal?: AbortSignal,
): Promise<string> {
  const service = `http:${name}:${port}`
  const at = `/api/v1/namespaces/${encodeURIComponent(namespace)}/services/${encodeURIComponent(service)}/proxy${path}`
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of await client.stream({ method: 'GET', path: at, accept: '*/*', signal })) {
    size += chunk.length
    if (size > LARGEST_TEXT) throw tooLarge(at)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

const tooLarge = (path: string): KubeError =>
  new KubeError({
    status: 0,
    reason: 'TooLarge',
    message: `GET ${path}: the answer is larger than ${LARGEST_TEXT} bytes`,
  })
