// This file is about passing a request on to the registry behind, under its name there, and its answer back.
import {
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request as httpRequest,
  type ServerResponse,
} from 'node:http'
import { registryError, type Refusal } from './answers.ts'

export interface Passage {
  /** `http://127.0.0.1:<port>` */
  readonly backend: string
  readonly host: string
  /** The repository as the client names it, alias included. */
  readonly clientName: string
  readonly backendName: string
  readonly rest: string
  /** With the question mark, or empty. */
  readonly query: string
}

const DROPPED = new Set([
  'authorization',
  'host',
  'connection',
  'proxy-authorization',
  'proxy-connection',
  'expect',
])

const passedHeaders = (headers: IncomingMessage['headers']): OutgoingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !DROPPED.has(name)))

/** Locations and links of the registry behind name it and its repository; clients must see ours. */
function clientPlace(passage: Passage, place: string): string {
  const url = new URL(place, passage.backend)
  const inside = `/v2/${passage.backendName}/`
  if (!url.pathname.startsWith(inside)) return place
  return `https://${passage.host}/v2/${passage.clientName}/${url.pathname.slice(inside.length)}${url.search}`
}

function answerHeaders(passage: Passage, headers: IncomingMessage['headers']): OutgoingHttpHeaders {
  const { location, link, connection: _, 'transfer-encoding': __, ...others } = headers
  return {
    ...others,
    'docker-distribution-api-version': 'registry/2.0',
    ...(location === undefined ? {} : { location: clientPlace(passage, location) }),
    ...(link === undefined
      ? {}
      : {
          link: String(link).replace(/<([^>]+)>/, (_, place: string) => `<${clientPlace(passage, place)}>`),
        }),
  }
}

export type Passed =
  | { readonly is: 'answered'; readonly status: number }
  | { readonly is: 'refused'; readonly refusal: Refusal }

const imageUnknown = registryError(404, 'MANIFEST_UNKNOWN', 'Requested image not found')

/** A tag list names its repository, so it is read whole and written anew; a repository nobody pushed to has none. */
async function answerTags(
  passage: Passage,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<Passed> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk)
  const told =
    incoming.statusCode === 200
      ? (JSON.parse(Buffer.concat(chunks).toString('utf8')) as { tags?: string[] })
      : {}
  const body = Buffer.from(JSON.stringify({ name: passage.clientName, tags: told.tags ?? [] }))
  const { 'content-length': _, ...headers } = answerHeaders(passage, incoming.headers)
  response.writeHead(200, { ...headers, 'content-type': 'application/json', 'content-length': body.length })
  response.end(body)
  return { is: 'answered', status: 200 }
}

function answer(
  passage: Passage,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<Passed> | Passed {
  const status = incoming.statusCode ?? 502
  if (passage.rest.startsWith('tags/') && (status === 200 || status === 404))
    return answerTags(passage, incoming, response)
  if (status === 404 && passage.rest.startsWith('manifests/')) {
    incoming.resume()
    return { is: 'refused', refusal: imageUnknown }
  }
  response.writeHead(status, answerHeaders(passage, incoming.headers))
  incoming.on('error', () => response.destroy())
  incoming.pipe(response)
  return { is: 'answered', status }
}

/** Streams both ways. A registry that cannot be reached is refused as unavailable. */
export function pass(passage: Passage, request: IncomingMessage, response: ServerResponse): Promise<Passed> {
  return new Promise((resolve) => {
    const unavailable = (): void =>
      resolve({
        is: 'refused',
        refusal: registryError(503, 'UNAVAILABLE', 'The sandbox registry is not running'),
      })
    const url = new URL(`/v2/${passage.backendName}/${passage.rest}${passage.query}`, passage.backend)
    const outgoing = httpRequest(url, {
      method: request.method ?? 'GET',
      headers: passedHeaders(request.headers),
    })
    outgoing.on('error', () => (response.headersSent ? response.destroy() : unavailable()))
    outgoing.on('response', (incoming) => {
      Promise.resolve(answer(passage, incoming, response)).then(resolve, unavailable)
    })
    response.on('close', () => outgoing.destroy())
    request.pipe(outgoing)
  })
}
