// This file is about testing templates without a key of their own: kept elsewhere, or written as one text.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aLogin } from '../../../test/support/builders.ts'
import { SecretText } from '../../base/secret-text.ts'
import type { Fault } from '../../model/fault.ts'
import type { TemplateData, TemplateFrom } from '../../model/shape.ts'
import { ParsedTemplates } from '../../template/parsed-templates.ts'
import type { KeptTemplates } from '../kept-templates.ts'
import { render } from './render.ts'
import type { Rendered } from './rendered.ts'

const AT = 'spec.target.template.templateFrom[0].literal'

const literal = (text: string, change: Partial<TemplateFrom> = {}): TemplateFrom => ({
  at: AT,
  template: { is: 'literal', text, as: 'keys-and-values' },
  into: 'data',
  decoding: 'none',
  ...change,
})

type Kept = Extract<TemplateFrom['template'], { is: 'kept' }>

const kept = (
  { kind = 'ConfigMap', as = 'values' }: { kind?: Kept['object']['kind']; as?: Kept['as'] },
  change: Partial<TemplateFrom> = {},
): TemplateFrom => ({
  at: 'spec.target.template.templateFrom[1].configMap.items[0]',
  template: { is: 'kept', object: { kind, namespace: 'apps', name: 'templates' }, key: 'app.conf', as },
  into: 'data',
  decoding: 'none',
  ...change,
})

function rendering(
  from: readonly TemplateFrom[],
  texts: readonly (readonly [TemplateFrom, string])[] = [],
  change: Partial<TemplateData> = {},
): Rendered | Fault {
  const shape: TemplateData = {
    is: 'template',
    values: {
      is: 'key-values',
      entries: [
        { key: 'username', value: { is: 'login', login: 0, field: 'username' } },
        { key: 'password', value: { is: 'login', login: 0, field: 'password' } },
      ],
    },
    from,
    data: {},
    labels: {},
    annotations: {},
    keepsValues: false,
    ...change,
  }
  const read: KeptTemplates = {
    is: 'kept',
    texts: new Map(texts.map(([template, text]) => [template, new SecretText(text)])),
    digest: 'any',
  }
  return render(shape, [aLogin()], undefined, new ParsedTemplates(), read)
}

function rendered(...asked: Parameters<typeof rendering>) {
  const done = rendering(...asked)
  assert.ok('data' in done, JSON.stringify(done))
  const data = Object.fromEntries([...done.data].map(([key, value]) => [key, value.toString()]))
  return { data, labels: done.labels, annotations: done.annotations }
}

function refused(...asked: Parameters<typeof rendering>): Fault {
  const done = rendering(...asked)
  assert.ok('code' in done, 'it was rendered')
  return done
}

describe('a literal', () => {
  it('renders to keys and values', () => {
    const { data } = rendered([literal('{{ .username }}-user: {{ .password }}\nport: 0123')])
    assert.deepEqual(data, { 'AWS-user': 'token-1', port: '83' })
  })

  it('goes through every value', () => {
    const { data } = rendered([literal('{{ range $k, $v := . }}my-{{ $k }}: {{ $v }}\n{{ end }}')])
    assert.deepEqual(data, { 'my-password': 'token-1', 'my-username': 'AWS' })
  })

  it('may become labels or annotations', () => {
    const { data, labels, annotations } = rendered([
      literal('user: {{ .username }}', { into: 'labels' }),
      literal('example.com/user: {{ .username }}', { into: 'annotations' }),
    ])
    assert.deepEqual([data, labels, annotations], [{}, { user: 'AWS' }, { 'example.com/user': 'AWS' }])
  })

  it('has its values decoded, and never its keys', () => {
    const encoded = '{{ "key" | b64enc }}: {{ "value" | b64enc }}'
    assert.deepEqual(rendered([literal(encoded, { decoding: 'base64' })]).data, { a2V5: 'value' })
    assert.deepEqual(rendered([literal(encoded)]).data, { a2V5: 'dmFsdWU=' })
  })
})

