// This file is about the steps of one probe: each tried with patience, timed, and told as it ended.
import { type Clock, pause } from '../../base/clock.ts'
import type { Fault, FaultCode } from '../../model/fault.ts'
import type { Step } from '../../model/probe.ts'

/** What is tried. */
export type Tried = Pick<Step, 'name' | 'on' | 'optional'>

/** What kept a step from passing. */
export interface Trouble {
  readonly fault: Fault
  readonly remedy?: string | undefined
  /** It hinders nothing. */
  readonly optional?: true
}

export interface ProbeLogParts {
  readonly clock: Clock
  readonly signal: AbortSignal
  /** AWS's id of the last answer since it was asked. */
  readonly takeRequestId: () => string | undefined
}

/** A success carries what later steps need, and maybe what else there is to know. */
export type Outcome<T> =
  | { readonly is: 'done'; readonly value: T; readonly note?: string | undefined }
  | ({ readonly is: 'trouble' } & Trouble)

export const done = <T>(value: T, note?: string): Outcome<T> => ({ is: 'done', value, note })
export const trouble = (fault: Fault, remedy?: string): Outcome<never> => ({ is: 'trouble', fault, remedy })

/** Milliseconds between tries: AWS refills its buckets every second. */
const PAUSES = [500, 1_000, 2_000, 4_000] as const

export class ProbeLog {
  readonly #parts: ProbeLogParts
  readonly #steps: Step[] = []
  constructor(parts: ProbeLogParts) {
    this.#parts = parts
  }

  get steps(): readonly Step[] {
    return this.#steps
  }

  /** Undefined where it did not pass. Being throttled is no outcome, unless it lasts. */
  async try<T>(tried: Tried, ask: () => Promise<Outcome<T>>): Promise<{ readonly value: T } | undefined> {
    const { clock, takeRequestId } = this.#parts
    const began = clock.monotonic()
    takeRequestId()
    const outcome = await this.#patiently(ask)
    const requestId = takeRequestId()
    const ended = {
      tookMs: Math.round(clock.monotonic() - began),
      ...(requestId === undefined ? {} : { requestId }),
    }
    if (outcome.is === 'done') {
      const { note } = outcome
      this.#steps.push({ ...tried, result: 'passed', ...(note === undefined ? {} : { note }), ...ended })
      return { value: outcome.value }
    }
    const { fault, remedy, optional } = outcome
    const told = {
      fault,
      ...(remedy === undefined ? {} : { remedy }),
      ...(optional === undefined ? {} : { optional }),
    }
    this.#steps.push({ ...tried, result: resultOf(fault.code), ...told, ...ended })
    return undefined
  }

  /** A step before it failed, or there is nothing to try it on. */
  skip(tried: Tried, remedy?: string): void {
    this.#steps.push({ ...tried, result: 'skipped', ...(remedy === undefined ? {} : { remedy }), tookMs: 0 })
  }

  /** What nobody asks, as asking would write; `by` are the steps that speak for it. */
  infer(tried: Tried, by: readonly string[]): void {
    const speaking = this.#steps.filter(({ name, on }) => on === tried.on && by.includes(name))
    const isAllowed = speaking.length > 0 && speaking.every(({ result }) => result === 'passed')
    const note = isAllowed ? INFERRED : UNKNOWN
    this.#steps.push({
      ...tried,
      result: isAllowed ? 'passed' : 'skipped',
      inferred: true,
      note: `${note} ${by.join(' and ')}`,
      tookMs: 0,
    })
  }

  async #patiently<T>(ask: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
    for (const ms of PAUSES) {
      const outcome = await ask()
      if (outcome.is === 'done' || outcome.fault.code !== 'aws-throttled') return outcome
      await pause(this.#parts.clock, ms, this.#parts.signal)
    }
    return ask()
  }
}

const INFERRED = 'inferred, as asking would write: this goes with'
const UNKNOWN = 'not asked, as asking would write; it cannot be inferred either without'

const DENIALS: ReadonlySet<FaultCode> = new Set([
  'ambient-denied',
  'aws-denied',
  'integration-refused',
  'service-account-denied',
])

const resultOf = (code: FaultCode): 'denied' | 'failed' => (DENIALS.has(code) ? 'denied' : 'failed')
