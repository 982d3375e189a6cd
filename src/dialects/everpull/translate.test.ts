// This file is about testing what a RegistryLogin orders: deliveries, identities, links, and how fresh.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hours } from '../../base/duration.ts'
import { type Delivery, managerOf } from '../../model/delivery.ts'
import type { Identity } from '../../model/identity.ts'
import type { Resource } from '../../model/resource.ts'
import type { Translation, World } from '../dialect.ts'
import {
  aLogin,
  anIntegration,
  aSecret,
  aServiceAccount,
  aWorld,
  HOST,
  OTHER_HOST,
  ROLE,
} from './fixtures/resources.ts'
import { translateLogin } from './translate.ts'

type Order = Extract<Translation, { is: 'order' }>

function ordered(asked: Resource, world: World = aWorld()): Order {
  const translation = translateLogin(asked, world)
  assert.ok(translation.is === 'order', JSON.stringify(translation))
  return translation
}

function only(asked: Resource, world?: World): Delivery {
  const { deliveries } = ordered(asked, world)
  const [delivery] = deliveries
  assert.ok(delivery !== undefined && deliveries.length === 1)
  return delivery
}

const out = (output: object): Resource => aLogin({ outputs: [{ secretName: 'pull', ...output }] })
const from = (field: string) => ({ is: 'login', login: 0, field })
const literal = (text: string) => ({ is: 'literal', text })

