// This file is about when which key is worked on: earliest time wins, never twice at once.
//
// Flow: a key is planned (one heap, by time), then due (two lanes, first syncs ahead of refreshes), then in flight. One
// timer waits for the head of the heap. A key added while it is planned keeps the earlier time; while it is in flight,
// the wish is held and becomes its plan when the run ends, together with the time the run itself asked for.
//
// A run that waits for something slow steps aside: its worker takes another key, and the run comes back to the next
// free worker, ahead of everything of its lane that is due. Thousands may come back at once; a first sync goes before them.
//
// Guarantees: a key is in flight at most once; nothing added is lost; a run that throws is planned again.
// Assumption: times are wall-clock instants, because logins expire by that clock. The timer therefore looks again at
// least once a minute: a wall clock that was set is noticed then.
import FlatQueue from 'flatqueue'
import type { Clock, Instant } from '../../base/clock.ts'
import { pause } from '../../base/clock.ts'

/** What is due goes first syncs first; within a lane, in the order it became due. */
export type Lane = 'first' | 'refresh'

export interface QueueStats {
  /** Due, or back from stepping aside, and waiting for a free worker. */
  readonly depth: number
  /** Not yet due. */
  readonly waiting: number
  /** In flight, those that stepped aside included. */
  readonly running: number
}

/** Waits for something slow without keeping a worker from others. */
export type Aside = <T>(slow: Promise<T>) => Promise<T>

export interface WorkQueueOptions {
  readonly clock: Clock
  /** Workers; runs that stepped aside come on top. Asked anew each time where it changes. */
  readonly concurrency: number | (() => number)
  /** Works on one key; an instant returned is when to run it next. A throw is a bug and goes to `onCrash`. */
  readonly run: (key: string, signal: AbortSignal, aside: Aside) => Promise<Instant | undefined>
  /** Told of what `run` threw; says when to try again. */
  readonly onCrash: (key: string, error: unknown) => Instant
  /** Milliseconds a key was due before a worker took it. */
  readonly onStart?: ((key: string, lateBy: number) => void) | undefined
}

export interface WorkQueue {
  /** Run `key` at `at`, or earlier if it is already planned earlier. A key in flight is run again afterwards. */
  add(key: string, at: Instant, lane?: Lane): void
  addNow(key: string, lane?: Lane): void
  /** Drops what is planned for `key`; a run in flight finishes and is not repeated. */
  forget(key: string): void
  /** When `key` will run, if it is planned or due. */
  plannedAt(key: string): Instant | undefined
  stats(): QueueStats
  /** Milliseconds that the key which is due longest has been so, its run included; looks at every key. */
  longestWait(): number
  /** Keys that are due and wait for a free worker. */
  due(): Iterable<string>
  /** Resolves when nothing is due or in flight (what is planned for later stays). */
  idle(): Promise<void>
  /** Starts nothing more; aborts the signal of what is in flight after `graceMs`, and waits for it. */
  close(graceMs?: number): Promise<void>
}

const LOOK_AGAIN_MS = 60_000
/** Thousands of runs may end or step aside without a request: so many a turn of the event loop, as others wait for it too. */
const MOST_A_TURN = 50
/** So many places in the heap that count for nothing are not worth a sweep. */
const FEW_PLACES = 1000

interface Entry {
  readonly key: string
  at: Instant
  lane: Lane
  place: 'heap' | 'due' | 'flight'
  /** Wished for while in flight. */
  again: { at: Instant; lane: Lane } | undefined
  /** The run in flight must leave nothing behind. */
  forgotten: boolean
}

/** A place in the heap; it counts only while its entry is still planned for the same time. */
interface Planned {
  readonly entry: Entry
  readonly at: Instant
}

export function workQueue(options: WorkQueueOptions): WorkQueue {
  return new Queue(options)
}

class Queue implements WorkQueue {
  readonly #options: WorkQueueOptions
  readonly #entries = new Map<string, Entry>()
  readonly #heap = new FlatQueue<Planned>()
  readonly #due: Readonly<Record<Lane, Set<Entry>>> = { first: new Set(), refresh: new Set() }
  readonly #cancelled = new AbortController()
  readonly #returning: Readonly<Record<Lane, (() => void)[]>> = { first: [], refresh: [] }
  #running = 0
  #busy = 0
  #timer: { readonly at: number; readonly cancel: () => void } | undefined
  #idle: PromiseWithResolvers<void> | undefined
  #closed = false
  /** Runs begun or readmitted since the event loop was last seen to turn. */
  #begun = 0

