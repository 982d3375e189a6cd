// This file is about the rules of admission on a real API server: what it refuses in upstream's words, and what it takes.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ADMISSION_ROWS, saidByServer } from '../../src/dialects/external-secrets/fixtures/admission-rows.ts'
import { type DefinedServer, startDefinedServer } from '../support/definitions.ts'
import { eventually } from '../support/eventually.ts'

interface Refusal {
  readonly message: string
  readonly details: { readonly causes: readonly { readonly message: string }[] }
}

describe('an API server with the definitions printed', () => {
  let server: DefinedServer
  before(async () => {
    server = await startDefinedServer()
  })
  after(() => server.stop())

  const create = (version: string, name: string, spec: object) =>
    server.call(
      'POST',
      `/apis/external-secrets.io/${version}/namespaces/default/externalsecrets?fieldValidation=Strict`,
      { apiVersion: `external-secrets.io/${version}`, kind: 'ExternalSecret', metadata: { name }, spec },
    )
  const createForAll = (name: string, externalSecretSpec: object) =>
    server.call('POST', '/apis/external-secrets.io/v1/clusterexternalsecrets?fieldValidation=Strict', {
      apiVersion: 'external-secrets.io/v1',
      kind: 'ClusterExternalSecret',
      metadata: { name },
      spec: { externalSecretSpec },
    })

  for (const [row, given] of ADMISSION_ROWS.entries()) {
    const texts = saidByServer(given)
    for (const version of ['v1', 'v1beta1']) {
      test(`${texts.length === 0 ? 'takes' : 'refuses'} ${given.name}, as ${version}`, async () => {
        const { status, body } = await create(version, `row-${row}-${version}`, given.spec)
        assert.equal(status, texts.length === 0 ? 201 : 422, body)
        if (texts.length === 0) return
        const { causes } = (JSON.parse(body) as Refusal).details
        for (const text of texts)
          assert.ok(
            causes.some(({ message }) => message.endsWith(`: ${text}`)),
            body,
          )
      })
    }
  }

  test('refuses a ClusterExternalSecret for none of them, as upstream looks at ExternalSecrets alone', async () => {
    // A reference to nothing is refused by the schema, upstream too.
    const rows = ADMISSION_ROWS.filter(({ name }) => name !== 'a reference to nothing')
    for (const [row, { name, spec }] of rows.entries()) {
      const { status, body } = await createForAll(`row-${row}`, spec)
      assert.equal(status, 201, `${name}: ${body}`)
    }
  })

  test('lets an object be that other definitions took: it is told, and may be edited elsewhere', async () => {
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/externalsecrets.external-secrets.io'
    const ours = JSON.parse((await server.call('GET', path)).body) as Definition
    await server.call('PUT', path, withoutRules(ours))
    const spec = ADMISSION_ROWS.find(({ name }) => name === 'all at once')?.spec ?? {}
    const created = await eventually('the rules are gone', async () => {
      const answer = await create('v1', 'taken', spec)
      return answer.status === 201 ? answer : undefined
    })
    assert.equal(created.status, 201)
    const { metadata } = JSON.parse((await server.call('GET', path)).body) as Definition
    await server.call('PUT', path, { ...ours, metadata: { ...ours.metadata, ...metadata } })
    await eventually('the rules are back', async () => (await create('v1', 'refused', spec)).status === 422)
    const taken = '/apis/external-secrets.io/v1/namespaces/default/externalsecrets/taken'
    const condition = { type: 'Ready', status: 'False', message: 'told' }
    const status = await server.patch(`${taken}/status`, { status: { conditions: [condition] } })
    assert.equal(status.status, 200, status.body)
    const edited = await server.patch(taken, {
      metadata: { labels: { team: 'build' } },
      spec: { refreshInterval: '2h' },
    })
    assert.equal(edited.status, 200, edited.body)
  })
})

interface Definition {
  readonly metadata: object
}

/** As upstream's own definitions are: fields, choices and defaults alone. */
function withoutRules(definition: Definition): Definition {
  const text = JSON.stringify(definition, (key, value: unknown) =>
    key === 'x-kubernetes-validations' ? undefined : value,
  )
  return JSON.parse(text) as Definition
}