describe('an output becomes', () => {
  test('a docker config of all registries, one login for those of a region', () => {
    const asked = aLogin({
      registries: [{ host: HOST }, { account: '210987654321', region: 'eu-west-1' }, { host: OTHER_HOST }],
    })
    const { logins, shape, target } = only(asked)
    assert.deepEqual(
      logins.map(({ scope }) => scope.region),
      ['eu-west-1', 'us-east-1'],
    )
    assert.deepEqual(shape, {
      is: 'docker-config',
      hosts: [
        { host: HOST, login: 0 },
        { host: '210987654321.dkr.ecr.eu-west-1.amazonaws.com', login: 0 },
        { host: OTHER_HOST, login: 1 },
      ],
    })
    assert.deepEqual(target, {
      namespace: 'builds',
      name: 'pull',
      fieldManager: managerOf(aLogin().ref),
      whenMissing: 'create',
      writes: 'keys',
      owner: 'creator',
      consent: 'needed',
      type: 'kubernetes.io/dockerconfigjson',
      labels: {},
      annotations: {},
    })
  })

  test('hosts in a docker config that others share, which stays when the object goes', () => {
    const { shape, target } = only(out({ dockerConfig: { merge: true } }))
    assert.ok(shape.is === 'docker-config' && shape.merges === true)
    assert.deepEqual([target.owner, target.consent], ['none', 'given'])
  })

  test('a docker config under a key of its own, in a Secret of no type', () => {
    const { shape, target } = only(out({ dockerConfig: { key: 'config.json' } }))
    assert.ok(shape.is === 'docker-config' && shape.key === 'config.json')
    assert.equal(target.type, 'Opaque')
  })

  test('a docker config of one registry, where it names that', () => {
    const asked = aLogin({
      registries: [{ host: HOST }, { host: OTHER_HOST }],
      outputs: [{ secretName: 'pull', dockerConfig: {}, registry: OTHER_HOST }],
    })
    const { logins, shape } = only(asked)
    assert.deepEqual(shape, { is: 'docker-config', hosts: [{ host: OTHER_HOST, login: 0 }] })
    assert.deepEqual(
      logins.map(({ scope }) => scope.region),
      ['us-east-1'],
    )
  })

  test('an Argo CD repository with its label', () => {
    const { shape, target } = only(out({ argocd: { url: `${HOST}/charts` } }))
    assert.equal(shape.is, 'key-values')
    assert.deepEqual(target.labels, { 'argocd.argoproj.io/secret-type': 'repository' })
  })

  for (const kind of ['repo-creds', 'repository-write', 'repo-write-creds']) {
    test(`an Argo CD ${kind}`, () => {
      const { target } = only(out({ argocd: { kind, type: 'oci', url: `oci://${HOST}/app` } }))
      assert.equal(target.labels['argocd.argoproj.io/secret-type'], kind)
    })
  }

  test('basic auth, with the annotation that Tekton wants', () => {
    const annotations = { 'tekton.dev/docker-0': `https://${HOST}` }
    const { shape, target } = only(out({ basicAuth: {}, metadata: { annotations } }))
    assert.deepEqual(shape, {
      is: 'key-values',
      entries: [
        { key: 'username', value: from('username') },
        { key: 'password', value: from('password') },
      ],
    })
    assert.deepEqual([target.type, target.annotations], ['kubernetes.io/basic-auth', annotations])
  })

  test('fixed keys', () => {
    const fields = {
      creds: 'usernamePassword',
      user: 'username',
      host: 'host',
      endpoint: 'proxyEndpoint',
      at: 'expiresAt',
    }
    const { shape, target } = only(out({ fields, metadata: { labels: { team: 'web' } } }))
    assert.deepEqual(shape, {
      is: 'key-values',
      entries: [
        { key: 'creds', value: from('usernamePassword') },
        { key: 'user', value: from('username') },
        { key: 'host', value: literal(HOST) },
        { key: 'endpoint', value: literal(`https://${HOST}`) },
        { key: 'at', value: from('expiresAt') },
      ],
    })
    assert.deepEqual([target.type, target.labels], ['Opaque', { team: 'web' }])
  })

  test('templates, which know the names of External Secrets too', () => {
    const data = {
      '.npmrc': '//{{ .host }}/:_password={{ .password | b64enc }}',
      old: '{{ .proxy_endpoint }}',
    }
    const { shape, target } = only(
      out({
        template: { type: 'example.com/npm', data, metadata: { labels: { until: '{{ .expires_at }}' } } },
      }),
    )
    assert.ok(shape.is === 'template')
    assert.deepEqual(
      [shape.data, shape.labels, shape.keepsValues],
      [data, { until: '{{ .expires_at }}' }, false],
    )
    assert.equal(target.type, 'example.com/npm')
  })

  test('an existing Secret, where it may be adopted', () => {
    assert.equal(only(out({ basicAuth: {}, adopt: true })).target.consent, 'given')
    assert.equal(only(out({ basicAuth: {} })).consentBy, 'set spec.outputs[0].adopt to true')
  })

  test('one login for those who ask the same', () => {
    const { deliveries } = ordered(
      aLogin({
        outputs: [
          { secretName: 'a', dockerConfig: {} },
          { secretName: 'b', basicAuth: {} },
        ],
      }),
    )
    const [a, b] = deliveries
    assert.deepEqual(a?.logins, b?.logins)
  })
})

describe('a link', () => {
  const linked = (link: object, shape: object = { dockerConfig: {} }) => {
    const { links } = ordered(out({ ...shape, link }))
    return links?.[0]
  }

  test('puts a docker config into both lists of the accounts named', () => {
    assert.deepEqual(linked({ serviceAccounts: { names: ['default', 'builder'] } }), {
      secret: { namespace: 'builds', name: 'pull' },
      accounts: { is: 'named', names: ['default', 'builder'] },
      lists: ['imagePullSecrets', 'secrets'],
      at: 'spec.outputs[0].link',
    })
  })

  test('puts anything else where pods and Tekton look', () => {
    const found = linked({ serviceAccounts: { names: ['*'] } }, { basicAuth: {} })
    assert.deepEqual([found?.accounts, found?.lists], [{ is: 'all' }, ['secrets']])
  })

  test('is made as told, with accounts chosen by label', () => {
    const selector = { matchLabels: { ci: 'yes' } }
    const found = linked({ serviceAccounts: { selector }, as: ['imagePullSecrets'] })
    assert.deepEqual([found?.accounts, found?.lists], [{ is: 'selected', selector }, ['imagePullSecrets']])
  })

  test('is none where none is asked for', () => {
    assert.equal(ordered(aLogin()).links, undefined)
  })
})