  constructor(options: WorkQueueOptions) {
    this.#options = options
  }

  add(key: string, at: Instant, lane: Lane = 'refresh'): void {
    if (this.#closed) return
    const entry = this.#entries.get(key)
    if (entry === undefined) this.#plan(key, at, lane)
    else if (entry.place === 'flight') {
      const { again } = entry
      entry.again =
        again === undefined ? { at, lane } : { at: earlier(again.at, at), lane: higher(again.lane, lane) }
    } else this.#hasten(entry, at, lane)
    this.#advance()
  }

  addNow(key: string, lane: Lane = 'refresh'): void {
    this.add(key, this.#options.clock.now(), lane)
  }

  forget(key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    if (entry.place === 'flight') {
      entry.again = undefined
      entry.forgotten = true
      return
    }
    this.#due[entry.lane].delete(entry)
    // Its place in the heap stays, and counts for nothing once the entry is in flight for good.
    entry.place = 'flight'
    this.#entries.delete(key)
    this.#sweep()
    this.#advance()
  }

  plannedAt(key: string): Instant | undefined {
    const entry = this.#entries.get(key)
    return entry?.place === 'flight' ? entry.again?.at : entry?.at
  }

  stats(): QueueStats {
    const due = this.#depth
    const waiting = this.#entries.size - due - this.#running
    const { first, refresh } = this.#returning
    return { depth: due + first.length + refresh.length, waiting, running: this.#running }
  }

  longestWait(): number {
    const now = this.#options.clock.now()
    let longest = 0
    for (const { at } of this.#entries.values()) if (now - at > longest) longest = now - at
    return longest
  }

  *due(): Iterable<string> {
    for (const lane of [this.#due.first, this.#due.refresh]) for (const { key } of lane) yield key
  }

  idle(): Promise<void> {
    if (this.#depth === 0 && this.#running === 0) return Promise.resolve()
    this.#idle ??= Promise.withResolvers()
    return this.#idle.promise
  }

  async close(graceMs = 0): Promise<void> {
    this.#closed = true
    this.#timer?.cancel()
    this.#heap.clear()
    this.#due.first.clear()
    this.#due.refresh.clear()
    this.#advance()
    if (this.#running > 0) {
      const inTime = new AbortController()
      const late = pause(this.#options.clock, graceMs, inTime.signal).then(
        () => this.#cancelled.abort(new Error('the queue is closed')),
        () => {},
      )
      await this.idle()
      inTime.abort()
      await late
    }
    this.#entries.clear()
  }

  get #depth(): number {
    return this.#due.first.size + this.#due.refresh.size
  }

  #plan(key: string, at: Instant, lane: Lane): void {
    const entry: Entry = { key, at, lane, place: 'heap', again: undefined, forgotten: false }
    this.#entries.set(key, entry)
    this.#heap.push({ entry, at }, at)
  }

  #hasten(entry: Entry, at: Instant, lane: Lane): void {
    const before = entry.lane
    entry.lane = higher(before, lane)
    if (entry.place === 'due') {
      if (entry.lane !== before) {
        this.#due[before].delete(entry)
        this.#due[entry.lane].add(entry)
      }
    } else if (at < entry.at) {
      entry.at = at
      this.#heap.push({ entry, at }, at)
      this.#sweep()
    }
  }

  /** What was hastened or forgotten leaves its place behind until its time comes, which may be hours away. */
  #sweep(): void {
    if (this.#heap.length <= 2 * this.#entries.size + FEW_PLACES) return
    this.#heap.clear()
    for (const entry of this.#entries.values())
      if (entry.place === 'heap') this.#heap.push({ entry, at: entry.at }, entry.at)
    this.#heap.shrink()
  }

  /** Moves what is due, starts what has a free worker, and sets the timer to what comes next. */
  #advance(): void {
    if (this.#closed) return this.#windUp()
    const now = this.#options.clock.now()
    for (let head = this.#head(); head !== undefined && head.at <= now; head = this.#head()) {
      this.#heap.pop()
      head.entry.place = 'due'
      this.#due[head.entry.lane].add(head.entry)
    }
    while (this.#hasRoom() && (this.#proceed('first', now) || this.#proceed('refresh', now))) this.#count()
    this.#setTimer(now)
    this.#tellIdle()
  }

  /** Whoever has begun comes before whoever has not. False where nobody of the lane waits. */
  #proceed(lane: Lane, now: Instant): boolean {
    if (this.#readmit(lane)) return true
    const entry = first(this.#due[lane])
    if (entry === undefined) return false
    this.#due[lane].delete(entry)
    void this.#start(entry, now)
    return true
  }

  /** Once closed, what is in flight only has to end. */
  #windUp(): void {
    while (this.#readmit('first') || this.#readmit('refresh'));
    this.#tellIdle()
  }

  /** The next place in the heap that still counts. */
  #head(): Planned | undefined {
    for (let head = this.#heap.peek(); head !== undefined; head = this.#heap.peek()) {
      if (head.entry.place === 'heap' && head.entry.at === head.at) return head
      this.#heap.pop()
    }
    return undefined
  }

  #setTimer(now: Instant): void {
    const at = this.#head()?.at
    if (at === this.#timer?.at) return
    this.#timer?.cancel()
    this.#timer = undefined
    if (at === undefined) return
    const cancel = this.#options.clock.after(Math.min(at - now, LOOK_AGAIN_MS), () => {
      this.#timer = undefined
      this.#advance()
    })
    this.#timer = { at, cancel }
  }

  async #start(entry: Entry, now: Instant): Promise<void> {
    this.#running += 1
    this.#busy += 1
    entry.place = 'flight'
    this.#options.onStart?.(entry.key, Math.max(0, now - entry.at))
    const next = await this.#run(entry)
    this.#running -= 1
    this.#busy -= 1
    this.#entries.delete(entry.key)
    if (!this.#closed) this.#planNext(entry, next)
    this.#advance()
  }

  async #run({ key, lane }: Entry): Promise<Instant | undefined> {
    try {
      // A turn later, so that adding many keys in a row does not begin with working on the first.
      await Promise.resolve()
      return await this.#options.run(key, this.#cancelled.signal, (slow) => this.#aside(slow, lane))
    } catch (error) {
      return this.#options.onCrash(key, error)
    }
  }

  async #aside<T>(slow: Promise<T>, lane: Lane): Promise<T> {
    this.#busy -= 1
    this.#advance()
    try {
      return await slow
    } finally {
      await this.#comeBack(lane)
    }
  }

  #comeBack(lane: Lane): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#returning[lane].push(resolve)
    this.#advance()
    return promise
  }

  #readmit(lane: Lane): boolean {
    const comeBack = this.#returning[lane].shift()
    if (comeBack === undefined) return false
    this.#busy += 1
    comeBack()
    return true
  }

