// This file is about one HTTP/2 session: its places, its health, and how it ends.
//
// Flow: the session is ready when the server's SETTINGS are there (they hold the stream limit). Requests take a place
// each; when all are taken they wait in order. A PING goes out every 10-15 s; one not answered within 5 s means the
// peer is gone without a word (a node that lost power, a firewall that forgot us), and the session is destroyed.
// GOAWAY closes the session for new requests; those the server had accepted finish, the others are `NotProcessed`.
//
// Guarantees: a request is on the wire at most once per `send`. `NotProcessed` is only said where the protocol says so:
// nothing was sent, REFUSED_STREAM, or a stream above GOAWAY's last id (RFC 9113, 6.8 and 8.7).
// Long-lived streams take at most half of the places of a session that also carries short requests.
import * as http2 from 'node:http2'
import type { TLSSocket } from 'node:tls'
import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import type { Send, Wire, WireReply, WireRequest } from './wire.ts'
import { ConnectionLost, NotProcessed } from './wire.ts'

const PING_EVERY_MS = 10_000
const PING_SPREAD_MS = 5000
const PING_LIMIT_MS = 5000
/** One page of a list fits (500 objects of 2 kB); a slow reader holds back no more than this. */
const STREAM_WINDOW = 1 << 20
const SESSION_WINDOW = 8 << 20
/** Node refuses new streams above it, and counts what is buffered: it must be well above the window. */
const SESSION_MEMORY_MB = 64

const { NGHTTP2_CANCEL, NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM } = http2.constants

export interface Http2WireOptions {
  readonly authority: string
  readonly socket: TLSSocket
  /** Whether short requests will use this session too. */
  readonly shared: boolean
  readonly clock: Clock
  readonly random: Random
  readonly signal: AbortSignal
}

interface Waiter {
  readonly enter: () => void
  readonly refuse: (error: unknown) => void
}

/** Resolves when the server's SETTINGS have arrived. */
export async function http2Wire(options: Http2WireOptions): Promise<Wire> {
  const session = http2.connect(options.authority, {
    createConnection: () => options.socket,
    maxSessionMemory: SESSION_MEMORY_MB,
    settings: { enablePush: false, initialWindowSize: STREAM_WINDOW },
  })
  await settingsOf(session, options.signal)
  session.setLocalWindowSize(SESSION_WINDOW)
  return new Http2Wire(session, options)
}

function settingsOf(session: http2.ClientHttp2Session, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error?: unknown): void => {
      reject(error ?? new Error('the session was closed before the server sent its settings'))
      session.destroy()
    }
    const aborted = (): void => fail(signal.reason)
    signal.addEventListener('abort', aborted, { once: true })
    // Stays attached: a session's late error must not become uncaught.
    session.on('error', fail)
    session.once('close', fail)
    session.once('remoteSettings', () => {
      signal.removeEventListener('abort', aborted)
      session.off('close', fail)
      resolve()
    })
    if (signal.aborted) aborted()
  })
}

class Http2Wire implements Wire {
  readonly #session: http2.ClientHttp2Session
  readonly #options: Http2WireOptions
  readonly #waiters: Waiter[] = []
  #taken = 0
  #streaming = 0
  #lastAccepted = Number.POSITIVE_INFINITY
  #stopPinging: () => void = () => {}

  constructor(session: http2.ClientHttp2Session, options: Http2WireOptions) {
    this.#session = session
    this.#options = options
    session.on('goaway', (_code, lastStreamId) => {
      this.#lastAccepted = lastStreamId
      this.#leave()
    })
    session.on('remoteSettings', () => this.#admit())
    session.once('close', () => this.#leave())
    this.#planPing()
  }

  get open(): boolean {
    return (
      !this.#session.closed && !this.#session.destroyed && this.#lastAccepted === Number.POSITIVE_INFINITY
    )
  }

  get #places(): number {
    return this.#session.remoteSettings.maxConcurrentStreams ?? Number.POSITIVE_INFINITY
  }

  claim(streaming: boolean): Send | undefined {
    if (!this.open) return undefined
    if (!streaming) return this.#options.shared ? (request) => this.#send(request, () => {}) : undefined
    if (this.#streaming >= (this.#options.shared ? Math.floor(this.#places / 2) : this.#places))
      return undefined
    this.#streaming += 1
    return (request) =>
      this.#send(request, () => {
        this.#streaming -= 1
      })
  }

