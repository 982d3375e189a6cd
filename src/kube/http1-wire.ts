// This file is about HTTP/1.1: what is spoken where ALPN offers no h2, and to a plain http:// server (kubectl proxy).
import type { Agent, AgentOptions } from 'node:http'
import * as https from 'node:https'
import type { Duplex } from 'node:stream'
import { http } from '../base/http.ts'
import type { Dial } from './dial.ts'
import type { Wire, WireReply, WireRequest } from './wire.ts'
import { ConnectionLost } from './wire.ts'

/** As many short requests at once as are useful to one API server; more wait in the agent. */
const SOCKETS = 50

export interface Http1WireOptions {
  readonly server: URL
  /** Absent for plain http. */
  readonly dial: Dial | undefined
  /** Told of every new connection. */
  readonly onConnect: () => void
}

/** Every stream has a connection of its own; short requests share kept-alive ones. */
export function http1Wire(options: Http1WireOptions): Wire {
  const ended = new AbortController()
  const short = agent(options, { keepAlive: true, maxSockets: SOCKETS }, ended.signal)
  const long = agent(options, { keepAlive: false }, ended.signal)
  let open = true
  const destroy = (): void => {
    open = false
    ended.abort(new Error('the client was closed'))
    short.destroy()
    long.destroy()
  }
  return {
    get open() {
      return open
    },
    claim: (streaming) =>
      open ? (request) => exchange(options.server, streaming ? long : short, request) : undefined,
    retire: () => {
      open = false
    },
    destroy,
  }
}

type Connected = (error: Error | null, socket: Duplex) => void

function agent(options: Http1WireOptions, settings: AgentOptions, ended: AbortSignal): Agent {
  const { dial, onConnect } = options
  if (dial === undefined) {
    return new http.Agent(settings)
  }
  const secured = new https.Agent(settings)
  secured.createConnection = (_settings, connected?: Connected) => {
    onConnect()
    dial(['http/1.1'], ended).then(
      (socket) => connected?.(null, socket),
      // The agent ignores the second argument when there is an error.
      (error: unknown) => connected?.(error as Error, undefined as unknown as Duplex),
    )
    return undefined
  }
  return secured
}

function exchange(server: URL, agent: Agent, request: WireRequest): Promise<WireReply> {
  return new Promise((resolve, reject) => {
    request.onSend()
    const { request: open } = server.protocol === 'http:' ? http : https
    const sent = open({
      agent,
      host: server.hostname.replace(/^\[|\]$/g, ''),
      port: server.port,
      method: request.method,
      path: request.path,
      headers: {
        ...request.headers,
        ...(request.body === undefined ? {} : { 'content-length': request.body.length }),
      },
      signal: request.signal,
    })
    sent.once('response', (reply) => {
      reply.on('error', () => {})
      resolve({
        status: reply.statusCode ?? 0,
        headers: reply.headers,
        body: reply,
        complete: () => reply.complete,
      })
    })
    sent.once('error', (error) => {
      if (request.signal.aborted) return reject(request.signal.reason)
      reject(isReset(error) ? new ConnectionLost(error.message, error) : error)
    })
    sent.end(request.body)
  })
}

/** As when a kept-alive connection is closed by the server at the moment we use it. */
const isReset = (error: Error): boolean =>
  'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
