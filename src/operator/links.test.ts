// This file is about making and taking off links while others write the same accounts.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AccountsBench, aLink, login } from '../../test/support/accounts-bench.ts'
import { kubeError } from '../../test/support/family-bench.ts'
import { statusError } from '../../test/support/operator-bench.ts'
import { refKey } from '../model/ref.ts'

const LOGIN = refKey(login())
const OTHER = login('other')
const OPTIONS = { fieldManager: 'everpull', signal: new AbortController().signal }

/** Accounts are linked, and a new term may not list them. */
async function unlistedBench(signal: AbortSignal = OPTIONS.signal): Promise<AccountsBench> {
  const linking = new AccountsBench()
  linking.put('a/default')
  await linking.serve([aLink()])
  const bench = new AccountsBench()
  for (const [place, object] of linking.stored) bench.stored.set(place, object)
  const swept = bench.links.sweep(signal)
  for (let watches = 0; watches < 2; watches += 1) {
    bench.reflectors.of('ServiceAccount').enter({ is: 'forbidden', error: kubeError(403, 'Forbidden') })
    await bench.settle()
  }
  await swept
  return bench
}

describe('linking', () => {
  it('adds to both lists behind what others have there, in one write', async () => {
    const bench = new AccountsBench()
    bench.put('a/default', {
      imagePullSecrets: [{ name: 'theirs' }],
      secrets: [{ name: 'token', kind: 'x' }],
    })
    const { linked } = await bench.serve([aLink()])
    assert.equal(bench.lists(), 'theirs pull | token pull')
    assert.deepEqual(bench.entries('a/default', 'secrets'), [{ name: 'token', kind: 'x' }, { name: 'pull' }])
    assert.deepEqual(linked, [{ secret: aLink().secret, accounts: ['default'], missing: [] }])
    assert.deepEqual(bench.requests, ['PATCH a/default'])
  })

  it('writes only the list that is ordered', async () => {
    const bench = new AccountsBench()
    bench.put('a/default')
    await bench.serve([aLink({ lists: ['secrets'] })])
    assert.equal(bench.lists(), ' | pull')
  })

  it('asks for nothing more once it is done', async () => {
    const bench = new AccountsBench()
    bench.put('a/default')
    await bench.serve([aLink()])
    await bench.serve([aLink()])
    bench.restart()
    await bench.serve([aLink()])
    assert.deepEqual(bench.requests, ['PATCH a/default'])
    assert.deepEqual(bench.woken, [])
  })

  it('does not write again while the watch is behind', async () => {
    const bench = new AccountsBench()
    bench.put('a/default')
    await bench.serve([])
    bench.isBehind = true
    await bench.serve([aLink()])
    const { linked } = await bench.serve([aLink()])
    assert.deepEqual(linked[0]?.accounts, ['default'])
    assert.deepEqual(bench.requests, ['PATCH a/default'])
    bench.catchUp()
    await bench.serve([aLink()])
    assert.deepEqual(bench.requests, ['PATCH a/default'])
  })

  it('opens no watch before somebody links', async () => {
    const bench = new AccountsBench(['a'])
    assert.deepEqual(await bench.serve([]), { linked: [] })
    assert.equal(await bench.release(), undefined)
    assert.deepEqual(bench.reflectors.started, [])
    await bench.serve([aLink()])
    assert.deepEqual(bench.reflectors.of('ServiceAccount').namespaces, ['a'])
  })

  it('reads again where another writer was faster, and keeps what that one wrote', async () => {
    const bench = new AccountsBench()
    bench.put('a/default')
    await bench.serve([])
    for (const name of ['one', 'two']) {
      bench.rivals.push(() =>
        bench.edit('a/default', { secrets: [...bench.entries('a/default', 'secrets'), { name }] }),
      )
    }
    const { linked } = await bench.serve([aLink()])
    assert.equal(bench.lists(), 'pull | one two pull')
    assert.equal(linked[0]?.fault, undefined)
  })

  it('gives up for now where others write all the time', async () => {
    const bench = new AccountsBench()
    bench.put('a/default')
    for (let i = 0; i < 20; i += 1) bench.rivals.push(() => bench.edit('a/default', {}))
    const { linked } = await bench.serve([aLink()])
    assert.equal(linked[0]?.fault?.code, 'kube-conflict')
    assert.equal(linked[0]?.fault?.at, 'spec.outputs[0].link')
  })

  it('says which named accounts are missing, and is told when one appears', async () => {
    const bench = new AccountsBench()
    const link = aLink({ accounts: { is: 'named', names: ['builder', 'default'] } })
    bench.put('a/default')
    assert.deepEqual((await bench.serve([link])).linked[0]?.missing, ['builder'])
    bench.put('a/builder')
    assert.deepEqual(bench.woken, [{ key: LOGIN, namespace: 'a' }])
    assert.deepEqual((await bench.serve([link])).linked[0], {
      secret: link.secret,
      accounts: ['builder', 'default'],
      missing: [],
    })
    assert.equal(bench.lists('a/builder'), 'pull | pull')
  })

  it('is no error where an account vanishes', async () => {
    const bench = new AccountsBench()
    bench.put('a/default')
    await bench.serve([])
    bench.isBehind = true
    bench.remove('a/default')
    const { linked, trouble } = await bench.serve([aLink({ accounts: { is: 'all' } })])
    assert.equal(linked[0]?.fault, undefined)
    assert.equal(trouble, undefined)
  })

  it('is told of an account that goes', async () => {
    const bench = new AccountsBench()
    bench.put('a/default')
    await bench.serve([aLink()])
    bench.remove('a/default')
    assert.deepEqual(bench.woken, [{ key: LOGIN, namespace: 'a' }])
    assert.deepEqual((await bench.serve([aLink()])).linked[0]?.missing, ['default'])
  })

  it('takes accounts by their labels, and lets go of one that loses them', async () => {
    const bench = new AccountsBench()
    const link = aLink({ accounts: { is: 'selected', selector: { matchLabels: { pulls: 'yes' } } } })
    bench.put('a/default')
    bench.put('a/chosen', {}, { labels: { pulls: 'yes' } })
    assert.deepEqual((await bench.serve([link])).linked[0]?.accounts, ['chosen'])
    assert.equal(bench.lists('a/default'), ' | ')
    bench.put(
      'a/chosen',
      { imagePullSecrets: [{ name: 'pull' }], secrets: [{ name: 'pull' }] },
      { labels: {} },
    )
    assert.equal(bench.woken.length, 1)
    assert.deepEqual((await bench.serve([link])).linked[0]?.accounts, [])
    assert.equal(bench.lists('a/chosen'), ' | ')
  })

  it('takes all accounts of the namespace and none of others, those to come included', async () => {
    const bench = new AccountsBench()
    const link = aLink({ accounts: { is: 'all' } })
    for (const place of ['a/default', 'a/builder', 'b/default']) bench.put(place)
    assert.deepEqual((await bench.serve([link])).linked[0]?.accounts, ['builder', 'default'])
    assert.equal(bench.lists('b/default'), ' | ')
    bench.put('b/builder')
    assert.deepEqual(bench.woken, [])
    bench.put('a/deployer')
    assert.equal(bench.woken.length, 1)
    assert.deepEqual((await bench.serve([link])).linked[0]?.accounts, ['builder', 'default', 'deployer'])
  })

  it('waits for a Secret that is not there, and leaves one in trouble linked', async () => {
    const bench = new AccountsBench()
    const charts = aLink({ secret: { namespace: 'a', name: 'charts' } })
    bench.put('a/default')
    assert.deepEqual((await bench.serve([aLink()], login(), () => false)).linked[0]?.accounts, [])
    assert.equal(bench.lists(), ' | ')
    await bench.serve([aLink()])
    await bench.serve([aLink(), charts], login(), () => false)
    assert.equal(bench.lists(), 'pull | pull')
  })

  it('is put back when somebody takes it off', async () => {
    const bench = new AccountsBench()
    bench.put('a/default')
    await bench.serve([aLink()])
    bench.edit('a/default', { secrets: [] })
    assert.deepEqual(bench.woken, [{ key: LOGIN, namespace: 'a' }])
    await bench.serve([aLink()])
    assert.equal(bench.lists(), 'pull | pull')
  })

  it('is not put back for ever against somebody who takes it off each time', async () => {
    const bench = new AccountsBench()
    bench.put('a/default')
    await bench.serve([aLink()])
    for (let i = 0; i < 5; i += 1) {
      bench.edit('a/default', { secrets: [] })
      assert.equal((await bench.serve([aLink()])).linked[0]?.fault, undefined)
    }
    bench.edit('a/default', { secrets: [] })
    const { linked } = await bench.serve([aLink()])
    assert.equal(linked[0]?.fault?.code, 'account-unlinked')
    assert.deepEqual(linked[0]?.accounts, [])
    bench.clock.advance(61_000)
    assert.equal((await bench.serve([aLink()])).linked[0]?.fault, undefined)
  })

  it('says what RBAC lacks, and goes on with other accounts', async () => {
    const bench = new AccountsBench()
    for (const place of ['a/builder', 'a/default']) bench.put(place)
    bench.refusals.push(statusError(403, 'Forbidden'))
    const { linked } = await bench.serve([aLink({ accounts: { is: 'all' } })])
    assert.equal(linked[0]?.fault?.code, 'kube-forbidden')
    assert.equal(linked[0]?.accounts.length, 1)
  })

  it('says so where accounts may not be listed, with the remedy', async () => {
    const bench = new AccountsBench()
    const opened = bench.accounts.open()
    bench.reflectors.of('ServiceAccount').enter({ is: 'forbidden', error: kubeError(403, 'Forbidden') })
    await opened
    const { linked } = await bench.links.serve(login(), [aLink()], OPTIONS)
    assert.equal(linked[0]?.fault?.code, 'kube-forbidden')
    assert.match(linked[0]?.fault?.message ?? '', /everpull rbac/)
  })

  it('leaves a namespace that is being deleted, and an account that is', async () => {
    const bench = new AccountsBench()
    bench.put('a/default')
    bench.put('b/default', {}, { deletionTimestamp: '2026-01-01T00:00:00Z' })
    bench.terminating.add('a')
    const inB = aLink({ secret: { namespace: 'b', name: 'pull' } })
    const { linked } = await bench.serve([aLink(), inB])
    assert.deepEqual(bench.requests, [])
    assert.deepEqual(
      linked.map(({ accounts, missing, fault }) => [accounts, missing, fault]),
      [
        [[], [], undefined],
        [[], [], undefined],
      ],
    )
  })
})

