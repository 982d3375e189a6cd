// This file is about orders that are written once, left to others, set for good, or without anything to write.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aDelivery, into, textData } from '../../test/support/builders.ts'
import { EngineBench } from '../../test/support/engine-bench.ts'
import { instant } from '../base/clock.ts'
import { hours, minutes, seconds } from '../base/duration.ts'
import type { Cadence } from '../model/cadence.ts'
import { goMapSha3 } from '../model/data-digest.ts'
import { type Delivery, deliveryAnnotation, type Target } from '../model/delivery.ts'
import { fault } from '../model/fault.ts'
import type { Answer, Receipt } from '../model/answer.ts'

const REPO = { namespace: 'argocd', name: 'repo' }
const CREATED_ONCE: Cadence = { is: 'once', because: 'so it is', ignoresChanges: true }
const ON_CHANGE: Cadence = { is: 'once', because: 'so it is' }
const STAMPED: Partial<Target> = {
  stamp: { annotation: 'hash', digest: 'go-map-sha3-224' },
  marks: { managed: 'true', 'made-by': null },
}
const THEN = instant(Date.parse('2025-12-31T23:00:00Z'))

const stamped = (cadence: Cadence, target: Partial<Target> = {}, change: Partial<Delivery> = {}): Delivery =>
  into({ ...aDelivery({ cadence }), ...change }, { ...STAMPED, ...target })

const hash = (entries: Readonly<Record<string, string>>): string => goMapSha3(textData(entries).reveal())

function receipt(answer: Answer): Receipt {
  assert.equal(answer.is, 'receipt', JSON.stringify(answer))
  return answer
}

const wrote = async (bench: EngineBench, delivery: Delivery): Promise<Receipt['wrote']> =>
  receipt(await bench.deliver(delivery)).wrote

/** A Secret as the system before us left it: right, and without a mark of ours. */
function benchWithTheirs(data: Readonly<Record<string, string>> = { password: 'theirs' }): EngineBench {
  const bench = new EngineBench()
  const { orderedBy } = aDelivery()
  const owner = { apiVersion: orderedBy.apiVersion, kind: orderedBy.ref.kind, name: orderedBy.ref.name }
  bench.store.put(REPO, {
    data: textData(data),
    labels: { managed: 'true' },
    annotations: { hash: hash({ password: 'theirs' }) },
    owners: [{ ...owner, uid: orderedBy.uid, controller: true }],
  })
  return bench
}

describe('an order that is written once for good', () => {
  it('ignores every change of itself, after a restart too', async () => {
    const bench = new EngineBench()
    await bench.deliver(stamped(CREATED_ONCE))
    const changed = stamped(CREATED_ONCE, { labels: { new: 'label' }, type: 'kubernetes.io/basic-auth' })
    assert.equal(await wrote(bench, changed), 'none')
    bench.restart()
    assert.equal(await wrote(bench, changed), 'none')
    assert.deepEqual([bench.store.writes, bench.logins.mints], [1, 1])
  })

  it('ignores other credentials, and their absence', async () => {
    const bench = new EngineBench()
    await bench.deliver(stamped(CREATED_ONCE))
    bench.logins.credentials = 'v2'
    assert.equal(await wrote(bench, stamped(CREATED_ONCE)), 'none')
    bench.logins.identifyFault = fault('credential-missing', 'gone')
    assert.equal(await wrote(bench, stamped(CREATED_ONCE)), 'none')
  })

  it('is written again when its Secret is deleted or tampered with', async () => {
    const bench = new EngineBench()
    await bench.deliver(stamped(CREATED_ONCE))
    bench.store.drop(REPO)
    assert.equal(await wrote(bench, stamped(CREATED_ONCE)), 'created')
    bench.store.put(REPO, { data: textData({ password: 'edited' }) })
    assert.equal(await wrote(bench, stamped(CREATED_ONCE)), 'updated')
    assert.match(bench.store.text(REPO)?.['password'] ?? '', /^token-/)
  })

  it('loses foreign keys again, and no label of the change it ignores is written with that', async () => {
    const bench = new EngineBench()
    await bench.deliver(stamped(CREATED_ONCE))
    bench.store.put(REPO, { data: textData({ password: 'token-1', theirs: 'x' }) })
    assert.equal(await wrote(bench, stamped(CREATED_ONCE, { labels: { new: 'label' } })), 'updated')
    assert.deepEqual(bench.store.text(REPO), { password: 'token-1' })
    assert.deepEqual(bench.store.secrets.get('argocd/repo')?.labels, { managed: 'true' })
    assert.equal(bench.logins.mints, 1)
  })

  it('is written anew for a new orderer of the same name', async () => {
    const bench = new EngineBench()
    const delivery = stamped(CREATED_ONCE)
    await bench.deliver(delivery)
    bench.clock.advance(minutes(5))
    const again = { ...delivery, orderedBy: { ...delivery.orderedBy, uid: 'another' } }
    assert.equal(await wrote(bench, again), 'updated')
    assert.equal(bench.logins.mints, 2)
  })

  it('that was renewed before, and fulfilled, is left as it is', async () => {
    const bench = new EngineBench()
    await bench.deliver(stamped({ is: 'renewed', interval: minutes(60) }))
    const once = stamped(CREATED_ONCE, {}, { fulfilledAt: THEN })
    assert.equal(await wrote(bench, once), 'none')
    assert.equal(await wrote(bench, once), 'none')
    assert.equal(bench.store.reads, 1)
    bench.restart()
    assert.equal(receipt(await bench.deliver(once)).logins.length, 1)
    assert.equal(bench.store.writes, 1)
  })

  it('that was edited while nobody looked is written again, whatever stamp it bears', async () => {
    const bench = new EngineBench()
    const once = stamped(CREATED_ONCE, {}, { fulfilledAt: THEN })
    await bench.deliver(once)
    const { annotations } = bench.store.secrets.get('argocd/repo') ?? {}
    const edited = { password: 'edited' }
    bench.store.put(REPO, { data: textData(edited), annotations: { ...annotations, hash: hash(edited) } })
    bench.restart()
    assert.equal(await wrote(bench, once), 'updated')
  })
})

