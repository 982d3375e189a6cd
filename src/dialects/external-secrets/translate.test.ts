// This file is about testing what an ExternalSecret orders.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hours, minutes } from '../../base/duration.ts'
import type { Delivery } from '../../model/delivery.ts'
import { type Fault, fault } from '../../model/fault.ts'
import { keysOf } from '../../model/shape.ts'
import type { Resource } from '../../model/resource.ts'
import type { Warning, World } from '../dialect.ts'
import { someTime } from '../fixtures/world.ts'
import {
  aGenerator,
  anExternalSecret,
  aSecret,
  aServiceAccount,
  aWorld,
  generatorRef,
  manifestsIn,
} from './fixtures/resources.ts'
import { translate } from './translate.ts'

const plainWorld = (): World => aWorld([aGenerator()])

function ordered(asked: Resource, world: World): { delivery: Delivery; warnings: readonly Warning[] } {
  const translation = translate(asked, world)
  assert.ok(translation.is === 'order', JSON.stringify(translation))
  const [delivery, ...others] = translation.deliveries
  assert.ok(delivery !== undefined && others.length === 0)
  return { delivery, warnings: translation.warnings }
}

const order = (asked: Resource, world: World = plainWorld()): Delivery => ordered(asked, world).delivery

const warned = (asked: Resource, world: World = plainWorld()): readonly string[] =>
  ordered(asked, world).warnings.map(({ message }) => message)

function invalid(asked: Resource, world: World = plainWorld()): Fault {
  const translation = translate(asked, world)
  assert.ok(translation.is === 'invalid', JSON.stringify(translation))
  return translation.fault
}

function unready(asked: Resource, world: World): Fault {
  const translation = translate(asked, world)
  assert.ok(translation.is === 'unready', JSON.stringify(translation))
  assert.deepEqual(translation.targets, [{ namespace: asked.ref.namespace, name: 'pull' }])
  return translation.fault
}

const withTemplate = (template: object, target: object = {}): Resource =>
  anExternalSecret({ target: { ...target, template } })

test('its templates are parsed where everybody parses them, so that each text is parsed once', () => {
  const world = plainWorld()
  const parsed: string[] = []
  const get: World['templates']['get'] = (name, text) => {
    parsed.push(`${name} ${text}`)
    return world.templates.get(name, text)
  }
  order(withTemplate({ data: { a: 'x' }, metadata: { labels: { b: 'y' } } }), {
    ...world,
    templates: { get },
  })
  assert.deepEqual(parsed, ['a x', 'b y'])
})

