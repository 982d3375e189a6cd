// This file is about testing what is wrong with an object: each mistake is told with its place, what it is, and what to do.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { FAULTS } from '../../model/fault.ts'
import type { Resource } from '../../model/resource.ts'
import type { Translation, World } from '../dialect.ts'
import {
  aClusterLogin,
  aLogin,
  anIntegration,
  aSecret,
  aServiceAccount,
  aWorld,
  HOST,
  OTHER_HOST,
  ROLE,
  shareOf,
} from './fixtures/resources.ts'
import { translateClusterLogin, translateLogin } from './translate.ts'

interface Row {
  readonly says: string
  readonly spec: object
  readonly at: string
  readonly message: RegExp
}

const out = (output: object): object => ({ outputs: [{ secretName: 'pull', ...output }] })
const KEY = { accessKey: { secretName: 'aws' } }

/** Wrong by themselves, whatever is there beside them. */
const wrong: readonly Row[] = [
  { says: 'no registries', spec: { registries: undefined }, at: 'spec.registries', message: /is missing/ },
  {
    says: 'an account that is a number',
    spec: { registries: [{ account: 123456789012, region: 'eu-west-1' }] },
    at: 'spec.registries[0].account',
    message: /is a number: write it in quotes/,
  },
  {
    says: 'a registry in two forms',
    spec: { registries: [{ host: HOST, public: true }] },
    at: 'spec.registries[0]',
    message: /exactly one of host, account \(with region\) and public/,
  },
  { says: 'no identity in identity', spec: { identity: {} }, at: 'spec.identity', message: /exactly one of/ },
  {
    says: 'two identities',
    spec: { identity: { ...KEY, integration: { name: 'x' } } },
    at: 'spec.identity',
    message: /exactly one of integration, serviceAccount and accessKey/,
  },
  {
    says: 'an output of no shape',
    spec: out({}),
    at: 'spec.outputs[0]',
    message: /exactly one of dockerConfig/,
  },
  {
    says: 'an output of two shapes',
    spec: out({ dockerConfig: {}, basicAuth: {} }),
    at: 'spec.outputs[0]',
    message: /exactly one of dockerConfig/,
  },
  {
    says: 'two outputs of one Secret',
    spec: {
      outputs: [
        { secretName: 'pull', dockerConfig: {} },
        { secretName: 'pull', basicAuth: {} },
      ],
    },
    at: 'spec.outputs[1].secretName',
    message: /names Secret pull again, as spec.outputs\[0\] does/,
  },
  {
    says: 'a Secret typed as a service account’s token',
    spec: out({ template: { type: 'kubernetes.io/service-account-token', data: { token: 'x' } } }),
    at: 'spec.outputs[0].template.type',
    message: /never written: choose another type/,
  },
  {
    says: 'the annotation that gives a Secret the power of an account',
    spec: out({ basicAuth: {}, metadata: { annotations: { 'kubernetes.io/service-account.name': 'x' } } }),
    at: 'spec.outputs[0].metadata.annotations',
    message: /the power of that account: leave it out/,
  },
  {
    says: 'an annotation that is our own record',
    spec: out({ basicAuth: {}, metadata: { annotations: { 'everpull.dev/delivery-0': 'x' } } }),
    at: 'spec.outputs[0].metadata.annotations',
    message: /its own record: leave it out/,
  },
  {
    says: 'the label of Argo CD against its kind',
    spec: out({
      argocd: { url: HOST },
      metadata: { labels: { 'argocd.argoproj.io/secret-type': 'cluster' } },
    }),
    at: 'spec.outputs[0].metadata.labels',
    message: /argocd.kind says: leave it out/,
  },
  {
    says: 'a URL that Argo CD cannot use',
    spec: out({ argocd: { url: `https://${HOST}/charts` } }),
    at: 'spec.outputs[0].argocd.url',
    message: new RegExp(`without a scheme: write "${HOST}/charts"`),
  },
  {
    says: 'one login where there are several registries',
    spec: { registries: [{ host: HOST }, { host: OTHER_HOST }], ...out({ basicAuth: {} }) },
    at: 'spec.outputs[0].registry',
    message: new RegExp(`is missing: .*name one of ${HOST}, ${OTHER_HOST}`),
  },
  {
    says: 'the host of several registries that share a login',
    spec: {
      registries: [{ host: HOST }, { account: '210987654321', region: 'eu-west-1' }],
      ...out({ fields: { host: 'host' } }),
    },
    at: 'spec.outputs[0].registry',
    message: /is missing/,
  },
  {
    says: 'a registry that is none of them',
    spec: out({ basicAuth: {}, registry: OTHER_HOST }),
    at: 'spec.outputs[0].registry',
    message: /none of spec.registries/,
  },
  {
    says: 'an unknown field of a login',
    spec: out({ fields: { creds: 'token' } }),
    at: 'spec.outputs[0].fields.creds',
    message: /username/,
  },
  {
    says: 'a template that cannot be parsed',
    spec: out({ template: { data: { a: '{{ .password' } } }),
    at: 'spec.outputs[0].template.data["a"]',
    message: /cannot be parsed/,
  },
  {
    says: 'a template that asks for what there is not',
    spec: out({ template: { data: { a: '{{ .token }}' } } }),
    at: 'spec.outputs[0].template.data["a"]',
    message: /asks for .token, and there is none: there are .username/,
  },
  {
    says: 'the key of the older docker config',
    spec: out({ dockerConfig: { key: '.dockercfg' } }),
    at: 'spec.outputs[0].dockerConfig.key',
    message: /older format: leave it out/,
  },
  {
    says: 'a Secret that kubelets cannot read among imagePullSecrets',
    spec: out({
      basicAuth: {},
      link: { serviceAccounts: { names: ['default'] }, as: ['imagePullSecrets'] },
    }),
    at: 'spec.outputs[0].link.as',
    message: /kubelets read no Secret of type kubernetes.io\/basic-auth/,
  },
  {
    says: 'a selector that Kubernetes would refuse',
    spec: out({
      dockerConfig: {},
      link: { serviceAccounts: { selector: { matchExpressions: [{ key: 'a', operator: 'In' }] } } },
    }),
    at: 'spec.outputs[0].link.serviceAccounts.selector.matchExpressions[0].values',
    message: /values must be given/,
  },
  {
    says: 'a bare role name with registries of several accounts',
    spec: {
      registries: [{ host: HOST }, { account: '210987654321', region: 'eu-west-1' }],
      identity: KEY,
      assumeRoles: [{ roleArn: 'puller' }],
    },
    at: 'spec.assumeRoles[0].roleArn',
    message: /bare name "puller", and the registries are of several accounts: write the ARN/,
  },
  {
    says: 'a bare role name with ECR Public alone',
    spec: { registries: [{ public: true }], identity: KEY, assumeRoles: [{ roleArn: 'puller' }] },
    at: 'spec.assumeRoles[0].roleArn',
    message: /none of the registries tells its account: write the ARN/,
  },
  {
    says: 'an ARN of something else',
    spec: { identity: KEY, assumeRoles: [{ roleArn: 'arn:aws:iam::123456789012:user/me' }] },
    at: 'spec.assumeRoles[0].roleArn',
    message: /no ARN of a role/,
  },
  {
    says: 'a chained session longer than an hour',
    spec: {
      identity: KEY,
      assumeRoles: [
        { roleArn: ROLE, duration: '2h' },
        { roleArn: ROLE, duration: '90m' },
      ],
    },
    at: 'spec.assumeRoles[1].duration',
    message: /longer than one hour.*write 1h, or leave it out/,
  },
  {
    says: 'a session longer than an hour on top of a web identity',
    spec: {
      identity: { serviceAccount: { name: 'builder' } },
      assumeRoles: [{ roleArn: ROLE, duration: '2h' }],
    },
    at: 'spec.assumeRoles[0].duration',
    message: /longer than one hour/,
  },
  {
    says: 'a session shorter than AWS gives',
    spec: { identity: KEY, assumeRoles: [{ roleArn: ROLE, duration: '1m' }] },
    at: 'spec.assumeRoles[0].duration',
    message: /from 15m to 12h/,
  },
  {
    says: 'an external id on top of an integration',
    spec: { assumeRoles: [{ roleArn: ROLE, externalId: 'mine' }] },
    at: 'spec.assumeRoles[0].externalId',
    message: /through EcrIntegration default is said there/,
  },
  {
    says: 'tags on top of an integration',
    spec: { assumeRoles: [{ roleArn: ROLE, tags: { a: 'b' } }] },
    at: 'spec.assumeRoles[0].tags',
    message: /through EcrIntegration default are said there/,
  },
  {
    says: 'a session policy that is no JSON',
    spec: { identity: KEY, assumeRoles: [{ roleArn: ROLE, policy: 'pull' }] },
    at: 'spec.assumeRoles[0].policy',
    message: /no JSON object/,
  },
  {
    says: 'an access key alone that is to be narrowed',
    spec: { identity: KEY, ...out({ dockerConfig: {}, access: 'pull' }) },
    at: 'spec.outputs[0].access',
    message: /name a role in spec.assumeRoles, whose session can be/,
  },
  {
    says: 'a role that is to be narrowed and has a policy',
    spec: {
      identity: KEY,
      assumeRoles: [{ roleArn: ROLE, policy: '{}' }],
      ...out({ dockerConfig: {}, access: 'pull' }),
    },
    at: 'spec.outputs[0].access',
    message: /has a policy of its own: leave out one of the two/,
  },
  {
    says: 'a session policy longer than AWS takes',
    spec: {
      registries: Array.from({ length: 40 }, (_, i) => ({
        account: String(123456789012 + i),
        region: 'eu-west-1',
      })),
      identity: KEY,
      assumeRoles: [{ roleArn: ROLE }],
      ...out({ dockerConfig: {}, access: 'push' }),
    },
    at: 'spec.outputs[0].access',
    message: /characters where AWS takes 2048: name fewer registries/,
  },
  {
    says: 'no duration',
    spec: { refreshInterval: '6 hours' },
    at: 'spec.refreshInterval',
    message: /refused/,
  },
  {
    says: 'an interval of nothing',
    spec: { refreshInterval: '0s' },
    at: 'spec.refreshInterval',
    message: /must be a duration from 1s/,
  },
]

