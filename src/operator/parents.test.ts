// This file is about testing which orders come back when something they own or select changes, and how soon.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aResource } from '../../test/support/builders.ts'
import {
  aManifest,
  CHILD,
  FamilyBench,
  kubeError,
  PARENT,
  parentRef,
} from '../../test/support/family-bench.ts'
import { instant } from '../base/clock.ts'
import { hours, seconds } from '../base/duration.ts'
import { NAMESPACE } from '../model/kind.ts'
import { type Ref, refKey } from '../model/ref.ts'
import type { Resource } from '../model/resource.ts'

const ALL = refKey(parentRef())
const readyIs = (status: string, more: object = {}) => ({
  status: { conditions: [{ type: 'Ready', status, ...more }] },
})
const namespaceRef = (name: string): Ref => ({ group: '', kind: 'Namespace', namespace: '', name })
const aNamespace = (name: string, change: Partial<Resource> = {}): Resource =>
  aResource({ ref: namespaceRef(name), apiVersion: 'v1', uid: `uid-of-${name}`, ...change })

async function having(...namespaces: readonly string[]): Promise<FamilyBench> {
  const bench = new FamilyBench()
  await bench.keep(namespaces.map((namespace) => aManifest(namespace)))
  bench.woken()
  return bench
}

describe('a parent comes back', () => {
  it('a moment after one of its children begins or ceases to be ready', async () => {
    const bench = await having('a')
    bench.put('a', readyIs('False', { message: 'no' }))
    assert.deepEqual(bench.woken(), [`${ALL} 300`])
    bench.put('a', readyIs('True'))
    assert.deepEqual(bench.woken(), [`${ALL} 300`])
  })

  it('when one of its children says something else', async () => {
    const bench = await having('a')
    bench.put('a', readyIs('False', { message: 'no' }))
    bench.woken()
    bench.put('a', readyIs('False', { message: 'never' }))
    assert.deepEqual(bench.woken(), [`${ALL} 300`])
  })

  it('when one of its children is gone, or is no child of it any more', async () => {
    const bench = await having('a', 'b')
    bench.drop('a')
    assert.deepEqual(bench.woken(), [`${ALL} 300`])
    bench.put('b', {}, { ownerReferences: [] })
    assert.deepEqual(bench.woken(), [`${ALL} 300`])
    bench.put('b', { spec: { every: '9h' } })
    assert.deepEqual(bench.woken(), [])
  })

  it('not when one of its children tells the same at another time', async () => {
    const bench = new FamilyBench()
    const owners = [
      { apiVersion: 'example.com/v1', kind: 'ClusterWish', name: 'all', uid: 'x', controller: true },
    ]
    const child = aResource({ ref: aManifest('a').ref, owners, status: readyIs('True').status })
    bench.note(child)
    bench.woken()
    bench.note({ ...child, status: { ...readyIs('True').status, refreshTime: 'later' } }, child, false)
    assert.deepEqual(bench.woken(), [])
  })

  it('not because of children of others', async () => {
    const bench = new FamilyBench()
    bench.put(
      'a',
      {},
      {
        ownerReferences: [
          { apiVersion: 'apps/v1', kind: 'ClusterWish', name: 'all', uid: 'x', controller: true },
        ],
      },
    )
    assert.deepEqual(bench.woken(), [])
  })

  it('when the kind of its children is installed, not when another is', async () => {
    const bench = new FamilyBench()
    bench.listed = [aResource({ ref: parentRef() })]
    bench.install(PARENT)
    assert.deepEqual(bench.woken(), [])
    bench.install(CHILD)
    assert.deepEqual(bench.woken(), [`${ALL} 300`])
  })

  it('no more than once a second because of its children', async () => {
    const bench = await having('a')
    bench.parents.begun(ALL, parentRef())
    bench.put('a', readyIs('True'))
    assert.deepEqual(bench.woken(), [`${ALL} 1000`])
    bench.clock.advance(900)
    bench.put('a', readyIs('False'))
    assert.deepEqual(bench.woken(), [`${ALL} 300`])
  })

  it('at once when its selection changes, a few times a second at most', () => {
    const bench = new FamilyBench()
    bench.dependencies.state(ALL, new Set(), [{ kind: NAMESPACE, selector: { matchLabels: { room: 'a' } } }])
    bench.note(aNamespace('one', { labels: { room: 'a' } }))
    assert.deepEqual(bench.woken(), [`${ALL} 0`])
    bench.parents.begun(ALL, parentRef())
    bench.note(aNamespace('two', { labels: { room: 'a' } }))
    assert.deepEqual(bench.woken(), [`${ALL} 200`])
  })

  it('a moment after something it looked at changed, where another comes at once', () => {
    const bench = new FamilyBench()
    const now = bench.clock.now()
    assert.equal(bench.parents.onlookerAt(ALL, parentRef()) - now, 300)
    assert.equal(bench.parents.onlookerAt('example.com/Wish/a/all', aManifest('a').ref) - now, 0)
  })
})

