// This file is about generators and ClusterExternalSecrets on a real API server: what is taken, kept, filled in and shown.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type DefinedServer, startDefinedServer } from '../support/definitions.ts'

const GENERATORS = 'generators.external-secrets.io/v1alpha1'
const minimal = {
  dataFrom: [{ sourceRef: { generatorRef: { kind: 'ECRAuthorizationToken', name: 'ecr' } } }],
}
const auth = {
  secretRef: {
    accessKeyIDSecretRef: { name: 'aws', key: 'id', namespace: 'elsewhere' },
    secretAccessKeySecretRef: { name: 'aws', key: 'key' },
    sessionTokenSecretRef: { name: 'aws', key: 'token' },
  },
  jwt: { serviceAccountRef: { name: 'irsa', namespace: 'elsewhere', audiences: ['sts.amazonaws.com'] } },
}
const ecr = { region: 'eu-west-1', role: 'arn:aws:iam::123456789012:role/r', scope: 'private', auth }
const sts = {
  region: 'eu-west-1',
  role: 'arn:aws:iam::123456789012:role/r',
  auth,
  requestParameters: { sessionDuration: 3600, serialNumber: 'GAHT12345678', tokenCode: '123456' },
}
const selector = {
  matchLabels: { team: 'build' },
  matchExpressions: [
    { key: 'kubernetes.io/metadata.name', operator: 'In', values: ['a', 'b'] },
    { key: 'old', operator: 'DoesNotExist' },
  ],
}

