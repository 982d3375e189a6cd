// This file is about a gate of bytes before a server on loopback: it passes them, holds them back, or cuts who passes.
//
// It knows no protocol, so what it holds back includes what a protocol would answer by itself (a PING of HTTP/2): to
// both sides a held connection looks as it does when the network between them is gone.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export type GateMode =
  /** Bytes pass. */
  | 'open'
  /** Connections stay and are accepted, and nothing passes; what was sent meanwhile passes when the gate opens again. */
  | 'silent'
  /** Connections are cut, and new ones as soon as they come. */
  | 'closed'

export interface TcpGate {
  readonly port: number
  set(mode: GateMode): void
  close(): Promise<void>
}

interface Pair {
  readonly near: Socket
  readonly far: Socket
}

/** A gate before this port of 127.0.0.1, on a free port. */
export async function tcpGate(target: number): Promise<TcpGate> {
  let mode: GateMode = 'open'
  const pairs = new Set<Pair>()
  const server = createServer({ noDelay: true, pauseOnConnect: true }, (near) => {
    if (mode === 'closed') {
      near.resetAndDestroy()
      return
    }
    const far = connect({ port: target, host: '127.0.0.1', noDelay: true })
    const pair = { near, far }
    pairs.add(pair)
    for (const socket of [near, far]) {
      socket.on('error', () => {})
      socket.once('close', () => {
        pairs.delete(pair)
        near.destroySoon()
        far.destroySoon()
      })
    }
    if (mode === 'open') join(pair)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    set(wanted) {
      mode = wanted
      for (const pair of pairs) {
        if (mode === 'open') join(pair)
        else if (mode === 'silent') part(pair)
        else sever(pair)
      }
    },
    async close() {
      const closed = once(server, 'close')
      server.close()
      for (const pair of pairs) sever(pair)
      await closed
    },
  }
}

function join({ near, far }: Pair): void {
  near.pipe(far)
  far.pipe(near)
}

function part({ near, far }: Pair): void {
  near.unpipe(far).pause()
  far.unpipe(near).pause()
}

function sever({ near, far }: Pair): void {
  near.resetAndDestroy()
  far.destroy()
}