describe('the Harness document', () => {
  const [generator, asked] = manifestsIn(
    '../../../../demo/manifests/harness-argocd-oci-helm-ecr.yaml',
    'argocd',
  )
  assert.ok(generator !== undefined && asked !== undefined)

  test('merges the rendered password into the repository Secret, and nothing else', () => {
    const delivery = order(asked, aWorld([generator, aSecret('awssm-secret', 'argocd')]))
    assert.deepEqual(delivery, {
      orderedBy: {
        ref: asked.ref,
        apiVersion: 'external-secrets.io/v1beta1',
        uid: 'uid-of-repo-2529854065',
        createdAt: someTime,
      },
      logins: [
        {
          identity: {
            source: {
              is: 'access-key',
              accessKeyId: { namespace: 'argocd', name: 'awssm-secret', key: 'access-key' },
              secretAccessKey: { namespace: 'argocd', name: 'awssm-secret', key: 'secret-access-key' },
            },
            roles: [],
            onBehalfOf: 'argocd',
          },
          scope: { service: 'private', region: 'us-west-1' },
          at: 'spec.dataFrom[0].sourceRef.generatorRef',
        },
      ],
      shape: {
        is: 'template',
        values: {
          is: 'key-values',
          entries: [
            { key: 'username', value: { is: 'login', login: 0, field: 'username' } },
            { key: 'password', value: { is: 'login', login: 0, field: 'password' } },
            { key: 'proxy_endpoint', value: { is: 'login', login: 0, field: 'proxyEndpoint' } },
            { key: 'expires_at', value: { is: 'login', login: 0, field: 'expiresAtSeconds' } },
          ],
        },
        data: { password: '{{ .password  }}' },
        labels: {},
        annotations: {},
        keepsValues: false,
      },
      target: {
        namespace: 'argocd',
        name: 'repo-2529854065',
        fieldManager: 'externalsecrets.external-secrets.io/repo-2529854065',
        whenMissing: 'wait',
        writes: 'keys',
        owner: 'none',
        consent: 'given',
        labels: {},
        annotations: {},
        marks: {
          'reconcile.external-secrets.io/managed': 'true',
          'reconcile.external-secrets.io/created-by': null,
        },
        stamp: { annotation: 'reconcile.external-secrets.io/data-hash', digest: 'go-map-sha3-224' },
        whenEmpty: 'keep',
      },
      cadence: { is: 'renewed', interval: hours(12) },
    })
  })

  test('is looked at again when its generator or its credential Secret changes', () => {
    const world = aWorld([generator, aSecret('awssm-secret', 'argocd')])
    translate(asked, world)
    assert.deepEqual([...world.touched].toSorted(), [
      '/Secret/argocd/awssm-secret',
      'generators.external-secrets.io/ECRAuthorizationToken/argocd/ecr-gen',
    ])
  })
})

test('the dockerconfigjson recipe asks as the service account, then the role, and keeps type and metadata', () => {
  const [generator, asked] = manifestsIn('dockerconfigjson.yaml', 'apps')
  assert.ok(generator !== undefined && asked !== undefined)
  const puller = aServiceAccount('puller', {
    'eks.amazonaws.com/role-arn': 'arn:aws:iam::123456789012:role/base',
  })
  const { logins, shape, target } = order(asked, aWorld([generator, puller]))
  assert.deepEqual(logins, [
    {
      identity: {
        source: {
          is: 'service-account',
          namespace: 'apps',
          name: 'puller',
          uid: 'uid-of-puller',
          audiences: ['sts.amazonaws.com', 'vault'],
          roleArn: 'arn:aws:iam::123456789012:role/base',
          sessionName: 'external-secrets-provider-aws',
        },
        roles: [{ roleArn: 'arn:aws:iam::123456789012:role/ecr-pull' }],
        onBehalfOf: 'apps',
      },
      scope: { service: 'private', region: 'eu-central-1' },
      at: 'spec.dataFrom[0].sourceRef.generatorRef',
    },
  ])
  assert.deepEqual(keysOf(shape), ['.dockerconfigjson'])
  assert.ok(shape.is === 'template')
  assert.deepEqual(shape.labels, { team: 'build' })
  assert.deepEqual(shape.annotations, { 'expires-at': '{{ .expires_at }}' })
  assert.equal(target.name, 'regcred')
  assert.equal(target.type, 'kubernetes.io/dockerconfigjson')
  assert.equal(target.owner, 'controller')
})

