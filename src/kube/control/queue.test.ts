// This file is about testing the work queue: earliest first, one in flight, nothing lost.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import * as fc from 'fast-check'
import { ManualClock } from '../../../test/support/manual-clock.ts'
import { type Instant, systemClock } from '../../base/clock.ts'
import type { Lane, WorkQueueOptions } from './queue.ts'
import { workQueue } from './queue.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
const heapBytes = (): number => {
  collect()
  return process.memoryUsage().heapUsed
}

/** Lets everything that was resolved run. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function aQueue(options: Partial<WorkQueueOptions> = {}) {
  const clock = new ManualClock(0)
  const ran: string[] = []
  const held = new Map<string, PromiseWithResolvers<Instant | undefined>>()
  const queue = workQueue({
    clock,
    concurrency: 1,
    run: async (key) => {
      ran.push(`${key}@${clock.now()}`)
      return held.get(key)?.promise
    },
    onCrash: () => (clock.now() + 1000) as Instant,
    ...options,
  })
  const hold = (key: string): PromiseWithResolvers<Instant | undefined> => {
    const gate = Promise.withResolvers<Instant | undefined>()
    held.set(key, gate)
    return gate
  }
  const release = (key: string, next?: number): void => {
    held.get(key)?.resolve(next as Instant | undefined)
    held.delete(key)
  }
  const at = (ms: number): Instant => ms as Instant
  return { clock, queue, ran, hold, release, at }
}

/** One worker; keys of `slow` step aside until theirs is settled. */
function asideQueue(slow: ReadonlyMap<string, PromiseWithResolvers<void>>, seen: string[]) {
  const held = new Map<string, PromiseWithResolvers<void>>()
  const { queue } = aQueue({
    run: async (key, _signal, aside) => {
      seen.push(`${key} begins`)
      const wait = slow.get(key)
      try {
        if (wait !== undefined) await aside(wait.promise)
        await held.get(key)?.promise
        seen.push(`${key} ends`)
      } catch {
        seen.push(`${key} failed`)
      }
      return undefined
    },
  })
  const hold = (key: string): void => void held.set(key, Promise.withResolvers<void>())
  return { queue, hold, held }
}

test('a key runs at its time, and the earliest of several times wins', async () => {
  const { clock, queue, ran, at } = aQueue()
  queue.add('a', at(500))
  queue.add('a', at(200))
  queue.add('a', at(900))
  clock.advance(199)
  await turn()
  assert.deepEqual(ran, [])
  clock.advance(1)
  await turn()
  clock.advance(5000)
  await turn()
  assert.deepEqual(ran, ['a@200'])
  assert.deepEqual(queue.stats(), { depth: 0, waiting: 0, running: 0 })
})

test('a key in flight is held and runs once more afterwards, never twice at once', async () => {
  const { queue, ran, hold, release } = aQueue({ concurrency: 5 })
  hold('a')
  queue.addNow('a')
  await turn()
  queue.addNow('a')
  queue.addNow('a')
  await turn()
  assert.deepEqual(ran, ['a@0'])
  assert.equal(queue.stats().running, 1)
  release('a')
  await turn()
  assert.deepEqual(ran, ['a@0', 'a@0'])
})

test('a run that steps aside makes room, and comes back ahead of what is due', async () => {
  const slow = new Map(['a', 'b'].map((key) => [key, Promise.withResolvers<void>()]))
  const seen: string[] = []
  const { queue, hold, held } = asideQueue(slow, seen)
  hold('d')
  for (const key of ['a', 'b', 'c', 'd', 'e']) queue.addNow(key)
  await turn()
  assert.deepEqual(seen, ['a begins', 'b begins', 'c begins', 'c ends', 'd begins'])
  assert.deepEqual(queue.stats(), { depth: 1, waiting: 0, running: 3 })
  slow.get('b')?.resolve()
  await turn()
  assert.deepEqual(queue.stats(), { depth: 2, waiting: 0, running: 3 })
  held.get('d')?.resolve()
  await turn()
  assert.deepEqual(seen.slice(5), ['d ends', 'b ends', 'e begins', 'e ends'])
  slow.get('a')?.reject(new Error('too slow'))
  await queue.idle()
  assert.deepEqual(seen.slice(9), ['a failed'])
  assert.deepEqual(queue.stats(), { depth: 0, waiting: 0, running: 0 })
})

