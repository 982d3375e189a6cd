// This file is about how often somebody may ask: a bucket for each, refilled as time goes by.
import { LRUCache } from 'lru-cache'
import type { Clock } from '../base/clock.ts'

export interface RateLimitOptions {
  /** So many at once, after a while of quiet. */
  readonly burst: number
  readonly perSecond: number
  /** Whoever else asks is remembered at the cost of who asked least lately. */
  readonly mostRemembered: number
  readonly clock: Pick<Clock, 'monotonic'>
}

interface Bucket {
  left: number
  at: number
}

export class RateLimit {
  readonly #options: RateLimitOptions
  readonly #buckets: LRUCache<string, Bucket>
  constructor(options: RateLimitOptions) {
    this.#options = options
    this.#buckets = new LRUCache({ max: options.mostRemembered })
  }

  /** Whole seconds until it may ask again; 0: it may now, and has. */
  take(who: string): number {
    const { burst, perSecond, clock } = this.#options
    const now = clock.monotonic()
    const bucket = this.#buckets.get(who) ?? { left: burst, at: now }
    bucket.left = Math.min(burst, bucket.left + ((now - bucket.at) / 1000) * perSecond)
    bucket.at = now
    this.#buckets.set(who, bucket)
    if (bucket.left < 1) return Math.ceil((1 - bucket.left) / perSecond)
    bucket.left -= 1
    return 0
  }
}

/** Whoever has an address of IPv6 has the 2^64 beside it too. */
export function neighbourhoodOf(address: string): string {
  const mapped = /^::ffff:([0-9.]+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  if (!address.includes(':')) return address
  const [head = '', tail] = address.replace(/%.*$/, '').split('::')
  const groups = head === '' ? [] : head.split(':')
  const rest = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - rest.length)
  const all = [...groups, ...Array.from({ length: zeros }, () => '0'), ...rest]
  return `${all.slice(0, 4).join(':')}::/64`
}
