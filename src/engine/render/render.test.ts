// This file is about rendering every shape, templates above all, and refusing what nobody could pull with.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aLogin } from '../../../test/support/builders.ts'
import type { Fault } from '../../model/fault.ts'
import type { Shape, TemplateData } from '../../model/shape.ts'
import { ParsedTemplates } from '../../template/parsed-templates.ts'
import { render } from './render.ts'
import type { Rendered } from './rendered.ts'

const LOGINS = [aLogin()]
const DOCKER_CONFIG = 'kubernetes.io/dockerconfigjson'

const template = (change: Partial<TemplateData>): TemplateData => ({
  is: 'template',
  values: {
    is: 'key-values',
    entries: [
      { key: 'username', value: { is: 'login', login: 0, field: 'username' } },
      { key: 'password', value: { is: 'login', login: 0, field: 'password' } },
    ],
  },
  data: {},
  labels: {},
  annotations: {},
  keepsValues: false,
  ...change,
})

const rendering = (shape: Shape, type?: string): Rendered | Fault =>
  render(shape, LOGINS, type, new ParsedTemplates())

function rendered(shape: Shape, type?: string) {
  const done = rendering(shape, type)
  assert.ok('data' in done, JSON.stringify(done))
  const data = Object.fromEntries([...done.data].map(([key, value]) => [key, value.toString()]))
  return { ...done, data }
}

function refused(shape: Shape, type?: string): Fault {
  const done = rendering(shape, type)
  assert.ok('code' in done)
  return done
}

describe('a template', () => {
  it('is rendered over the values of the login', () => {
    const { data } = rendered(template({ data: { line: '{{ .username }}:{{ .password | b64enc }}' } }))
    assert.deepEqual(data, { line: 'AWS:dG9rZW4tMQ==' })
  })

  it('may stand in labels and annotations', () => {
    const { labels, annotations } = rendered(
      template({ labels: { user: '{{ .username | lower }}' }, annotations: { user: '{{ .username }}' } }),
    )
    assert.deepEqual([labels, annotations], [{ user: 'aws' }, { user: 'AWS' }])
  })

  it('leaves the values out unless they are kept', () => {
    assert.deepEqual(rendered(template({ data: { a: 'x' } })).data, { a: 'x' })
    assert.deepEqual(rendered(template({ data: { a: 'x' }, keepsValues: true })).data, {
      a: 'x',
      username: 'AWS',
      password: 'token-1',
    })
  })

  it('overwrites a value of the same name that is kept', () => {
    const { data } = rendered(template({ data: { username: '{{ .username }}!' }, keepsValues: true }))
    assert.equal(data['username'], 'AWS!')
  })

  const faults: readonly (readonly [string, Partial<TemplateData>, string])[] = [
    ['does not parse', { data: { k: '{{ .username' } }, 'template-invalid'],
    ['asks for what is not there', { data: { k: '{{ .nothing }}' } }, 'template-failed'],
    ['does not parse in a label', { labels: { k: '{{' } }, 'template-invalid'],
    ['fails in an annotation', { annotations: { k: '{{ fail "no" }}' } }, 'template-failed'],
  ]
  for (const [name, shape, code] of faults) {
    it(`that ${name} is a fault at its key`, () => {
      const found = refused(template(shape))
      assert.deepEqual([found.code, found.at], [code, 'template k'])
    })
  }

  it('that makes a label the API server would refuse is a fault at its key, and quotes nothing', () => {
    const found = refused(template({ labels: { k: '{{ .username }}:{{ .password }}' } }))
    assert.deepEqual([found.code, found.at], ['output-invalid', 'template k'])
    assert.doesNotMatch(found.message, /token-1/)
  })

  it('says nothing of the login when it fails', () => {
    const { message } = refused(template({ data: { k: '{{ .password | atoi | fail }}' } }))
    assert.doesNotMatch(message, /token-1/)
  })
})

describe('a Secret of type dockerconfigjson', () => {
  const config = (text: string) => template({ data: { '.dockerconfigjson': text } })

  it('takes a docker config out of a template', () => {
    const { data } = rendered(
      config('{"auths":{"h":{"username":"{{ .username }}","password":"{{ .password }}"}}}'),
      DOCKER_CONFIG,
    )
    assert.deepEqual(JSON.parse(data['.dockerconfigjson'] ?? ''), {
      auths: { h: { username: 'AWS', password: 'token-1' } },
    })
  })

  it('takes nothing else, and does not say what it was', () => {
    const found = refused(config('{"auth":"{{ .password }}"}'), DOCKER_CONFIG)
    assert.equal(found.code, 'output-invalid')
    assert.match(found.message, /"\.dockerconfigjson" is no docker config/)
    assert.doesNotMatch(found.message, /token-1/)
  })

  it('is not looked into under another type, nor without that key', () => {
    assert.deepEqual(rendered(config('anything'), 'Opaque').data, { '.dockerconfigjson': 'anything' })
    assert.deepEqual(rendered(config('anything')).data, { '.dockerconfigjson': 'anything' })
    assert.deepEqual(rendered(template({ data: { k: 'x' } }), DOCKER_CONFIG).data, { k: 'x' })
  })
})

describe('each shape', () => {
  it('renders to the keys it is known to write', () => {
    const dockerConfig = rendered({ is: 'docker-config', hosts: [{ host: 'h', login: 0 }] })
    assert.deepEqual(Object.keys(dockerConfig.data), ['.dockerconfigjson'])
    const hosts = [{ host: 'h', login: 0 }]
    const file = rendered({ is: 'docker-config', key: 'config.json', hosts })
    assert.deepEqual(Object.keys(file.data), ['config.json'])
    const { values } = template({})
    assert.deepEqual(Object.keys(rendered(values).data), ['username', 'password'])
  })

  it('is refused where a value is', () => {
    const entries = [{ key: 'k', value: { is: 'login', login: 7, field: 'password' } as const }]
    assert.equal(refused({ is: 'key-values', entries }).code, 'output-invalid')
    assert.equal(refused(template({ values: { is: 'key-values', entries } })).code, 'output-invalid')
  })
})