describe('the target', () => {
  test('is named as the object where it has no name of its own, and is owned', () => {
    const { target } = order(anExternalSecret())
    assert.equal(target.name, 'pull')
    assert.deepEqual([target.whenMissing, target.writes, target.owner], ['create', 'whole', 'controller'])
    assert.equal(
      target.marks?.['reconcile.external-secrets.io/created-by'],
      '53ec9ee8a0e349f857c94c7d2b741db22afe566eefdc1e3a4f1fa6cc',
    )
  })

  test('is created but not owned under CreateOrMerge', () => {
    const { target } = order(anExternalSecret({ target: { creationPolicy: 'CreateOrMerge' } }))
    assert.deepEqual([target.whenMissing, target.writes, target.owner], ['create', 'keys', 'none'])
  })

  test('carries the labels and annotations of the object where there is no template', () => {
    const asked = anExternalSecret(
      { target: { creationPolicy: 'Merge' } },
      {
        labels: { team: 'a', 'reconcile.external-secrets.io/managed': 'no' },
        annotations: { note: 'b', 'everpull.dev/delivery-0123456789abcdef': '{}' },
      },
    )
    const { shape, target } = order(asked)
    assert.equal(shape.is, 'key-values')
    assert.deepEqual(target.labels, { team: 'a' })
    assert.deepEqual(target.annotations, { note: 'b' })
  })

  test('carries none of them once there is a template, be it empty', () => {
    const asked = anExternalSecret(
      { target: { creationPolicy: 'Merge', template: {} } },
      { labels: { team: 'a' }, annotations: { note: 'b' } },
    )
    const { shape, target } = order(asked)
    assert.deepEqual(target.labels, {})
    assert.deepEqual(target.annotations, {})
    assert.deepEqual(keysOf(shape), ['username', 'password', 'proxy_endpoint', 'expires_at'])
  })

  test('gets a hashed field manager where the name of the object is too long for a plain one', () => {
    const name = 'a-name-of-exactly-28-letters'
    const asked = anExternalSecret()
    const { target } = order({ ...asked, ref: { ...asked.ref, name } })
    assert.match(target.fieldManager, /^externalsecrets\.external-secrets\.io\/sha3\/[0-9a-f]{56}$/)
  })

  test('is written with the values too under mergePolicy Merge', () => {
    const { shape } = order(withTemplate({ mergePolicy: 'Merge', data: { token: '{{ .password }}' } }))
    assert.deepEqual(keysOf(shape), ['username', 'password', 'proxy_endpoint', 'expires_at', 'token'])
  })
})

describe('the cadence', () => {
  const rows: readonly [string, object, Record<string, string>, Delivery['cadence']][] = [
    ['is an hour where nothing is said', {}, {}, { is: 'renewed', interval: hours(1) }],
    [
      'is the interval asked for',
      { refreshInterval: '1h30m', refreshPolicy: 'Periodic' },
      {},
      { is: 'renewed', interval: minutes(90) },
    ],
    [
      'is once at an interval of zero',
      { refreshInterval: '0' },
      {},
      { is: 'once', because: 'spec.refreshInterval is 0', ignoresChanges: true },
    ],
    [
      'is once at a negative interval',
      { refreshInterval: '-1h' },
      {},
      { is: 'once', because: 'spec.refreshInterval is -1h', ignoresChanges: true },
    ],
    [
      'is once for good under CreatedOnce, whatever is forced upstream',
      { refreshPolicy: 'CreatedOnce' },
      { 'force-sync': '1' },
      { is: 'once', because: 'spec.refreshPolicy is CreatedOnce', ignoresChanges: true },
    ],
    [
      'is once a change under OnChange, and a force-sync is one',
      { refreshPolicy: 'OnChange' },
      { 'force-sync': '1' },
      { is: 'once', because: 'spec.refreshPolicy is OnChange', force: 'force-sync=1' },
    ],
    [
      'is forced by the annotation users and Argo CD write',
      {},
      { 'force-sync': '1718000000' },
      { is: 'renewed', interval: hours(1), force: 'force-sync=1718000000' },
    ],
    [
      'is not forced by that annotation at an interval of zero',
      { refreshInterval: '0s' },
      { 'force-sync': '1' },
      { is: 'once', because: 'spec.refreshInterval is 0s', ignoresChanges: true },
    ],
    [
      'is forced by our own annotation even then',
      { refreshInterval: '0s' },
      { 'everpull.dev/force-sync': 'now' },
      {
        is: 'once',
        because: 'spec.refreshInterval is 0s',
        force: 'everpull.dev/force-sync=now',
        ignoresChanges: true,
      },
    ],
  ]
  for (const [name, spec, annotations, expected] of rows)
    test(name, () => assert.deepEqual(order(anExternalSecret(spec, { annotations })).cadence, expected))
})

