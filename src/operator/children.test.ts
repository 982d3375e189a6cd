// This file is about testing that an order's children become what was ordered, with no write that is not needed.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aManifest, aParent, childRef, FamilyBench, kubeError } from '../../test/support/family-bench.ts'
import type { ChildAnswer } from '../model/child.ts'

const said = (answers: readonly ChildAnswer[]): readonly string[] =>
  answers.map((answer) => {
    const words = answer.is === 'standing' ? answer.readiness.is : answer.is
    return `${answer.child.namespace} ${words}`
  })
const readyIs = (status: string, message = '') => ({
  status: {
    conditions: [
      { type: 'Other', status: 'True' },
      { type: 'Ready', status, message },
    ],
  },
})

/** Made by an earlier pass, and shown by the watch. */
async function having(...namespaces: readonly string[]): Promise<FamilyBench> {
  const bench = new FamilyBench()
  await bench.keep(namespaces.map((namespace) => aManifest(namespace)))
  bench.requests.length = 0
  return bench
}

describe('a child that is ordered', () => {
  it('is made, controlled by whoever ordered it', async () => {
    const bench = new FamilyBench()
    const labels = { team: 'a' }
    assert.deepEqual(said(await bench.keep([aManifest('a', { labels })])), ['a unknown'])
    const made = bench.objects.get('a/all')
    assert.deepEqual(made?.metadata.labels, labels)
    assert.deepEqual(made?.['spec'], { every: '1h' })
    assert.deepEqual(made?.metadata.ownerReferences, [
      {
        apiVersion: 'example.com/v1',
        kind: 'ClusterWish',
        name: 'all',
        uid: 'uid-of-all',
        controller: true,
        blockOwnerDeletion: true,
      },
    ])
  })

  it('is left as it is where it is right', async () => {
    const bench = await having('a', 'b')
    await bench.keep([aManifest('a'), aManifest('b')])
    assert.deepEqual(bench.requests, [])
  })

  it('says how it fares', async () => {
    const bench = await having('a', 'b', 'c')
    bench.put('a', readyIs('True'))
    bench.put('b', readyIs('False', 'no login'))
    const answers = await bench.keep(['a', 'b', 'c'].map((namespace) => aManifest(namespace)))
    assert.deepEqual(said(answers), ['a ready', 'b unready', 'c unknown'])
    assert.deepEqual(answers[1], {
      is: 'standing',
      child: childRef('b'),
      readiness: { is: 'unready', message: 'no login' },
    })
  })

  it('is not written where another made one of that name', async () => {
    const bench = new FamilyBench()
    bench.put('a', { spec: { every: '3h' } })
    bench.put('b', {}, { ownerReferences: aParentOwner({ name: 'another' }) })
    bench.put('c', {}, { ownerReferences: aParentOwner({ controller: false }) })
    const answers = await bench.keep(['a', 'b', 'c'].map((namespace) => aManifest(namespace)))
    assert.deepEqual(said(answers), ['a taken', 'b taken', 'c taken'])
    assert.deepEqual(bench.requests, [])
  })

  it('is taken over from an earlier incarnation of whoever ordered it, other owners kept', async () => {
    const bench = new FamilyBench()
    const other = { apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'x' }
    bench.put('a', {}, { ownerReferences: [other, ...aParentOwner({ uid: 'before' })] })
    assert.deepEqual(said(await bench.keep([aManifest('a')])), ['a unknown'])
    const owners = bench.objects.get('a/all')?.metadata.ownerReferences ?? []
    assert.deepEqual(
      owners.map(({ uid }) => uid),
      ['x', 'uid-of-all'],
    )
  })

  it('is taken on by whoever ordered it anew, though its successor says the same', async () => {
    const bench = await having('a')
    await bench.keep([aManifest('a')], { uid: 'after' })
    const [owner] = bench.objects.get('a/all')?.metadata.ownerReferences ?? []
    assert.equal(owner?.uid, 'after')
  })

  it('is waited for while it is being deleted', async () => {
    const bench = await having('a')
    bench.put('a', { spec: { every: '9h' } }, { deletionTimestamp: '2026-01-01T00:00:00Z' })
    assert.deepEqual(said(await bench.keep([aManifest('a')])), ['a unknown'])
    assert.deepEqual(bench.requests, [])
  })

  it('is nobody’s failure where its namespace goes', async () => {
    const bench = new FamilyBench()
    bench.refusals.push(
      kubeError(403, 'Forbidden', { cause: 'NamespaceTerminating' }),
      kubeError(404, 'NotFound', { concerns: 'namespaces' }),
    )
    assert.deepEqual(said(await bench.keep([aManifest('a'), aManifest('b')])), ['a homeless', 'b homeless'])
  })

  it('is missed where its kind is not served', async () => {
    const bench = new FamilyBench()
    bench.refusals.push(kubeError(404, 'NotFound'))
    const { children = [], troubles } = await bench.serve([aManifest('a')])
    assert.deepEqual(said(children), ['a failed'])
    assert.deepEqual(
      troubles.map(({ fault }) => fault.message),
      ['Wish is not served'],
    )
  })

  it('that could not be written says why, and the others are written', async () => {
    const bench = new FamilyBench()
    bench.refusals.push(kubeError(403, 'Forbidden'))
    const answers = await bench.keep([aManifest('a'), aManifest('b')])
    assert.deepEqual(said(answers), ['a failed', 'b unknown'])
    assert.ok(answers[0]?.is === 'failed')
    assert.match(answers[0].fault.message, /^writing Wish a\/all: .*Forbidden/)
  })
})

