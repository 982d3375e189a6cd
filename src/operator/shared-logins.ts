// This file is about the logins that the terms of one process have in common: many shards are one asker to AWS.
import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import { LoginCache } from '../engine/login-cache.ts'
import type { Aside, Logins } from '../engine/ports.ts'

export interface SharedLoginsParts {
  readonly logins: Logins
  readonly clock: Clock
  readonly random: Random
}

/** A term's way to them. */
export interface TermLogins {
  readonly logins: Logins
  readonly cache: Pick<LoginCache, 'obtain' | 'living'>
  /** Calls off what the term waits for; what nobody waits for any more ends with the last of the terms. */
  end(because: Error): void
}

export class SharedLogins {
  readonly #logins: Logins
  readonly #cache: LoginCache
  readonly #ending = new AbortController()
  #terms = 0

  constructor(parts: SharedLoginsParts) {
    this.#logins = parts.logins
    this.#cache = new LoginCache({ ...parts, signal: this.#ending.signal })
  }

  /** False once the last term has left: whoever comes then begins with others. */
  get isOpen(): boolean {
    return !this.#ending.signal.aborted
  }

  open(): TermLogins {
    this.#terms += 1
    const waiting = new Set<(because: Error) => void>()
    let ended: Error | undefined
    const unlessEnded = <T>(slow: Promise<T>): Promise<T> => {
      const { promise, resolve, reject } = Promise.withResolvers<T>()
      waiting.add(reject)
      slow.then(resolve, reject).finally(() => waiting.delete(reject))
      if (ended !== undefined) reject(ended)
      return promise
    }
    const cache = this.#cache
    return {
      logins: this.#logins,
      cache: {
        obtain: (key, want, need, aside) => {
          const asideUnlessEnded: Aside = (slow) => aside(unlessEnded(slow))
          return cache.obtain(key, want, need, asideUnlessEnded)
        },
        living: (key, want) => cache.living(key, want),
      },
      end: (because) => {
        if (ended !== undefined) return
        ended = because
        this.#terms -= 1
        if (this.#terms === 0) this.#ending.abort(because)
        for (const reject of waiting) reject(because)
      },
    }
  }
}
