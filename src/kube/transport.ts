// This file is about carrying requests to one API server over as few connections as it takes.
//
// Flow: a request asks the credential what to present, takes the session that was opened with that TLS material (opened
// now if there is none; callers share the attempt), waits for a place on it, and is sent. The first connection decides
// by ALPN whether the cluster speaks HTTP/2 or 1.1.
//
// Guarantees:
// - A request the server certainly did not act on is sent again, up to `ATTEMPTS` times; a GET also once after a lost
//   connection. Anything else that goes wrong is the caller's to decide, because a write may have happened.
// - A 401 makes the credential look again (single flight, over there) and is repeated once if something changed.
// - One deadline covers everything: dialling, waiting for a place, the answer. For a stream, it ends at the headers.
// - Short requests never wait behind watches: when watches fill half of a session, further ones get another session.
//
// Assumption: the clock and the timers run; a process that was stopped finds its deadlines passed and its PINGs lost.
import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import type { ClusterAccess, Presented } from './access.ts'
import { bodyOf, LARGEST_BODY, refusal } from './answer.ts'
import type { ClientStats, Exchange, KubeClient, KubeRequest } from './client.ts'
import { KubeError } from './error.ts'
import type { Limit } from './limit.ts'
import { limited } from './limit.ts'
import { raced } from './race.ts'
import { sessionPool } from './session-pool.ts'
import type { WireReply, WireRequest } from './wire.ts'
import { ConnectionLost, NotProcessed } from './wire.ts'

const ATTEMPTS = 5
const TIMEOUT_MS = 30_000

export interface TransportOptions {
  readonly clock: Clock
  readonly random: Random
  /** "name/version (platform)" */
  readonly userAgent: string
  readonly onExchange?: ((exchange: Exchange) => void) | undefined
}

/** A client for one cluster. Nothing is opened before the first request. */
export function connect(access: ClusterAccess, options: TransportOptions): KubeClient {
  const { clock } = options
  const pool = sessionPool(access, options)
  const base = new URL(access.server)
  const prefix = base.pathname.replace(/\/$/, '')
  const ended = new AbortController()
  const figures = { requests: 0, inFlight: 0, streams: 0 }

  /** One try: a place on a connection, the request, the headers of the answer. */
  async function attempt(
    request: KubeRequest,
    presented: Presented,
    streaming: boolean,
    sent: Sent,
  ): Promise<WireReply> {
    const started = clock.monotonic()
    const report = (status: number): void => {
      const took = clock.monotonic() - started
      options.onExchange?.({ method: request.method, path: request.path, status, took })
    }
    const onSend = (): void => {
      if (request.gate?.() === false) throw notLeading(request)
      figures.requests += 1
    }
    const headers = headersOf(request, presented, options.userAgent)
    try {
      const send = await pool.claim(presented, streaming, sent.signal)
      const reply = await send({ method: request.method, headers, onSend, ...sent })
      report(reply.status)
      return reply
    } catch (error) {
      if (!(error instanceof KubeError)) report(0)
      throw error
    }
  }

  async function exchange(request: KubeRequest, streaming: boolean, signal: AbortSignal): Promise<WireReply> {
    const body = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body))
    const sent: Sent = { path: prefix + request.path + queryOf(request.query), body, signal }
    let presented = await raced(Promise.resolve(access.credential.current()), signal)
    let left = ATTEMPTS
    let renewed = false
    for (;;) {
      try {
        const reply = await attempt(request, presented, streaming, sent)
        if (reply.status !== 401 || renewed) return reply
        renewed = true
        const refused = presented
        presented = await raced(access.credential.renew(refused), signal)
        if (sameCredential(refused, presented)) return reply
        reply.body.resume()
      } catch (error) {
        if (error instanceof KubeError) throw error
        if (signal.aborted) throw signal.reason
        left = triesLeft(left, request, error)
        if (left <= 0) throw unreachable(request, error)
      }
    }
  }

  /** Runs `work` under the deadline, the caller's signal and the client's end. */
  async function inTime<R>(request: KubeRequest, work: (limit: Limit) => Promise<R>): Promise<R> {
    ended.signal.throwIfAborted()
    request.signal?.throwIfAborted()
    const limit = deadline(clock, request, ended.signal)
    figures.inFlight += 1
    try {
      return await work(limit)
    } finally {
      figures.inFlight -= 1
      limit.done()
    }
  }

  async function ask<T>(request: KubeRequest): Promise<T> {
    return inTime(request, async ({ signal }) => {
      const reply = await exchange(request, false, signal)
      if (!isSuccess(reply.status)) throw await refusal(reply, request, clock)
      const bytes = await bodyOf(reply, LARGEST_BODY).catch((error: unknown) => {
        throw signal.aborted ? signal.reason : unreachable(request, error)
      })
      return parsed(bytes, request) as T
    })
  }

  async function follow(request: KubeRequest): Promise<AsyncIterable<Buffer>> {
    ended.signal.throwIfAborted()
    request.signal?.throwIfAborted()
    const limit = deadline(clock, request, ended.signal)
    figures.inFlight += 1
    try {
      const reply = await exchange(request, true, limit.signal)
      if (!isSuccess(reply.status)) throw await refusal(reply, request, clock)
      limit.lift()
      reply.body.once('close', () => limit.done())
      return chunksOf(reply, request, limit.signal)
    } catch (error) {
      limit.done()
      throw error
    } finally {
      figures.inFlight -= 1
    }
  }

  async function* chunksOf(
    reply: WireReply,
    request: KubeRequest,
    signal: AbortSignal,
  ): AsyncIterable<Buffer> {
    figures.streams += 1
    try {
      for await (const chunk of reply.body) yield chunk as Buffer
      if (!reply.complete()) throw new Error('the answer ended early')
    } catch (error) {
      throw signal.aborted ? signal.reason : unreachable(request, error)
    } finally {
      figures.streams -= 1
      reply.body.destroy()
    }
  }

  return {
    request: ask,
    stream: follow,
    stats: (): ClientStats => ({ ...figures, sessions: pool.opened() }),
    close: async () => {
      ended.abort(new Error('the client is closed'))
      pool.close()
    },
  }
}