describe('a child that differs', () => {
  const rows: readonly (readonly [string, object, object])[] = [
    ['in its spec', { spec: { every: '2h' } }, {}],
    ['by a member that is missing', { spec: {} }, {}],
    ['in its labels', {}, { labels: { foreign: 'x' } }],
    ['in its annotations', {}, { annotations: { foreign: 'x' } }],
  ]
  for (const [what, members, metadata] of rows) {
    it(`${what} is put right by one write`, async () => {
      const bench = await having('a')
      bench.put('a', members, metadata)
      await bench.keep([aManifest('a')])
      assert.deepEqual(bench.requests, ['PATCH a/all'])
      const now = bench.objects.get('a/all')
      assert.deepEqual([now?.['spec'], now?.metadata.labels ?? {}], [{ every: '1h' }, {}])
      await bench.keep([aManifest('a')])
      assert.deepEqual(bench.requests, ['PATCH a/all'])
    })
  }

  const alike: readonly (readonly [string, object])[] = [
    ['in how a duration is spelled', { every: '60m' }],
    ['by what says nothing', { every: '1h0m0s', more: {}, others: [], none: null }],
  ]
  for (const [what, spec] of alike) {
    it(`only ${what} is left as it is`, async () => {
      const bench = await having('a')
      bench.put('a', { spec })
      await bench.keep([aManifest('a')])
      assert.deepEqual(bench.requests, [])
    })
  }

  it('in a member that is no duration but looks like one is put right', async () => {
    const bench = new FamilyBench()
    await bench.keep([aManifest('a', { spec: { every: '1h', text: '60m' } })])
    await bench.keep([aManifest('a', { spec: { every: '1h', text: '1h' } })])
    assert.deepEqual(bench.objects.get('a/all')?.['spec'], { every: '1h', text: '1h' })
  })

  it('from its order by what the API server fills in is not written again', async () => {
    const bench = new FamilyBench()
    bench.defaults = { policy: 'Owner' }
    for (let pass = 0; pass < 3; pass += 1) await bench.keep([aManifest('a')])
    assert.deepEqual(bench.requests, ['POST a'])
  })

  it('from its order by what is known to be filled in is right, after a restart too', async () => {
    const bench = new FamilyBench()
    const filled = { policy: 'Owner', every: '1h' }
    bench.put('a', { spec: filled }, { ownerReferences: aParentOwner() })
    await bench.keep([aManifest('a', { filled })])
    assert.deepEqual(bench.requests, [])
    await bench.keep([aManifest('a', { spec: { every: '2h' }, filled: { ...filled, every: '2h' } })])
    assert.deepEqual(bench.requests, ['PATCH a/all'])
  })

  it('by what a webhook adds is not written again, but what is changed beside it is put right', async () => {
    const bench = new FamilyBench()
    bench.added = { labels: { 'policy.example.com/seen': 'yes' } }
    for (let pass = 0; pass < 3; pass += 1) await bench.keep([aManifest('a')])
    assert.deepEqual(bench.requests, ['POST a'])
    bench.put('a', {}, { labels: { ...bench.added.labels, foreign: 'x' } })
    for (let pass = 0; pass < 3; pass += 1) await bench.keep([aManifest('a')])
    assert.deepEqual(bench.requests, ['POST a', 'PATCH a/all'])
    assert.deepEqual(bench.objects.get('a/all')?.metadata.labels, bench.added.labels)
  })

  it('by what was ordered before loses it', async () => {
    const bench = new FamilyBench()
    bench.defaults = { policy: 'Owner' }
    await bench.keep([aManifest('a', { spec: { every: '1h', target: 'x' } })])
    for (let pass = 0; pass < 3; pass += 1) await bench.keep([aManifest('a')])
    assert.deepEqual(bench.objects.get('a/all')?.['spec'], { policy: 'Owner', every: '1h' })
    assert.deepEqual(bench.requests, ['POST a', 'PATCH a/all'])
  })

  it('by more than is known to be filled in is asked about once after a restart', async () => {
    const bench = new FamilyBench()
    bench.defaults = { policy: 'Owner' }
    bench.put('a', { spec: { policy: 'Owner', every: '1h' } }, { ownerReferences: aParentOwner() })
    const { resourceVersion } = bench.objects.get('a/all')?.metadata ?? {}
    for (let pass = 0; pass < 3; pass += 1) await bench.keep([aManifest('a')])
    assert.deepEqual(bench.requests, ['PATCH a/all'])
    assert.equal(bench.objects.get('a/all')?.metadata.resourceVersion, resourceVersion)
  })
})

