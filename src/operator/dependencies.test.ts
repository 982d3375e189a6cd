// This file is about who looks again when something changes.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aResource } from '../../test/support/builders.ts'
import { instant } from '../base/clock.ts'
import { NAMESPACE } from '../model/kind.ts'
import { type Ref, refKey } from '../model/ref.ts'
import type { Resource } from '../model/resource.ts'
import { Dependencies } from './dependencies.ts'

const ref = (name: string): Ref => ({ group: '', kind: 'Secret', namespace: 'a', name })
const touching = (...names: readonly string[]) => new Set(names.map((name) => refKey(ref(name))))

describe('a change of something', () => {
  it('brings back everyone who looked at it, and nobody else', () => {
    const dependencies = new Dependencies()
    dependencies.state('one', touching('x', 'y'))
    dependencies.state('two', touching('y'))
    assert.deepEqual([...dependencies.onlookersOf(ref('y'))], ['one', 'two'])
    assert.deepEqual([...dependencies.onlookersOf(ref('x'))], ['one'])
    assert.deepEqual([...dependencies.onlookersOf(ref('z'))], [])
  })

  it('brings nobody back who has looked elsewhere since', () => {
    const dependencies = new Dependencies()
    dependencies.state('one', touching('x', 'y'))
    dependencies.state('one', touching('y', 'z'))
    assert.deepEqual([...dependencies.onlookersOf(ref('x'))], [])
    assert.deepEqual([...dependencies.onlookersOf(ref('y'))], ['one'])
    assert.deepEqual([...dependencies.onlookersOf(ref('z'))], ['one'])
  })

  it('brings nobody back who is gone', () => {
    const dependencies = new Dependencies()
    dependencies.state('one', touching('x'))
    dependencies.state('one', new Set())
    assert.deepEqual([...dependencies.onlookersOf(ref('x'))], [])
  })

  it('brings back who looked at it besides', () => {
    const dependencies = new Dependencies()
    dependencies.state('one', touching('x'))
    dependencies.add('one', touching('y'))
    assert.deepEqual([...dependencies.onlookersOf(ref('x'))], ['one'])
    assert.deepEqual([...dependencies.onlookersOf(ref('y'))], ['one'])
  })

  it('brings back who looked at something that was not there', () => {
    const dependencies = new Dependencies()
    dependencies.add('one', touching('x'))
    assert.deepEqual([...dependencies.onlookersOf(ref('x'))], ['one'])
  })
})

describe('a change among what was selected', () => {
  const room = (name: string, labels: Record<string, string>, change: Partial<Resource> = {}): Resource =>
    aResource({ ref: { group: '', kind: 'Namespace', namespace: '', name }, uid: name, labels, ...change })
  const IN = { room: 'a' }
  const selecting = (): Dependencies => {
    const dependencies = new Dependencies()
    dependencies.state('one', new Set(), [{ kind: NAMESPACE, selector: { matchLabels: IN } }])
    return dependencies
  }
  const rows: readonly (readonly [string, Resource | undefined, Resource | undefined, boolean])[] = [
    ['one that is new', room('x', IN), undefined, true],
    ['one that is new elsewhere', room('x', {}), undefined, false],
    ['one that enters', room('x', IN), room('x', {}), true],
    ['one that leaves', room('x', {}), room('x', IN), true],
    ['one that is gone', undefined, room('x', IN), true],
    ['one that is gone elsewhere', undefined, room('x', {}), false],
    ['one that begins to go', room('x', IN, { deletingSince: instant(1) }), room('x', IN), true],
    ['one that begins to go elsewhere', room('x', {}, { deletingSince: instant(1) }), room('x', {}), false],
    ['one that is another of that name', room('x', IN, { uid: 'y' }), room('x', IN), true],
    ['other labels of one that stays', room('x', { ...IN, more: 'b' }), room('x', IN), false],
  ]
  for (const [what, now, before, isConcerned] of rows) {
    it(`by ${what} ${isConcerned ? 'brings back' : 'does not bring back'} who selected`, () => {
      assert.deepEqual(selecting().selectorsOf(now, before), isConcerned ? ['one'] : [])
    })
  }

  it('is none where the kind is another', () => {
    const secret = aResource({ ref: ref('x'), labels: IN })
    assert.deepEqual(selecting().selectorsOf(secret, undefined), [])
  })

  it('brings nobody back who has selected elsewhere since', () => {
    const dependencies = selecting()
    dependencies.state('one', new Set())
    assert.deepEqual(dependencies.selectorsOf(room('x', IN), undefined), [])
  })

  it('still brings back who looked at more in the same pass', () => {
    const dependencies = selecting()
    dependencies.add('one', touching('x'))
    assert.deepEqual(dependencies.selectorsOf(room('x', IN), undefined), ['one'])
  })
})