/** What stays the same over all tries. */
type Sent = Pick<WireRequest, 'path' | 'body' | 'signal'>

function triesLeft(left: number, request: KubeRequest, error: unknown): number {
  if (error instanceof NotProcessed) return left - 1
  // A second lost connection is no accident of timing any more.
  return error instanceof ConnectionLost && request.method === 'GET' ? Math.min(left - 1, 1) : 0
}

function deadline(clock: Clock, request: KubeRequest, ended: AbortSignal): Limit {
  const ms = request.timeoutMs ?? TIMEOUT_MS
  const late = (): KubeError => failure(request, 'Timeout', `no answer within ${ms} ms`)
  return limited(clock, ms, late, [request.signal, ended])
}

function headersOf(request: KubeRequest, presented: Presented, userAgent: string): Record<string, string> {
  const headers: Record<string, string> = {
    accept: request.accept ?? 'application/json',
    'user-agent': userAgent,
  }
  if (request.body !== undefined) headers['content-type'] = request.contentType ?? 'application/json'
  if (presented.authorization !== undefined) headers['authorization'] = presented.authorization
  return headers
}

function queryOf(query: KubeRequest['query']): string {
  if (query === undefined) return ''
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${encodeURIComponent(name)}=${encodeURIComponent(value)}`],
  )
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}

function parsed(bytes: Buffer, request: KubeRequest): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    // The parser's own message quotes the text it stumbled over, which may be a Secret's.
    throw failure(request, 'Malformed', 'the answer is not JSON')
  }
}

const isSuccess = (status: number): boolean => status >= 200 && status < 300

const sameCredential = (a: Presented, b: Presented): boolean =>
  a.authorization === b.authorization && a.cert === b.cert && a.key === b.key

const failure = (request: KubeRequest, reason: string, said: string, cause?: unknown): KubeError =>
  new KubeError({ status: 0, reason, message: `${request.method} ${request.path}: ${said}`, cause })

const notLeading = (request: KubeRequest): KubeError =>
  failure(request, 'NotLeader', 'not sent, because writing is not allowed now')

function unreachable(request: KubeRequest, error: unknown): KubeError {
  return failure(
    request,
    'Unreachable',
    error instanceof Error ? error.message : 'the connection failed',
    error,
  )
}