test('a first sync goes ahead of those that come back', async () => {
  const slow = new Map(['a', 'b', 'x'].map((key) => [key, Promise.withResolvers<void>()]))
  const seen: string[] = []
  const { queue, hold, held } = asideQueue(slow, seen)
  hold('c')
  queue.addNow('x', 'first')
  for (const key of ['a', 'b', 'c']) queue.addNow(key)
  await turn()
  queue.addNow('y', 'first')
  for (const key of ['a', 'b', 'x']) slow.get(key)?.resolve()
  await turn()
  assert.deepEqual(seen, ['x begins', 'a begins', 'b begins', 'c begins'])
  held.get('c')?.resolve()
  await queue.idle()
  assert.deepEqual(seen.slice(4), ['c ends', 'x ends', 'y begins', 'y ends', 'a ends', 'b ends'])
})

test('closing waits for runs that stepped aside', async () => {
  const slow = new Map([['a', Promise.withResolvers<void>()]])
  const seen: string[] = []
  const { queue } = asideQueue(slow, seen)
  queue.addNow('a')
  await turn()
  const closed = queue.close(1000)
  slow.get('a')?.resolve()
  await closed
  assert.deepEqual(seen, ['a begins', 'a ends'])
})

test('what a run returns is when it runs next, unless something earlier was asked meanwhile', async () => {
  const { clock, queue, ran, hold, release, at } = aQueue()
  hold('a')
  queue.addNow('a')
  await turn()
  queue.add('a', at(100))
  release('a', 300)
  await turn()
  assert.equal(queue.plannedAt('a'), 100)
  hold('a')
  clock.advance(100)
  await turn()
  release('a', 300)
  await turn()
  assert.equal(queue.plannedAt('a'), 300)
  clock.advance(200)
  await turn()
  assert.deepEqual(ran, ['a@0', 'a@100', 'a@300'])
})

test('first syncs go ahead of refreshes, also when a refresh is promoted while it waits', async () => {
  const { queue, ran, hold, release } = aQueue()
  hold('busy')
  queue.addNow('busy')
  await turn()
  queue.addNow('r1', 'refresh')
  queue.addNow('r2', 'refresh')
  queue.addNow('f1', 'first')
  queue.addNow('r2', 'first')
  release('busy')
  await queue.idle()
  assert.deepEqual(ran, ['busy@0', 'f1@0', 'r2@0', 'r1@0'])
})

test('no more keys are in flight than workers, and the others wait as depth', async () => {
  const { queue, hold, release } = aQueue({ concurrency: 2 })
  for (const key of ['a', 'b', 'c', 'd']) {
    hold(key)
    queue.addNow(key)
  }
  await turn()
  assert.deepEqual(queue.stats(), { depth: 2, waiting: 0, running: 2 })
  release('a')
  await turn()
  assert.deepEqual(queue.stats(), { depth: 1, waiting: 0, running: 2 })
})

test('a run that throws is told of and planned again', async () => {
  const crashes: unknown[] = []
  const { clock, queue } = aQueue({
    run: async () => {
      throw new Error('a bug')
    },
    onCrash: (key, error) => {
      crashes.push([key, (error as Error).message])
      return (clock.now() + 1000) as Instant
    },
  })
  queue.addNow('a')
  await turn()
  assert.deepEqual(crashes, [['a', 'a bug']])
  assert.equal(queue.plannedAt('a'), 1000)
  clock.advance(1000)
  await turn()
  assert.equal(crashes.length, 2)
})

test('a forgotten key does not run, and one in flight leaves nothing behind', async () => {
  const { clock, queue, ran, hold, release, at } = aQueue()
  queue.add('a', at(100))
  queue.forget('a')
  hold('b')
  queue.addNow('b')
  await turn()
  queue.addNow('b')
  queue.forget('b')
  release('b', 200)
  await turn()
  clock.advance(1000)
  await turn()
  assert.deepEqual(ran, ['b@0'])
  queue.addNow('a')
  await turn()
  assert.deepEqual(ran, ['b@0', 'a@1000'])
})

test('a wall clock set forward is noticed within a minute', async () => {
  const { clock, queue, ran, at } = aQueue()
  queue.add('a', at(12 * 3_600_000))
  clock.setWall(13 * 3_600_000)
  clock.advance(60_000)
  await turn()
  assert.equal(ran.length, 1)
})

test('there is one timer, however many keys are planned', () => {
  const { clock, queue, at } = aQueue()
  for (let n = 0; n < 1000; n += 1) queue.add(`key ${n}`, at(1000 + ((n * 7919) % 5000)))
  assert.equal(clock.armed, 1)
})

