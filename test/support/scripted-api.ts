// This file is about an API server that does exactly what a test tells it to, over real TLS sockets.
import * as http2 from 'node:http2'
import * as net from 'node:net'
import type { AddressInfo } from 'node:net'
import type { TlsIdentity } from './tls-identity.ts'

/** One request as it came in, and the ways to answer it. */
export interface Asked {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
  readonly session: number
  /** Which request it is, from 1. */
  readonly number: number
  /** JSON, or text where a string is given. */
  answer(status: number, body: unknown, headers?: Record<string, string>): void
  /** Sends the headers and what is given, and leaves the body open. */
  begin(...chunks: readonly (string | Buffer)[]): { write(chunk: string | Buffer): void; end(): void }
  /** RST_STREAM with a code (HTTP/2), or a reset connection. */
  reset(code: number): void
  goaway(code: number, lastStreamId: number): void
}

export interface ScriptedApi {
  readonly url: string
  readonly ca: string
  readonly requests: () => number
  readonly sessions: () => number
  /** How many connections are open now. */
  readonly open: () => number
  /** Nothing passes in either direction any more, and nobody is told. */
  freeze(): void
  /** Cuts every connection. */
  cut(): void
  close(): Promise<void>
}

export interface Script {
  readonly identity: TlsIdentity
  readonly protocols?: readonly ('h2' | 'http/1.1')[]
  readonly maxConcurrentStreams?: number
  readonly onAsk: (asked: Asked) => void
}

export async function scriptedApi(script: Script): Promise<ScriptedApi> {
  const { cert, key } = script.identity
  const server = http2.createSecureServer({
    cert,
    key,
    allowHTTP1: true,
    ALPNProtocols: [...(script.protocols ?? ['h2', 'http/1.1'])],
    settings: { maxConcurrentStreams: script.maxConcurrentStreams ?? 100 },
  })
  let requests = 0
  let sessions = 0
  const numbers = new WeakMap<object, number>()
  server.on('secureConnection', (socket) => {
    sessions += 1
    numbers.set(socket, sessions)
    socket.on('error', () => {})
  })
  const sessionNumbers = new WeakMap<object, number>()
  server.on('session', (session) => {
    // Told before the connection is counted above.
    sessionNumbers.set(session, sessions + 1)
    session.on('error', () => {})
  })
  server.on('request', (request, response) => {
    requests += 1
    const number = requests
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('error', () => {})
    response.on('error', () => {})
    request.on('end', () => {
      const url = new URL(request.url, 'https://api')
      const stream = request.httpVersionMajor === 2 ? request.stream : undefined
      stream?.on('error', () => {})
      script.onAsk({
        method: request.method,
        path: url.pathname,
        query: url.searchParams,
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
        session: stream?.session
          ? (sessionNumbers.get(stream.session) ?? 0)
          : (numbers.get(request.socket) ?? 0),
        number,
        answer: (status, body, headers = {}) => {
          const text = typeof body === 'string' ? body : JSON.stringify(body)
          response.writeHead(status, {
            'content-type': typeof body === 'string' ? 'text/plain' : 'application/json',
            ...headers,
          })
          response.end(text)
        },
        begin: (...parts) => {
          response.writeHead(200, { 'content-type': 'application/json' })
          const write = (chunk: string | Buffer): void => void response.write(chunk)
          parts.forEach(write)
          return { write, end: () => void response.end() }
        },
        reset: (code) => {
          if (stream === undefined) request.socket.destroy()
          else stream.close(code)
        },
        goaway: (code, lastStreamId) => stream?.session?.goaway(code, lastStreamId),
      })
    })
  })
  await listening(server)
  const relay = frozenAtWill((server.address() as AddressInfo).port)
  await listening(relay.server)
  return {
    url: `https://127.0.0.1:${(relay.server.address() as AddressInfo).port}`,
    ca: cert,
    requests: () => requests,
    sessions: () => sessions,
    open: () => relay.pairs.size,
    freeze: relay.freeze,
    cut: relay.cut,
    close: async () => {
      relay.cut()
      await Promise.all([closed(relay.server), closed(server)])
    },
  }
}

const listening = (server: net.Server): Promise<void> =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))

const closed = (server: net.Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()))

/** A plain relay in front of the server, so that the network itself can fail. */
function frozenAtWill(port: number): {
  server: net.Server
  pairs: Set<readonly [net.Socket, net.Socket]>
  freeze: () => void
  cut: () => void
} {
  const pairs = new Set<readonly [net.Socket, net.Socket]>()
  const server = net.createServer((near) => {
    const far = net.connect(port, '127.0.0.1')
    const pair = [near, far] as const
    pairs.add(pair)
    near.pipe(far)
    far.pipe(near)
    for (const socket of pair) {
      socket.on('error', () => {})
      socket.once('close', () => {
        near.destroy()
        far.destroy()
        pairs.delete(pair)
      })
    }
  })
  return {
    server,
    pairs,
    freeze: () => {
      for (const [near, far] of pairs) {
        near.unpipe(far).pause()
        far.unpipe(near).pause()
      }
    },
    cut: () => {
      for (const [near, far] of pairs) {
        near.destroy()
        far.destroy()
      }
    },
  }
}