const faultOf = (translation: Translation) => {
  assert.ok(translation.is !== 'order', 'it was taken')
  return translation.fault
}

describe('a RegistryLogin is refused for', () => {
  for (const { says, spec, at, message } of wrong) {
    test(says, () => {
      const translation = translateLogin(aLogin(spec), aWorld([anIntegration(), aSecret('aws')]))
      assert.equal(translation.is, 'invalid')
      const fault = faultOf(translation)
      assert.equal(fault.at, at)
      assert.match(fault.message, message)
      assert.ok(fault.message.startsWith(at), fault.message)
    })
  }

  test('everything that is wrong with it at once, the rest counted where that is much', () => {
    const outputs = Array.from({ length: 14 }, (_, i) => ({ secretName: `s${i}`, argocd: { url: 'x' } }))
    const { message } = faultOf(translateLogin(aLogin({ outputs }), aWorld()))
    assert.match(message, /spec.outputs\[9\].argocd.url.*; and 4 more$/)
  })
})

interface Beside extends Omit<Row, 'at'> {
  readonly at: string | undefined
  readonly code: keyof typeof FAULTS
  readonly there?: World
  readonly asked?: Resource
}

const ROLED = anIntegration({ auth: { iamRole: { roleArn: ROLE } }, allowedRoles: [`${ROLE}-*`] })

