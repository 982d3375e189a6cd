// This file is about testing what is known of a shape's keys before it is rendered.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { keysAreKnown, keysOf, type Shape, type TemplateFrom } from './shape.ts'

const object = { kind: 'ConfigMap', namespace: 'apps', name: 'templates' } as const

const from = (change: Partial<TemplateFrom>): TemplateFrom => ({
  at: 'spec',
  template: { is: 'kept', object, key: 'config.json', as: 'values' },
  into: 'data',
  decoding: 'none',
  ...change,
})

const template = (...templates: readonly TemplateFrom[]): Shape => ({
  is: 'template',
  values: { is: 'key-values', entries: [{ key: 'password', value: { is: 'literal', text: 'x' } }] },
  from: templates,
  data: { password: 'x', host: 'y' },
  labels: { a: 'b' },
  annotations: {},
  keepsValues: true,
})

describe('the keys of a shape', () => {
  it('are those of its values, of its templates by key and of those kept under a key', () => {
    assert.deepEqual(keysOf(template(from({}))), ['password', 'config.json', 'host'])
    assert.equal(keysAreKnown(template(from({}))), true)
  })

  it('are not all known where a template renders keys', () => {
    const literal = from({ template: { is: 'literal', text: 'a: b', as: 'keys-and-values' } })
    const kept = from({ template: { is: 'kept', object, key: 'k', as: 'keys-and-values' } })
    for (const each of [literal, kept]) {
      assert.equal(keysAreKnown(template(from({}), each)), false)
      assert.deepEqual(keysOf(template(each)), ['password', 'host'])
    }
  })

  it('are not all known where templates kept elsewhere become labels or annotations', () => {
    for (const into of ['labels', 'annotations'] as const) {
      assert.equal(keysAreKnown(template(from({ into }))), false)
      assert.deepEqual(keysOf(template(from({ into }))), ['password', 'host'])
    }
  })

  it('are known of every other shape', () => {
    assert.equal(keysAreKnown({ is: 'docker-config', hosts: [] }), true)
    assert.equal(keysAreKnown(template()), true)
  })
})
