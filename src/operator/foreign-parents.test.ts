// This file is about orders that own others while the controllers they were made for still run: whose they are.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aResource } from '../../test/support/builders.ts'
import { CHILD, childRef, PARENT, parentRef } from '../../test/support/family-bench.ts'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { instant } from '../base/clock.ts'
import { hours, minutes, seconds } from '../base/duration.ts'
import type { Dialect, Translation } from '../dialects/dialect.ts'
import { fault } from '../model/fault.ts'
import type { Resource } from '../model/resource.ts'
import { ForeignControllers } from './foreign-controllers.ts'

const ORDER: Translation = { is: 'order', deliveries: [], warnings: [], children: [], resync: hours(1) }
const WRONG: Translation = { is: 'invalid', fault: fault('field-unsupported', 'stores are not read') }
const DIALECT: Dialect = {
  name: 'external-secrets',
  kinds: [CHILD, PARENT],
  eventSource: 'us',
  statusManager: 'everpull',
  translate: () => ORDER,
  status: () => ({ events: [] }),
}

class Bench {
  readonly clock = new ManualClock(Date.parse('2026-01-01T12:00:00Z'))
  lacking: readonly string[] = []
  children: readonly Resource[] = []
  readonly foreign = new ForeignControllers({
    takeOver: new Set(),
    glance: () => 'unknown',
    parents: { owned: () => this.children, lacking: () => this.lacking },
    clock: this.clock,
  })

  ago(ms: number) {
    return instant(this.clock.now() - ms)
  }

  /** An order the other controller answered this long ago. */
  theirs(ago: number, change: Partial<Resource> = {}): Resource {
    const statusWriters = [{ manager: 'original', at: this.ago(ago) }]
    return aResource({ ref: parentRef(), createdAt: this.ago(hours(99)), statusWriters, ...change })
  }

  child(manager: string, ago: number): Resource {
    return aResource({ ref: childRef('a'), statusWriters: [{ manager, at: this.ago(ago) }] })
  }

  judge(asked: Resource, translation: Translation = ORDER): number | undefined {
    const dormant = this.foreign.judge(asked, DIALECT, translation)
    return dormant === undefined ? undefined : dormant.until - this.clock.now()
  }
}

describe('an order that owns others and was answered by another controller', () => {
  it('is that one’s until a minute after it should have been gone through again', () => {
    const bench = new Bench()
    assert.equal(bench.judge(bench.theirs(minutes(10))), minutes(51))
    assert.equal(bench.judge(bench.theirs(minutes(62))), undefined)
  })

  it('is that one’s for as long as it goes on to answer what the order owns', () => {
    const bench = new Bench()
    bench.children = [bench.child('original', hours(3)), bench.child('original', minutes(5))]
    assert.equal(bench.judge(bench.theirs(hours(50))), minutes(56))
  })

  it('is ours when we answer what it owns', () => {
    const bench = new Bench()
    bench.children = [bench.child('everpull', minutes(5)), bench.child('everpull', hours(5))]
    assert.equal(bench.judge(bench.theirs(hours(50))), undefined)
    assert.equal(bench.judge(bench.theirs(minutes(10))), undefined)
  })

  it('is that one’s while it answers any of what it owns', () => {
    const bench = new Bench()
    bench.children = [bench.child('everpull', minutes(5)), bench.child('original', minutes(20))]
    assert.equal(bench.judge(bench.theirs(hours(50))), minutes(41))
  })

  it('is that one’s though it was changed, if nothing it owns has to change', () => {
    const bench = new Bench()
    const changed = bench.theirs(minutes(10), { changedAt: bench.ago(minutes(5)) })
    assert.equal(bench.judge(changed), minutes(51))
  })

  it('is ours when what it owns is not as ordered for a minute', () => {
    const bench = new Bench()
    bench.lacking = ['create a']
    assert.equal(bench.judge(bench.theirs(minutes(10))), minutes(1))
    bench.clock.advance(seconds(40))
    assert.equal(bench.judge(bench.theirs(minutes(11))), seconds(20))
    bench.clock.advance(seconds(20))
    assert.equal(bench.judge(bench.theirs(minutes(11))), undefined)
  })

  it('counts a minute for each thing anew', () => {
    const bench = new Bench()
    bench.lacking = ['create a']
    bench.judge(bench.theirs(minutes(10)))
    bench.clock.advance(seconds(40))
    bench.lacking = ['create b']
    assert.equal(bench.judge(bench.theirs(minutes(10))), minutes(1))
    bench.lacking = []
    bench.clock.advance(seconds(40))
    assert.equal(bench.judge(bench.theirs(minutes(10))), minutes(51))
    bench.lacking = ['create b']
    assert.equal(bench.judge(bench.theirs(minutes(10))), minutes(1))
  })

  it('does not wait longer because more is lacking', () => {
    const bench = new Bench()
    bench.lacking = ['create a']
    bench.judge(bench.theirs(minutes(10)))
    bench.clock.advance(seconds(40))
    bench.lacking = ['create a', 'create b']
    assert.equal(bench.judge(bench.theirs(minutes(10))), seconds(20))
  })

  it('that we cannot serve is that one’s though it was changed', () => {
    const bench = new Bench()
    bench.children = [bench.child('original', minutes(5))]
    const changed = bench.theirs(hours(50), { changedAt: bench.ago(minutes(2)) })
    assert.equal(bench.judge(changed, WRONG), hours(8) - minutes(4))
  })
})

describe('a new order that owns others', () => {
  const fresh = (bench: Bench): Resource => aResource({ ref: parentRef('new'), createdAt: bench.clock.now() })

  it('is ours at once where no other controller works', () => {
    const bench = new Bench()
    assert.equal(bench.judge(fresh(bench)), undefined)
  })

  it('waits a minute where one works in any namespace', () => {
    const bench = new Bench()
    bench.foreign.note(bench.child('original', 0), undefined, DIALECT)
    assert.equal(bench.judge(fresh(bench)), minutes(1))
  })
})
