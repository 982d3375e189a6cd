// This file is about sharing logins: how often AWS is asked, by whom, and what everybody else is told.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aLogin, aWant } from '../../test/support/builders.ts'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { type Instant, instant } from '../base/clock.ts'
import { hours, minutes, seconds } from '../base/duration.ts'
import { SecretText } from '../base/secret-text.ts'
import { type FaultCode, fault } from '../model/fault.ts'
import type { RegistryScope, Want } from '../model/login.ts'
import { LoginCache, type Obtained } from './login-cache.ts'
import type { Need } from './need.ts'
import type { Logins } from './ports.ts'

/** Lets everything that waits for nothing but its turn run. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const direct = <T>(slow: Promise<T>): Promise<T> => slow

/** A cache over an AWS that answers when the test says so. */
class Bench {
  readonly clock = new ManualClock()
  readonly stop = new AbortController()
  /** When each mint began. */
  readonly mints: number[] = []
  lifeMs: number = hours(12)
  fault: FaultCode | undefined
  /** While set, answers wait for it. */
  gate: Promise<void> | undefined
  readonly cache: LoginCache

  constructor(random = 0.5) {
    const logins: Logins = {
      identify: async () => ({ is: 'identified', key: 'unused' }),
      mint: (_identity, _scope, signal) => this.#mint(signal),
    }
    this.cache = new LoginCache({ logins, clock: this.clock, random: () => random, signal: this.stop.signal })
  }

  async #mint(signal: AbortSignal) {
    const mintedAt = this.clock.now()
    this.mints.push(mintedAt)
    const count = this.mints.length
    const aborted = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason))
    })
    await Promise.race([this.gate, aborted])
    if (this.fault !== undefined) return fault(this.fault, `refusal ${count}`)
    const password = new SecretText(`token-${count}`)
    const expiresAt = instant(mintedAt + this.lifeMs)
    return { is: 'minted', login: aLogin({ password, mintedAt, expiresAt }) } as const
  }

  ask(need: Need = {}, key = 'one', want: Want = aWant()): Promise<string> {
    return this.cache.obtain(key, want, need, direct).then(text)
  }

  /** Moves time on in small steps, so that what wakes up may wait again. */
  async pass(ms: number): Promise<void> {
    const end = this.clock.now() + ms
    while (this.clock.now() < end) {
      this.clock.advance(Math.min(100, end - this.clock.now()))
      await turn()
    }
  }

  ago(ms: number): Instant {
    return instant(this.clock.now() - ms)
  }
}

const text = (obtained: Obtained): string =>
  obtained.is === 'refused'
    ? obtained.fault.message
    : obtained.login.is === 'registry'
      ? obtained.login.password.reveal()
      : 'a session'

describe('a login cache', () => {
  it('makes concurrent wants one call', async () => {
    const bench = new Bench()
    assert.deepEqual(await Promise.all([bench.ask(), bench.ask(), bench.ask()]), [
      'token-1',
      'token-1',
      'token-1',
    ])
    assert.equal(bench.mints.length, 1)
  })

  it('keeps identities, regions, services and kinds of endpoint apart', async () => {
    const bench = new Bench()
    const scoped = (
      service: 'private' | 'public',
      region: string,
      kind: Pick<RegistryScope, 'fips' | 'dualStack'> = {},
    ): Want => ({ ...aWant(), scope: { service, region, ...kind } })
    await Promise.all([
      bench.ask({}, 'one', scoped('private', 'a')),
      bench.ask({}, 'one', scoped('private', 'b')),
      bench.ask({}, 'one', scoped('public', 'a')),
      bench.ask({}, 'two', scoped('private', 'a')),
      bench.ask({}, 'one', scoped('private', 'a', { fips: true })),
      bench.ask({}, 'one', scoped('private', 'a', { dualStack: true })),
      bench.ask({}, 'one', scoped('private', 'a', { fips: true, dualStack: true })),
      bench.ask({}, 'one', scoped('private', 'a', { fips: true, dualStack: true })),
    ])
    assert.equal(bench.mints.length, 7)
  })

  it('hands out a login until it is spent, then mints anew', async () => {
    const bench = new Bench()
    await bench.ask()
    bench.clock.advance(hours(8) - 1)
    assert.equal(await bench.ask(), 'token-1')
    bench.clock.advance(1)
    assert.equal(await bench.ask(), 'token-2')
  })

  it('takes no login to live longer than AWS documents', async () => {
    const bench = new Bench()
    bench.lifeMs = hours(48)
    await bench.ask()
    bench.clock.advance(hours(8))
    assert.equal(await bench.ask(), 'token-2')
  })

  it('mints once a second at most, however short the lives are', async () => {
    const bench = new Bench()
    bench.lifeMs = 150
    const started = bench.clock.now()
    for (const _ of [1, 2, 3]) {
      const asked = bench.ask()
      await bench.pass(seconds(1))
      await asked
    }
    assert.deepEqual(
      bench.mints.map((at) => at - started),
      [0, 1000, 2000],
    )
  })

  it('shares the login of a running call with whoever asks for a renewal', async () => {
    const bench = new Bench()
    await bench.ask()
    bench.clock.advance(hours(8))
    const renewals = [1, 2, 3].map(() => bench.ask({ mintedAfter: bench.ago(hours(8)) }))
    assert.deepEqual(await Promise.all(renewals), ['token-2', 'token-2', 'token-2'])
  })

  it('asks again for whoever needs a login newer than the running call brings', async () => {
    const bench = new Bench()
    const { promise, resolve } = Promise.withResolvers<void>()
    bench.gate = promise
    const early = bench.ask()
    await turn()
    bench.clock.advance(seconds(5))
    const late = bench.ask({ mintedAfter: bench.clock.now(), isForced: true })
    resolve()
    assert.equal(await early, 'token-1')
    await bench.pass(seconds(2))
    assert.equal(await late, 'token-2')
  })

  it('tells whoever can make room that it waits for AWS', async () => {
    const bench = new Bench()
    let stoodAside = 0
    const aside = <T>(slow: Promise<T>): Promise<T> => {
      stoodAside += 1
      return slow
    }
    await bench.cache.obtain('one', aWant(), {}, aside)
    await bench.cache.obtain('one', aWant(), {}, aside)
    assert.equal(stoodAside, 1)
  })
})