test('closing starts nothing more, waits for what is in flight, and aborts it when the grace is over', async () => {
  let aborted = false
  const { clock, queue, ran } = aQueue({
    run: async (_key, signal) => {
      ran.push('started')
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
      aborted = true
      return undefined
    },
  })
  queue.addNow('a')
  queue.addNow('b')
  await turn()
  let closed = false
  const closing = (async () => {
    await queue.close(500)
    closed = true
  })()
  clock.advance(499)
  await turn()
  assert.deepEqual([aborted, closed], [false, false])
  clock.advance(1)
  await closing
  assert.equal(aborted, true)
  assert.deepEqual(ran, ['started'])
  queue.addNow('c')
  await turn()
  assert.deepEqual(ran, ['started'])
})

test('a key that is hastened over and over takes no more memory, and runs when it was wanted last', async () => {
  const { clock, queue, ran, at } = aQueue()
  const TIMES = 300_000
  queue.add('earlier', at(1))
  queue.add('hastened', at(TIMES + 100))
  const before = heapBytes()
  for (let i = TIMES; i > 0; i--) queue.add('hastened', at(i + 99))
  // Each place that were kept would be some 100 bytes.
  assert.ok(heapBytes() - before < 10 * TIMES, `${heapBytes() - before} bytes more`)
  assert.equal(queue.plannedAt('hastened'), 100)
  clock.advance(1)
  await queue.idle()
  clock.advance(98)
  await queue.idle()
  assert.deepEqual(ran, ['earlier@1'])
  clock.advance(1)
  await queue.idle()
  assert.deepEqual(ran, ['earlier@1', 'hastened@100'])
  assert.deepEqual(queue.stats(), { depth: 0, waiting: 0, running: 0 })
})

test('keys that are forgotten before their time leave nothing behind', () => {
  const { queue, at } = aQueue()
  const TIMES = 100_000
  queue.add('earlier', at(1))
  const before = heapBytes()
  for (let i = 0; i < TIMES; i++) {
    queue.add(`short-lived-${i}`, at(1000))
    queue.forget(`short-lived-${i}`)
  }
  assert.ok(heapBytes() - before < 10 * TIMES, `${heapBytes() - before} bytes more`)
  assert.equal(queue.stats().waiting, 1)
})

test('whatever is added, every key runs at or after its earliest time, and never twice at once', async () => {
  const step = fc.record({
    key: fc.constantFrom('a', 'b', 'c', 'd'),
    at: fc.nat(1000),
    lane: fc.constantFrom<Lane>('first', 'refresh'),
    advance: fc.nat(200),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 40 }),
      fc.integer({ min: 1, max: 3 }),
      async (steps, concurrency) => {
        const clock = new ManualClock(0)
        const inFlight = new Set<string>()
        const wanted = new Map<string, number>()
        const queue = workQueue({
          clock,
          concurrency,
          run: async (key) => {
            assert.ok(!inFlight.has(key))
            assert.ok(inFlight.size < concurrency)
            inFlight.add(key)
            assert.ok((wanted.get(key) ?? Number.POSITIVE_INFINITY) <= clock.now())
            wanted.delete(key)
            await turn()
            inFlight.delete(key)
            return undefined
          },
          onCrash: (_key, error) => {
            throw error
          },
        })
        for (const { key, at, lane, advance } of steps) {
          wanted.set(key, Math.min(wanted.get(key) ?? Number.POSITIVE_INFINITY, at))
          queue.add(key, at as Instant, lane)
          clock.advance(advance)
          await turn()
        }
        clock.advance(2000)
        await queue.idle()
        assert.deepEqual([...wanted], [])
        await queue.close()
      },
    ),
    { numRuns: 50 },
  )
})

test('thousands of runs that step aside let timers have their turn', async () => {
  const landed = Promise.withResolvers<void>()
  let begun = 0
  const queue = workQueue({
    clock: systemClock,
    concurrency: 50,
    run: async (_key, _signal, aside) => {
      begun += 1
      const until = performance.now() + 0.2
      while (performance.now() < until);
      await aside(landed.promise)
      return undefined
    },
    onCrash: () => assert.fail('nothing is thrown'),
  })
  for (let i = 0; i < 1000; i += 1) queue.addNow(`key-${i}`)
  await new Promise((resolve) => setTimeout(resolve, 1))
  assert.ok(begun < 1000, 'a timer waited for all of them')
  landed.resolve()
  await queue.idle()
  assert.equal(begun, 1000)
})
