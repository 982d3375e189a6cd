// This file is about the controllers we replace while they still run: where they work, and what they leave unanswered.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aDelivery, aResource, into } from '../../test/support/builders.ts'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { instant } from '../base/clock.ts'
import { hours, minutes, seconds } from '../base/duration.ts'
import type { Dialect, Translation } from '../dialects/dialect.ts'
import type { Glance } from '../engine/ports.ts'
import type { Ref } from '../model/ref.ts'
import type { Resource } from '../model/resource.ts'
import { ForeignControllers } from './foreign-controllers.ts'

const dialect = (name: Dialect['name']): Dialect => ({
  name,
  kinds: [],
  eventSource: 'us',
  statusManager: 'everpull',
  translate: () => ORDER,
  status: () => ({ events: [] }),
})
const OURS = dialect('external-secrets')
const ORDER: Extract<Translation, { is: 'order' }> = {
  is: 'order',
  deliveries: [into(aDelivery({ cadence: { is: 'renewed', interval: hours(1) } }), {})],
  warnings: [],
}
const version = (resourceVersion: string): Glance => ({ resourceVersion, annotations: [] })
const inPlace = (name: string, namespace = 'argocd'): Ref => ({ ...aResource().ref, namespace, name })

class Bench {
  readonly clock = new ManualClock(Date.parse('2026-01-01T12:00:00Z'))
  target: Glance = version('1')
  whenMissing: 'create' | 'wait' = 'create'
  readonly foreign: ForeignControllers

  constructor(takeOver: readonly Dialect['name'][] = []) {
    this.foreign = new ForeignControllers({
      takeOver: new Set(takeOver),
      glance: () => this.target,
      clock: this.clock,
    })
  }

  /** An object the other controller answered this long ago. */
  theirs(ago: number, change: Partial<Resource> = {}): Resource {
    return aResource({
      statusWriters: [{ manager: 'original', at: instant(this.clock.now() - ago) }],
      ...change,
    })
  }

  judge(asked: Resource, by = OURS): number | undefined {
    const deliveries = ORDER.deliveries.map((one) => into(one, { whenMissing: this.whenMissing }))
    const dormant = this.foreign.judge(asked, by, { ...ORDER, deliveries })
    return dormant === undefined ? undefined : dormant.until - this.clock.now()
  }
}

describe('a new object', () => {
  const fresh = (bench: Bench): Resource => aResource({ ref: inPlace('new'), createdAt: bench.clock.now() })

  it('waits where the other controller keeps an object', () => {
    const bench = new Bench()
    bench.foreign.note(bench.theirs(0), undefined, OURS)
    assert.equal(bench.judge(fresh(bench)), minutes(1))
  })

  it('does not wait when that object is gone, or ours', () => {
    const bench = new Bench()
    const theirs = bench.theirs(0)
    bench.foreign.note(theirs, undefined, OURS)
    bench.foreign.note(undefined, theirs, OURS)
    assert.equal(bench.judge(fresh(bench)), undefined)
    bench.foreign.note(theirs, undefined, OURS)
    bench.foreign.note(aResource(), theirs, OURS)
    assert.equal(bench.judge(fresh(bench)), undefined)
  })

  it('does not wait for a controller that has let go of all it had there, until that one speaks again', () => {
    const bench = new Bench()
    const theirs = bench.theirs(minutes(62))
    bench.foreign.note(theirs, undefined, OURS)
    assert.equal(bench.judge(fresh(bench)), minutes(1))
    assert.equal(bench.judge(theirs), undefined)
    assert.equal(bench.judge(fresh(bench)), undefined)
    bench.foreign.note(bench.theirs(0), theirs, OURS)
    assert.equal(bench.judge(fresh(bench)), minutes(1))
  })

  it('does not wait for a controller of another namespace', () => {
    const bench = new Bench()
    bench.foreign.note(bench.theirs(0, { ref: inPlace('other', 'elsewhere') }), undefined, OURS)
    assert.equal(bench.judge(fresh(bench)), undefined)
  })

  it('does not wait for a controller of another API', () => {
    const bench = new Bench()
    bench.foreign.note(bench.theirs(0), undefined, dialect('mobb'))
    assert.equal(bench.judge(fresh(bench)), undefined)
  })
})

describe('an object of the other controller', () => {
  it('is ours at once where we were told to take over', () => {
    const bench = new Bench(['external-secrets'])
    assert.equal(bench.judge(bench.theirs(0)), undefined)
  })

  it('is ours a minute after its target was found missing', () => {
    const bench = new Bench()
    bench.target = 'absent'
    const asked = bench.theirs(minutes(10))
    assert.equal(bench.judge(asked), minutes(1))
    bench.clock.advance(minutes(1))
    assert.equal(bench.judge(asked), undefined)
  })

  it('is theirs when they have just said so and we saw the target a moment later', () => {
    const bench = new Bench()
    bench.target = 'absent'
    const asked = bench.theirs(seconds(1))
    bench.judge(asked)
    bench.clock.advance(seconds(1))
    bench.target = version('1')
    assert.equal(bench.judge(asked), minutes(61) - seconds(2))
  })

  it('is ours a minute after its target was found missing, however soon after their last word', () => {
    const bench = new Bench()
    bench.target = 'absent'
    assert.equal(bench.judge(bench.theirs(seconds(1))), minutes(1))
  })

  it('is theirs when its target is missing and somebody else’s to make', () => {
    const bench = new Bench()
    bench.target = 'absent'
    bench.whenMissing = 'wait'
    assert.equal(bench.judge(bench.theirs(minutes(10))), minutes(51))
  })

  it('is ours a minute after its target was deleted, however soon after their last word', () => {
    const bench = new Bench()
    const asked = bench.theirs(seconds(1))
    bench.judge(asked)
    bench.target = 'absent'
    assert.equal(bench.judge(asked), minutes(1))
  })

  it('is ours a minute after its target changed and nothing was said of it', () => {
    const bench = new Bench()
    const asked = bench.theirs(minutes(10))
    assert.equal(bench.judge(asked), minutes(51))
    bench.target = version('2')
    assert.equal(bench.judge(asked), minutes(1))
    bench.clock.advance(seconds(59))
    assert.equal(bench.judge(asked), seconds(1))
    bench.clock.advance(seconds(1))
    assert.equal(bench.judge(asked), undefined)
  })

  it('is theirs when they wrote the Secret and then said so, however much the clocks differ', () => {
    for (const skew of [-5000, 0, 5000, 300_000]) {
      const bench = new Bench()
      const before = bench.theirs(minutes(59))
      bench.judge(before)
      bench.target = version('2')
      bench.judge(before)
      const said = bench.theirs(skew)
      bench.clock.advance(minutes(2))
      assert.equal(bench.judge(said), minutes(59) - skew, `skew ${skew}`)
    }
  })

  it('is theirs when we see what they said before we see what they wrote', () => {
    for (const skew of [-5000, 0, 5000]) {
      const bench = new Bench()
      bench.judge(bench.theirs(minutes(59)))
      const said = bench.theirs(skew)
      bench.target = version('2')
      bench.judge(said)
      bench.clock.advance(minutes(2))
      assert.equal(bench.judge(said), minutes(59) - skew, `skew ${skew}`)
    }
  })

  it('is theirs for a minute to let go of when it is deleted', () => {
    const bench = new Bench()
    assert.equal(bench.judge(bench.theirs(hours(5), { deletingSince: bench.clock.now() })), minutes(1))
  })
})
