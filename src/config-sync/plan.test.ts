// This file is about testing what is applied, left, pruned and held back: each rule, and what no series of events may lead to.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import type { KeptObject } from '../config-repo/sync-record.ts'
import type { Desired } from './desired.ts'
import { objectKey } from './kinds.ts'
import { type Plan, planOf, type Step } from './plan.ts'
import { aDesired, aKept, around, aSeen, aWanted, COMMIT, MARK } from './plan-fixture.ts'
import type { Seen } from './seen.ts'

const textOf = (step: Step): string =>
  `${step.is} ${'desired' in step ? step.desired.type.kind : step.kept.kind} ${'desired' in step ? step.desired.name : step.kept.name}`

const steps = (plan: Plan): readonly string[] => plan.steps.map(textOf)

const one = aDesired('one')
const two = aDesired('two')
const three = aDesired('three')
const all = [one, two, three]
const keptAll = all.map((each) => aKept(each))
const there = (...some: readonly Desired[]) => some.map((each) => [each, aSeen(each)] as const)

describe('what is wanted', () => {
  it('is made where nothing of that name is marked', () => {
    assert.deepEqual(steps(planOf(aWanted([one]), [], around([]))), ['make EcrIntegration one'])
  })

  it('is left as it is where nothing has changed', () => {
    assert.deepEqual(planOf(aWanted(all), keptAll, around(there(...all))), {
      steps: [],
      foreign: [],
      gone: [],
      held: undefined,
      spared: [],
    })
  })

  const drifts: readonly (readonly [string, Partial<Seen>])[] = [
    ['its content was changed', { stored: 'other' }],
    ['its mark was taken off by another', { mark: 'bbbb', labels: {} }],
    ['a label of the file was changed', { labels: {} }],
    ['its annotation was taken off', { annotations: {} }],
  ]
  for (const [why, changed] of drifts) {
    it(`is applied again where ${why}`, () => {
      const plan = planOf(aWanted([one]), [aKept(one)], around([[one, aSeen(one, changed)]]))
      assert.deepEqual(steps(plan), ['apply EcrIntegration one'])
    })
  }

  it('is applied again where the file has changed', () => {
    const plan = planOf(aWanted([aDesired('one', { digest: 'd2' })]), [aKept(one)], around(there(one)))
    assert.deepEqual(steps(plan), ['apply EcrIntegration one'])
  })

  it('is left alone where labels were added by others', () => {
    const seen = aSeen(one, { labels: { ...one.labels, theirs: 'x' } })
    assert.deepEqual(steps(planOf(aWanted([one]), [aKept(one)], around([[one, seen]]))), [])
  })

  it('is left to another sync whose mark it carries', () => {
    const plan = planOf(aWanted([one]), [], around([[one, aSeen(one, { mark: 'bbbb' })]]))
    assert.deepEqual(steps(plan), [])
    assert.match(plan.foreign[0]?.because ?? '', /another Git sync/)
  })

  it('is applied where it carries our mark and the record is lost', () => {
    assert.deepEqual(steps(planOf(aWanted([one]), [], around(there(one)))), ['apply EcrIntegration one'])
  })

  it('waits until one that is being deleted is gone', () => {
    const seen = aSeen(one, { isLeaving: true })
    assert.deepEqual(steps(planOf(aWanted([one]), [aKept(one)], around([[one, seen]]))), [])
  })

  it('waits where nothing is known of its kind', () => {
    assert.deepEqual(steps(planOf(aWanted([one]), [], around([[one, 'unknown']]))), [])
  })

  it('comes after the Secrets it may need, and is told of after that', () => {
    const sealed = aDesired('sealed', { kind: 'SealedSecret' })
    const untold = [two, aSeen(two, { source: undefined })] as const
    const plan = planOf(aWanted([two, one, sealed]), [aKept(two)], around([untold]))
    assert.deepEqual(steps(plan), [
      'make SealedSecret sealed',
      'make EcrIntegration one',
      'tell EcrIntegration two',
    ])
  })
})

