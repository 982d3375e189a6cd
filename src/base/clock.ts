// This file is about time: the two clocks and timers everything else is given.

/** Milliseconds since the Unix epoch. */
export type Instant = number & { readonly __brand: 'Instant' }
/** Milliseconds on a clock that never jumps; only differences mean anything. */
export type Monotonic = number & { readonly __brand: 'Monotonic' }

export const instant = (ms: number): Instant => ms as Instant

/** Parses an RFC 3339 time; undefined when it is none. */
export function parseInstant(text: string | undefined): Instant | undefined {
  if (text === undefined) return undefined
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? undefined : (ms as Instant)
}

/** RFC 3339 with whole seconds, as Kubernetes' metav1.Time prints it. */
export const rfc3339 = (at: Instant): string => `${new Date(at).toISOString().slice(0, 19)}Z`

/** Of those that are known; undefined where none is. */
export function earliest(instants: readonly (Instant | undefined)[]): Instant | undefined {
  let first: Instant | undefined
  for (const one of instants) {
    if (one !== undefined && (first === undefined || one < first)) first = one
  }
  return first
}

export interface Clock {
  now(): Instant
  monotonic(): Monotonic
  /** Runs `fn` once after `ms`; longer than 2^31 ms is waited out in parts. Returns a cancel function. */
  after(ms: number, fn: () => void): () => void
}

/** The longest delay setTimeout honours; a longer one fires at once. */
const LONGEST_TIMEOUT = 2 ** 31 - 1

function after(ms: number, fn: () => void): () => void {
  let timer: NodeJS.Timeout
  const arm = (left: number): void => {
    const step = Math.min(Math.max(left, 0), LONGEST_TIMEOUT)
    timer = setTimeout(() => (left > step ? arm(left - step) : fn()), step)
  }
  arm(ms)
  return () => clearTimeout(timer)
}

export const systemClock: Clock = {
  now: () => Date.now() as Instant,
  monotonic: () => performance.now() as Monotonic,
  after,
}

/** Resolves after `ms`, rejects with the signal's reason when it aborts first. */
export function pause(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener('abort', stop)
      resolve()
    })
    const stop = (): void => {
      cancel()
      reject(signal?.reason)
    }
    signal?.addEventListener('abort', stop, { once: true })
  })
}
