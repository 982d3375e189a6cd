// This file is about the front of one replica: a reverse proxy over HTTP/2 that sees, holds, slows and cuts what passes.
//
// Flow: client -> gate of bytes -> TLS and HTTP/2 of ours -> one session of HTTP/2 to the API server for each session
// of the client. Headers (the bearer token among them) and bodies pass as they are, watches as they come.
//
// Guarantees: the two sessions of a client live and die together, so that what ends one side is seen on the other; a
// GOAWAY of the server becomes one of ours. While no rule treats a request, nothing is said that the server did not say.
//
// Not shown by it: the client's PINGs are answered here. Whoever makes the server hang makes the front silent too.
import { once } from 'node:events'
import * as http2 from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { tlsIdentity } from '../test/support/tls-identity.ts'
import type { ApiFront, FrontOptions, PassingRequest } from './front.ts'
import { type Fate, type FrontRules, frontRules } from './front-rules.ts'
import { passingRequest } from './passing-request.ts'
import { tcpGate } from './tcp-gate.ts'

/** As the API server allows. */
const STREAMS = 250
/** A window per stream as the operator's own; a session's is wide, so that a watch nobody reads does not stop others. */
const STREAM_WINDOW = 1 << 20
const SESSION_WINDOW = 32 << 20

const { NGHTTP2_CANCEL } = http2.constants

export async function openApiFront(options: FrontOptions): Promise<ApiFront> {
  const identity = await tlsIdentity()
  const rules = frontRules()
  const watches = new Set<http2.ServerHttp2Stream>()
  const sockets = new Set<Socket>()
  const server = http2.createSecureServer({
    ...identity,
    settings: { maxConcurrentStreams: STREAMS, initialWindowSize: STREAM_WINDOW },
  })
  server.on('session', (near) => {
    near.setLocalWindowSize(SESSION_WINDOW)
    const far = farSession(options, near)
    near.on('stream', (stream, headers) => {
      stream.on('error', () => {})
      const request = passingRequest(String(headers[':method']), String(headers[':path']))
      if (request.isWatch) {
        watches.add(stream)
        stream.once('close', () => watches.delete(stream))
      }
      relay({ near: stream, far, headers, request, rules }).catch(() => reset(stream))
    })
  })
  // What is cut as it becomes a session may be closed by nobody.
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  // A client that leaves in the middle of a handshake is no error of ours.
  server.on('sessionError', () => {})
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const gate = await tcpGate((server.address() as AddressInfo).port)
  return {
    url: `https://127.0.0.1:${gate.port}`,
    ca: identity.cert,
    add: (rule) => rules.add(rule),
    partition(how) {
      gate.set(how)
      return () => gate.set('open')
    },
    cutWatches() {
      for (const watch of watches) reset(watch)
    },
    async [Symbol.asyncDispose]() {
      await gate.close()
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** The session towards the API server that belongs to one of a client. */
function farSession(
  { upstream, upstreamCa }: FrontOptions,
  near: http2.ServerHttp2Session,
): http2.ClientHttp2Session {
  const far = http2.connect(upstream, {
    ca: upstreamCa,
    maxSessionMemory: 64,
    settings: { enablePush: false, initialWindowSize: STREAM_WINDOW },
  })
  far.once('connect', () => {
    if (!far.destroyed) far.setLocalWindowSize(SESSION_WINDOW)
  })
  far.on('error', () => {})
  far.on('goaway', () => near.close())
  far.once('close', () => near.destroy())
  near.on('error', () => {})
  near.once('close', () => far.destroy())
  return far
}

interface Relay {
  readonly near: http2.ServerHttp2Stream
  readonly far: http2.ClientHttp2Session
  readonly headers: http2.IncomingHttpHeaders
  readonly request: PassingRequest
  readonly rules: FrontRules
}

async function relay({ near, far, headers, request, rules }: Relay): Promise<void> {
  const gone = new AbortController()
  near.once('close', () => gone.abort())
  // A stream whose body nobody reads is not closed by its client's leaving.
  near.once('aborted', () => gone.abort())
  const first = await rules.fateOf(request, 'asked', gone.signal)
  if (gone.signal.aborted) return
  if (first.is !== 'pass') return treat(near, first)
  if (far.destroyed) return reset(near)
  const { ':authority': _, ...passed } = headers
  const asked = far.request(passed)
  asked.on('error', () => {})
  gone.signal.addEventListener('abort', () => asked.close(NGHTTP2_CANCEL))
  near.pipe(asked)
  const answer = await answerOf(asked)
  if (answer === undefined) return reset(near)
  const second = await rules.fateOf(request, 'answered', gone.signal)
  if (gone.signal.aborted) return
  if (second.is !== 'pass') return treat(near, second)
  // An answer that was kept waiting may have lost its stream meanwhile.
  if (asked.destroyed && !asked.readableEnded && asked.rstCode !== 0) return reset(near)
  near.respond(answer)
  asked.once('close', () => {
    // What ended well has ended `near` by its pipe.
    if (asked.rstCode !== 0) reset(near)
  })
  asked.pipe(near)
  await once(near, 'close')
  if (near.rstCode === 0) await rules.fateOf(request, 'told', AbortSignal.abort())
}

/** RST_STREAM; `close` with a code would send the end of the stream first, as if all were well. */
const reset = (near: http2.ServerHttp2Stream): void => void near.destroy(new Error('cut by the front'))

type Answer = http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader

/** Undefined where the stream ends without one. */
const answerOf = (asked: http2.ClientHttp2Stream): Promise<Answer | undefined> =>
  new Promise((resolve) => {
    asked.once('response', resolve)
    asked.once('close', () => resolve(undefined))
  })

function treat(near: http2.ServerHttp2Stream, fate: Exclude<Fate, { readonly is: 'pass' }>): void {
  switch (fate.is) {
    case 'cut':
      return reset(near)
    case 'expire':
      near.respond({ ':status': 200, 'content-type': 'application/json' })
      near.end(`${JSON.stringify({ type: 'ERROR', object: status(410, 'Expired') })}\n`)
      return
    case 'refuse': {
      const later = fate.retryAfter === undefined ? {} : { 'retry-after': String(fate.retryAfter) }
      near.respond({ ':status': fate.status, 'content-type': 'application/json', ...later })
      near.end(JSON.stringify(status(fate.status, fate.reason)))
    }
  }
}

const status = (code: number, reason: string): object => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message: `the front says so: ${reason}`,
  reason,
  code,
})
