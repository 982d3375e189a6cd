// This file is about which connection a request goes over: the cluster's session, its successor, or one for watches.
import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import type { ClusterAccess, Presented } from './access.ts'
import { dialer } from './dial.ts'
import { http1Wire } from './http1-wire.ts'
import { http2Wire } from './http2-wire.ts'
import { raced } from './race.ts'
import type { Send, Wire } from './wire.ts'

/** Name lookup, TCP, TLS and the server's settings together. */
const DIAL_LIMIT_MS = 10_000

export interface SessionPool {
  /** One exchange on an open connection; opens one if need be. What is claimed must be used. Rejects with what went wrong, or the signal's reason. */
  claim(presented: Presented, streaming: boolean, signal: AbortSignal): Promise<Send>
  /** How many connections were opened so far. */
  opened(): number
  close(): void
}

interface Session {
  readonly wire: Wire
  readonly presented: Presented
  readonly shared: boolean
}

export function sessionPool(
  access: ClusterAccess,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): SessionPool {
  const server = new URL(access.server)
  const sessions = new Set<Session>()
  /** Attempts under way, shared by everyone who needs the same thing. */
  const dialling = new Map<boolean, { readonly presented: Presented; readonly wire: Promise<Wire> }>()
  const closed = new AbortController()
  let opened = 0

  function find(presented: Presented, streaming: boolean): Send | undefined {
    for (const session of sessions) {
      if (!session.wire.open) sessions.delete(session)
      else if (!sameTls(session.presented, presented)) {
        // A new CA or client certificate: what runs may finish, nothing more starts on the old one.
        sessions.delete(session)
        session.wire.retire()
      } else {
        const send = session.wire.claim(streaming)
        if (send !== undefined) return send
      }
    }
    return undefined
  }

  const hasShared = (): boolean => [...sessions].some((session) => session.shared)

  async function open(presented: Presented, shared: boolean): Promise<Wire> {
    const late = new AbortController()
    const cancel = clock.after(DIAL_LIMIT_MS, () =>
      late.abort(new Error(`no connection within ${DIAL_LIMIT_MS} ms`)),
    )
    const limit = AbortSignal.any([closed.signal, late.signal])
    const wire = await establish(presented, shared, limit).finally(cancel)
    const session = { wire, presented, shared }
    sessions.add(session)
    if (closed.signal.aborted) wire.destroy()
    return wire
  }

  async function establish(presented: Presented, shared: boolean, limit: AbortSignal): Promise<Wire> {
    const count = (): void => {
      opened += 1
    }
    if (server.protocol === 'http:') return http1Wire({ server, dial: undefined, onConnect: count })
    const dial = dialer(access, presented)
    const socket = await dial(['h2', 'http/1.1'], limit)
    if (socket.alpnProtocol !== 'h2') {
      socket.destroy()
      return http1Wire({ server, dial, onConnect: count })
    }
    count()
    return http2Wire({ authority: server.origin, socket, shared, clock, random, signal: limit })
  }

  function dialled(presented: Presented, shared: boolean): Promise<Wire> {
    const under = dialling.get(shared)
    if (under !== undefined && sameTls(under.presented, presented)) return under.wire
    const wire = open(presented, shared).finally(() => {
      if (dialling.get(shared)?.wire === wire) dialling.delete(shared)
    })
    dialling.set(shared, { presented, wire })
    return wire
  }

  return {
    async claim(presented, streaming, signal) {
      for (;;) {
        closed.signal.throwIfAborted()
        const ready = find(presented, streaming)
        if (ready !== undefined) return ready
        // The first session carries everything; further ones only what it has no room for.
        await raced(dialled(presented, !(streaming && hasShared())), signal)
      }
    },
    opened: () => opened,
    close: () => {
      closed.abort(new Error('the client is closed'))
      for (const session of sessions) session.wire.destroy()
      sessions.clear()
    },
  }
}

const sameTls = (a: Presented, b: Presented): boolean => a.ca === b.ca && a.cert === b.cert && a.key === b.key
