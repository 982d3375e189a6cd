// This file is about what is logged of passes: what was written, each cause of failure once, and recovery.
import type { Log } from '../base/log.ts'
import type { Answer } from '../model/answer.ts'
import { FAULTS } from '../model/fault.ts'
import { type Ref, refText, secretKey } from '../model/ref.ts'

export const EXPIRY_ASSUMED = 'AWS told no expiry worth believing: twelve hours are assumed'

export class PassLog {
  readonly #log: Log
  readonly #failures = new Map<string, { count: number; words: string }>()

  constructor(log: Log) {
    this.#log = log
  }

  /** Returns how often in a row the object has failed before. */
  note(key: string, ref: Ref, answers: readonly Answer[]): number {
    this.#noteWrites(refText(ref), answers)
    return this.#noteFailure(key, refText(ref), answers)
  }

  forget(key: string): void {
    this.#failures.delete(key)
  }

  #noteWrites(object: string, answers: readonly Answer[]): void {
    for (const answer of answers) {
      if (answer.is === 'emptied' && answer.secret === 'deleted') {
        this.#log.info('deleted a Secret', { object, target: secretKey(answer.target) })
      }
      if (answer.is !== 'receipt' || answer.wrote === 'none') continue
      if (answer.expiryAssumed) this.#log.warn(EXPIRY_ASSUMED, { object })
      const dies = Math.min(...answer.logins.map((l) => l.expiresAt))
      this.#log.info(answer.wrote === 'created' ? 'created a Secret' : 'updated a Secret', {
        object,
        target: secretKey(answer.target),
        ...(Number.isFinite(dies) ? { expiresAt: new Date(dies).toISOString() } : {}),
      })
    }
  }

  #noteFailure(key: string, object: string, answers: readonly Answer[]): number {
    const failure = answers.find((answer) => answer.is === 'failed')
    const before = this.#failures.get(key)
    if (failure === undefined) {
      if (before !== undefined) this.#log.info('recovered', { object })
      this.#failures.delete(key)
      return 0
    }
    const words = `${failure.fault.code} ${failure.fault.message}`
    if (before?.words !== words) {
      const level = FAULTS[failure.fault.code].quiet ? 'debug' : 'warn'
      this.#log[level](failure.fault.message, {
        object,
        fault: failure.fault.code,
        serving: failure.serving !== undefined,
      })
    }
    const count = (before?.count ?? 0) + 1
    this.#failures.set(key, { count, words })
    return count - 1
  }
}