describe('a forced login', () => {
  it('waits for others of its burst, and is one mint for all of them', async () => {
    const bench = new Bench()
    await bench.ask()
    bench.clock.advance(minutes(1))
    const seenAt = bench.clock.now()
    const asked: Promise<string>[] = []
    for (const _ of [1, 2, 3, 4]) {
      asked.push(bench.ask({ mintedAfter: bench.clock.now(), isForced: true }))
      await bench.pass(100)
    }
    await bench.pass(seconds(1))
    assert.deepEqual(new Set(await Promise.all(asked)), new Set(['token-2']))
    assert.equal(bench.mints[1], seenAt + 500)
  })

  it('is minted again for a force that came after the burst', async () => {
    const bench = new Bench()
    const forced = () => bench.ask({ mintedAfter: bench.clock.now(), isForced: true })
    const first = forced()
    await bench.pass(seconds(2))
    const second = forced()
    await bench.pass(seconds(2))
    assert.deepEqual([await first, await second], ['token-1', 'token-2'])
  })
})

describe('a refusal', () => {
  it('is shared, and nobody asks AWS again before its time', async () => {
    const bench = new Bench()
    bench.fault = 'aws-throttled'
    assert.deepEqual(await Promise.all([bench.ask(), bench.ask()]), ['refusal 1', 'refusal 1'])
    assert.equal(await bench.ask(), 'refusal 1')
    assert.equal(bench.mints.length, 1)
  })

  it('holds back a force too', async () => {
    const bench = new Bench()
    bench.fault = 'aws-throttled'
    await bench.ask()
    assert.equal(await bench.ask({ mintedAfter: bench.clock.now(), isForced: true }), 'refusal 1')
  })

  it('does not take away a login that serves', async () => {
    const bench = new Bench()
    await bench.ask()
    bench.fault = 'aws-unavailable'
    const forced = bench.ask({ mintedAfter: bench.clock.now(), isForced: true })
    await bench.pass(seconds(2))
    assert.deepEqual([await forced, await bench.ask()], ['refusal 2', 'token-1'])
  })

  it('is forgotten with the first login that comes', async () => {
    const bench = new Bench()
    bench.fault = 'aws-throttled'
    await bench.ask()
    bench.fault = undefined
    bench.clock.advance(seconds(1))
    assert.equal(await bench.ask(), 'token-2')
    bench.fault = 'aws-throttled'
    bench.clock.advance(hours(8))
    const { retryAt } = await refusalOf(bench)
    assert.equal(retryAt - bench.clock.now(), 375)
  })

  /** With the middle of the jitter: three quarters of each ceiling. */
  const rows: readonly (readonly [string, FaultCode, readonly number[]])[] = [
    [
      'soon, then ever later, half a minute at most',
      'aws-throttled',
      [375, 750, 1500, 3000, 6000, 12_000, 22_500, 22_500],
    ],
    [
      'slowly, a minute at most, where somebody must act',
      'aws-denied',
      [3000, 6000, 12_000, 24_000, 45_000, 45_000],
    ],
  ]
  for (const [name, code, waits] of rows) {
    it(`is tried again ${name}`, async () => {
      const bench = new Bench()
      bench.fault = code
      const seen: number[] = []
      for (const _ of waits) {
        const { retryAt } = await refusalOf(bench)
        seen.push(retryAt - bench.clock.now())
        bench.clock.advance(Math.max(seconds(1), retryAt - bench.clock.now()))
      }
      assert.deepEqual(seen, waits)
    })
  }

  it('is forgotten once it is over and another identity appears', async () => {
    const bench = new Bench()
    bench.fault = 'aws-throttled'
    for (const _ of [1, 2, 3]) {
      await bench.ask()
      bench.clock.advance(seconds(30))
    }
    await bench.ask({}, 'another')
    const { retryAt } = await refusalOf(bench)
    assert.equal(retryAt - bench.clock.now(), 375)
  })

  const refusalOf = async (bench: Bench) => {
    const obtained = await bench.cache.obtain('one', aWant(), {}, direct)
    assert.ok(obtained.is === 'refused')
    return obtained
  }
})

describe('the end of a term', () => {
  const over = new Error('over')

  it('calls a running mint off', async () => {
    const bench = new Bench()
    bench.gate = new Promise(() => {})
    const asked = bench.ask()
    await turn()
    bench.stop.abort(over)
    await assert.rejects(asked, over)
  })

  it('ends the wait for the next mint', async () => {
    const bench = new Bench()
    bench.lifeMs = 1
    await bench.ask()
    bench.clock.advance(10)
    const asked = bench.ask()
    bench.stop.abort(over)
    await assert.rejects(asked, over)
    assert.equal(bench.mints.length, 1)
  })
})