const identityOf = (asked: Resource, world?: World): Identity => {
  const [want] = only(asked, world).logins
  assert.ok(want !== undefined)
  return want.identity
}

describe('who asks AWS is', () => {
  const through = { group: 'everpull.dev', kind: 'EcrIntegration', namespace: '', name: 'default' }

  test('the integration "default" where none is named', () => {
    assert.deepEqual(identityOf(aLogin()), {
      source: { is: 'ambient' },
      roles: [],
      through,
      onBehalfOf: 'builds',
    })
  })

  test('an integration with its roles, and those of the object that it allows, with its external id and tags', () => {
    const integration = anIntegration(
      {
        auth: { iamRole: { roleArn: ROLE } },
        allowedRoles: ['arn:aws:iam::*:role/team-*'],
        allowedRoleSession: { externalId: 'theirs', tags: { from: 'ecr' } },
      },
      'ecr-prod',
    )
    const roleArn = 'arn:aws:iam::210987654321:role/team-a'
    const asked = aLogin({ identity: { integration: { name: 'ecr-prod' } }, assumeRoles: [{ roleArn }] })
    const { roles } = identityOf(asked, aWorld([integration]))
    assert.deepEqual(
      roles.map((role) => role.roleArn),
      [ROLE, roleArn],
    )
    assert.deepEqual(roles.at(-1), { roleArn, externalId: 'theirs', tags: { from: 'ecr' } })
  })

  test('a service account by its annotation', () => {
    const asked = aLogin({ identity: { serviceAccount: { name: 'builder' } } })
    assert.deepEqual(identityOf(asked, aWorld([aServiceAccount('builder')])), {
      source: {
        is: 'service-account',
        namespace: 'builds',
        name: 'builder',
        uid: 'uid-of-builder',
        audiences: ['sts.amazonaws.com'],
        roleArn: ROLE,
        sessionName: 'everpull-builds-builder',
      },
      roles: [],
      onBehalfOf: 'builds',
    })
  })

  test('a service account with a role by its bare name, in the account of the registries', () => {
    const serviceAccount = { name: 'builder', roleArn: 'team/puller', audiences: ['openshift'] }
    const world = aWorld([aServiceAccount('builder', 'builds', {})])
    const { source } = identityOf(aLogin({ identity: { serviceAccount } }), world)
    assert.ok(source.is === 'service-account')
    assert.deepEqual(
      [source.roleArn, source.audiences],
      ['arn:aws:iam::123456789012:role/team/puller', ['openshift']],
    )
  })

  test('an access key under the names of AWS’s own files, or under others', () => {
    const keyOf = (accessKey: object) =>
      identityOf(aLogin({ identity: { accessKey } }), aWorld([aSecret('aws')])).source
    const secret = { namespace: 'builds', name: 'aws' }
    assert.deepEqual(keyOf({ secretName: 'aws' }), {
      is: 'access-key',
      accessKeyId: { ...secret, key: 'aws_access_key_id' },
      secretAccessKey: { ...secret, key: 'aws_secret_access_key' },
    })
    const names = { accessKeyIdKey: 'id', secretAccessKeyKey: 'key', sessionTokenKey: 'token' }
    assert.deepEqual(keyOf({ secretName: 'aws', ...names }), {
      is: 'access-key',
      accessKeyId: { ...secret, key: 'id' },
      secretAccessKey: { ...secret, key: 'key' },
      sessionToken: { ...secret, key: 'token' },
    })
  })

  test('roles on top of it, one after the other', () => {
    const step = { roleArn: ROLE, externalId: 'them', sessionName: 'ci', tags: { a: 'b' }, policy: '{}' }
    const asked = aLogin({
      identity: { accessKey: { secretName: 'aws' } },
      assumeRoles: [{ ...step, duration: '2h' }, { roleArn: 'second' }],
    })
    assert.deepEqual(identityOf(asked, aWorld([aSecret('aws')])).roles, [
      { ...step, duration: hours(2) },
      { roleArn: 'arn:aws:iam::123456789012:role/second' },
    ])
  })
})

