// This file is about who looks again when something changes.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Ref, refKey } from '../model/ref.ts'
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