describe('an API server with the definitions printed', () => {
  let server: DefinedServer
  before(async () => {
    server = await startDefinedServer()
  })
  after(() => server.stop())

  const kindOf = (plural: string): string =>
    ({
      ecrauthorizationtokens: 'ECRAuthorizationToken',
      stssessiontokens: 'STSSessionToken',
      clustergenerators: 'ClusterGenerator',
      externalsecrets: 'ExternalSecret',
      clusterexternalsecrets: 'ClusterExternalSecret',
    })[plural] ?? ''
  const pathOf = (apiVersion: string, plural: string): string =>
    `/apis/${apiVersion}/${plural.startsWith('cluster') ? '' : 'namespaces/default/'}${plural}`
  const create = (apiVersion: string, plural: string, name: string, spec: object) =>
    server.call('POST', `${pathOf(apiVersion, plural)}?fieldValidation=Strict`, {
      apiVersion,
      kind: kindOf(plural),
      metadata: { name },
      spec,
    })
  const read = async (apiVersion: string, plural: string, name: string) => {
    const { status, body } = await server.call('GET', `${pathOf(apiVersion, plural)}/${name}`)
    assert.equal(status, 200, body)
    return JSON.parse(body) as { readonly spec: unknown; readonly status?: unknown }
  }

  const kept: readonly [string, string, object][] = [
    ['an ECRAuthorizationToken of every field', 'ecrauthorizationtokens', ecr],
    ['one that names an empty region', 'ecrauthorizationtokens', { region: '' }],
    [
      'one of a scope that is none, and says nothing of who asks',
      'ecrauthorizationtokens',
      { region: 'eu-west-1', scope: 'Public', auth: { jwt: {} } },
    ],
    ['an STSSessionToken of every field', 'stssessiontokens', sts],
    [
      'a ClusterGenerator for ECR',
      'clustergenerators',
      { kind: 'ECRAuthorizationToken', generator: { ecrAuthorizationTokenSpec: ecr } },
    ],
    [
      'a ClusterGenerator for STS',
      'clustergenerators',
      { kind: 'STSSessionToken', generator: { stsSessionTokenSpec: sts } },
    ],
    [
      'a ClusterGenerator that somebody else serves',
      'clustergenerators',
      { kind: 'Fake', generator: { fakeSpec: { controller: 'other', data: { somekey: 'somevalue' } } } },
    ],
    [
      'a ClusterGenerator whose kind and spec differ, which its users are told',
      'clustergenerators',
      { kind: 'ECRAuthorizationToken', generator: { uuidSpec: {} } },
    ],
  ]
  for (const [row, [name, plural, spec]] of kept.entries()) {
    test(`keeps ${name}`, async () => {
      const { status, body } = await create(GENERATORS, plural, `kept-${row}`, spec)
      assert.equal(status, 201, body)
      assert.deepEqual((await read(GENERATORS, plural, `kept-${row}`)).spec, spec)
    })
  }

  const refused: readonly [string, string, object][] = [
    ['an ECRAuthorizationToken without a region', 'ecrauthorizationtokens', { scope: 'private' }],
    ['one with a field there is none of', 'ecrauthorizationtokens', { ...ecr, registryIds: ['1'] }],
    [
      'one that names a Secret as none can be named',
      'ecrauthorizationtokens',
      { region: '', auth: { secretRef: { accessKeyIDSecretRef: { name: 'A_B' } } } },
    ],
    ['an STSSessionToken without a region', 'stssessiontokens', {}],
    [
      'one whose duration is no int32',
      'stssessiontokens',
      { region: '', requestParameters: { sessionDuration: 2 ** 31 } },
    ],
    [
      'a ClusterGenerator of ClusterGenerators',
      'clustergenerators',
      { kind: 'ClusterGenerator', generator: { ecrAuthorizationTokenSpec: ecr } },
    ],
    ['a ClusterGenerator of nothing', 'clustergenerators', { kind: 'ECRAuthorizationToken', generator: {} }],
    [
      'a ClusterGenerator of two',
      'clustergenerators',
      {
        kind: 'ECRAuthorizationToken',
        generator: { ecrAuthorizationTokenSpec: ecr, stsSessionTokenSpec: sts },
      },
    ],
    [
      'a ClusterGenerator of two, one of them served by somebody else',
      'clustergenerators',
      { kind: 'ECRAuthorizationToken', generator: { ecrAuthorizationTokenSpec: ecr, fakeSpec: {} } },
    ],
  ]
  for (const [name, plural, spec] of refused) {
    test(`refuses ${name}`, async () => {
      const { status, body } = await create(GENERATORS, plural, 'refused', spec)
      assert.ok(status === 422 || status === 400, body)
    })
  }

  const strategies = {
    data: [{ secretKey: 'a', remoteRef: { key: 'k' } }],
    dataFrom: [{ extract: { key: 'k' } }, { find: { name: { regexp: '.*' } } }],
    target: { template: { templateFrom: [{ literal: 'a: b' }] } },
  }
  const filled = (version: string) => {
    const named = version === 'v1beta1' ? { conversionStrategy: 'Default', decodingStrategy: 'None' } : {}
    const fetched = version === 'v1beta1' ? { ...named, metadataPolicy: 'None' } : {}
    return {
      data: [{ secretKey: 'a', remoteRef: { key: 'k', ...fetched } }],
      dataFrom: [{ extract: { key: 'k', ...fetched } }, { find: { name: { regexp: '.*' }, ...named } }],
      refreshInterval: '1h0m0s',
      target: {
        creationPolicy: 'Owner',
        deletionPolicy: 'Retain',
        template: {
          engineVersion: 'v2',
          mergePolicy: 'Replace',
          templateFrom: [{ literal: 'a: b', target: 'Data' }],
        },
      },
    }
  }
  for (const version of ['v1', 'v1beta1']) {
    const apiVersion = `external-secrets.io/${version}`
    const does =
      version === 'v1' ? 'leaves strategies and policies absent' : 'fills strategies and policies in'
    test(`${does} in an ExternalSecret of ${version}`, async () => {
      const { status, body } = await create(
        apiVersion,
        'externalsecrets',
        `strategies-${version}`,
        strategies,
      )
      assert.equal(status, 201, body)
      assert.deepEqual(
        (await read(apiVersion, 'externalsecrets', `strategies-${version}`)).spec,
        filled(version),
      )
    })

    test(`${does} inside a ClusterExternalSecret of ${version}, and keeps its every field`, async () => {
      const spec = {
        externalSecretSpec: strategies,
        externalSecretName: 'pull',
        externalSecretMetadata: { labels: { team: 'build' }, annotations: { note: 'kept' } },
        namespaceSelectors: [selector, {}],
        namespaceSelector: selector,
        namespaces: ['default', 'elsewhere'],
        refreshTime: '30m',
      }
      const name = `every-${version}`
      const { status, body } = await create(apiVersion, 'clusterexternalsecrets', name, spec)
      assert.equal(status, 201, body)
      for (const other of ['v1', 'v1beta1']) {
        const found = await read(`external-secrets.io/${other}`, 'clusterexternalsecrets', name)
        assert.deepEqual(found.spec, { ...spec, externalSecretSpec: filled(version) })
      }
    })
  }

  const wrong: readonly [string, object][] = [
    ['without a spec to write', { namespaces: ['default'] }],
    ['for a namespace whose name is none', { externalSecretSpec: minimal, namespaces: ['A_B'] }],
    ['that writes under a name that is none', { externalSecretSpec: minimal, externalSecretName: 'A_B' }],
    [
      'whose selector names no label',
      { externalSecretSpec: minimal, namespaceSelectors: [{ matchExpressions: [{ operator: 'Exists' }] }] },
    ],
  ]
  for (const [name, spec] of wrong) {
    test(`refuses a ClusterExternalSecret ${name}`, async () => {
      const { status, body } = await create('external-secrets.io/v1', 'clusterexternalsecrets', 'x', spec)
      assert.equal(status, 422, body)
    })
  }

  test('shows a ClusterExternalSecret under its short name, in the columns its users know', async () => {
    const apiVersion = 'external-secrets.io/v1'
    const spec = {
      externalSecretSpec: { ...minimal, secretStoreRef: { name: 'store', kind: 'ClusterSecretStore' } },
      refreshTime: '2h',
    }
    assert.equal((await create(apiVersion, 'clusterexternalsecrets', 'shown', spec)).status, 201)
    const status = {
      externalSecretName: 'shown',
      provisionedNamespaces: ['a'],
      failedNamespaces: [{ namespace: 'b', reason: 'external secret already exists in namespace' }],
      conditions: [{ type: 'Ready', status: 'False', message: 'one or more namespaces failed' }],
    }
    await server.patch(`/apis/${apiVersion}/clusterexternalsecrets/shown/status`, { status })
    assert.deepEqual((await read(apiVersion, 'clusterexternalsecrets', 'shown')).status, status)
    const [header = '', row = ''] = (await server.kubectl('get', 'ces', 'shown')).split('\n')
    assert.match(header, /^NAME +STORE +REFRESH INTERVAL +READY$/)
    assert.match(row, /^shown +store +2h +False$/)
  })

  test('lists kinds by their categories', async () => {
    const all = await server.kubectl('get', 'external-secrets', '--output=name')
    for (const kind of ['externalsecret', 'clusterexternalsecret']) {
      assert.match(all, new RegExp(`^${kind}\\.external-secrets\\.io/`, 'm'))
    }
    const generators = await server.kubectl('get', 'external-secrets-generators', '--output=name')
    for (const kind of ['ecrauthorizationtoken', 'stssessiontoken', 'clustergenerator']) {
      assert.match(generators, new RegExp(`^${kind}\\.generators\\.external-secrets\\.io/`, 'm'))
    }
    assert.doesNotMatch(generators, /secret\.external-secrets\.io/)
  })
})
