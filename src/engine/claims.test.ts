// This file is about one writer per Secret: who collides with whom, who stays, and who is told.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aDelivery, anOrderer, into } from '../../test/support/builders.ts'
import { instant } from '../base/clock.ts'
import { type Delivery, deliveryAnnotation } from '../model/delivery.ts'
import type { Ref } from '../model/ref.ts'
import { Claims, outranks } from './claims.ts'

const nobody = (_annotation: string): boolean => false
const carriedBy =
  (...names: readonly string[]) =>
  (annotation: string): boolean =>
    names.some((name) => deliveryAnnotation(anOrderer(name).ref) === annotation)

const whole = (name: string, target = 'repo'): Delivery => into(aDelivery({}, name), { name: target })
const merging = (name: string, ...keys: readonly string[]): Delivery =>
  into(
    aDelivery(
      {
        shape: {
          is: 'key-values',
          entries: keys.map((key) => ({ key, value: { is: 'login', login: 0, field: 'password' } })),
        },
      },
      name,
    ),
    { writes: 'keys', owner: 'none' },
  )

const hosting = (name: string, ...hosts: readonly string[]): Delivery => ({
  ...merging(name),
  shape: { is: 'docker-config', merges: true, hosts: hosts.map((host) => ({ host, login: 0 })) },
})

/** Who each of these would yield to, by name. */
function rivals(deliveries: readonly Delivery[], carries = nobody): readonly (string | undefined)[] {
  const claims = new Claims()
  for (const delivery of deliveries) claims.state(delivery.orderedBy.ref, [delivery])
  return deliveries.map((delivery) => claims.rivalOf(delivery, carries)?.name)
}

const names = (refs: readonly Ref[]): readonly string[] => refs.map(({ name }) => name)

describe('the writer of a Secret', () => {
  const old = { ...anOrderer('z'), createdAt: instant(1) }
  const young = { ...anOrderer('a'), createdAt: instant(2) }
  const rows: readonly (readonly [string, Parameters<typeof outranks>, boolean])[] = [
    ['is whoever writes it already', [young, old, carriedBy('a')], true],
    ['is else the older', [old, young, nobody], true],
    ['is the older of two who write it already', [old, young, carriedBy('a', 'z')], true],
    ['is else the first by name', [anOrderer('a'), anOrderer('b'), nobody], true],
    ['is not the last by name', [anOrderer('b'), anOrderer('a'), nobody], false],
  ]
  for (const [name, [a, b, carries], first] of rows) {
    it(name, () => {
      assert.equal(outranks(a, b, carries), first)
      assert.equal(outranks(b, a, carries), !first)
    })
  }
})

describe('two deliveries into one Secret', () => {
  const rows: readonly (readonly [string, readonly Delivery[], readonly (string | undefined)[]])[] = [
    [
      'get along where they merge different keys',
      [merging('a', 'x'), merging('b', 'y')],
      [undefined, undefined],
    ],
    [
      'get along where they merge different hosts into one docker config',
      [hosting('a', 'x.example'), hosting('b', 'y.example')],
      [undefined, undefined],
    ],
    [
      'collide over one host, however it is spelled',
      [hosting('a', 'x.example', 'y.example'), hosting('b', 'https://Y.example/v2/')],
      [undefined, 'a'],
    ],
    [
      'collide where one merges hosts and one writes the key',
      [hosting('a', 'x.example'), merging('b', '.dockerconfigjson')],
      [undefined, 'a'],
    ],
    [
      'get along where one merges hosts and one another key',
      [hosting('a', 'x.example'), merging('b', 'y')],
      [undefined, undefined],
    ],
    [
      'collide where one merges hosts and one owns the whole',
      [hosting('a', 'x.example'), whole('b')],
      [undefined, 'a'],
    ],
    ['collide over one key', [merging('a', 'x', 'y'), merging('b', 'y', 'z')], [undefined, 'a']],
    ['collide where one owns the whole', [whole('a'), merging('b', 'y')], [undefined, 'a']],
    ['never collide in two Secrets', [whole('a', 'one'), whole('b', 'two')], [undefined, undefined]],
  ]
  for (const [name, deliveries, yieldsTo] of rows) {
    it(name, () => assert.deepEqual(rivals(deliveries), yieldsTo))
  }

  it('leave the incumbent in its place', () => {
    assert.deepEqual(rivals([whole('a'), whole('b')], carriedBy('b')), ['b', undefined])
  })

  it('never share a Secret across namespaces', () => {
    assert.deepEqual(rivals([whole('a'), into(whole('b'), { namespace: 'elsewhere' })]), [
      undefined,
      undefined,
    ])
  })
})

