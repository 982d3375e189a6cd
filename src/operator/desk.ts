// This file is about logins for those who come to the operator itself, instead of ordering a Secret: asked for while it leads.
import type { Instant } from '../base/clock.ts'
import type { World } from '../dialects/dialect.ts'
import type { LoginCache } from '../engine/login-cache.ts'
import type { Logins } from '../engine/ports.ts'
import { type Fault, fault } from '../model/fault.ts'
import type { Login, Want } from '../model/login.ts'
import { lookFully } from './full-translation.ts'
import type { Watches } from './watches.ts'

/** What a term of leadership has for such people; each term has another. */
export interface Desk {
  /** When the term began. */
  readonly since: Instant
  /** Answers a question about the cluster, as translations ask it. Throws the signal's reason alone. */
  look<T>(ask: (world: World) => T, signal: AbortSignal): Promise<T>
  /** The login that everybody shares who asks in that way; minted where there is none, or none with a third of its life left. */
  obtain(want: Want, signal: AbortSignal): Promise<Obtained>
}

export type Obtained =
  | { readonly is: 'obtained'; readonly login: Login }
  /** `retryAt`: nobody asks AWS for it again before. */
  | { readonly is: 'refused'; readonly fault: Fault; readonly retryAt?: Instant }

export interface DeskParts {
  readonly watches: Watches
  readonly logins: Logins
  readonly cache: Pick<LoginCache, 'obtain'>
  readonly mayWork: () => boolean
}

const GONE = fault('not-leading', 'another replica leads by now')

export function openDesk({ watches, logins, cache, mayWork }: DeskParts, since: Instant): Desk {
  return {
    since,
    look: (ask, signal) =>
      lookFully(
        ask,
        {
          sources: watches.sources,
          fetch: (ref, ended) => watches.fetch(ref, ended),
          open: (kind) => watches.open(kind),
        },
        signal,
      ),
    async obtain(want, signal) {
      if (!mayWork()) return { is: 'refused', fault: GONE }
      const identified = await logins.identify(want.identity, signal)
      if (identified.is === 'fault') return { is: 'refused', fault: identified }
      if (!mayWork()) return { is: 'refused', fault: GONE }
      return cache.obtain(identified.key, want, {}, (slow) => unlessEnded(slow, signal))
    },
  }
}

/** Others may wait for the same login: who leaves does not call it off. */
function unlessEnded<T>(slow: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = (): void => reject(signal.reason)
    if (signal.aborted) return end()
    signal.addEventListener('abort', end, { once: true })
    slow.then(resolve, reject).finally(() => signal.removeEventListener('abort', end))
  })
}
