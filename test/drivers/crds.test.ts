// This file is about the definitions that are printed, on a real API server: they are taken, default, refuse and prune nothing.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { parse } from 'yaml'
import { DEFINED_KINDS, type DefinedServer, startDefinedServer } from '../support/definitions.ts'

const CHECKOUT = join(import.meta.dirname, '..', '..')
const EVERY_FIELD = join(CHECKOUT, 'src', 'dialects', 'external-secrets', 'fixtures', 'every-field.yaml')
const HARNESS = join(CHECKOUT, 'demo', 'manifests', 'harness-argocd-oci-helm-ecr.yaml')

interface Condition {
  readonly type: string
  readonly status: string
}
interface Definition {
  readonly metadata: { readonly name: string }
  readonly status: {
    readonly conditions: readonly Condition[]
    readonly acceptedNames: { readonly kind?: string }
  }
}
interface Read {
  readonly spec: object
  readonly status?: object
}

describe('the definitions printed', () => {
  let server: DefinedServer
  before(async () => {
    server = await startDefinedServer()
    await server.kubectl('create', 'namespace', 'argocd')
  })
  after(() => server.stop())

  const pathOf = (version: string, name: string): string =>
    `/apis/external-secrets.io/${version}/namespaces/argocd/externalsecrets/${name}`
  const read = async (version: string, name: string): Promise<Read> => {
    const { body } = await server.call('GET', pathOf(version, name))
    return JSON.parse(body) as Read
  }
  const create = (version: string, name: string, spec: object) =>
    server.call(
      'POST',
      `/apis/external-secrets.io/${version}/namespaces/argocd/externalsecrets?fieldValidation=Strict`,
      { apiVersion: `external-secrets.io/${version}`, kind: 'ExternalSecret', metadata: { name }, spec },
    )
  const everyField = async (): Promise<object> =>
    (parse(await readFile(EVERY_FIELD, 'utf8')) as { spec: object }).spec

  test('are all structural and accepted under their names', async () => {
    const list = JSON.parse(await server.kubectl('get', 'customresourcedefinitions', '--output=json')) as {
      items: readonly Definition[]
    }
    assert.equal(list.items.length, DEFINED_KINDS.length)
    for (const { metadata, status } of list.items) {
      const is = (type: string): string | undefined =>
        status.conditions.find((condition) => condition.type === type)?.status
      assert.equal(is('Established'), 'True', metadata.name)
      assert.equal(is('NamesAccepted'), 'True', metadata.name)
      assert.equal(is('NonStructuralSchema'), undefined, metadata.name)
    }
  })

  test('are applied again without a change', async () => {
    assert.doesNotMatch(await server.kubectl('apply', '--filename', server.file), /configured|created/)
  })

  test('take the manifests of the Harness document as they stand, and fill in what upstream fills in', async () => {
    await server.kubectl('apply', '--namespace=argocd', '--validate=strict', '--filename', HARNESS)
    const expected = {
      refreshInterval: '12h',
      target: {
        name: 'repo-2529854065',
        creationPolicy: 'Merge',
        deletionPolicy: 'Retain',
        template: { data: { password: '{{ .password  }}' }, engineVersion: 'v2', mergePolicy: 'Replace' },
      },
      dataFrom: [
        {
          sourceRef: {
            generatorRef: {
              apiVersion: 'generators.external-secrets.io/v1alpha1',
              kind: 'ECRAuthorizationToken',
              name: 'ecr-gen',
            },
          },
        },
      ],
    }
    for (const version of ['v1', 'v1beta1']) {
      assert.deepEqual((await read(version, 'repo-2529854065')).spec, expected)
    }
    assert.match(
      await server.kubectl('apply', '--namespace=argocd', '--filename', HARNESS),
      /repo-2529854065 unchanged/,
    )
  })

  for (const [written, other] of [
    ['v1', 'v1beta1'],
    ['v1beta1', 'v1'],
  ] as const) {
    test(`keep every field of an object written as ${written}, also read as ${other}`, async () => {
      const spec = await everyField()
      const name = `every-${written}`
      const answer = await create(written, name, spec)
      assert.equal(answer.status, 201, answer.body)
      const expected = { ...spec, ...(written === 'v1beta1' && { data: filledIn(spec) }) }
      for (const version of [written, other]) assert.deepEqual((await read(version, name)).spec, expected)
    })
  }

  test('lose nothing in an edit through the older version', async () => {
    const spec = await everyField()
    assert.equal((await create('v1', 'edited', spec)).status, 201)
    const patch = { spec: { refreshInterval: '2h' } }
    await server.patch(pathOf('v1beta1', 'edited'), patch)
    const expected = { ...spec, refreshInterval: '2h', data: filledIn(spec) }
    assert.deepEqual((await read('v1', 'edited')).spec, expected)
  })

  const minimal = {
    dataFrom: [{ sourceRef: { generatorRef: { kind: 'ECRAuthorizationToken', name: 'e' } } }],
  }

  test('fill in an interval, a target and the generators’ API', async () => {
    assert.equal((await create('v1', 'minimal', minimal)).status, 201)
    assert.deepEqual((await read('v1', 'minimal')).spec, {
      refreshInterval: '1h0m0s',
      target: { creationPolicy: 'Owner', deletionPolicy: 'Retain' },
      dataFrom: [
        {
          sourceRef: {
            generatorRef: {
              apiVersion: 'generators.external-secrets.io/v1alpha1',
              kind: 'ECRAuthorizationToken',
              name: 'e',
            },
          },
        },
      ],
    })
  })

  const refused: readonly [string, object][] = [
    ['a creation policy there is none of', { target: { creationPolicy: 'Sometimes' } }],
    ['a target name that is none', { target: { name: 'A_B' } }],
    [
      'a generator kind there is none of',
      { dataFrom: [{ sourceRef: { generatorRef: { kind: 'X', name: 'e' } } }] },
    ],
    ['a source of nothing', { dataFrom: [{ sourceRef: {} }] }],
    ['another template engine', { target: { template: { engineVersion: 'v1' } } }],
    [
      'a template that gives neither values nor keys and values',
      {
        target: {
          template: {
            templateFrom: [{ configMap: { name: 'm', items: [{ key: 'k', templateAs: 'invalid' }] } }],
          },
        },
      },
    ],
    [
      'a schedule that is none',
      { syncWindows: { kind: 'allow', windows: [{ schedule: 'x', duration: '1h' }] } },
    ],
    ['a field nobody knows, when asked to be strict', { colour: 'green' }],
  ]
  for (const [name, spec] of refused) {
    test(`refuse ${name}`, async () => {
      const { status } = await create('v1', 'refused', { ...minimal, ...spec })
      assert.ok(status === 422 || status === 400, String(status))
    })
  }

  test('show an object in the columns its users know, and find it by its target', async () => {
    const spec = { ...minimal, target: { name: 'shown' }, secretStoreRef: { name: 's', kind: 'SecretStore' } }
    assert.equal((await create('v1', 'shown', spec)).status, 201)
    const status = {
      refreshTime: '2026-05-04T10:00:00Z',
      syncedResourceVersion: '1-abc',
      binding: { name: 'shown' },
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'SecretSynced',
          message: 'secret synced',
          lastTransitionTime: '2026-05-04T10:00:00Z',
        },
      ],
    }
    await server.patch(`${pathOf('v1', 'shown')}/status`, { status })
    assert.deepEqual((await read('v1beta1', 'shown')).status, status)
    const shown = await server.kubectl(
      'get',
      'es',
      '--namespace=argocd',
      '--field-selector=spec.target.name=shown',
    )
    const [header = '', row = '', ...rest] = shown.trim().split('\n')
    assert.match(header, /^NAME +STORETYPE +STORE +REFRESH INTERVAL +STATUS +READY +LAST SYNC$/)
    assert.match(row, /^shown +SecretStore +s +1h0m0s +SecretSynced +True +\S+$/)
    assert.deepEqual(rest, [])
  })
})

/** The single keys, with what the older version fills in where an object says nothing. */
function filledIn(spec: object): readonly object[] {
  const { data } = spec as { readonly data: readonly { readonly remoteRef: object }[] }
  const defaults = { conversionStrategy: 'Default', decodingStrategy: 'None', metadataPolicy: 'None' }
  return data.map((entry) => ({ ...entry, remoteRef: { ...defaults, ...entry.remoteRef } }))
}