describe('what is wanted no more', () => {
  it('is deleted', () => {
    const plan = planOf(aWanted([one, two]), keptAll, around(there(...all)))
    assert.deepEqual(plan.steps, [{ is: 'delete', kept: keptAll[2], uid: 'uid-three' }])
  })

  const left: readonly (readonly [string, Partial<Seen> | undefined])[] = [
    ['is gone', undefined],
    ['was made anew by somebody', { uid: 'other' }],
    ['carries no mark any more', { mark: undefined }],
    ['carries the mark of another sync', { mark: 'bbbb' }],
  ]
  for (const [why, changed] of left) {
    it(`is forgotten where it ${why}`, () => {
      const seen = changed === undefined ? [] : [[three, aSeen(three, changed)] as const]
      const plan = planOf(aWanted([one, two]), keptAll, around([...there(one, two), ...seen]))
      assert.deepEqual([steps(plan), plan.gone], [[], [three.key]])
    })
  }

  it('is remembered and left while it is being deleted', () => {
    const plan = planOf(
      aWanted([one, two]),
      keptAll,
      around([...there(one, two), [three, aSeen(three, { isLeaving: true })]]),
    )
    assert.deepEqual([steps(plan), plan.gone], [[], []])
  })

  it('is remembered and left while nothing is known of its kind', () => {
    const plan = planOf(aWanted([one, two]), keptAll, around([...there(one, two), [three, 'unknown']]))
    assert.deepEqual([steps(plan), plan.gone], [[], []])
  })

  it('is left while a file cannot be read', () => {
    const wanted = aWanted([one, two], { prunesNothing: 'broken' })
    const plan = planOf(wanted, keptAll, around(there(...all), COMMIT))
    assert.deepEqual([steps(plan), plan.spared], [[], [keptAll[2]]])
  })

  for (const [what, path] of [
    ['its own file', three.path],
    ['a link where its folder was', 'resources/control-planes/three'],
  ] as const) {
    it(`is left while ${what} cannot be used`, () => {
      const plan = planOf(
        aWanted([one, two], { flawedPaths: new Set([path]) }),
        keptAll,
        around(there(...all)),
      )
      assert.deepEqual([steps(plan), plan.spared], [[], [keptAll[2]]])
    })
  }

  it('is held back where it is more than half', () => {
    const plan = planOf(aWanted([one]), keptAll, around(there(...all)))
    assert.deepEqual(steps(plan), [])
    assert.deepEqual([plan.held?.commit, plan.held?.count], [COMMIT, 2])
  })

  it('is deleted where it is more than half and somebody said so of this commit', () => {
    const plan = planOf(aWanted([one]), keptAll, around(there(...all), COMMIT))
    assert.deepEqual(steps(plan), ['delete EcrIntegration two', 'delete EcrIntegration three'])
  })

  it('is held back where somebody said so of another commit', () => {
    assert.equal(planOf(aWanted([one]), keptAll, around(there(...all), 'b'.repeat(40))).held?.count, 2)
  })

  it('is held back where it is the only one, which is all there is', () => {
    const plan = planOf(aWanted([]), [aKept(one)], around(there(one)))
    assert.deepEqual([steps(plan), plan.held?.count], [[], 1])
  })

  it('is deleted where it is half', () => {
    const plan = planOf(aWanted([one]), [aKept(one), aKept(two)], around(there(one, two)))
    assert.deepEqual(steps(plan), ['delete EcrIntegration two'])
  })

  it('is held back, be it one alone, where the folder of all resources is gone', () => {
    const plan = planOf(aWanted([], { hasResources: false }), [aKept(one)], around(there(one)))
    assert.deepEqual([steps(plan), plan.held?.count], [[], 1])
  })

  it('counts against what is there, not what is gone', () => {
    const gone = ['x', 'y', 'z'].map((name) => aKept(aDesired(name)))
    assert.equal(planOf(aWanted([one]), [...keptAll, ...gone], around(there(...all))).held?.count, 2)
  })

  it('goes after the integration of its folder, when it is a Secret', () => {
    const path = { path: one.path.replace('EcrIntegration', 'SealedSecret') }
    const sealed = aDesired('sealed', { kind: 'SealedSecret', ...path })
    const kept = [aKept(one), aKept(two), aKept(three), aKept(sealed)]
    const first = planOf(aWanted([two, three]), kept, around(there(one, two, three, sealed)))
    assert.deepEqual(steps(first), ['delete EcrIntegration one'])
    const leaving = [one, aSeen(one, { isLeaving: true })] as const
    const held = planOf(aWanted([two, three]), kept, around([leaving, ...there(two, three, sealed)]))
    assert.deepEqual(steps(held), [])
    const last = planOf(aWanted([two, three]), kept.slice(1), around(there(two, three, sealed)))
    assert.deepEqual(steps(last), ['delete SealedSecret sealed'])
  })
})

/** A cluster in memory, in which others are at work too. */
class SmallCluster {
  readonly there = new Map<string, Seen>()
  readonly applied = new Set<string>()
  kept = new Map<string, KeptObject>()
  #uids = 0

  create(desired: Desired, more: Partial<Seen>): Seen {
    this.#uids += 1
    const seen = aSeen(desired, { uid: `uid-${this.#uids}`, ...more })
    this.there.set(desired.key, seen)
    return seen
  }