describe('a template kept elsewhere', () => {
  it('gives the value of the key it is kept under', () => {
    const from = kept({})
    assert.deepEqual(rendered([from], [[from, 'user={{ .username }}']]).data, { 'app.conf': 'user=AWS' })
  })

  it('gives keys and values where that is asked', () => {
    const from = kept({ as: 'keys-and-values' })
    assert.deepEqual(rendered([from], [[from, '{{ .username }}: {{ .password }}']]).data, { AWS: 'token-1' })
  })

  it('may render to bytes that are no text', () => {
    const from = kept({}, { decoding: 'base64' })
    const done = rendering([from], [[from, '{{ "/w==" }}']])
    assert.deepEqual('data' in done && done.data.get('app.conf'), Buffer.from([0xff]))
  })
})

describe('several templates', () => {
  it('overwrite one another: values, then what is kept, then what stands under a key', () => {
    const [first, second] = [literal('a: 1\nb: 1\nusername: 1'), literal('b: 2\nc: 2')]
    const done = rendered([first, second], [], {
      keepsValues: true,
      data: { c: '3' },
      labels: { l: '3' },
    })
    assert.deepEqual(done.data, { username: '1', password: 'token-1', a: '1', b: '2', c: '3' })
  })

  it('leave labels and annotations under a key to the template under that key', () => {
    const from = literal('l: 1\nm: 1', { into: 'labels' })
    assert.deepEqual(rendered([from], [], { labels: { l: '2' } }).labels, { l: '2', m: '1' })
  })
})

describe('what nobody could use is refused, and never quoted:', () => {
  const secret = kept({ kind: 'Secret' })
  const configMap = kept({})
  const rows: readonly [string, Parameters<typeof rendering>, Fault['code'], RegExp][] = [
    ['a literal that does not parse', [[literal('{{ .password')]], 'template-invalid', /unable to parse/],
    ['a literal that fails', [[literal('{{ .nothing }}')]], 'template-failed', /unable to execute/],
    [
      'a text kept elsewhere that does not parse',
      [[configMap], [[configMap, '{{ token-1']]],
      'template-invalid',
      /key app\.conf of ConfigMap templates/,
    ],
    [
      'a text from a Secret that does not parse',
      [[secret], [[secret, 'token-1 {{ token-1']]],
      'template-invalid',
      /key app\.conf of Secret templates: .* it does not parse/,
    ],
    ['a list', [[literal('- {{ .password }}')]], 'output-invalid', /not a map of texts: yaml: it is no map/],
    ['a nested value', [[literal('a: {b: {{ .password }}}')]], 'output-invalid', /a list or a map/],
    [
      'no key of a Secret',
      [[literal('{{ .password }}/: x')]],
      'output-invalid',
      /a key made by spec.* is no/,
    ],
    [
      'no key of a label',
      [[literal('{{ .password }}/: x', { into: 'labels' })]],
      'output-invalid',
      /a label made by spec.* is no key/,
    ],
    [
      'no value of a label',
      [[literal('{{ .password }}: "token-1 "', { into: 'labels' })]],
      'output-invalid',
      /a label made by spec.* renders to no label value/,
    ],
    [
      'values that are no base64',
      [[literal('{{ .password }}: "{{ .password }}"', { decoding: 'base64' })]],
      'output-invalid',
      /failed to decode rendered template value for one of the keys of spec/,
    ],
    [
      'more than a Secret holds',
      [[literal('a: {{ repeat 600000 "x" }}'), literal('b: {{ repeat 600000 "y" }}')]],
      'output-invalid',
      /1048576 bytes at most, and this would be 1200000/,
    ],
    ['the name of a folder above', [[literal('..: x')]], 'output-invalid', /is no key of a Secret/],
  ]
  for (const [name, asked, code, message] of rows) {
    it(name, () => {
      const found = refused(...asked)
      assert.equal(found.code, code)
      assert.match(found.message, message)
      assert.match(found.at ?? '', /^spec\.target\.template\.templateFrom/)
      assert.doesNotMatch(JSON.stringify(found), /token-1/)
    })
  }
})