describe('where the watch is behind', () => {
  it('a child that was made already is read, and left as it is', async () => {
    const bench = new FamilyBench()
    bench.isBehind = true
    await bench.keep([aManifest('a')])
    await bench.keep([aManifest('a')])
    assert.deepEqual(bench.requests, ['POST a', 'POST a', 'GET a/all'])
  })

  it('one that somebody else made is not taken over', async () => {
    const bench = new FamilyBench()
    bench.isBehind = true
    bench.put('a')
    assert.deepEqual(said(await bench.keep([aManifest('a')])), ['a taken'])
  })

  it('one that was changed meanwhile is read, and put right', async () => {
    const bench = await having('a')
    bench.put('a', { spec: { every: '2h' } })
    bench.isBehind = true
    bench.put('a', { spec: { every: '3h' } })
    await bench.keep([aManifest('a')])
    assert.deepEqual(bench.requests, ['PATCH a/all', 'GET a/all', 'PATCH a/all'])
    assert.deepEqual(bench.objects.get('a/all')?.['spec'], { every: '1h' })
  })

  it('one that was deleted meanwhile is made anew', async () => {
    const bench = await having('a')
    bench.put('a', { spec: { every: '2h' } })
    bench.objects.delete('a/all')
    await bench.keep([aManifest('a')])
    assert.deepEqual(bench.requests, ['PATCH a/all', 'GET a/all', 'POST a'])
  })

  it('one that was changed and cannot be read is a failure', async () => {
    const bench = await having('a')
    bench.put('a', { spec: { every: '2h' } })
    bench.refusals.push(kubeError(409, 'Conflict'), kubeError(500, 'InternalError'))
    const [answer] = await bench.keep([aManifest('a')])
    assert.ok(answer?.is === 'failed')
    assert.match(answer.fault.message, /^reading Wish a\/all: /)
  })

  it('one that changes all the time is given up for now', async () => {
    const bench = await having('a')
    bench.put('a', { spec: { every: '2h' } })
    bench.isBehind = true
    bench.isRestless = true
    assert.deepEqual(said(await bench.keep([aManifest('a')])), ['a failed'])
    assert.equal(bench.requests.filter((request) => request === 'PATCH a/all').length, 4)
  })
})

