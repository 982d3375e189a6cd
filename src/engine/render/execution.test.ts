// This file is about what a template makes of the values it is given, by the cases external-secrets holds its own engine to.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aLogin } from '../../../test/support/builders.ts'
import type { Fault } from '../../model/fault.ts'
import type { TemplateData, TemplateFrom } from '../../model/shape.ts'
import { ParsedTemplates } from '../../template/parsed-templates.ts'
import { render } from './render.ts'
import type { Rendered } from './rendered.ts'

type Texts = Readonly<Record<string, string>>

function rendering(values: Texts, change: Partial<TemplateData>): Rendered | Fault {
  const entries = Object.entries(values).map(
    ([key, text]) => ({ key, value: { is: 'literal', text } }) as const,
  )
  const shape: TemplateData = {
    is: 'template',
    values: { is: 'key-values', entries },
    data: {},
    labels: {},
    annotations: {},
    keepsValues: false,
    ...change,
  }
  return render(shape, [aLogin()], undefined, new ParsedTemplates())
}

function rendered(values: Texts, change: Partial<TemplateData>) {
  const done = rendering(values, change)
  assert.ok('data' in done, JSON.stringify(done))
  const data = Object.fromEntries([...done.data].map(([key, value]) => [key, value.toString()]))
  return { data, labels: done.labels, annotations: done.annotations }
}

function refused(values: Texts, change: Partial<TemplateData>): Fault {
  const done = rendering(values, change)
  assert.ok('code' in done, 'it was rendered')
  return done
}

describe('a template under a key', () => {
  const rows: readonly (readonly [name: string, template: string, values: Texts, text: string])[] = [
    ['decodes base64', '{{ .secret | b64dec }}', { secret: 'aGVsbG8=' }, 'hello'],
    ['finds a member of JSON', '{{ $v := .it | fromJson }}{{ $v.name }}', { it: '{"name": "ecr"}' }, 'ecr'],
    [
      'writes a member of JSON as JSON',
      '{{ $v := .it | fromJson }}{{ $v.inner | toJson }}',
      { it: '{"inner": {"b": 1, "a": "<"}}' },
      String.raw`{"a":"\u003c","b":1}`,
    ],
    ['writes JSON as YAML', '{{ .it | fromJson | toYaml }}', { it: '{"name": "ecr"}' }, 'name: ecr'],
    ['writes YAML as JSON', '{{ .it | fromYaml | toJson }}', { it: 'name: ecr' }, '{"name":"ecr"}'],
    ['knows the end of a file name', '{{ .path | ext }}', { path: 'some/where/docker.json' }, '.json'],
    [
      'replaces a scheme',
      '{{ .url | replace "postgres://" "db+postgresql://" }}',
      { url: 'postgres://user:word@host:5432/name' },
      'db+postgresql://user:word@host:5432/name',
    ],
    ['writes capitals', '{{ .user | upper }}', { user: 'aws' }, 'AWS'],
    [
      'keeps lines and their indentation',
      '\nregistries:\n\t- host: "{{ .host }}"\n\t  user: "{{ .user }}"',
      { host: 'h', user: 'u' },
      '\nregistries:\n\t- host: "h"\n\t  user: "u"',
    ],
    ['encodes and decodes what it says itself', '{{ "12341234" | b64enc | b64dec }}', {}, '12341234'],
    [
      'hashes, takes the digits for bytes and encodes them',
      '{{ "example" | sha256sum | hexdec | b64enc }}',
      {},
      'UNhY4JhezH9gQYqvDMWrWH9CwlcKiECVqejMrND2VFw=',
    ],
    [
      'writes a line of htpasswd',
      '{{ htpasswd .user "word" "sha" }}',
      { user: 'foo1' },
      'foo1:{SHA}PLzZCtxLGSqHpiWFC38jHK3fDrM=',
    ],
    [
      'is silent about what is no base64',
      '{{ .secret | b64dec }}',
      { secret: 'no_base64' },
      'illegal base64 data at input byte 2',
    ],
    ['is silent about what is no JSON', '{{ "{ # }" | fromJson }}', {}, '<no value>'],
  ]
  for (const [name, template, values, text] of rows) {
    it(name, () => assert.deepEqual(rendered(values, { data: { key: template } }).data, { key: text }))
  }

  it('stands in a label and in an annotation too, each beside the others', () => {
    const template = { key: '{{ .env | b64dec }}' }
    const done = rendered({ env: 'ZGV2' }, { data: template, labels: template, annotations: template })
    assert.deepEqual(done, { data: { key: 'dev' }, labels: { key: 'dev' }, annotations: { key: 'dev' } })
  })

  it('is nothing where there is none', () => {
    assert.deepEqual(rendered({}, {}), { data: {}, labels: {}, annotations: {} })
  })

  it('that does not parse says so, naming its key', () => {
    assert.match(
      refused({}, { data: { key: '{{ #xx }}' } }).message,
      /^unable to parse template at key key: /,
    )
  })

  it('that asks for an unknown value says so, naming its key', () => {
    const { message } = refused({}, { data: { key: '{{ .unknown }}' } })
    assert.match(message, /^unable to execute template at key key: .*map has no entry for key "unknown"$/)
  })

  it('is never decoded, however its text looks', () => {
    const data = { aGVsbG8: '{{ "aGVsbG8=" }}' }
    assert.deepEqual(rendered({}, { data }).data, { aGVsbG8: 'aGVsbG8=' })
  })
})

describe('a text of keys and values', () => {
  const VALUES = { key: 'foo', value: 'bar' }
  const text = (change: Partial<TemplateFrom> & { readonly says?: string } = {}) => {
    const { says = '{{ .key }}: {{ .value }}', ...rest } = change
    const literal = { is: 'literal', text: says, as: 'keys-and-values' } as const
    const at = 'spec.target.template.templateFrom[0].literal'
    return { from: [{ at, template: literal, into: 'data', decoding: 'none', ...rest } as const] }
  }

  for (const into of ['data', 'labels', 'annotations'] as const) {
    it(`gives ${into}, and nothing else`, () => {
      const nothing = { data: {}, labels: {}, annotations: {} }
      assert.deepEqual(rendered(VALUES, text({ into })), { ...nothing, [into]: { foo: 'bar' } })
    })
  }

  it('that is empty gives nothing', () => {
    assert.deepEqual(rendered(VALUES, text({ says: '' })).data, {})
  })

  it('has its values decoded as asked, and its keys left as they are', () => {
    const says = 'ZW5jb2RlZA: {{ "decoded" | b64enc }}'
    assert.deepEqual(rendered({}, text({ says, decoding: 'base64' })).data, { ZW5jb2RlZA: 'decoded' })
    assert.deepEqual(rendered({}, text({ says })).data, { ZW5jb2RlZA: 'ZGVjb2RlZA==' })
  })

  it('whose values are no base64 says so', () => {
    const { message } = refused({}, text({ says: 'a: "no_base64"', decoding: 'base64' }))
    assert.match(message, /failed to decode rendered template value/)
  })
})
