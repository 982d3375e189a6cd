// This file is about the token endpoint as a server: TLS, paths and bounds; what is answered is the exchange's to say.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Clock } from '../base/clock.ts'
import { stackOf } from '../base/log.ts'
import { dockerConfigBody, type Granted, loginsBody, NOTE } from './answer.ts'
import { audit, type AuditParts } from './audit.ts'
import { bearerOf } from './bearer.ts'
import type { Pair } from './certificate.ts'
import { type Exchange, type Exchanged, NOT_LEADING } from './exchange.ts'
import { neighbourhoodOf, type RateLimit } from './rate-limit.ts'
import { type Refusal, REFUSALS, refuse } from './refusal.ts'
import { wishOf } from './request-body.ts'

export interface ServerLimits {
  /** Milliseconds, until the headers of a request are there, and all of it. */
  readonly headersTimeout: number
  readonly requestTimeout: number
  /** Milliseconds that a connection may be idle, and that its handshake may take. */
  readonly keepAliveTimeout: number
  readonly handshakeTimeout: number
  /** Milliseconds between two looks at these times. */
  readonly connectionsCheckingInterval: number
  /** Bytes. */
  readonly maxHeaderSize: number
  readonly mostConnections: number
  /** Of them, by one address, as it is limited by. */
  readonly mostOfAnAddress: number
  readonly mostRequestsAConnection: number
  /** Requests being answered. */
  readonly mostAtOnce: number
  /** Milliseconds for an answer: AWS may need some tens of seconds, and a pipeline would rather be told. */
  readonly patience: number
}

/** Whoever needs longer has lost their reader, or means us no good. */
const LIMITS: ServerLimits = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  keepAliveTimeout: 5_000,
  handshakeTimeout: 10_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16 * 1024,
  mostConnections: 512,
  mostOfAnAddress: 128,
  mostRequestsAConnection: 100,
  mostAtOnce: 64,
  patience: 40_000,
}

/** A pod has 30 s to end. */
const GRACE_MS = 5_000

export interface ServerParts extends AuditParts {
  readonly exchange: Exchange
  readonly isLeading: () => boolean
  /** Before anything is verified, by address. */
  readonly perAddress: RateLimit
  readonly clock: Clock
  readonly limits?: Partial<ServerLimits>
}

export interface TokenServer {
  readonly url: string
  replace(pair: Pair): void
  /** Lets what is being answered finish, for a few seconds. */
  close(): Promise<void>
}

/** Rejects with the error of `listen`. */
export async function serve(
  address: { readonly host?: string; readonly port: number },
  pair: Pair,
  parts: ServerParts,
): Promise<TokenServer> {
  const secure = (of: Pair) => ({ ...of, minVersion: 'TLSv1.2' as const })
  const limits = { ...LIMITS, ...parts.limits }
  const answering = new Answering(parts, limits)
  const server = createServer({ ...limits, ...secure(pair) }, (request, response) => {
    void answering.answer(request, response)
  })
  server.maxConnections = limits.mostConnections
  server.maxRequestsPerSocket = limits.mostRequestsAConnection
  boundByAddress(server, limits.mostOfAnAddress)
  await listening(server, address)
  return {
    url: urlOf(server),
    replace: (next) => server.setSecureContext(secure(next)),
    close: () =>
      new Promise((resolve) => {
        const cancel = parts.clock.after(GRACE_MS, () => server.closeAllConnections())
        server.close(() => {
          cancel()
          resolve()
        })
        server.closeIdleConnections()
      }),
  }
}

/** Connections that say nothing cost no request, and would keep everybody else out. */
function boundByAddress(server: Server, most: number): void {
  const open = new Map<string, number>()
  server.on('connection', (socket: Socket) => {
    const who = neighbourhoodOf(socket.remoteAddress ?? '')
    const before = open.get(who) ?? 0
    if (before >= most) return void socket.destroy()
    open.set(who, before + 1)
    socket.once('close', () => {
      const left = (open.get(who) ?? 1) - 1
      if (left > 0) open.set(who, left)
      else open.delete(who)
    })
  })
}

function listening(server: Server, { host, port }: { readonly host?: string; readonly port: number }) {
  return new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => resolve())
  })
}

function urlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo
  const host = address === '::' || address === '0.0.0.0' ? 'localhost' : address
  return `https://${family === 'IPv6' && host === address ? `[${host}]` : host}:${port}`
}

type Form = 'login' | 'docker-config'

interface Route {
  readonly integration: string
  readonly form: Form
}

