// This file is about testing what objects of ecr.mobb.redhat.com order.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hours } from '../../base/duration.ts'
import type { Delivery } from '../../model/delivery.ts'
import { fault } from '../../model/fault.ts'
import type { Resource } from '../../model/resource.ts'
import type { Translation, Warning, World } from '../dialect.ts'
import { someTime } from '../fixtures/world.ts'
import { CREDENTIALS_KEY, aPullSecret, aWorld, anArgoHelmRepoSecret } from './fixtures/resources.ts'
import { translate } from './translate.ts'

function order(
  asked: Resource,
  world: World = aWorld(),
): { delivery: Delivery; warnings: readonly Warning[] } {
  const translation = translate(asked, world)
  assert.equal(translation.is, 'order', JSON.stringify(translation))
  const [delivery, ...others] = translation.is === 'order' ? translation.deliveries : []
  assert.ok(delivery)
  assert.equal(others.length, 0)
  return { delivery, warnings: translation.is === 'order' ? translation.warnings : [] }
}

const invalid = (asked: Resource): Extract<Translation, { is: 'invalid' }> => {
  const translation = translate(asked, aWorld())
  assert.ok(translation.is === 'invalid', JSON.stringify(translation))
  return translation
}

test('a Secret orders a docker config with the host as it stands', () => {
  const { delivery, warnings } = order(aPullSecret())
  assert.deepEqual(delivery, {
    orderedBy: {
      ref: { group: 'ecr.mobb.redhat.com', kind: 'Secret', namespace: 'builds', name: 'ecr-secret' },
      apiVersion: 'ecr.mobb.redhat.com/v1alpha1',
      uid: 'uid-of-ecr-secret',
      createdAt: someTime,
    },
    logins: [
      {
        identity: { source: { is: 'ambient' }, roles: [], onBehalfOf: 'builds' },
        scope: { service: 'private', region: 'us-east-2' },
      },
    ],
    shape: {
      is: 'docker-config',
      hosts: [{ host: '123456789012.dkr.ecr.us-east-2.amazonaws.com', login: 0 }],
    },
    target: {
      namespace: 'builds',
      name: 'ecr-docker-secret',
      fieldManager: 'everpull',
      whenMissing: 'create',
      writes: 'whole',
      owner: 'controller',
      consent: 'needed',
      type: 'kubernetes.io/dockerconfigjson',
      labels: {},
      annotations: {},
    },
    cadence: { is: 'renewed', interval: hours(10) },
    consentBy: 'annotate the Secret of ecr.mobb.redhat.com with everpull.dev/adopt="true"',
  })
  assert.deepEqual(warnings, [])
})

test('an ArgoHelmRepoSecret orders an Argo CD repository Secret of a Helm registry', () => {
  const { delivery, warnings } = order(anArgoHelmRepoSecret())
  assert.equal(delivery.target.type, 'Opaque')
  assert.deepEqual(delivery.target.labels, { 'argocd.argoproj.io/secret-type': 'repository' })
  assert.deepEqual(delivery.shape, {
    is: 'key-values',
    entries: [
      { key: 'username', value: { is: 'login', login: 0, field: 'username' } },
      { key: 'password', value: { is: 'login', login: 0, field: 'password' } },
      { key: 'url', value: { is: 'literal', text: '123456789012.dkr.ecr.us-east-2.amazonaws.com/charts' } },
      { key: 'type', value: { is: 'literal', text: 'helm' } },
      { key: 'enableOCI', value: { is: 'literal', text: 'true' } },
      { key: 'name', value: { is: 'literal', text: 'ecr-argo-secret' } },
    ],
  })
  assert.deepEqual(warnings, [])
})

test('the annotation to adopt consents to overwriting an existing Secret', () => {
  const consent = (value: string): string =>
    order(aPullSecret({}, { annotations: { 'everpull.dev/adopt': value } })).delivery.target.consent
  assert.deepEqual([consent('true'), consent('false'), consent('')], ['given', 'needed', 'needed'])
})

test('the annotation to force asks for a login minted since', () => {
  const { delivery } = order(aPullSecret({}, { annotations: { 'everpull.dev/force-sync': 'now' } }))
  assert.equal(delivery.cadence.force, 'now')
})

test('the credentials Secret is used where it exists', () => {
  const credentials = aPullSecret()
  const { delivery } = order(
    aPullSecret(),
    aWorld({ [CREDENTIALS_KEY]: { is: 'present', resource: credentials } }),
  )
  assert.deepEqual(delivery.logins[0]?.identity, {
    source: {
      is: 'credentials-secret',
      secret: { namespace: 'everpull', name: 'aws-ecr-cloud-credentials' },
    },
    roles: [],
    onBehalfOf: 'builds',
  })
})

test('a credentials Secret that is unread or unreadable makes the object wait, naming its target and pace', () => {
  const targets = [{ namespace: 'builds', name: 'ecr-docker-secret' }]
  const denied = fault('kube-forbidden', 'may not get Secret everpull/aws-ecr-cloud-credentials')
  assert.deepEqual(translate(aPullSecret(), aWorld({ [CREDENTIALS_KEY]: { is: 'denied', fault: denied } })), {
    is: 'unready',
    fault: denied,
    targets,
    cadence: { is: 'renewed', interval: hours(10) },
  })
  const unread = translate(aPullSecret(), aWorld({ [CREDENTIALS_KEY]: { is: 'unread' } }))
  assert.deepEqual([unread.is, unread.is === 'unready' && unread.targets], ['unready', targets])
})