describe('a finalizer that another system left', () => {
  const left = (...finalizers: readonly string[]) => aNamespace('one', { finalizers })

  it('brings back whoever it stands for', () => {
    const bench = new FamilyBench()
    bench.note(left('example.com/wish-all', 'example.com/other-all'))
    assert.deepEqual(bench.woken(), [`${ALL} 0`])
  })

  it('is taken off, and no other', async () => {
    const bench = new FamilyBench()
    bench.note(left('example.com/theirs', 'example.com/wish-all', 'example.com/wish-another'))
    assert.equal(await bench.release(), undefined)
    assert.equal(bench.requests.length, 1)
    assert.deepEqual(bench.patches, [
      [
        { op: 'test', path: '/metadata/finalizers/1', value: 'example.com/wish-all' },
        { op: 'remove', path: '/metadata/finalizers/1' },
      ],
    ])
  })

  it('costs nothing where there is none', async () => {
    const bench = new FamilyBench()
    bench.note(left('example.com/wish-all'))
    bench.note(left(), left('example.com/wish-all'))
    assert.equal(await bench.release(), undefined)
    assert.deepEqual(bench.requests, [])
  })

  it('that is another by now, or gone, is no failure', async () => {
    const bench = new FamilyBench()
    bench.note(left('example.com/wish-all'))
    bench.refusals.push(kubeError(422, 'Invalid'), kubeError(404, 'NotFound'))
    assert.equal(await bench.release(), undefined)
    assert.equal(await bench.release(), undefined)
  })

  it('that may not be taken off says so', async () => {
    const bench = new FamilyBench()
    bench.note(left('example.com/wish-all'))
    bench.refusals.push(kubeError(403, 'Forbidden'))
    assert.match((await bench.release())?.message ?? '', /^taking a finalizer off Namespace one: /)
  })

  it('is lacking only where it keeps an object from going', () => {
    const bench = new FamilyBench()
    const by = { ref: parentRef(), apiVersion: 'example.com/v1', uid: 'x', createdAt: instant(0) }
    const before = left('example.com/wish-all')
    bench.note(before)
    assert.deepEqual(bench.parents.lacking(by, []), [])
    bench.note({ ...before, deletingSince: instant(1) }, before)
    assert.deepEqual(bench.parents.lacking(by, []), ['release /Namespace//one'])
  })
})

describe('what came of an order’s children', () => {
  it('is gone through again when its time has come, and no sooner than in most of a minute', async () => {
    const bench = new FamilyBench()
    const { resyncAt, troubles } = await bench.serve([aManifest('a')])
    assert.deepEqual([resyncAt, troubles], [bench.clock.now() + hours(1) * 0.95, []])
    const { resyncAt: soonest } = await bench.serve([aManifest('a')], { resync: seconds(1) })
    assert.equal(soonest, bench.clock.now() + 57_000)
  })

  it('is tried again where one could not be written', async () => {
    const bench = new FamilyBench()
    bench.refusals.push(kubeError(403, 'Forbidden'))
    const { troubles } = await bench.serve([aManifest('a'), aManifest('b')])
    assert.deepEqual(
      troubles.map(({ fault }) => fault.message),
      ['writing Wish a/all: KubeError: Forbidden'],
    )
  })

  it('is no worse for a finalizer that could not be taken off, which is tried again', async () => {
    const bench = new FamilyBench()
    bench.note(aNamespace('one', { finalizers: ['example.com/wish-all'] }))
    bench.refusals.push(kubeError(403, 'Forbidden'))
    const { children, troubles } = await bench.serve([aManifest('a')])
    assert.deepEqual(
      children?.map(({ is }) => is),
      ['standing'],
    )
    assert.match(troubles[0]?.fault.message ?? '', /^taking a finalizer off Namespace one: /)
  })
})
