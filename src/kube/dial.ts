// This file is about opening one connection to the API server: through a proxy or not, over TLS, to the right name.
import * as https from 'node:https'
import * as net from 'node:net'
import type { Duplex } from 'node:stream'
import * as tls from 'node:tls'
import { http } from '../base/http.ts'
import type { ClusterAccess, Presented } from './access.ts'

/** Opens a TLS connection that offers `protocols`; `alpnProtocol` of the result tells which one was taken. */
export type Dial = (protocols: readonly string[], signal: AbortSignal) => Promise<tls.TLSSocket>

/** A dialer for one set of TLS material; the parsed certificates are shared by its connections. */
export function dialer(access: ClusterAccess, presented: Presented): Dial {
  const server = new URL(access.server)
  const host = server.hostname.replace(/^\[|\]$/g, '')
  const port = server.port === '' ? 443 : Number(server.port)
  const secureContext = tls.createSecureContext({
    ca: presented.ca,
    cert: presented.cert,
    key: presented.key,
    minVersion: 'TLSv1.2',
  })
  const name = access.serverName ?? host
  return async (protocols, signal) => {
    const socket =
      access.proxyUrl === undefined
        ? await reached(net.connect({ host, port, noDelay: true, keepAlive: true }), 'connect', signal)
        : await tunnel(new URL(access.proxyUrl), `${server.hostname}:${port}`, signal)
    const secured = tls.connect({
      socket,
      secureContext,
      // An address is checked against the certificate but must not be sent as SNI.
      host: name,
      ...(net.isIP(name) === 0 ? { servername: name } : {}),
      ALPNProtocols: [...protocols],
      rejectUnauthorized: !access.insecureSkipTlsVerify,
    })
    return reached(secured, 'secureConnect', signal)
  }
}

/** Resolves with the socket at `event`; destroys it when it fails or the signal aborts first. */
function reached<S extends Duplex>(socket: S, event: string, signal: AbortSignal): Promise<S> {
  return new Promise((resolve, reject) => {
    const settle = (outcome: () => void) => (): void => {
      socket.off('error', failed).off('close', closed).off(event, there)
      signal.removeEventListener('abort', aborted)
      outcome()
    }
    let cause: unknown
    const fail = settle(() => {
      // Late errors of a socket nobody waits for must not become uncaught.
      socket.on('error', () => {})
      socket.destroy()
      reject(cause)
    })
    const failed = (error: unknown): void => {
      cause = error
      fail()
    }
    const closed = (): void => failed(new Error('the connection was closed before it was established'))
    const aborted = (): void => failed(signal.reason)
    const there = settle(() => resolve(socket))
    socket.on('error', failed).on('close', closed).on(event, there)
    signal.addEventListener('abort', aborted)
    if (signal.aborted) aborted()
  })
}

/** Asks a proxy for a tunnel (RFC 9110, CONNECT). */
function tunnel(proxy: URL, authority: string, signal: AbortSignal): Promise<Duplex> {
  if (proxy.protocol !== 'http:' && proxy.protocol !== 'https:') {
    return Promise.reject(
      new Error(`the proxy's scheme ${proxy.protocol} is not supported; use http or https`),
    )
  }
  const headers: Record<string, string> = { host: authority }
  if (proxy.username !== '') {
    const login = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`
    headers['proxy-authorization'] = `Basic ${Buffer.from(login).toString('base64')}`
  }
  return new Promise((resolve, reject) => {
    const { request } = proxy.protocol === 'https:' ? https : http
    const asked = request({
      host: proxy.hostname,
      port: proxy.port === '' ? (proxy.protocol === 'https:' ? 443 : 80) : Number(proxy.port),
      method: 'CONNECT',
      path: authority,
      headers,
      agent: false,
      signal,
    })
    asked.once('connect', (answer, socket) => {
      if (answer.statusCode === 200) return resolve(socket)
      socket.destroy()
      reject(new Error(`the proxy ${proxy.host} refused the tunnel with status ${answer.statusCode ?? 0}`))
    })
    asked.once('error', reject)
    asked.end()
  })
}
