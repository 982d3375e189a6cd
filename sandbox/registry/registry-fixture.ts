// This file is about the least registry that a front can stand before: blobs and manifests in memory.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { TestContext } from 'node:test'
import { createHash, randomUUID } from 'node:crypto'
import { listen } from '../aws/aws.ts'

const PATH = /^\/v2\/(.+)\/(manifests|blobs|tags)\/(.*)$/

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Repository to manifests by tag and digest, and blobs by digest. */
type Content = Map<string, Map<string, Buffer>>

const digestOf = (body: Buffer): string => `sha256:${createHash('sha256').update(body).digest('hex')}`

interface Visit {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly name: string
  readonly held: Map<string, Buffer>
  readonly kind: string
  readonly reference: string
  readonly query: URLSearchParams
}

async function put({ request, response, name, held, kind, reference, query }: Visit): Promise<void> {
  const body = await bodyOf(request)
  const digest = query.get('digest') ?? digestOf(body)
  held.set(`${kind} ${digest}`, body)
  if (kind === 'manifests') held.set(`manifests ${reference}`, body)
  const headers = { location: `/v2/${name}/${kind}/${digest}`, 'docker-content-digest': digest }
  response.writeHead(201, headers).end()
}

function startUpload({ response, name, query }: Visit): void {
  const from = query.get('from')
  const at = `/v2/${name}/blobs/uploads/${randomUUID()}?state=${from === null ? 'new' : encodeURIComponent(from)}`
  response.writeHead(202, { location: at }).end()
}

function read({ request, response, name, held, kind, reference }: Visit): void {
  if (kind === 'tags') {
    const tags = [...held.keys()].filter((k) => /^manifests (?!sha256:)/.test(k)).map((k) => k.slice(10))
    return void response.writeHead(tags.length > 0 ? 200 : 404).end(JSON.stringify({ name, tags }))
  }
  const body = held.get(`${kind} ${reference}`)
  if (body === undefined) return void response.writeHead(404).end('{"errors":[{"code":"UNKNOWN"}]}')
  const headers = { 'content-length': body.length, 'docker-content-digest': digestOf(body) }
  response.writeHead(200, headers).end(request.method === 'HEAD' ? undefined : body)
}

/** Its URL, and the paths it was asked for. */
export async function testRegistry(t: TestContext): Promise<{ url: string; asked: string[] }> {
  const content: Content = new Map()
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    const url = new URL(request.url ?? '/', 'http://registry')
    const [, name = '', kind = '', reference = ''] =
      PATH.exec(url.pathname.replace('/blobs/uploads/', '/blobs/')) ?? []
    const held = content.get(name) ?? new Map<string, Buffer>()
    content.set(name, held)
    const visit = { request, response, name, held, kind, reference, query: url.searchParams }
    if (request.method === 'PUT') void put(visit)
    else if (request.method === 'POST') startUpload(visit)
    else read(visit)
  })
  const port = await listen(server, 0)
  t.after(() => server.close().closeAllConnections())
  return { url: `http://127.0.0.1:${port}`, asked }
}