/** Wrong by what is there beside them: that may change without them. */
const beside: readonly Beside[] = [
  {
    says: 'no integration',
    spec: {},
    there: aWorld([]),
    at: 'spec.identity',
    code: 'reference-missing',
    message: /EcrIntegration default does not exist/,
  },
  {
    says: 'an integration that is not shared with its namespace',
    spec: { identity: { integration: { name: 'ecr-prod' } } },
    there: aWorld([anIntegration({ sharing: { namespaces: { names: ['web'] } } }, 'ecr-prod')]),
    at: 'spec.identity',
    code: 'integration-refused',
    message: /EcrIntegration ecr-prod is not shared with namespace builds/,
  },
  {
    says: 'a role that the integration does not allow',
    spec: { assumeRoles: [{ roleArn: 'arn:aws:iam::123456789012:role/admin' }] },
    there: aWorld([ROLED]),
    at: 'spec.assumeRoles[0].roleArn',
    code: 'integration-refused',
    message:
      /role\/admin, which EcrIntegration default does not let its users assume: have spec.allowedRoles match it/,
  },
  {
    says: 'a chained session longer than an hour on top of an integration’s role',
    spec: { assumeRoles: [{ roleArn: `${ROLE}-a`, duration: '2h' }] },
    there: aWorld([ROLED]),
    at: 'spec.assumeRoles[0].duration',
    code: 'integration-refused',
    message: /longer than one hour/,
  },
  {
    says: 'access through an integration without a role',
    spec: out({ dockerConfig: {}, access: 'pull' }),
    at: 'spec.outputs[0].access',
    code: 'integration-refused',
    message: /no role is assumed whose session could be narrowed: name a role in spec.assumeRoles/,
  },
  {
    says: 'a service account that is not there',
    spec: { identity: { serviceAccount: { name: 'builder' } } },
    at: 'spec.identity.serviceAccount',
    code: 'service-account-unusable',
    message: /ServiceAccount builds\/builder does not exist: create it/,
  },
  {
    says: 'a service account without a role',
    spec: { identity: { serviceAccount: { name: 'builder' } } },
    there: aWorld([aServiceAccount('builder', 'builds', {})]),
    at: 'spec.identity.serviceAccount',
    code: 'service-account-unusable',
    message: /stands for no role: set spec.identity.serviceAccount.roleArn, or annotate it/,
  },
  {
    says: 'a Secret with the key that is not there',
    spec: { identity: KEY },
    at: 'spec.identity.accessKey',
    code: 'credential-missing',
    message: /Secret builds\/aws does not exist: create it/,
  },
  {
    says: 'a Secret of the operator’s namespace that is not there, in a namespace of a ClusterRegistryLogin',
    spec: {},
    asked: shareOf(aClusterLogin({ identity: KEY }), 'team-a'),
    at: 'spec.identity.accessKey',
    code: 'credential-missing',
    message: /Secret everpull\/aws does not exist/,
  },
]

describe('an object waits for', () => {
  for (const { says, spec, at, code, message, there = aWorld(), asked = aLogin(spec) } of beside) {
    test(says, () => {
      const translate = asked.ref.kind === 'RegistryLogin' ? translateLogin : translateClusterLogin
      const translation = translate(asked, there)
      assert.equal(translation.is, 'unready')
      const fault = faultOf(translation)
      assert.deepEqual([fault.at, fault.code], [at, code])
      assert.match(fault.message, message)
      // What serves goes on serving.
      assert.ok(FAULTS[fault.code].obtaining)
    })
  }
})
