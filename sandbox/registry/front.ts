// This file is about the CONNECT proxy before the registries: TLS under their real names, on loopback.
import { createServer, type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { SecureContext } from 'node:tls'
import { readApiHost } from '../aws/api-host.ts'
import { type CertificateAuthority, openCertificateAuthority } from './certificate-authority.ts'
import { type RegistryHost, readRegistryHost } from './host.ts'
import { createPullLog, type PullLog } from './pull-log.ts'
import { type RegistryParts, visitRegistry } from './registry.ts'
import type { TokenCheck } from './token-check.ts'

export interface RegistryFrontOptions {
  /** 0 or absent: any free port. */
  readonly proxyPort?: number
  /** `http://127.0.0.1:P`, a registry without authentication. */
  readonly backend: string
  readonly tokens: TokenCheck
  /** The authority's key and certificate are kept there. */
  readonly caDir: string
  /** Where AWS's own API host names lead, if they are to be answered too: the emulator's URL. */
  readonly apis?: string
}

export interface RegistryFront {
  /** For HTTPS_PROXY. `GET <proxyUrl>/_sandbox/pulls?since=N` tells the pull log. */
  readonly proxyUrl: string
  readonly port: number
  /** For SSL_CERT_FILE. */
  readonly caFile: string
  readonly pulls: PullLog
  close(): Promise<void>
}

type Destination =
  | { readonly is: 'registry'; readonly host: RegistryHost }
  | { readonly is: 'api' }
  | { readonly is: 'loopback' }
  | { readonly is: 'foreign' }

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]', '::1'])

function destination(host: string, apis: string | undefined): Destination {
  const registry = readRegistryHost(host)
  if (registry !== undefined) return { is: 'registry', host: registry }
  if (apis !== undefined && readApiHost(host) !== undefined) return { is: 'api' }
  return LOOPBACK.has(host) ? { is: 'loopback' } : { is: 'foreign' }
}

const withoutPort = (authority: string): string => authority.replace(/:\d+$/, '').toLowerCase()

/** The Host header is part of the signature and stays as the client wrote it. */
function passToApi(apis: string, request: IncomingMessage, response: ServerResponse): void {
  const outgoing = httpRequest(new URL(request.url ?? '/', apis), {
    method: request.method ?? 'GET',
    headers: request.headers,
  })
  outgoing.on('error', () => request.socket.destroy())
  outgoing.on('response', (incoming) => {
    response.writeHead(incoming.statusCode ?? 502, incoming.headers)
    incoming.pipe(response)
  })
  response.on('close', () => outgoing.destroy())
  request.pipe(outgoing)
}

const refuseConnect = (socket: Duplex, status: string, words: string): void => {
  const body = `${words}\n`
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: text/plain\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  )
}

function tunnel(target: string, socket: Duplex, head: Buffer): void {
  const [host = '127.0.0.1', port = '443'] = target.split(/:(?=\d+$)/)
  const upstream: Socket = connect(Number(port), host, () => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
    upstream.write(head)
    upstream.pipe(socket)
    socket.pipe(upstream)
  })
  upstream.on('error', () => socket.destroy())
  socket.on('error', () => upstream.destroy())
  socket.on('close', () => upstream.destroy())
}

/** Terminates TLS for whatever host name the client asks, and answers as that host. */
function createRegistries(
  parts: RegistryParts,
  authority: CertificateAuthority,
  apis: string | undefined,
): ReturnType<typeof createTlsServer> {
  const contextOf = async (name: string, done: (error: Error | null, context?: SecureContext) => void) => {
    const known = destination(name, apis)
    if (known.is !== 'registry' && known.is !== 'api') return done(new Error('no such host in the sandbox'))
    done(null, await authority.contextFor(name))
  }
  const server = createTlsServer(
    {
      ALPNProtocols: ['http/1.1'],
      SNICallback: (name, done) => void contextOf(name.toLowerCase(), done),
    },
    (request, response) => {
      const hostName = withoutPort(request.headers.host ?? '')
      const known = destination(hostName, apis)
      if (known.is === 'api' && apis !== undefined) return passToApi(apis, request, response)
      if (known.is !== 'registry') return void response.writeHead(421).end()
      visitRegistry(parts, hostName, known.host, request, response).catch(() => {
        if (response.headersSent) response.destroy()
        else response.writeHead(500).end()
      })
    },
  )
  // A client that leaves in the middle of its handshake is no fault of the front.
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  return server
}

/** What is asked of the proxy itself: the pull log, and an explanation for everything else. */
function answerDirect(pulls: PullLog, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1')
  const own = (request.url ?? '').startsWith('/')
  if (own && url.pathname === '/_sandbox/pulls') {
    if (request.method === 'DELETE') pulls.clear()
    const body = JSON.stringify({ pulls: pulls.list(Number(url.searchParams.get('since') ?? '0')) })
    response.writeHead(200, { 'content-type': 'application/json' }).end(body)
    return
  }
  response
    .writeHead(502, { 'content-type': 'text/plain' })
    .end('The sandbox proxy answers CONNECT for the host names of ECR registries only.\n')
}

function listenOnLoopback(server: ReturnType<typeof createServer>, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}

export async function startRegistryFront(options: RegistryFrontOptions): Promise<RegistryFront> {
  const authority = await openCertificateAuthority(options.caDir)
  const pulls = createPullLog()
  const registries = createRegistries(
    { backend: options.backend, tokens: options.tokens, pulls },
    authority,
    options.apis,
  )
  const sockets = new Set<Duplex>()
  const proxy = createServer((request, response) => answerDirect(pulls, request, response))
  proxy.on('connect', (request, socket, head) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    const target = request.url ?? ''
    const known = destination(withoutPort(target), options.apis)
    if (known.is === 'foreign')
      return refuseConnect(
        socket,
        '502 Bad Gateway',
        `The sandbox proxy leads to ECR registries only, not to ${target}.`,
      )
    if (known.is === 'loopback') return tunnel(target, socket, head)
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
    if (head.length > 0) socket.unshift(head)
    registries.emit('connection', socket)
  })
  const port = await listenOnLoopback(proxy, options.proxyPort ?? 0)
  return {
    proxyUrl: `http://127.0.0.1:${port}`,
    port,
    caFile: authority.caFile,
    pulls,
    close: () =>
      new Promise((resolve) => {
        proxy.close(() => resolve())
        proxy.closeAllConnections()
        for (const socket of sockets) socket.destroy()
      }),
  }
}
