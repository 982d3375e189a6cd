// This file is about what a rendering may cost: counted, not timed, so that the same template always ends the same way.
import { LimitError } from './errors.ts'

export interface Limits {
  /** Nodes walked, loop rounds, calls, list items, and text read or built: each is some 0.3 µs. */
  readonly steps: number
  /** Bytes of the result and of any string on the way to it. */
  readonly bytes: number
  /** Templates within templates, and values within values. */
  readonly depth: number
  /** What is bounded, in messages: nothing where it is one rendering. */
  readonly of?: string
}

/** 1 MiB is all a Secret can hold; 100,000 steps pass in some 30 ms; 100 levels are far more than anyone writes. */
export const DEFAULT_LIMITS: Limits = { steps: 100_000, bytes: 1024 * 1024, depth: 100 }

/** Of what is rendered one after the other for one object: its labels and annotations beside a full Secret. */
const MOST_OUTPUTS = 2

/** Copying costs about 1 ns a byte, looking at every character about 100. */
const BYTES_PER_STEP = 256
const CHARACTERS_PER_STEP = 4
/** A parser that looks for marks takes some 20 ns a character. */
const PARSED_PER_STEP = 12

/** A bcrypt hash holds the event loop for 70 to 100 ms. */
const MOST_HASHES = 4

/** Counts what renderings cost, one or those of an object together, and ends them with a LimitError at too much. */
export class Budget {
  readonly limits: Limits
  #steps = 0
  #nested = 0
  #hashes = 0
  #output = 0
  constructor(limits: Limits) {
    this.limits = limits
  }

  step(n: number): void {
    this.#steps += n
    if (this.#steps > this.limits.steps) this.#end(`more than ${this.limits.steps} steps`)
  }

  /** Charges for a text of `length` bytes; called before it is built. */
  text(length: number): void {
    if (length > this.limits.bytes) throw new LimitError(`a text of more than ${this.limits.bytes} bytes`)
    this.step(1 + length / BYTES_PER_STEP)
  }

  /** Charges for adding `added` bytes to a text, which makes it `length` bytes long. */
  grow(length: number, added: number): void {
    if (length > this.limits.bytes) throw new LimitError(`a text of more than ${this.limits.bytes} bytes`)
    this.step(1 + added / BYTES_PER_STEP)
  }

  /** Charges for looking at every character of a text. */
  characters(length: number): void {
    this.step(length / CHARACTERS_PER_STEP)
  }

  /** Charges for a parser going through a text. */
  parsed(length: number): void {
    this.step(length / PARSED_PER_STEP)
  }

  /** Charges for one bcrypt hash, which is slow by design. */
  hash(): void {
    if (++this.#hashes > MOST_HASHES) this.#end(`more than ${MOST_HASHES} bcrypt hashes`)
  }

  /** Charges for what a rendering gives, when it is done. */
  output(length: number): void {
    this.#output += length
    const most = MOST_OUTPUTS * this.limits.bytes
    if (this.#output > most) this.#end(`more than ${most} bytes of output`)
  }

  /** The same, spent as far as this one is, for a rehearsal. */
  copy(): Budget {
    const copy = new Budget(this.limits)
    copy.#steps = this.#steps
    copy.#hashes = this.#hashes
    copy.#output = this.#output
    return copy
  }

  /** Runs one level deeper into a nested value. */
  nest<T>(inner: () => T): T {
    if (this.#nested >= this.limits.depth) {
      throw new LimitError(`values nested more than ${this.limits.depth} levels deep`)
    }
    this.#nested++
    try {
      return inner()
    } finally {
      this.#nested--
    }
  }

  #end(why: string): never {
    throw new LimitError(this.limits.of === undefined ? why : `${why} in ${this.limits.of}`)
  }
}

/** Two hundred docker configs fill a Secret and take some 60,000 steps. */
const ORDER_STEPS = 125_000

/** For all that is rendered for one object at one time. */
export const orderBudget = (): Budget =>
  new Budget({ ...DEFAULT_LIMITS, steps: ORDER_STEPS, of: 'all templates of the object together' })