describe('an order that somebody else has fulfilled', () => {
  for (const [name, cadence] of [
    ['once for good', CREATED_ONCE],
    ['once a change', ON_CHANGE],
  ] as const) {
    it(`${name} stands: nobody is asked and nothing is written`, async () => {
      const bench = benchWithTheirs()
      bench.logins.identifyFault = fault('credential-missing', 'gone')
      const delivery = stamped(cadence, {}, { fulfilledAt: THEN })
      assert.deepEqual(receipt(await bench.deliver(delivery)).logins, [])
      assert.equal(await wrote(bench, delivery), 'none')
      assert.deepEqual([bench.store.reads, bench.store.writes, bench.logins.mints], [1, 0, 0])
    })
  }

  it('is marked where only a mark is missing', async () => {
    const bench = benchWithTheirs()
    bench.store.put(REPO, { labels: { 'made-by': 'x' } })
    assert.equal(await wrote(bench, stamped(ON_CHANGE, {}, { fulfilledAt: THEN })), 'updated')
    const secret = bench.store.secrets.get('argocd/repo')
    assert.deepEqual(secret?.labels, { managed: 'true' })
    assert.deepEqual(bench.store.text(REPO), { password: 'theirs' })
    assert.equal(bench.logins.mints, 0)
  })

  it('is written where its Secret is not as it was stamped', async () => {
    const bench = benchWithTheirs({ password: 'edited' })
    assert.equal(await wrote(bench, stamped(ON_CHANGE, {}, { fulfilledAt: THEN })), 'updated')
    assert.deepEqual(bench.store.text(REPO), { password: 'token-1' })
  })

  it('is written once it is edited or asks for something else', async () => {
    const bench = benchWithTheirs()
    await bench.deliver(stamped(ON_CHANGE, {}, { fulfilledAt: THEN }))
    bench.store.put(REPO, { labels: { managed: 'true', theirs: 'x' } })
    assert.equal(await wrote(bench, stamped(ON_CHANGE, {}, { fulfilledAt: THEN })), 'none')
    assert.equal(await wrote(bench, stamped(ON_CHANGE, { labels: { new: 'label' } })), 'updated')
    assert.equal(bench.logins.mints, 1)
  })

  it('in intervals is renewed at once all the same, as nobody knows when its login dies', async () => {
    const bench = benchWithTheirs()
    const renewed = stamped({ is: 'renewed', interval: hours(1) }, {}, { fulfilledAt: THEN })
    assert.equal(await wrote(bench, renewed), 'updated')
  })

  it('waits for closed windows to open, and is renewed then', async () => {
    const bench = benchWithTheirs()
    const opens = bench.clock.now() + hours(6)
    const schedule = `${new Date(opens).getUTCMinutes()} ${new Date(opens).getUTCHours()} * * *`
    const windows = { kind: 'allow', windows: [{ schedule, duration: hours(1) }] } as const
    const delivery = stamped({ is: 'renewed', windows }, {}, { fulfilledAt: THEN })
    for (let i = 0; i < 2; i += 1) {
      const { wrote: nothing, nextAt } = receipt(await bench.deliver(delivery))
      assert.deepEqual([nothing, nextAt], ['none', opens])
    }
    assert.deepEqual([bench.store.reads, bench.logins.mints], [1, 0])
    bench.clock.advance(hours(6))
    assert.equal(await wrote(bench, delivery), 'updated')
    assert.equal(bench.logins.mints, 1)
  })

  it('is due once it is asked to be renewed', async () => {
    const bench = benchWithTheirs()
    await bench.deliver(stamped(ON_CHANGE, {}, { fulfilledAt: THEN }))
    assert.equal(await wrote(bench, stamped({ is: 'renewed', interval: hours(1) })), 'updated')
    assert.equal(bench.logins.mints, 1)
  })

  it('fares well without what it was made from, until it has to be written', async () => {
    const bench = benchWithTheirs()
    const lacks = fault('reference-missing', 'no generator')
    const lacking = { ...stamped(CREATED_ONCE, {}, { fulfilledAt: THEN }), lacks, logins: [] }
    assert.equal(await wrote(bench, lacking), 'none')
    bench.store.drop(REPO)
    const answer = await bench.deliver(lacking)
    assert.ok(answer.is === 'failed' && answer.fault.code === 'reference-missing')
  })
})