describe('unlinking', () => {
  it('takes off what no link asks for any more, and the record with the last of it', async () => {
    const bench = new AccountsBench()
    bench.put('a/default', { secrets: [{ name: 'token' }] })
    const charts = aLink({ secret: { namespace: 'a', name: 'charts' }, lists: ['secrets'] })
    await bench.serve([aLink(), charts])
    assert.equal(bench.lists(), 'pull | token pull charts')
    await bench.serve([charts])
    assert.equal(bench.lists(), ' | token charts')
    await bench.serve([])
    assert.equal(bench.lists(), ' | token')
    assert.deepEqual(bench.annotations(), [])
  })

  it('leaves what was there before', async () => {
    const bench = new AccountsBench()
    bench.put('a/default', { imagePullSecrets: [{ name: 'pull' }] })
    await bench.serve([aLink()])
    assert.equal(bench.lists(), 'pull | pull')
    await bench.release()
    assert.equal(bench.lists(), 'pull | ')
    assert.deepEqual(bench.annotations(), [])
  })

  it('leaves what others have added since, in their order', async () => {
    const bench = new AccountsBench()
    bench.put('a/default', { secrets: [{ name: 'first' }] })
    await bench.serve([aLink()])
    bench.edit('a/default', { secrets: [{ name: 'first' }, { name: 'pull' }, { name: 'last' }] })
    await bench.release()
    assert.equal(bench.lists(), ' | first last')
  })

  it('is done after a restart by what the account says', async () => {
    const bench = new AccountsBench()
    bench.put('a/default')
    await bench.serve([aLink()])
    bench.restart()
    assert.equal(await bench.release(), undefined)
    assert.equal(bench.lists(), ' | ')
  })

  it('waits until the last of our orderers has let go', async () => {
    const bench = new AccountsBench()
    bench.put('a/default')
    await bench.serve([aLink()])
    await bench.serve([aLink()], OTHER)
    assert.equal(bench.annotations().length, 2)
    await bench.release()
    assert.equal(bench.lists(), 'pull | pull')
    await bench.release(OTHER)
    assert.equal(bench.lists(), ' | ')
  })

  it('tells what stands in the way, also where no link is asked for any more', async () => {
    const bench = new AccountsBench()
    bench.put('a/default')
    await bench.serve([aLink()])
    bench.refusals.push(statusError(403, 'Forbidden'), statusError(403, 'Forbidden'))
    assert.equal((await bench.serve([])).trouble?.code, 'kube-forbidden')
    assert.equal((await bench.release())?.code, 'kube-forbidden')
    assert.equal(await bench.release(), undefined)
  })

  it('is made up for when the watch shows what was linked', async () => {
    const bench = new AccountsBench()
    bench.put('a/default')
    await bench.serve([])
    bench.isBehind = true
    await bench.serve([aLink()])
    await bench.release()
    bench.catchUp()
    assert.deepEqual(bench.woken, [{ key: LOGIN, namespace: 'a' }])
    await bench.release()
    assert.equal(bench.lists(), ' | ')
  })

  it('believes no record that is not of our making', async () => {
    const bench = new AccountsBench()
    const annotations = { 'everpull.dev/links-0123456789abcdef': `{"by":"${LOGIN}","secrets":["token"]}` }
    bench.put('a/default', { secrets: [{ name: 'token' }] }, { annotations })
    await bench.serve([aLink({ lists: ['imagePullSecrets'] })])
    await bench.release()
    assert.equal(bench.lists(), ' | token')
  })
})

