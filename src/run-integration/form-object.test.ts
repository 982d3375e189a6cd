// This file is about testing the form of an integration as an object: what the form has no field for stays.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { SecretText } from '../base/secret-text.ts'
import type { WrittenObject } from '../config-repo/tree.ts'
import type { IntegrationAccess, IntegrationSettings } from '../operator/commands/integrations.ts'
import { formOf, integrationObject } from './form-object.ts'

const ROLE = 'arn:aws:iam::123456789012:role/ecr-read'
const HOST = '123456789012.dkr.ecr.eu-west-1.amazonaws.com'

const written = (spec: object): WrittenObject => ({
  apiVersion: 'everpull.dev/v1alpha1',
  kind: 'EcrIntegration',
  metadata: { name: 'ecr-prod', labels: { team: 'platform' } },
  spec: { region: 'eu-west-1', ...spec },
})

/** What is written there, saved again through the form with some of it changed. */
function saved(kept: WrittenObject, changed: Partial<IntegrationSettings> = {}): WrittenObject {
  return integrationObject({ ...formOf(kept, { is: 'all' }), ...changed }, kept)
}

describe('saved through the form without a change, it stays as somebody wrote it:', () => {
  const KEPT: Readonly<Record<string, object>> = {
    'a role with a chain and a session name': {
      auth: { iamRole: { roleArn: ROLE, sessionName: 'ours', chain: [{ roleArn: ROLE }] } },
    },
    'a key id that stands in the Secret': {
      auth: { accessKey: { secretName: 'key', accessKeyIdKey: 'id' } },
    },
    'a key with its id': { auth: { accessKey: { secretName: 'key', accessKeyId: 'AKIAIOSFODNN7EXAMPLE' } } },
    'registries by account, and public ones': {
      auth: { ambient: {} },
      registries: [{ account: '123456789012', region: 'eu-west-1', fips: false }, { public: true }],
    },
    'sharing by labels': {
      auth: { ambient: {} },
      sharing: { namespaces: { selector: { matchLabels: { ecr: 'yes' } }, exclude: ['kube-*'] } },
    },
    'how often it is tested, and whom CI may be': {
      auth: { ambient: {} },
      probe: { interval: '10m' },
      ciAccess: [{ issuer: 'https://ci.example.com', audience: 'ecr', subject: 'a' }],
    },
  }
  for (const [what, spec] of Object.entries(KEPT)) {
    test(what, () => assert.deepEqual(saved(written(spec)), written(spec)))
  }
})

test('a field that says whom it is for goes, as the folder says it', () => {
  const kept = written({ auth: { ambient: {} }, runtimes: { policy: 'Selected', names: ['production'] } })
  assert.deepEqual(saved(kept), written({ auth: { ambient: {} } }))
})

test('another role keeps how its session is named, and no external id that was taken away', () => {
  const kept = written({ auth: { iamRole: { roleArn: ROLE, externalId: 'ours', sessionName: 'mine' } } })
  const access: IntegrationAccess = { is: 'role', role: `${ROLE}-2` }
  assert.deepEqual(
    saved(kept, { access }),
    written({ auth: { iamRole: { roleArn: `${ROLE}-2`, sessionName: 'mine' } } }),
  )
})

test('names it is shared with stand beside whom it is kept from', () => {
  const kept = written({
    auth: { ambient: {} },
    sharing: { namespaces: { names: ['*'], exclude: ['kube-*'] } },
  })
  const wanted = { namespaces: { names: ['team-a'], exclude: ['kube-*'] } }
  assert.deepEqual(
    saved(kept, { namespaces: ['team-a'] }),
    written({ auth: { ambient: {} }, sharing: wanted }),
  )
})

test('taken away from all namespaces, it is the operator’s own, whatever chose them', () => {
  const namespaces = { names: ['team-a'], selector: { matchLabels: { ecr: 'yes' } } }
  const kept = written({ auth: { ambient: {} }, sharing: { namespaces } })
  assert.deepEqual(saved(kept, { namespaces: [] }), written({ auth: { ambient: {} } }))
})

test('an alias of a registry is written with the region', () => {
  const spec = saved(written({ auth: { ambient: {} } }), { registries: [HOST, 'registry.example.com'] })[
    'spec'
  ]
  assert.deepEqual((spec as { registries: unknown }).registries, [
    { host: HOST },
    { host: 'registry.example.com', region: 'eu-west-1' },
  ])
})

describe('the secret of an access key is never in it:', () => {
  const authOf = (access: IntegrationAccess): unknown => {
    const settings = {
      name: 'ecr-ci',
      runtimes: { is: 'all' },
      region: 'eu-west-1',
      registries: [],
      access,
    } as const
    return (integrationObject(settings)['spec'] as { auth: unknown }).auth
  }
  const accessKeyId = 'AKIAIOSFODNN7EXAMPLE'
  const secretAccessKey = new SecretText('a-secret')

  test('sealed, the Secret is the one that is made of it', () => {
    const secret = { is: 'sealed', secretAccessKey, sessionToken: new SecretText('a-token') } as const
    assert.deepEqual(authOf({ is: 'access-key', accessKeyId, secret }), {
      accessKey: { secretName: 'ecr-ecr-ci', sessionTokenKey: 'aws_session_token', accessKeyId },
    })
  })

  test('from a store, the Secret is the one that is fetched', () => {
    const secret = {
      is: 'external',
      store: { kind: 'SecretStore', name: 'vault' },
      remoteKey: 'ecr',
    } as const
    assert.deepEqual(authOf({ is: 'access-key', accessKeyId, secret }), {
      accessKey: { secretName: 'ecr-ecr-ci', accessKeyId },
    })
  })

  test('of a Secret that is there, the name and the key', () => {
    const secret = { is: 'existing', secretName: 'aws', secretNamespace: 'ops', key: 'secret' } as const
    assert.deepEqual(authOf({ is: 'access-key', accessKeyId, secret }), {
      accessKey: { secretName: 'aws', secretNamespace: 'ops', secretAccessKeyKey: 'secret', accessKeyId },
    })
  })
})