  async #send(request: WireRequest, done: () => void): Promise<WireReply> {
    if (this.#taken < this.#places && this.#waiters.length === 0) this.#taken += 1
    else {
      try {
        await this.#place(request.signal)
      } catch (error) {
        done()
        throw error
      }
    }
    return this.#exchange(request, () => {
      this.#taken -= 1
      done()
      this.#admit()
    })
  }

  /** Waits for its turn; the place is taken when it resolves. */
  #place(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        signal.removeEventListener('abort', aborted)
        const at = this.#waiters.indexOf(waiter)
        if (at >= 0) this.#waiters.splice(at, 1)
      }
      const refuse = (error: unknown): void => {
        leave()
        reject(error)
      }
      const enter = (): void => {
        leave()
        this.#taken += 1
        resolve()
      }
      const waiter: Waiter = { enter, refuse }
      const aborted = (): void => refuse(signal.reason)
      signal.addEventListener('abort', aborted)
      if (signal.aborted) return aborted()
      if (!this.open) return refuse(new NotProcessed('the session is closed'))
      this.#waiters.push(waiter)
    })
  }

  #admit(): void {
    while (this.#taken < this.#places) {
      const next = this.#waiters[0]
      if (next === undefined) return
      next.enter()
    }
  }

  #exchange(request: WireRequest, done: () => void): Promise<WireReply> {
    let stream: http2.ClientHttp2Stream
    try {
      request.onSend()
      stream = this.#start(request)
    } catch (error) {
      done()
      return Promise.reject(error)
    }
    return new Promise((resolve, reject) => {
      let failure: unknown
      let isAnswered = false
      const aborted = (): void => {
        failure = request.signal.reason
        reject(failure)
        stream.close(NGHTTP2_CANCEL)
        // Readers of the body must see the abort, not a clean end.
        stream.destroy(asError(failure))
      }
      stream.once('response', (headers) => {
        isAnswered = true
        resolve({
          status: headers[':status'] ?? 0,
          headers,
          body: stream,
          complete: () => stream.rstCode === NGHTTP2_NO_ERROR,
        })
      })
      stream.on('error', (error) => {
        failure ??= error
      })
      stream.once('close', () => {
        request.signal.removeEventListener('abort', aborted)
        done()
        // An error costs its stack: none is made for the many streams that end well.
        if (!isAnswered) reject(this.#reason(request, stream, failure))
      })
      request.signal.addEventListener('abort', aborted)
    })
  }

  #start(request: WireRequest): http2.ClientHttp2Stream {
    if (request.signal.aborted) throw request.signal.reason
    try {
      const stream = this.#session.request(
        { ':method': request.method, ':path': request.path, ...request.headers },
        { endStream: request.body === undefined },
      )
      if (request.body !== undefined) stream.end(request.body)
      return stream
    } catch (error) {
      throw new NotProcessed('the session takes no new request', error)
    }
  }

  /** Why a stream ended without headers. */
  #reason(request: WireRequest, stream: http2.ClientHttp2Stream, failure: unknown): unknown {
    const id = stream.id ?? Number.POSITIVE_INFINITY
    if (stream.rstCode === NGHTTP2_REFUSED_STREAM || id > this.#lastAccepted || stream.pending) {
      return new NotProcessed('the server refused the stream', failure)
    }
    if (failure !== undefined && failure === request.signal.reason) return failure
    return new ConnectionLost(
      failure instanceof Error ? failure.message : 'the stream was closed before an answer came',
      failure,
    )
  }

  #planPing(): void {
    const wait = PING_EVERY_MS + this.#options.random() * PING_SPREAD_MS
    this.#stopPinging = this.#options.clock.after(wait, () => this.#ping())
  }

  #ping(): void {
    if (this.#session.destroyed) return
    const giveUp = this.#options.clock.after(PING_LIMIT_MS, () => {
      this.#session.destroy(new Error(`no answer to a PING within ${PING_LIMIT_MS} ms`))
    })
    this.#stopPinging = giveUp
    this.#session.ping((error) => {
      giveUp()
      if (error === null && !this.#session.destroyed) this.#planPing()
    })
  }

  /** Nothing new from here on: who waits for a place is sent elsewhere. */
  #leave(): void {
    if (this.#session.destroyed) this.#stopPinging()
    for (const waiter of this.#waiters.splice(0)) waiter.refuse(new NotProcessed('the session is going away'))
  }

  retire(): void {
    if (!this.#session.closed) this.#session.close()
    this.#leave()
  }

  destroy(): void {
    this.#session.destroy()
    this.#leave()
  }
}

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)))
