// This file is about the HTTP endpoints that watch over the operator: /metrics, /healthz and /readyz.
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { http } from '../base/http.ts'
import type { Log } from '../base/log.ts'

/** Where to listen: no host means all interfaces, port 0 any free one. */
interface ListenAddress {
  readonly host?: string
  readonly port: number
}

/** `because` is for whoever looks at the endpoint; nothing secret. */
export type Verdict = { readonly ok: true } | { readonly ok: false; readonly because: string }

export interface Watched {
  readonly metrics: { readonly contentType: string; expose(): Promise<string> }
  /** False: kill me, nothing else helps. */
  alive(): Verdict
  /** False: not yet, or not any more. */
  ready(): Verdict
}

export interface Endpoints {
  /** As bound, port included. */
  readonly metricsUrl: string
  readonly healthUrl: string
  /** Stops listening, lets answers under way finish. */
  close(): Promise<void>
}

/**
 * Listens on both addresses; on one server where they are the same.
 * @throws Error with a sentence for the user when an address cannot be had
 */
export async function openEndpoints(
  addresses: { readonly metrics: ListenAddress; readonly health: ListenAddress },
  watched: Watched,
  log: Log,
): Promise<Endpoints> {
  const shared =
    addresses.metrics.port !== 0 &&
    addresses.metrics.port === addresses.health.port &&
    addresses.metrics.host === addresses.health.host
  const metrics = await listen(addresses.metrics, routes(watched, shared ? 'all' : 'metrics'), 'metrics')
  const health = shared
    ? metrics
    : await listen(addresses.health, routes(watched, 'health'), 'health').catch(async (error: unknown) => {
        await close(metrics)
        throw error
      })
  const metricsUrl = `${urlOf(metrics)}/metrics`
  const healthUrl = `${urlOf(health)}/healthz`
  log.info('listening', { metrics: metricsUrl, health: healthUrl, ready: `${urlOf(health)}/readyz` })
  return {
    metricsUrl,
    healthUrl,
    close: async () => void (await Promise.all(shared ? [close(metrics)] : [close(metrics), close(health)])),
  }
}

type Answer = () => Promise<{ readonly status: number; readonly type: string; readonly body: string }>

function routes(watched: Watched, which: 'metrics' | 'health' | 'all'): RequestListener {
  const verdict =
    (ask: () => Verdict): Answer =>
    async () => {
      const said = ask()
      return {
        status: said.ok ? 200 : 503,
        type: 'text/plain; charset=utf-8',
        body: said.ok ? 'ok\n' : `${said.because}\n`,
      }
    }
  const exposition: Answer = async () => ({
    status: 200,
    type: watched.metrics.contentType,
    body: await watched.metrics.expose(),
  })
  const table = new Map<string, Answer>([
    ...(which === 'health' ? [] : ([['/metrics', exposition]] as const)),
    ...(which === 'metrics'
      ? []
      : ([
          ['/healthz', verdict(() => watched.alive())],
          ['/readyz', verdict(() => watched.ready())],
        ] as const)),
  ])
  return (request, response) => {
    const answer = table.get((request.url ?? '').split('?')[0] ?? '')
    if (answer === undefined) return void response.writeHead(404).end(`${[...table.keys()].join('\n')}\n`)
    if (request.method !== 'GET' && request.method !== 'HEAD') return void response.writeHead(405).end()
    answer().then(
      ({ status, type, body }) => response.writeHead(status, { 'content-type': type }).end(body),
      () => response.writeHead(500).end(),
    )
  }
}

function listen(
  address: ListenAddress,
  answer: RequestListener,
  purpose: 'metrics' | 'health',
): Promise<Server> {
  const server = http.createServer(answer)
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const where = `${address.host ?? ''}:${address.port}`
      reject(
        new Error(
          `cannot listen on ${where} (${error.code}): choose another address with --${purpose}-address`,
        ),
      )
    })
    server.listen(address.port, address.host, () => resolve(server))
  })
}

function urlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo
  const host = address === '::' || address === '0.0.0.0' ? 'localhost' : address
  return `http://${family === 'IPv6' && host === address ? `[${host}]` : host}:${port}`
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeIdleConnections()
  })
}