describe('stating claims', () => {
  it('tells the rivals once, and not again while nothing changes', () => {
    const claims = new Claims()
    const [a, b] = [whole('a'), whole('b')]
    assert.deepEqual(claims.state(a.orderedBy.ref, [a]), [])
    assert.deepEqual(names(claims.state(b.orderedBy.ref, [b])), ['a'])
    assert.deepEqual(claims.state(b.orderedBy.ref, [b]), [])
  })

  it('tells the rivals of the Secret that was left and of the one that was come to', () => {
    const claims = new Claims()
    for (const delivery of [whole('a', 'one'), whole('b', 'two'), whole('c', 'one')]) {
      claims.state(delivery.orderedBy.ref, [delivery])
    }
    const moved = whole('c', 'two')
    assert.deepEqual(names(claims.state(moved.orderedBy.ref, [moved])).toSorted(), ['a', 'b'])
    assert.deepEqual(names(claims.claimantsOf({ namespace: 'argocd', name: 'one' })), ['a'])
  })

  it('tells nobody who merges other keys', () => {
    const claims = new Claims()
    const [a, b] = [merging('a', 'x'), merging('b', 'y')]
    assert.deepEqual(claims.state(a.orderedBy.ref, [a]), [])
    assert.deepEqual(claims.state(b.orderedBy.ref, [b]), [])
    assert.deepEqual(claims.state(b.orderedBy.ref, []), [])
  })

  it('tells the rivals when other hosts are claimed, and nobody who merges none of them', () => {
    const claims = new Claims()
    const others = [hosting('b', 'x.example'), hosting('c', 'z.example')]
    for (const delivery of others) claims.state(delivery.orderedBy.ref, [delivery])
    const told = (...hosts: readonly string[]) =>
      names(claims.state(anOrderer('a').ref, [hosting('a', ...hosts)]))
    assert.deepEqual(told('x.example'), ['b'])
    assert.deepEqual(told('x.example', 'y.example'), ['b'])
    assert.deepEqual(told('y.example'), ['b'])
    assert.deepEqual(told('y.example'), [])
  })

  it('tells the rivals when other keys are claimed', () => {
    const claims = new Claims()
    const [a, b] = [merging('a', 'x'), merging('b', 'x')]
    for (const delivery of [a, b]) claims.state(delivery.orderedBy.ref, [delivery])
    assert.deepEqual(names(claims.state(a.orderedBy.ref, [merging('a', 'y')])), ['b'])
    assert.equal(claims.rivalOf(b, nobody), undefined)
  })

  it('tells the rivals when the orderer was deleted and made anew, which makes it the younger', () => {
    const claims = new Claims()
    const [a, b] = [whole('a'), whole('b')]
    for (const delivery of [a, b]) claims.state(delivery.orderedBy.ref, [delivery])
    const again = { ...a, orderedBy: { ...a.orderedBy, uid: 'new', createdAt: instant(2 ** 42) } }
    assert.deepEqual(names(claims.state(a.orderedBy.ref, [again])), ['b'])
    assert.equal(claims.rivalOf(b, nobody), undefined)
    assert.equal(claims.rivalOf(again, nobody)?.name, 'b')
  })

  it('leaves no trace of an orderer that is gone, and tells its rivals', () => {
    const claims = new Claims()
    const [a, b] = [whole('a'), whole('b')]
    for (const delivery of [a, b]) claims.state(delivery.orderedBy.ref, [delivery])
    assert.deepEqual(names(claims.state(a.orderedBy.ref, [])), ['b'])
    assert.equal(claims.rivalOf(b, nobody), undefined)
    assert.deepEqual(names(claims.claimantsOf(a.target)), ['b'])
  })
})

describe('who uses what lends an identity', () => {
  const LENDER: Ref = { group: 'example.com', kind: 'Lender', namespace: '', name: 'one' }
  const user = anOrderer('a').ref

  function through(lender: Ref): Delivery {
    const delivery = aDelivery({}, 'a')
    const borrowed = delivery.logins.map((login) => ({
      ...login,
      identity: { ...login.identity, through: lender },
    }))
    return { ...delivery, logins: borrowed }
  }

  it('is presumed of one whose order is not known, until it is', () => {
    const told: string[] = []
    const claims = new Claims((lender) => told.push(lender))
    claims.presume(user, LENDER)
    claims.presume(user, LENDER)
    assert.deepEqual([claims.usersOf(LENDER), told.length], [[user], 1])
    claims.state(user, [])
    assert.deepEqual([claims.usersOf(LENDER), told.length], [[], 2])
  })

  it('is not presumed of one that was served through another', () => {
    const claims = new Claims()
    const other = { ...LENDER, name: 'other' }
    claims.state(user, [through(other)])
    claims.presume(user, LENDER)
    assert.deepEqual([claims.usersOf(LENDER), claims.usersOf(other)], [[], [user]])
  })
})