describe('generators', () => {
  const at = 'spec.dataFrom[0].sourceRef.generatorRef'
  const secretRef = (name: string): { readonly auth: object } => ({
    auth: {
      secretRef: {
        accessKeyIDSecretRef: { name, key: 'id' },
        secretAccessKeySecretRef: { name, key: 'secret' },
      },
    },
  })
  const jwt = { auth: { jwt: { serviceAccountRef: { name: 'puller' } } } }

  test('of the operator’s own identity, in the region the SDK resolves where none is given', () => {
    const [want] = order(anExternalSecret(), aWorld([aGenerator({ region: '' })])).logins
    assert.deepEqual(want, {
      identity: { source: { is: 'ambient' }, roles: [], onBehalfOf: 'apps' },
      scope: { service: 'private', region: '' },
      at: 'spec.dataFrom[0].sourceRef.generatorRef',
    })
  })

  test('of scope public give no proxy_endpoint', () => {
    const world = aWorld([aGenerator({ region: 'us-east-1', scope: 'public' })])
    const { logins, shape } = order(anExternalSecret(), world)
    assert.deepEqual(logins[0]?.scope, { service: 'public', region: 'us-east-1' })
    assert.deepEqual(keysOf(shape), ['username', 'password', 'expires_at'])
  })

  test('follow one another: a later one overwrites what an earlier one gave', () => {
    const world = aWorld([aGenerator({}, 'a'), aGenerator({ region: 'us-east-1', scope: 'public' }, 'b')])
    const asked = anExternalSecret({ dataFrom: [generatorRef('a'), generatorRef('b')] })
    const { logins, shape } = order(asked, world)
    assert.deepEqual(
      logins.map(({ scope }) => scope.service),
      ['private', 'public'],
    )
    assert.ok(shape.is === 'key-values')
    const last = new Map(shape.entries.map(({ key, value }) => [key, value]))
    assert.deepEqual(last.get('password'), { is: 'login', login: 1, field: 'password' })
    assert.deepEqual(last.get('proxy_endpoint'), { is: 'login', login: 0, field: 'proxyEndpoint' })
  })

  test('keep their values apart where rewrites name them', () => {
    const renamed = (name: string, target: string): object => ({
      ...generatorRef(name),
      rewrite: [{ regexp: { source: '(.*)', target } }],
    })
    const asked = anExternalSecret({ dataFrom: [renamed('ecr', 'new-$1'), renamed('other', 'old-$1')] })
    const { delivery, warnings } = ordered(asked, aWorld([aGenerator(), aGenerator({}, 'other')]))
    assert.deepEqual(keysOf(delivery.shape).toSorted(), [
      'new-expires_at',
      'new-password',
      'new-proxy_endpoint',
      'new-username',
      'old-expires_at',
      'old-password',
      'old-proxy_endpoint',
      'old-username',
    ])
    assert.deepEqual(warnings, [])
  })

  test('under names that no Secret may have are refused', () => {
    const rewrite = [{ regexp: { source: '^', target: 'foo/' } }]
    const found = invalid(anExternalSecret({ dataFrom: [{ ...generatorRef(), rewrite }] }))
    assert.equal(found.at, 'spec.dataFrom[0].rewrite')
    assert.match(found.message, /^invalid secret keys .* key has invalid character \//)
  })

  test('that are unread are all asked for in one round', () => {
    const world = aWorld([], { is: 'unread' })
    unready(anExternalSecret({ dataFrom: [generatorRef('a'), generatorRef('b')] }), world)
    assert.equal(world.touched.size, 2)
  })

  test('with keys and a session token name three keys of Secrets here, whatever namespace they name', () => {
    const spec = {
      auth: {
        secretRef: {
          accessKeyIDSecretRef: { name: 'keys', key: 'id', namespace: 'elsewhere' },
          secretAccessKeySecretRef: { name: 'keys', key: 'secret' },
          sessionTokenSecretRef: { name: 'session', key: 'token' },
        },
      },
    }
    const world = aWorld([aGenerator(spec), aSecret('keys'), aSecret('session')])
    assert.deepEqual(order(anExternalSecret(), world).logins[0]?.identity.source, {
      is: 'access-key',
      accessKeyId: { namespace: 'apps', name: 'keys', key: 'id' },
      secretAccessKey: { namespace: 'apps', name: 'keys', key: 'secret' },
      sessionToken: { namespace: 'apps', name: 'session', key: 'token' },
    })
    assert.deepEqual(warned(anExternalSecret(), world), [
      'ECRAuthorizationToken apps/ecr: spec.auth.secretRef.accessKeyIDSecretRef.namespace has no effect: it is read in the namespace of the ExternalSecret',
    ])
  })

  test('with both keys and a service account use the keys, once the service account is right', () => {
    const spec = {
      auth: {
        secretRef: {
          accessKeyIDSecretRef: { name: 'keys', key: 'id' },
          secretAccessKeySecretRef: { name: 'keys', key: 'secret' },
        },
        jwt: { serviceAccountRef: { name: 'puller' } },
      },
    }
    const objects = [aGenerator(spec), aSecret('keys')]
    assert.equal(unready(anExternalSecret(), aWorld(objects)).code, 'service-account-unusable')
    const puller = aServiceAccount('puller', {
      'eks.amazonaws.com/role-arn': 'arn:aws:iam::123456789012:role/base',
    })
    const world = aWorld([...objects, puller])
    assert.equal(order(anExternalSecret(), world).logins[0]?.identity.source.is, 'access-key')
    assert.deepEqual(warned(anExternalSecret(), world), [
      'spec.auth.jwt of ECRAuthorizationToken apps/ecr has no effect: spec.auth.secretRef wins',
    ])
  })

  test('with keys need no service account that the operator may not look at', () => {
    const spec = { ...secretRef('keys'), auth: { ...secretRef('keys').auth, ...jwt.auth } }
    const denied = fault('service-account-denied', 'start the operator with --service-account-identities')
    const world = aWorld([aGenerator(spec), aSecret('keys')], { is: 'denied', fault: denied })
    assert.equal(order(anExternalSecret(), world).logins[0]?.identity.source.is, 'access-key')
  })

  test('ask with the audience a service account names', () => {
    const puller = aServiceAccount('puller', {
      'eks.amazonaws.com/role-arn': 'arn:aws:iam::123456789012:role/base',
      'eks.amazonaws.com/audience': 'own',
    })
    const world = aWorld([aGenerator({ auth: { jwt: { serviceAccountRef: { name: 'puller' } } } }), puller])
    const source = order(anExternalSecret(), world).logins[0]?.identity.source
    assert.ok(source?.is === 'service-account')
    assert.deepEqual(source.audiences, ['own'])
  })

  const faults: readonly [string, readonly Resource[], Fault][] = [
    [
      'that are absent are named',
      [],
      fault(
        'reference-missing',
        'ECRAuthorizationToken.generators.external-secrets.io "ecr" not found in namespace "apps" (create it, or correct the generatorRef)',
        at,
      ),
    ],
    [
      'whose credential Secret is absent name it',
      [aGenerator(secretRef('keys'))],
      fault(
        'credential-missing',
        'could not fetch SecretAccessKey secret: cannot get Kubernetes secret "keys" from namespace "apps": secrets "keys" not found (create it, or correct spec.auth.secretRef.secretAccessKeySecretRef of ECRAuthorizationToken apps/ecr)',
        at,
      ),
    ],
    [
      'whose secretRef is empty say what is missing',
      [aGenerator({ auth: { secretRef: {} } })],
      fault(
        'reference-invalid',
        'spec.auth.secretRef.secretAccessKeySecretRef of ECRAuthorizationToken apps/ecr names no Secret: give its name and key',
        at,
      ),
    ],
    [
      'whose jwt is empty say what is missing',
      [aGenerator({ auth: { jwt: {} } })],
      fault(
        'reference-invalid',
        "spec.auth.jwt.serviceAccountRef of ECRAuthorizationToken apps/ecr is missing: name a service account, or leave spec.auth out to use the operator's own identity",
        at,
      ),
    ],
    [
      'whose service account is absent name it',
      [aGenerator(jwt)],
      fault(
        'service-account-unusable',
        'serviceaccounts "puller" not found in namespace "apps" (create it, or correct spec.auth.jwt.serviceAccountRef of ECRAuthorizationToken apps/ecr)',
        at,
      ),
    ],
    [
      'whose service account has no role say which annotation is missing',
      [aGenerator(jwt), aServiceAccount('puller', {})],
      fault(
        'service-account-unusable',
        'an IAM role must be associated with service account puller (namespace: apps): annotate it with eks.amazonaws.com/role-arn',
        at,
      ),
    ],
    [
      'whose region cannot be one say so',
      [aGenerator({ region: 'us west 1' })],
      fault(
        'reference-invalid',
        'spec.region "us west 1" of ECRAuthorizationToken apps/ecr is no AWS region: write it as "us-west-1"',
        at,
      ),
    ],
    [
      'that say something of the wrong type name the field',
      [aGenerator({ role: 7 })],
      fault(
        'reference-invalid',
        'unable to parse spec: spec.role: Invalid input: expected string, received number (correct ECRAuthorizationToken apps/ecr)',
        at,
      ),
    ],
  ]
  for (const [name, objects, expected] of faults)
    test(name, () => assert.deepEqual(unready(anExternalSecret(), aWorld(objects)), expected))

  test('that may not be read keep the fault that says why', () => {
    const denied = fault('kube-forbidden', 'may not get secrets in apps')
    const world = aWorld([aGenerator(secretRef('keys'))], { is: 'denied', fault: denied })
    const step = 'error using generator: unable to create aws session'
    assert.deepEqual(unready(anExternalSecret(), world), { ...denied, at, step })
  })

  test('of a misspelt scope are private, with a word about it', () => {
    const world = aWorld([aGenerator({ scope: 'Public' })])
    assert.equal(order(anExternalSecret(), world).logins[0]?.scope.service, 'private')
    assert.deepEqual(warned(anExternalSecret(), world), [
      'spec.scope "Public" of ECRAuthorizationToken apps/ecr means private registries: only "public" means ECR Public',
    ])
  })

  test('of scope public ask us-east-1 whatever region they name, with a word about it', () => {
    const world = aWorld([aGenerator({ scope: 'public' })])
    assert.deepEqual(order(anExternalSecret(), world).logins[0]?.scope, {
      service: 'public',
      region: 'us-east-1',
    })
    assert.match(warned(anExternalSecret(), world).join(), /set spec\.region of .* to us-east-1/)
  })
})

describe('a reference', () => {
  const rows: readonly [string, object, string][] = [
    [
      'to another group is refused',
      { apiVersion: 'example.dev/v1' },
      'generatorRef may only reference the generators group, but got example.dev',
    ],
    [
      'to a version there is none of is refused',
      { apiVersion: 'generators.external-secrets.io/v1' },
      'generatorRef references unknown GVK generators.external-secrets.io/v1, Kind=ECRAuthorizationToken',
    ],
    [
      'to no group and version at all is refused',
      { apiVersion: 'a/b/c' },
      'generatorRef has invalid APIVersion: unexpected GroupVersion string: a/b/c',
    ],
  ]
  for (const [name, ref, message] of rows)
    test(name, () => {
      const asked = anExternalSecret({ dataFrom: [generatorRef('ecr', ref)] })
      assert.deepEqual(invalid(asked), {
        ...fault('spec-invalid', message, 'spec.dataFrom[0].sourceRef.generatorRef'),
        step: 'unable to get generator',
      })
    })
})

describe('a wrong spec', () => {
  const rows: readonly [string, object, string, string][] = [
    ['has no sources', { dataFrom: [] }, 'spec', 'either data or dataFrom should be specified'],
    [
      'has an interval that is no duration',
      { refreshInterval: '10 hours' },
      'spec.refreshInterval',
      'spec.refreshInterval: "10 hours" is no duration: write it as "12h", "1h30m" or "90s"',
    ],
    [
      'has a field of the wrong type',
      { refreshInterval: 3600 },
      'spec.refreshInterval',
      'spec.refreshInterval: Invalid input: expected string, received number',
    ],
    [
      'deletes what it does not own',
      { target: { creationPolicy: 'Merge', deletionPolicy: 'Delete' } },
      'spec.target.deletionPolicy',
      "deletionPolicy=Delete must not be used when the controller doesn't own the secret. Please set creationPolicy=Owner",
    ],
    [
      'mixes a generator with extract',
      { dataFrom: [{ ...generatorRef(), extract: { key: 'k' } }] },
      'spec.dataFrom[0]',
      'extract, find, or generatorRef cannot be set at the same time',
    ],
    [
      'has an entry that says nothing',
      { dataFrom: [generatorRef(), {}] },
      'spec.dataFrom[1]',
      'either extract, find, or sourceRef must be set to dataFrom',
    ],
    [
      'names both a store and a generator',
      { dataFrom: [{ sourceRef: { storeRef: { name: 's' }, generatorRef: { kind: 'Fake', name: 'f' } } }] },
      'spec.dataFrom[0].sourceRef',
      'spec.dataFrom[0].sourceRef: exactly one of storeRef and generatorRef must be given',
    ],
    [
      'makes a bootstrap token',
      { target: { template: { type: 'bootstrap.kubernetes.io/token' } } },
      'spec.target.template.type',
      'template.type="bootstrap.kubernetes.io/token" is not allowed',
    ],
    [
      'makes a token of a service account',
      {
        target: {
          template: {
            type: 'kubernetes.io/service-account-token',
            metadata: { annotations: { 'kubernetes.io/service-account.name': 'admin' } },
          },
        },
      },
      'spec.target.template.type',
      'template.type="kubernetes.io/service-account-token" with annotation "kubernetes.io/service-account.name" is not allowed',
    ],
  ]
  for (const [name, spec, at, message] of rows)
    test(name, () => assert.deepEqual(invalid(anExternalSecret(spec)), fault('spec-invalid', message, at)))

  test('is told in one message when it is wrong in several places', () => {
    const { message } = invalid(anExternalSecret({ refreshInterval: 'x', dataFrom: [] }))
    assert.match(message, /either data or dataFrom.*; spec\.refreshInterval/)
  })

  test('may be missing altogether', () => {
    assert.equal(invalid(anExternalSecret({}, { spec: undefined })).code, 'spec-invalid')
  })
})

describe('a field that is not supported is named:', () => {
  const rows: readonly [string, object][] = [
    ['spec.target.manifest', { target: { manifest: { apiVersion: 'v1', kind: 'ConfigMap' } } }],
    ['spec.data', { data: [{ secretKey: 'a', remoteRef: { key: 'b' } }] }],
    ['spec.dataFrom[1].extract', { dataFrom: [generatorRef(), { extract: { key: 'k' } }] }],
    ['spec.dataFrom[0].find', { dataFrom: [{ find: { name: { regexp: '.*' } } }] }],
    ['spec.dataFrom[0].sourceRef.storeRef', { dataFrom: [{ sourceRef: { storeRef: { name: 's' } } }] }],
    [
      'spec.dataFrom[0].sourceRef.generatorRef.kind',
      { dataFrom: [{ sourceRef: { generatorRef: { kind: 'Password', name: 's' } } }] },
    ],
  ]
  for (const [at, spec] of rows)
    test(`${at} in ${JSON.stringify(spec)}`, () => {
      const found = invalid(anExternalSecret(spec))
      assert.equal(found.code, 'field-unsupported')
      assert.equal(found.at, at)
      assert.ok(found.message.startsWith(at), found.message)
      assert.match(found.message, /is not supported/)
    })

  test('all of them in one message', () => {
    const found = invalid(
      anExternalSecret({
        target: { manifest: { apiVersion: 'v1', kind: 'ConfigMap' } },
        dataFrom: [generatorRef(), { extract: { key: 'k' } }],
      }),
    )
    assert.equal(found.message.split('; ').length, 2)
  })
})

describe('a field without effect does not hinder, but is told:', () => {
  const rows: readonly [string, object, string][] = [
    [
      'a store that nothing is read from',
      { secretStoreRef: { name: 'aws' } },
      'spec.secretStoreRef has no effect: nothing is read from stores, only from generators of AWS logins',
    ],
    [
      'a field nobody knows',
      { target: { colour: 'green' } },
      'spec.target.colour is no field of this API that is known here: it has no effect',
    ],
    [
      'an empty template',
      { target: { template: { data: { password: '' } } } },
      'spec.target.template.data["password"] is empty: that key is written empty',
    ],
  ]
  for (const [name, spec, message] of rows)
    test(name, () => assert.deepEqual(warned(anExternalSecret(spec)), [message]))

  test('what is empty or default is not a word worth', () => {
    const spec = {
      data: [],
      secretStoreRef: {},
      target: { creationPolicy: 'Owner', deletionPolicy: 'Retain', immutable: false, template: {} },
    }
    assert.deepEqual(warned(anExternalSecret(spec)), [])
  })
})

describe('a template', () => {
  const at = 'spec.target.template.data["password"]'
  const bad = (text: string): Fault => invalid(withTemplate({ data: { password: text } }))

  test('that does not parse is refused, naming its key', () => {
    const found = bad('{{ .password')
    assert.deepEqual([found.code, found.at], ['template-invalid', at])
    assert.match(found.message, /^unable to parse template at key password: template: password:1/)
  })

  test('with a function there is none of is refused, naming it', () => {
    assert.match(bad('{{ .password | frobnicate }}').message, /frobnicate/)
  })

  test('with a misspelt value is refused, naming what there is', () => {
    assert.deepEqual(
      bad('{{ .passwrod }}'),
      fault(
        'template-invalid',
        `${at} asks for .passwrod, which the generator does not give: it gives .username, .password, .proxy_endpoint, .expires_at`,
        at,
      ),
    )
  })

  test('that asks ECR Public for an endpoint is refused, saying what to write', () => {
    const world = aWorld([aGenerator({ region: 'us-east-1', scope: 'public' })])
    const found = invalid(withTemplate({ data: { host: '{{ .proxy_endpoint }}' } }), world)
    assert.match(found.message, /ECR Public gives no endpoint: write public\.ecr\.aws/)
  })

  test('of a label or an annotation is looked at as well', () => {
    const found = invalid(withTemplate({ metadata: { annotations: { 'a/b': '{{ .nope }}' } } }))
    assert.equal(found.at, 'spec.target.template.metadata.annotations["a/b"]')
  })

  test('may ask for a value that may be missing by index', () => {
    const world = aWorld([aGenerator({ region: 'us-east-1', scope: 'public' })])
    order(
      withTemplate({ data: { host: '{{ index . "proxy_endpoint" | default "public.ecr.aws" }}' } }),
      world,
    )
  })

  test('may ask for a missing value where it is never reached', () => {
    const text = '{{ if index . "proxy_endpoint" }}{{ .proxy_endpoint }}{{ end }}'
    const world = aWorld([aGenerator({ region: 'us-east-1', scope: 'public' })])
    order(withTemplate({ data: { host: text } }), world)
  })
})