describe('a Secret that is left to others', () => {
  const orphan = (cadence: Cadence, change: Partial<Delivery> = {}): Delivery =>
    stamped(cadence, { owner: 'none', leavesEdits: true }, change)
  const RENEWED: Cadence = { is: 'renewed', interval: minutes(60) }

  it('stays deleted or edited until it is renewed', async () => {
    const bench = new EngineBench()
    await bench.deliver(orphan(RENEWED))
    bench.store.put(REPO, { data: textData({ password: 'edited' }) })
    assert.equal(await wrote(bench, orphan(RENEWED)), 'none')
    bench.restart()
    assert.equal(await wrote(bench, orphan(RENEWED)), 'none')
    bench.store.drop(REPO)
    const left = receipt(await bench.deliver(orphan(RENEWED)))
    assert.deepEqual([left.wrote, left.logins], ['none', []])
    bench.clock.advance(minutes(60))
    assert.equal(await wrote(bench, orphan(RENEWED)), 'created')
  })

  it('stays deleted for good where it is never renewed, after a restart too', async () => {
    const bench = new EngineBench()
    await bench.deliver(orphan(CREATED_ONCE))
    bench.store.drop(REPO)
    assert.equal(await wrote(bench, orphan(CREATED_ONCE)), 'none')
    bench.restart()
    assert.equal(await wrote(bench, orphan(CREATED_ONCE, { fulfilledAt: THEN })), 'none')
    assert.equal(bench.store.secrets.size, 0)
  })

  it('that is missing after a restart is made at the next renewal', async () => {
    const bench = new EngineBench()
    const missing = orphan(RENEWED, { fulfilledAt: instant(bench.clock.now() - minutes(10)) })
    const left = receipt(await bench.deliver(missing))
    assert.deepEqual([left.wrote, left.nextAt], ['none', bench.clock.now() + minutes(50)])
    bench.clock.advance(minutes(50))
    assert.equal(await wrote(bench, missing), 'created')
  })

  it('is not left alone by records from the future', async () => {
    const bench = new EngineBench()
    const later = orphan(RENEWED, { fulfilledAt: instant(bench.clock.now() + minutes(10)) })
    assert.equal(await wrote(bench, later), 'created')
  })

  it('is written when it is asked for otherwise', async () => {
    const bench = new EngineBench()
    await bench.deliver(orphan(ON_CHANGE))
    assert.equal(await wrote(bench, into(orphan(ON_CHANGE), { labels: { new: 'label' } })), 'updated')
  })
})