const wrong = [
  ['a missing spec', aPullSecret({}, { spec: undefined }), 'spec', /is missing/],
  ['a spec of null', anArgoHelmRepoSecret({}, { spec: null }), 'spec', /is missing/],
  ['a spec that is a list', aPullSecret({}, { spec: [] }), 'spec', /is missing/],
  ['a missing region', aPullSecret({ region: undefined }), 'spec.region', /^spec\.region is missing$/],
  ['a number for a frequency', aPullSecret({ frequency: 10 }), 'spec.frequency', /must be a string/],
  ['a frequency with a word', aPullSecret({ frequency: '10 hours' }), 'spec.frequency', /such as 10h/],
  ['an empty frequency', aPullSecret({ frequency: '' }), 'spec.frequency', /is no duration/],
  ['a region in capitals', aPullSecret({ region: 'US-EAST-2' }), 'spec.region', /no name of an AWS region/],
  [
    'a region with a newline',
    aPullSecret({ region: 'us-east-2\n' }),
    'spec.region',
    /no name of an AWS region/,
  ],
  [
    'the region of another registry',
    aPullSecret({ region: 'us-west-1' }),
    'spec.region',
    /set spec\.region to us-east-2/,
  ],
  [
    'a chart in another region',
    anArgoHelmRepoSecret({ region: 'us-west-1' }),
    'spec.region',
    /spec\.url names a registry in us-east-2/,
  ],
  [
    'a host with a trailing newline',
    aPullSecret({ ecr_registry: 'example.com\n' }),
    'spec.ecr_registry',
    /white space/,
  ],
  ['an empty host', aPullSecret({ ecr_registry: '' }), 'spec.ecr_registry', /is empty/],
  [
    'a host with its placeholder',
    aPullSecret({ ecr_registry: '[ACCOUNT_ID].dkr.ecr.us-east-2.amazonaws.com' }),
    'spec.ecr_registry',
    /placeholder \[ACCOUNT_ID\]/,
  ],
  [
    'a host with a stray character',
    aPullSecret({ ecr_registry: '123456789012.dkr.ecr.us-west-2!.amazonaws.com' }),
    'spec.ecr_registry',
    /no registry address/,
  ],
  [
    'a host that is one word',
    anArgoHelmRepoSecret({ url: 'charts/demo' }),
    'spec.url',
    /is no registry address/,
  ],
  [
    'an account of too few digits',
    aPullSecret({ ecr_registry: '12345.dkr.ecr.us-east-2.amazonaws.com' }),
    'spec.ecr_registry',
    /its account is not twelve digits; correct it/,
  ],
  [
    'a Secret name in capitals',
    aPullSecret({ generated_secret_name: 'Ecr' }),
    'spec.generated_secret_name',
    /no name for a Secret/,
  ],
] as const

for (const [name, asked, at, message] of wrong) {
  test(`${name} is refused`, () => {
    const { fault } = invalid(asked)
    assert.equal(fault.code, 'spec-invalid')
    assert.equal(fault.at, at)
    assert.match(fault.message, message)
  })
}

test('everything that is wrong is told at once', () => {
  const { fault } = invalid(aPullSecret({ frequency: '10 hours', generated_secret_name: '' }))
  assert.match(fault.message, /spec\.generated_secret_name .*; spec\.frequency /)
})

const odd = [
  ['0s is renewed by its expiry', aPullSecret({ frequency: '0s' }), 'FrequencyNotPositive'],
  [
    'a negative frequency is renewed by its expiry',
    aPullSecret({ frequency: '-1h' }),
    'FrequencyNotPositive',
  ],
  ['twelve hours are too long', aPullSecret({ frequency: '12h' }), 'FrequencyTooLong'],
  [
    'a registry with a scheme is written as it stands',
    aPullSecret({ ecr_registry: 'https://123456789012.dkr.ecr.us-east-2.amazonaws.com' }),
    'RegistryNotHostOnly',
  ],
  [
    'a registry with a path is written as it stands',
    aPullSecret({ ecr_registry: '123456789012.dkr.ecr.us-east-2.amazonaws.com/team' }),
    'RegistryNotHostOnly',
  ],
  [
    'an alias of a registry is written as it stands',
    aPullSecret({ ecr_registry: 'vpce-0a1b2c-d3e4.dkr.ecr.us-east-1.vpce.amazonaws.com' }),
    'NotAnEcrHost',
  ],
  [
    'a name in the place of the account may be meant',
    aPullSecret({ ecr_registry: 'test.dkr.ecr.abc.amazonaws.com' }),
    'NotAnEcrHost',
  ],
  [
    'an Argo CD address with a scheme is copied as it stands',
    anArgoHelmRepoSecret({ url: 'https://123456789012.dkr.ecr.us-east-2.amazonaws.com/charts' }),
    'UrlHasScheme',
  ],
] as const

for (const [name, asked, reason] of odd) {
  test(`${name}, with a warning`, () => {
    const { delivery, warnings } = order(asked)
    assert.deepEqual(
      warnings.map((w) => w.reason),
      [reason],
    )
    const spec = asked.spec as { ecr_registry?: string; url?: string }
    assert.ok(JSON.stringify(delivery.shape).includes(`"${spec.ecr_registry ?? spec.url}"`))
  })
}

test('a frequency that names no interval leaves the renewal to the expiry', () => {
  assert.deepEqual(order(aPullSecret({ frequency: '-90s' })).delivery.cadence, { is: 'renewed' })
})

test('the host of ECR Public gets a login of ECR Public', () => {
  const { delivery, warnings } = order(aPullSecret({ ecr_registry: 'public.ecr.aws' }))
  assert.deepEqual(delivery.logins[0]?.scope, { service: 'public', region: 'us-east-1' })
  assert.deepEqual(warnings, [])
})

test('a long text is cut in messages', () => {
  assert.ok(invalid(aPullSecret({ ecr_registry: `${'x'.repeat(9000)} ` })).fault.message.length < 500)
})
