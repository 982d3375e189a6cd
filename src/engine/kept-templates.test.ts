// This file is about testing how templates kept elsewhere are read, and told when they are not there.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SecretText } from '../base/secret-text.ts'
import { fault } from '../model/fault.ts'
import type { Shape, TemplateFrom, TemplateObject } from '../model/shape.ts'
import { NOTHING_KEPT, readKept } from './kept-templates.ts'
import type { Sources } from './ports.ts'

const { signal } = new AbortController()

/** Objects by "Kind name", with their texts by key. */
const sources = (objects: Readonly<Record<string, Readonly<Record<string, string>>>>): Sources => ({
  async read({ kind, name }) {
    const object = objects[`${kind} ${name}`]
    if (object === undefined) return 'absent'
    return {
      is: 'texts',
      get: (key) => {
        const text = object[key]
        if (text === undefined) return undefined
        return text === 'binary' ? text : new SecretText(text)
      },
    }
  },
})

const kept = (kind: TemplateObject['kind'], key = 'k'): TemplateFrom => ({
  at: `spec.templateFrom.${kind}`,
  template: { is: 'kept', object: { kind, namespace: 'apps', name: 't' }, key, as: 'values' },
  into: 'data',
  decoding: 'none',
})

const shape = (...from: readonly TemplateFrom[]): Shape => ({
  is: 'template',
  values: { is: 'key-values', entries: [] },
  from,
  data: {},
  labels: {},
  annotations: {},
  keepsValues: false,
})

async function digestOf(objects: Parameters<typeof sources>[0], ...from: readonly TemplateFrom[]) {
  const read = await readKept(sources(objects), shape(...from), signal)
  assert.ok(read.is === 'kept')
  return read.digest
}

async function refused(objects: Parameters<typeof sources>[0], from: TemplateFrom) {
  const read = await readKept(sources(objects), shape(from), signal)
  assert.ok(read.is === 'fault')
  return read
}

describe('templates kept elsewhere', () => {
  it('are read from the objects that hold them', async () => {
    const [first, second] = [kept('ConfigMap'), kept('Secret')]
    const objects = { 'ConfigMap t': { k: 'a' }, 'Secret t': { k: 'b' } }
    const read = await readKept(sources(objects), shape(first, second), signal)
    assert.ok(read.is === 'kept')
    assert.equal(read.texts.get(first)?.reveal(), 'a')
    assert.equal(read.texts.get(second)?.reveal(), 'b')
  })

  it('have another digest when one of them changes, and only then', async () => {
    const before = await digestOf({ 'ConfigMap t': { k: 'a', other: 'x' } }, kept('ConfigMap'))
    assert.equal(await digestOf({ 'ConfigMap t': { k: 'a', other: 'y' } }, kept('ConfigMap')), before)
    assert.notEqual(await digestOf({ 'ConfigMap t': { k: 'b', other: 'x' } }, kept('ConfigMap')), before)
  })

  it('are asked of nobody where a shape has none', async () => {
    const nobody: Sources = { read: () => assert.fail('asked') }
    const literal: TemplateFrom = {
      ...kept('Secret'),
      template: { is: 'literal', text: '', as: 'keys-and-values' },
    }
    for (const each of [shape(), shape(literal), { is: 'docker-config', hosts: [] } as const]) {
      assert.equal(await readKept(nobody, each, signal), NOTHING_KEPT)
    }
  })

  it('are told as missing with their object or key, at their place', async () => {
    assert.deepEqual(
      await refused({}, kept('ConfigMap')),
      fault('template-missing', 'configmaps "t" not found', 'spec.templateFrom.ConfigMap'),
    )
    assert.deepEqual(
      await refused({ 'Secret t': {} }, kept('Secret')),
      fault('template-missing', 'error in secret t: missing key k', 'spec.templateFrom.Secret'),
    )
  })

  it('must be text', async () => {
    const { code, message } = await refused({ 'Secret t': { k: 'binary' } }, kept('Secret'))
    assert.deepEqual(
      [code, message],
      ['template-invalid', 'key "k" of Secret t is no text: templates are UTF-8'],
    )
  })

  it('pass on why they cannot be read', async () => {
    const unreadable = fault('kube-forbidden', 'no')
    const read = await readKept({ read: async () => unreadable }, shape(kept('Secret')), signal)
    assert.deepEqual(read, { ...unreadable, at: 'spec.templateFrom.Secret' })
  })
})
