// This file is about dealing shards out: to everybody evenly, the same for all who work it out, and with little moving.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { assign } from './assignment.ts'

const members = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 8 })
const counts = fc.integer({ min: 1, max: 64 })

describe('shards are dealt out', () => {
  it('each to one of the members, as evenly as it goes', () => {
    fc.assert(
      fc.property(counts, members, (count, names) => {
        const assigned = assign(count, names)
        assert.equal(assigned.size, count)
        const parts = names.map((name) => [...assigned.values()].filter((member) => member === name).length)
        assert.ok(Math.max(...parts) - Math.min(...parts) <= 1, parts.join())
      }),
    )
  })

  it('to nobody where nobody lives', () => {
    assert.equal(assign(8, []).size, 0)
  })

  it('in the same way whoever works it out, in whatever order the members are known', () => {
    fc.assert(
      fc.property(counts, members, (count, names) => {
        assert.deepEqual(assign(count, names), assign(count, [...names, ...names].toReversed()))
      }),
    )
  })

  it('so that few move when one comes or goes: on the average not twice its part', () => {
    for (const [count, size] of [
      [8, 2],
      [12, 3],
      [32, 4],
    ] as const) {
      const rounds = Array.from({ length: 100 }, (_none, round) => {
        const names = Array.from({ length: size }, (_one, n) => `replica-${round}-${n}`)
        const [before, after] = [assign(count, names), assign(count, [...names, `new-${round}`])]
        return [...before].filter(([shard, member]) => after.get(shard) !== member).length
      })
      const moved = rounds.reduce((sum, one) => sum + one, 0) / rounds.length
      assert.ok(moved < (2 * count) / (size + 1), `${moved} of ${count} from ${size} on`)
    }
  })
})