describe('a child that is not ordered any more', () => {
  it('is deleted', async () => {
    const bench = await having('a', 'b')
    assert.deepEqual(said(await bench.keep([aManifest('a')])), ['a unknown'])
    assert.deepEqual([...bench.objects.keys()], ['a/all'])
  })

  it('stays where its successor could not be written', async () => {
    const bench = await having('a', 'b')
    const successor = { ref: childRef('a', 'next') }
    bench.refusals.push(kubeError(403, 'Forbidden'))
    assert.deepEqual(said(await bench.keep([aManifest('a', successor)])), ['a failed'])
    assert.deepEqual([...bench.objects.keys()], ['a/all'])
  })

  it('stays where somebody has taken it away meanwhile', async () => {
    const bench = await having('a')
    bench.isBehind = true
    bench.put('a', {}, { ownerReferences: [] })
    assert.deepEqual(await bench.keep([]), [])
    assert.deepEqual([...bench.objects.keys()], ['a/all'])
  })

  it('stays where another of that name was made meanwhile', async () => {
    const bench = await having('a')
    bench.isBehind = true
    bench.put('a', {}, { uid: 'another' })
    assert.deepEqual(await bench.keep([]), [])
    assert.deepEqual([...bench.objects.keys()], ['a/all'])
  })

  it('is deleted though it said something meanwhile', async () => {
    const bench = await having('a')
    bench.isBehind = true
    bench.put('a', readyIs('True'))
    assert.deepEqual(await bench.keep([]), [])
    assert.deepEqual([...bench.objects.keys()], [])
  })

  it('that cannot be deleted says why', async () => {
    const bench = await having('a')
    bench.refusals.push(kubeError(403, 'Forbidden'))
    const [answer] = await bench.keep([])
    assert.ok(answer?.is === 'failed')
    assert.match(answer.fault.message, /^deleting Wish a\/all: /)
  })

  it('and gone already is no failure', async () => {
    const bench = await having('a')
    bench.refusals.push(kubeError(404, 'NotFound'))
    assert.deepEqual(await bench.keep([]), [])
  })

  it('is never one that somebody else controls', async () => {
    const bench = new FamilyBench()
    bench.put('a', {}, { ownerReferences: aParentOwner({ name: 'another' }) })
    await bench.keep([])
    assert.deepEqual(bench.requests, [])
  })
})

describe('what is lacking', () => {
  it('is what would be done, and not what is only filled in', async () => {
    const bench = await having('a', 'b', 'c', 'd')
    bench.put('b', { spec: { every: '2h' } })
    bench.put('c', { spec: { every: '1h', policy: 'Owner' } })
    bench.put('f')
    const wanted = ['a', 'b', 'c', 'e', 'f'].map((namespace) => aManifest(namespace))
    assert.deepEqual(bench.parents.lacking(aParent(), wanted), [
      'update example.com/Wish/b/all',
      'create example.com/Wish/e/all',
      'delete example.com/Wish/d/all',
    ])
  })
})

function aParentOwner(change: object = {}): readonly object[] {
  const owner = { apiVersion: 'example.com/v1', kind: 'ClusterWish', name: 'all', uid: 'uid-of-all' }
  return [{ ...owner, controller: true, blockOwnerDeletion: true, ...change }]
}
