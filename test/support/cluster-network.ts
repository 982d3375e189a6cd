// This file is about a network of pods as the API server sees it: addresses of their own that lead to ports on loopback.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { clusterNetworkSocket } from '../../sandbox/control-plane/cluster-network.ts'
import type { Stage } from './stage.ts'

export interface Served {
  readonly namespace: string
  readonly name: string
  /** Where it answers over plain HTTP on loopback. */
  readonly port: number
}

/** The port that pods here have. */
const POD_PORT = 8080

export class ClusterNetwork implements AsyncDisposable {
  readonly #stage: Stage
  readonly #server: Server
  /** Loopback ports by "address:port". */
  readonly #ports = new Map<string, number>()
  /** What the API server keeps open for next time. */
  readonly #open = new Set<Duplex>()

  private constructor(stage: Stage, server: Server) {
    this.#stage = stage
    this.#server = server
    server.on('connect', (request: IncomingMessage, socket: Duplex) => this.#connect(request, socket))
  }

  /** On a stage that was opened with `clusterNetwork`. Close it before the stage. */
  static async open(stage: Stage): Promise<ClusterNetwork> {
    const server = createServer()
    server.listen(clusterNetworkSocket(stage.sandbox.folder))
    await once(server, 'listening')
    return new ClusterNetwork(stage, server)
  }

  /** A Service with one pod behind it, which the API server reaches. */
  async serve({ namespace, name, port }: Served): Promise<void> {
    const address = `10.244.0.${this.#ports.size + 1}`
    this.#ports.set(`${address}:${POD_PORT}`, port)
    const metadata = { namespace, name }
    const targetRef = { kind: 'Pod', namespace, name }
    const ports = [{ name: 'http', port: POD_PORT }]
    const containers = [{ name, image: 'runs/elsewhere' }]
    await this.#stage.apply(
      manifests(
        { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers } },
        { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports } },
        {
          apiVersion: 'v1',
          kind: 'Endpoints',
          metadata,
          subsets: [{ addresses: [{ ip: address, targetRef }], ports }],
        },
      ),
    )
    const status = { status: { podIP: address, podIPs: [{ ip: address }] } }
    const words = ['pod', name, '-n', namespace, '--subresource=status', '--type=merge']
    await this.#stage.kubectl('patch', ...words, '-p', JSON.stringify(status))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    for (const socket of this.#open) socket.destroy()
    await once(this.#server, 'close')
  }

  #connect(request: IncomingMessage, socket: Duplex): void {
    const port = this.#ports.get(request.url ?? '')
    if (port === undefined) return void socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
    const onward = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      socket.pipe(onward).pipe(socket)
    })
    this.#open.add(socket)
    onward.on('error', () => socket.destroy())
    socket.on('error', () => onward.destroy())
    socket.on('close', () => {
      this.#open.delete(socket)
      onward.destroy()
    })
  }
}

const manifests = (...items: readonly object[]): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
