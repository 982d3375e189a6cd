// This file is about testing what templateFrom orders, and what it looks at.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Fault } from '../../model/fault.ts'
import { fault } from '../../model/fault.ts'
import { keysAreKnown, type TemplateData } from '../../model/shape.ts'
import type { Resource } from '../../model/resource.ts'
import type { World } from '../dialect.ts'
import { aGenerator, anExternalSecret, aWorld } from './fixtures/resources.ts'
import { translate } from './translate.ts'
import { eventText, failedText } from './words.ts'

const withTemplates = (templateFrom: readonly object[], rest: object = {}): Resource =>
  anExternalSecret({ target: { template: { templateFrom, ...rest } } })

function shapeOf(asked: Resource, world: World = aWorld([aGenerator()])): TemplateData {
  const translation = translate(asked, world)
  assert.ok(translation.is === 'order', JSON.stringify(translation))
  const shape = translation.deliveries[0]?.shape
  assert.ok(shape?.is === 'template')
  return shape
}

function refused(asked: Resource): Fault {
  const translation = translate(asked, aWorld([aGenerator()]))
  assert.ok(translation.is === 'invalid', JSON.stringify(translation))
  return translation.fault
}

const AT = 'spec.target.template.templateFrom'

describe('templateFrom', () => {
  test('is ordered in list order, of each member the ConfigMap first and the literal last', () => {
    const items = [{ key: 'a' }, { key: 'b', templateAs: 'KeysAndValues' }]
    const { from = [] } = shapeOf(
      withTemplates([
        {
          literal: 'x: y',
          secret: { name: 's', items: [{ key: 'c' }] },
          configMap: { name: 'm', items },
          valuesDecodingStrategy: 'Base64URL',
        },
        { literal: 'z: {{ .password }}', target: 'Labels' },
      ]),
    )
    const configMap = { kind: 'ConfigMap', namespace: 'apps', name: 'm' } as const
    const secret = { kind: 'Secret', namespace: 'apps', name: 's' } as const
    const common = { into: 'data', decoding: 'base64url' } as const
    assert.deepEqual(from, [
      {
        at: `${AT}[0].configMap.items[0]`,
        template: { is: 'kept', object: configMap, key: 'a', as: 'values' },
        ...common,
      },
      {
        at: `${AT}[0].configMap.items[1]`,
        template: { is: 'kept', object: configMap, key: 'b', as: 'keys-and-values' },
        ...common,
      },
      {
        at: `${AT}[0].secret.items[0]`,
        template: { is: 'kept', object: secret, key: 'c', as: 'values' },
        ...common,
      },
      {
        at: `${AT}[0].literal`,
        template: { is: 'literal', text: 'x: y', as: 'keys-and-values' },
        ...common,
      },
      {
        at: `${AT}[1].literal`,
        template: { is: 'literal', text: 'z: {{ .password }}', as: 'keys-and-values' },
        into: 'labels',
        decoding: 'none',
      },
    ])
  })

  test('names its target in any case', () => {
    for (const target of ['Annotations', 'annotations', 'ANNOTATIONS', 'aNNotations']) {
      const [first] = shapeOf(withTemplates([{ literal: 'a: b', target }])).from ?? []
      assert.equal(first?.into, 'annotations')
    }
  })

  test('of a target that is no part of a Secret is refused', () => {
    for (const target of [
      'type',
      'metadata.annotations',
      'immutable',
      'metadata.ownerReferences',
      'Spec.x',
    ]) {
      const found = refused(withTemplates([{ literal: 'a: b', target }]))
      assert.deepEqual([found.code, found.at], ['spec-invalid', `${AT}[0].target`])
      assert.match(found.message, new RegExp(`target="${target}" is not allowed when targeting a Secret`))
    }
  })

  test('may not annotate the token of a service account', () => {
    const type = 'kubernetes.io/service-account-token'
    const found = refused(withTemplates([{ literal: 'a: b', target: 'annotations' }], { type }))
    assert.match(found.message, /with templateFrom target="Annotations" is not allowed/)
  })

  test('is data enough: the values themselves are not written beside it, save under mergePolicy Merge', () => {
    const member = { literal: 'a: b' }
    assert.equal(shapeOf(withTemplates([member])).keepsValues, false)
    assert.equal(shapeOf(withTemplates([{ ...member, target: 'Labels' }])).keepsValues, false)
    assert.equal(shapeOf(withTemplates([member], { mergePolicy: 'Merge' })).keepsValues, true)
    assert.equal(shapeOf(withTemplates([])).keepsValues, true)
  })

  test('without data is told that it writes none', () => {
    const warned = (templateFrom: readonly object[], rest: object = {}): readonly string[] => {
      const translation = translate(withTemplates(templateFrom, rest), aWorld([aGenerator()]))
      assert.ok(translation.is === 'order')
      return translation.warnings.map(({ reason }) => reason)
    }
    const labels = { literal: 'a: b', target: 'Labels' }
    assert.deepEqual(warned([labels]), ['TemplateWithoutData'])
    assert.deepEqual(warned([{}]), ['TemplateWithoutData'])
    for (const rest of [{ mergePolicy: 'Merge' }, { data: { a: 'b' } }]) {
      assert.deepEqual(warned([labels], rest), [])
    }
    assert.deepEqual(warned([labels, { literal: 'a: b' }]), [])
    assert.deepEqual(warned([]), [])
  })

  test('makes keys that nobody knows beforehand, unless it gives values only', () => {
    const configMap = { name: 'm', items: [{ key: 'a' }] }
    assert.equal(keysAreKnown(shapeOf(withTemplates([{ configMap }]))), true)
    assert.equal(keysAreKnown(shapeOf(withTemplates([{ literal: 'a: b' }]))), false)
  })

  test('brings the order back when one of its objects changes, and needs none of them to order', () => {
    const world = aWorld([aGenerator()])
    const items = [{ key: 'a' }]
    shapeOf(withTemplates([{ configMap: { name: 'm', items } }, { secret: { name: 's', items } }]), world)
    assert.ok(world.touched.has('/ConfigMap/apps/m'))
    assert.ok(world.touched.has('/Secret/apps/s'))
  })

  test('whose literal does not parse is refused, naming it', () => {
    const found = refused(withTemplates([{ literal: 'a: b' }, { literal: '{{ .password' }]))
    assert.deepEqual([found.code, found.at], ['template-invalid', `${AT}[1].literal`])
    assert.match(found.message, /^unable to parse template at spec.*\[1\]\.literal: /)
  })

  test('whose literal asks for what no generator gives is refused, saying what there is', () => {
    const found = refused(withTemplates([{ literal: 'a: {{ .token }}' }]))
    assert.match(found.message, /asks for \.token, which the generator does not give/)
  })

  test('that fails is told in upstream’s words, with the cause', () => {
    const missing = fault(
      'template-missing',
      'error in configmap m: missing key a',
      `${AT}[0].configMap.items[0]`,
    )
    assert.equal(
      failedText({ fault: missing }),
      'could not update secret: error fetching templateFrom data: error in configmap m: missing key a',
    )
    assert.equal(
      eventText({ fault: missing }, 'spec.dataFrom[0]'),
      'could not apply template: error fetching templateFrom data: error in configmap m: missing key a',
    )
  })
})