describe('an immutable Secret', () => {
  const RENEWED: Cadence = { is: 'renewed', interval: seconds(60) }
  const immutable = (target: Partial<Target> = {}): Delivery =>
    stamped(RENEWED, { immutable: true, ...target })
  const secretOf = (bench: EngineBench) => bench.store.secrets.get('argocd/repo')

  it('is created so, and never renewed or changed again', async () => {
    const bench = new EngineBench()
    const { nextAt } = receipt(await bench.deliver(immutable()))
    assert.deepEqual([secretOf(bench)?.immutable, nextAt], [true, undefined])
    bench.clock.advance(hours(13))
    assert.equal(await wrote(bench, immutable({ labels: { new: 'label' }, type: 'other' })), 'none')
    bench.restart()
    assert.equal(await wrote(bench, immutable({ labels: { new: 'label' } })), 'none')
    assert.equal(bench.logins.mints, 1)
  })

  it('is made so where it exists, keeping its data', async () => {
    const bench = new EngineBench()
    bench.store.put(REPO, { data: textData({ theirs: 'x' }) })
    assert.equal(await wrote(bench, immutable()), 'updated')
    const secret = secretOf(bench)
    assert.deepEqual(bench.store.text(REPO), { theirs: 'x' })
    assert.deepEqual([secret?.immutable, secret?.annotations['hash']], [true, hash({ theirs: 'x' })])
    assert.equal(secret?.owners[0]?.name, 'repo')
    assert.equal(bench.logins.mints, 0)
    assert.equal(await wrote(bench, immutable()), 'none')
  })

  it('is made anew where it is deleted, with a new login', async () => {
    const bench = new EngineBench()
    await bench.deliver(immutable())
    bench.store.drop(REPO)
    bench.clock.advance(minutes(2))
    assert.equal(await wrote(bench, immutable()), 'created')
    assert.equal(bench.logins.mints, 2)
  })

  it('that is left to others is made anew when it would be due, and rests while it is there', async () => {
    const bench = new EngineBench()
    const orphan = immutable({ leavesEdits: true, owner: 'none' })
    await bench.deliver(orphan)
    bench.clock.advance(minutes(5))
    const { nextAt, wrote: nothing } = receipt(await bench.deliver(orphan))
    assert.deepEqual([nextAt, nothing], [undefined, 'none'])
    bench.store.drop(REPO)
    assert.equal(await wrote(bench, orphan), 'created')
  })
})

describe('an order without a single value', () => {
  const empty = (target: Partial<Target>): Delivery =>
    stamped({ is: 'renewed' }, target, { shape: { is: 'key-values', entries: [] } })
  const outcome = async (bench: EngineBench, target: Partial<Target>): Promise<unknown> => {
    const answer = await bench.deliver(empty(target))
    return answer.is === 'emptied' ? answer.secret : answer.is === 'failed' ? answer.doing : answer.is
  }

  it('keeps its Secret as it is', async () => {
    const bench = benchWithTheirs()
    assert.equal(await outcome(bench, { whenEmpty: 'keep' }), 'kept')
    assert.deepEqual([bench.store.reads, bench.logins.mints], [0, 0])
  })

  it('has its Secret deleted, once', async () => {
    const bench = benchWithTheirs()
    assert.equal(await outcome(bench, { whenEmpty: 'delete' }), 'deleted')
    assert.equal(await outcome(bench, { whenEmpty: 'delete' }), 'absent')
  })

  it('has no Secret deleted that it does not own', async () => {
    const bench = benchWithTheirs()
    assert.equal(await outcome(bench, { whenEmpty: 'delete', owner: 'none' }), 'deleting')
    bench.store.put(REPO, { owners: [] })
    assert.equal(await outcome(bench, { whenEmpty: 'delete' }), 'deleting')
    assert.notEqual(bench.store.secrets.size, 0)
  })

  it('takes its keys off where nothing else is said', async () => {
    const bench = new EngineBench()
    bench.store.put(REPO, { data: textData({ theirs: 'x' }) })
    await bench.deliver(stamped({ is: 'renewed' }, { writes: 'keys', owner: 'none' }))
    assert.deepEqual(Object.keys(bench.store.text(REPO) ?? {}), ['theirs', 'password'])
    assert.equal(await outcome(bench, { writes: 'keys', owner: 'none' }), 'receipt')
    assert.ok(bench.store.text(REPO)?.['password'] === undefined)
  })
})

it('finalizers are set with a write, and kept', async () => {
  const bench = new EngineBench()
  await bench.deliver(stamped(ON_CHANGE, { finalizers: ['a/b'] }))
  assert.deepEqual(bench.store.secrets.get('argocd/repo')?.finalizers, ['a/b'])
  await bench.deliver(stamped(ON_CHANGE, { labels: { new: 'label' } }))
  assert.deepEqual(bench.store.secrets.get('argocd/repo')?.finalizers, ['a/b'])
  assert.ok(
    bench.store.secrets.get('argocd/repo')?.annotations[deliveryAnnotation(aDelivery().orderedBy.ref)],
  )
})