describe('unlinking while accounts cannot be listed', () => {
  it('is not done as long as something may be linked', async () => {
    const bench = await unlistedBench()
    assert.equal((await bench.release())?.code, 'kube-forbidden')
    assert.deepEqual((await bench.links.serve(login(), [], OPTIONS)).trouble?.code, 'kube-forbidden')
    const { linked, trouble } = await bench.links.serve(OTHER, [aLink()], OPTIONS)
    assert.deepEqual([linked[0]?.fault?.code, trouble], ['kube-forbidden', undefined])
    bench.sync()
    assert.equal(await bench.release(), undefined)
    assert.equal(bench.lists(), ' | ')
  })

  it('is not done before anybody knows whether something was linked', async () => {
    const bench = new AccountsBench()
    const swept = bench.sweep()
    assert.equal((await bench.release())?.code, 'kube-unavailable')
    await swept
    assert.equal(await bench.release(), undefined)
  })
})

describe('a sweep', () => {
  it('brings back everybody who has linked something', async () => {
    const bench = new AccountsBench()
    bench.put('a/default')
    await bench.serve([aLink()])
    bench.restart()
    await bench.sweep()
    assert.deepEqual(bench.lookedAgain, [LOGIN])
  })

  it('reads accounts once, and follows them only where somebody has linked', async () => {
    const bench = new AccountsBench()
    bench.put('a/default')
    await bench.sweep()
    assert.deepEqual(bench.lookedAgain, [])
    assert.deepEqual(
      bench.reflectors.started.map(({ isStopped }) => isStopped),
      [true],
    )
    assert.equal(bench.accounts.reflector, undefined)
  })

  it('finds what was linked before the start', async () => {
    const linking = new AccountsBench()
    linking.put('a/default')
    await linking.serve([aLink()])
    const bench = new AccountsBench()
    for (const [place, object] of linking.stored) bench.stored.set(place, object)
    await bench.sweep()
    assert.deepEqual(bench.lookedAgain, [LOGIN])
    assert.equal(await bench.release(), undefined)
    assert.equal(bench.lists(), ' | ')
  })

  it('is made up for as soon as the right to look is given', async () => {
    const bench = await unlistedBench()
    bench.sync()
    await bench.settle()
    assert.deepEqual(bench.lookedAgain, [LOGIN])
    assert.equal(await bench.release(), undefined)
    assert.equal(bench.lists(), ' | ')
  })

  it('is not made up for once the term is over', async () => {
    const term = new AbortController()
    const bench = await unlistedBench(term.signal)
    term.abort()
    bench.sync()
    await bench.settle()
    assert.deepEqual(bench.lookedAgain, [])
  })

  it('wakes an orderer whose record comes back with an account', async () => {
    const bench = new AccountsBench()
    bench.put('a/default')
    await bench.serve([aLink()])
    const metadata = { annotations: bench.stored.get('a/default')?.metadata.annotations }
    await bench.release()
    bench.put('a/restored', { secrets: [{ name: 'pull' }] }, metadata)
    assert.deepEqual(bench.woken.at(-1), { key: LOGIN, namespace: 'a' })
  })
})