  #hasRoom(): boolean {
    const { concurrency } = this.#options
    const workers = typeof concurrency === 'number' ? concurrency : concurrency()
    return this.#busy < workers && this.#begun < MOST_A_TURN
  }

  #count(): void {
    this.#begun += 1
    if (this.#begun < MOST_A_TURN) return
    setImmediate(() => {
      this.#begun = 0
      this.#advance()
    })
  }

  #planNext({ key, again, forgotten }: Entry, asked: Instant | undefined): void {
    // A run that asks for a time gone by must not keep the event loop from turning.
    const next = asked === undefined ? undefined : later(asked, (this.#options.clock.now() + 1) as Instant)
    if (again !== undefined) {
      this.#plan(key, next === undefined ? again.at : earlier(again.at, next), again.lane)
    } else if (next !== undefined && !forgotten) this.#plan(key, next, 'refresh')
  }

  #tellIdle(): void {
    if (this.#depth > 0 || this.#running > 0) return
    this.#idle?.resolve()
    this.#idle = undefined
  }
}

const earlier = (a: Instant, b: Instant): Instant => (a < b ? a : b)
const later = (a: Instant, b: Instant): Instant => (a > b ? a : b)
const higher = (a: Lane, b: Lane): Lane => (a === 'first' || b === 'first' ? 'first' : 'refresh')

function first<T>(set: ReadonlySet<T>): T | undefined {
  const { value } = set.values().next()
  return value
}