/** A subdomain, as the names of integrations are. */
const PATH = /^\/v1\/integrations\/([a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?)\/(login|docker-config)$/

class Answering {
  readonly #parts: ServerParts
  readonly #limits: ServerLimits
  #running = 0
  constructor(parts: ServerParts, limits: ServerLimits) {
    this.#parts = parts
    this.#limits = limits
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === '/readyz' && request.method === 'GET') return this.#tellReadiness(response)
    const begun = this.#parts.clock.monotonic()
    const address = request.socket.remoteAddress ?? ''
    const route = routeOf(request)
    const form = 'form' in route ? route.form : 'login'
    const integration = 'form' in route ? route.integration : undefined
    try {
      const exchanged = await this.#exchanged(request, response, route, address)
      const took = this.#parts.clock.monotonic() - begun
      audit(this.#parts, { address, integration, took }, exchanged)
      tell(response, exchanged.outcome, form)
    } catch (error) {
      const outcome = response.destroyed ? GONE : this.#unexpected(error)
      const took = this.#parts.clock.monotonic() - begun
      audit(this.#parts, { address, integration, took }, { outcome, isProven: false })
      tell(response, outcome, form)
    }
  }

  #unexpected(error: unknown): Refusal {
    this.#parts.log.error('token endpoint: unexpected error', { error: stackOf(error) })
    return refuse('internal', 'something went wrong here: the log of the operator tells what')
  }

  #tellReadiness(response: ServerResponse): void {
    const isReady = this.#parts.isLeading()
    response.writeHead(isReady ? 200 : 503, { 'content-type': 'text/plain; charset=utf-8' })
    response.end(isReady ? 'ok\n' : 'another replica answers\n')
  }

  async #exchanged(
    request: IncomingMessage,
    response: ServerResponse,
    route: Route | Refusal,
    address: string,
  ): Promise<Exchanged> {
    const refused = (outcome: Refusal): Exchanged => ({ outcome, isProven: false })
    const wait = this.#parts.perAddress.take(neighbourhoodOf(address))
    if (wait > 0) return refused(tooOften(wait))
    if ('is' in route) return refused(route)
    if (!this.#parts.isLeading()) return refused(NOT_LEADING)
    // Before it takes a place among those that are answered: whoever lets a body trickle would hold it.
    const wish = await wishOf(request)
    if (wish.is === 'refused') return refused(wish)
    if (this.#running >= this.#limits.mostAtOnce) return refused(BUSY)
    this.#running += 1
    try {
      const { integration } = route
      const token = bearerOf(request.headers.authorization)
      const asked = { integration, token, access: wish.access, registry: wish.registry }
      return await this.#withPatience(response, (signal) => this.#parts.exchange.exchange(asked, signal))
    } finally {
      this.#running -= 1
    }
  }

  /** Ends with whoever asked, and does not keep them waiting for ever. */
  async #withPatience(
    response: ServerResponse,
    ask: (signal: AbortSignal) => Promise<Exchanged>,
  ): Promise<Exchanged> {
    const leaving = new AbortController()
    const late = AbortSignal.timeout(this.#limits.patience)
    const leave = (): void => leaving.abort(new Error('whoever asked is gone'))
    response.once('close', leave)
    try {
      return await ask(AbortSignal.any([leaving.signal, late]))
    } catch (error) {
      if (late.aborted) return { outcome: LATE, isProven: false }
      throw error
    } finally {
      response.off('close', leave)
    }
  }
}

const GONE = refuse('asker-gone', 'whoever asked left before there was an answer')
const BUSY = refuse('busy', 'too many ask at once: try again', { retryAfter: 1 })
const LATE = refuse('login-unavailable', 'AWS or the cluster did not answer in time: try again', {
  retryAfter: 5,
})
const tooOften = (retryAfter: number): Refusal =>
  refuse('too-often', 'this address asks too often: wait as long as Retry-After says', { retryAfter })

/** Nothing belongs into a query string: it would stand in logs on the way. */
function routeOf({ url = '', method }: IncomingMessage): Route | Refusal {
  const [path = '', query] = url.split('?')
  const [, integration, form] = PATH.exec(path) ?? []
  if (integration === undefined || form === undefined) {
    return refuse('path-unknown', 'there is POST /v1/integrations/NAME/login and …/docker-config')
  }
  if (method !== 'POST') return refuse('method-wrong', 'ask with POST')
  if (query !== undefined) {
    return refuse(
      'request-malformed',
      'leave the query string out: the token goes into Authorization, all else into the body',
    )
  }
  return { integration, form: form === 'login' ? 'login' : 'docker-config' }
}

function tell(response: ServerResponse, outcome: Granted | Refusal, form: Form): void {
  if (response.destroyed || response.headersSent) return
  const always = {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    pragma: 'no-cache',
  }
  if (outcome.is === 'granted') {
    // A docker config has no place for it.
    response.writeHead(200, { ...always, 'everpull-note': NOTE })
    response.end(form === 'login' ? loginsBody(outcome) : dockerConfigBody(outcome))
    return
  }
  const { reason, message, retryAfter } = outcome
  const status = REFUSALS[reason]
  response.writeHead(status, {
    ...always,
    // Whatever is left of the request is not read, and the next connection may lead to whoever answers.
    connection: 'close',
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...(status === 405 ? { allow: 'POST' } : {}),
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
  })
  response.end(`${JSON.stringify({ error: reason, message })}\n`)
}