  /** As the steps are carried out for real: who made an object that is not ours keeps it. */
  take(step: Step): void {
    if (step.is === 'tell') return
    if (step.is === 'delete') {
      const seen = this.there.get(objectKey(step.kept))
      assert.equal(seen?.uid, step.uid, 'only what is there under this uid is deleted')
      assert.ok(this.applied.has(step.uid), `${step.uid} was never applied`)
      assert.equal(seen?.mark, step.kept.mark)
      this.there.delete(objectKey(step.kept))
      return
    }
    const { desired } = step
    const before = this.there.get(desired.key)
    const isOurs = step.is === 'apply' || (step.before?.uid !== undefined && step.before.uid === before?.uid)
    if (before !== undefined && !isOurs) {
      if (step.is === 'make' && step.before === undefined) this.kept.delete(desired.key)
      return
    }
    const seen = before === undefined ? this.create(desired, {}) : aSeen(desired, { uid: before.uid })
    this.there.set(desired.key, seen)
    this.applied.add(seen.uid)
    this.kept.set(desired.key, aKept(desired, { uid: seen.uid, stored: seen.stored }))
  }

  /** Nobody sees by a label what does not carry it. */
  round(objects: readonly Desired[], more: { readonly approved: boolean; readonly isBroken: boolean }): void {
    const marked = all.flatMap((each) => {
      const seen = this.there.get(each.key)
      return seen?.mark === undefined ? [] : [[each, seen] as const]
    })
    const wanted = aWanted(objects, more.isBroken ? { prunesNothing: 'broken' } : {})
    const before = this.kept.size
    const plan = planOf(wanted, [...this.kept.values()], around(marked, more.approved ? COMMIT : undefined))
    for (const key of plan.gone) this.kept.delete(key)
    const deleted = plan.steps.filter(({ is }) => is === 'delete')
    if (more.isBroken) assert.deepEqual(deleted, [])
    if (!more.approved) assert.ok(deleted.length * 2 <= before, 'no more than half at once')
    for (const step of plan.steps) this.take(step)
  }
}

const someName = fc.integer({ min: 0, max: all.length - 1 })

const event = fc.oneof(
  fc.record({
    is: fc.constant('round' as const),
    wanted: fc.subarray(all),
    approved: fc.boolean(),
    isBroken: fc.boolean(),
  }),
  fc.record({
    is: fc.constant('somebody' as const),
    does: fc.constantFrom('creates', 'copies', 'deletes', 'unmarks', 'edits', 'remarks'),
    to: someName,
  }),
  fc.record({ is: fc.constant('record' as const), does: fc.constantFrom('lost') }),
)

type SomeEvent = typeof event extends fc.Arbitrary<infer E> ? E : never

function happen(cluster: SmallCluster, what: SomeEvent): void {
  if (what.is === 'round') return cluster.round(what.wanted, what)
  if (what.is === 'record') return cluster.kept.clear()
  const desired = all[what.to]
  if (desired === undefined) return
  const seen = cluster.there.get(desired.key)
  switch (what.does) {
    case 'creates':
      if (seen === undefined) cluster.create(desired, { mark: undefined, labels: {} })
      return
    case 'copies':
      if (seen === undefined) cluster.create(desired, {})
      return
    case 'deletes':
      cluster.there.delete(desired.key)
      return
    case 'unmarks':
    case 'edits':
    case 'remarks':
      if (seen === undefined) return
      cluster.there.set(desired.key, { ...seen, ...edits[what.does] })
  }
}

const edits = {
  unmarks: { mark: undefined, labels: {} },
  edits: { stored: 'edited' },
  remarks: { mark: 'bbbb', labels: {} },
} as const

describe('whatever happens', () => {
  it('nothing is deleted that was not applied, under the uid and the mark it was applied with', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const cluster = new SmallCluster()
        for (const what of events) happen(cluster, what)
      }),
      { numRuns: 500 },
    )
  })

  it('what is wanted and nobody else has is there in the end, as it is wanted', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), fc.subarray(all), (events, wanted) => {
        const cluster = new SmallCluster()
        for (const what of events) happen(cluster, what)
        for (const desired of wanted) {
          const seen = cluster.there.get(desired.key)
          if (seen !== undefined && !cluster.applied.has(seen.uid)) cluster.there.delete(desired.key)
          if (seen?.mark === 'bbbb') cluster.there.delete(desired.key)
        }
        const calm = { approved: true, isBroken: false }
        cluster.round(wanted, calm)
        cluster.round(wanted, calm)
        for (const { key } of wanted) {
          const seen = cluster.there.get(key)
          // The record was lost and the mark taken off: nobody can tell that it is ours.
          if (seen?.mark === undefined && seen !== undefined) continue
          assert.equal(seen?.mark, MARK)
          assert.equal(seen?.stored, 'stored')
        }
      }),
      { numRuns: 300 },
    )
  })
})