describe('access', () => {
  const both = [
    { secretName: 'pull', access: 'pull', dockerConfig: {} },
    { secretName: 'push', access: 'push', dockerConfig: {} },
    { secretName: 'any', dockerConfig: {} },
  ]
  const policies = (asked: Resource, world: World, of: (identity: Identity) => string | undefined) =>
    ordered(asked, world).deliveries.map(({ logins: [want] }) =>
      want === undefined ? undefined : of(want.identity),
    )

  test('narrows the last role that is assumed, for each output by itself', () => {
    const asked = aLogin({
      identity: { accessKey: { secretName: 'aws' } },
      assumeRoles: [{ roleArn: 'first' }, { roleArn: 'last' }],
      outputs: both,
    })
    const found = policies(asked, aWorld([aSecret('aws')]), ({ roles }) => roles.at(-1)?.policy)
    assert.match(found[0] ?? '', /BatchGetImage/)
    assert.doesNotMatch(found[0] ?? '', /PutImage/)
    assert.match(found[1] ?? '', /PutImage/)
    assert.equal(found[2], undefined)
  })

  test('narrows the web identity where no role is assumed on top', () => {
    const asked = aLogin({ identity: { serviceAccount: { name: 'builder' } }, outputs: both })
    const found = policies(asked, aWorld([aServiceAccount('builder')]), ({ source }) =>
      source.is === 'service-account' ? source.policy : undefined,
    )
    assert.match(found[1] ?? '', /PutImage/)
    assert.equal(found[2], undefined)
  })

  test('narrows the role of an integration', () => {
    const world = aWorld([anIntegration({ auth: { iamRole: { roleArn: ROLE } } })])
    const found = policies(aLogin({ outputs: both }), world, ({ roles }) => roles.at(-1)?.policy)
    assert.match(found[0] ?? '', /BatchGetImage/)
  })
})

describe('how fresh', () => {
  test('it is to be is said by the interval, and by the annotation that forces', () => {
    const asked = aLogin({ refreshInterval: '90m' }, { annotations: { 'everpull.dev/refresh': 'now' } })
    assert.deepEqual(only(asked).cadence, { is: 'renewed', interval: hours(1.5), force: 'now' })
    assert.deepEqual(only(aLogin()).cadence, { is: 'renewed' })
  })

  test('it is to be has an upper bound, which who asks for less is told', () => {
    const reasons = (refreshInterval: string): readonly string[] =>
      ordered(aLogin({ refreshInterval })).warnings.map(({ reason }) => reason)
    assert.deepEqual([reasons('8h'), reasons('12h')], [[], ['RenewedByExpiry']])
  })

  test('nothing is touched while it is suspended', () => {
    const translation = translateLogin(aLogin({ suspend: true, refreshInterval: '1h' }), aWorld())
    assert.ok(translation.is === 'unready')
    assert.equal(translation.fault.code, 'suspended')
    assert.deepEqual(translation.targets, [{ namespace: 'builds', name: 'pull' }])
    assert.deepEqual(translation.cadence, { is: 'renewed', interval: hours(1) })
    assert.equal(translation.through?.name, 'default')
  })
})

test('what Argo CD does not read of a template is written and told', () => {
  const { warnings } = ordered(out({ argocd: { kind: 'repo-creds', url: HOST, project: 'web' } }))
  assert.deepEqual(
    warnings.map(({ reason }) => reason),
    ['FieldUnread'],
  )
})
