// This file is about testing what the engine remembers: what is equal in many is kept once, and nobody's is mixed up.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { instant } from '../base/clock.ts'
import type { Ref } from '../model/ref.ts'
import type { Held } from './held.ts'
import { Memory } from './memory.ts'

const by: Ref = { group: 'everpull.dev', kind: 'ClusterRegistryLogin', namespace: 'team-a', name: 'pull' }
const pull = { namespace: 'team-a', name: 'pull' }
const other = { namespace: 'team-a', name: 'push' }

const held = (inputs: string, mintedAt = 1000): Held => ({
  imprint: {
    logins: [{ mintedAt: instant(mintedAt), expiresAt: instant(9000) }],
    inputs,
    outputs: 'written',
  },
  resourceVersion: inputs,
  identityKeys: ['key'],
})

describe('what the engine remembers', () => {
  it('is what it was given, whatever was remembered before', () => {
    const memory = new Memory()
    const given = [held('one'), held('two'), held('three', 2000)]
    const kept = given.map((each, i) => memory.set({ ...by, namespace: `team-${i}` }, pull, each))
    assert.deepEqual(kept, given)
    assert.deepEqual(memory.get({ ...by, namespace: 'team-1' }, pull), given[1])
  })

  it('has one copy of the logins and keys that are equal, one after the other', () => {
    const memory = new Memory()
    const first = memory.set(by, pull, held('one'))
    const second = memory.set(by, other, held('two'))
    assert.equal(second.imprint.logins, first.imprint.logins)
    assert.equal(second.identityKeys, first.identityKeys)
    assert.notEqual(memory.set(by, pull, held('three', 2000)).imprint.logins, first.imprint.logins)
  })

  it('is forgotten save for what is still wanted', () => {
    const memory = new Memory()
    memory.set(by, pull, held('one'))
    memory.set(by, other, held('two'))
    memory.forget(by, [pull, other])
    assert.equal(memory.ofOrderer(by).length, 2)
    memory.forget(by, [pull])
    assert.deepEqual(
      memory.ofOrderer(by).map(({ target }) => target),
      [pull],
    )
    memory.forget(by)
    assert.deepEqual(memory.ofOrderer(by), [])
  })

  it('has one instant for one force, however many Secrets of an object it is seen on', () => {
    const memory = new Memory()
    const [first, later, muchLater] = [instant(1000), instant(5000), instant(90_000)]
    const a = { ref: by, uid: 'a' }
    const share = { ref: { ...by, namespace: 'team-b' }, uid: 'a' }
    assert.equal(memory.forceSeen(a, pull, 'now', first), first)
    assert.equal(memory.forceSeen(share, pull, 'now', later), first)
    assert.equal(memory.forceSeen({ ref: by, uid: 'b' }, other, 'now', later), later)
    assert.equal(memory.forceSeen(a, pull, 'once more', later), later)
    assert.equal(memory.forceSeen(share, pull, 'now', muchLater), first, 'a retry')
    memory.set(by, pull, held('written'))
    assert.equal(memory.forceSeen(a, pull, 'now', muchLater), muchLater, 'meant anew')
  })
})
