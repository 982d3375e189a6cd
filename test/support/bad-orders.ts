// This file is about everything a user can get wrong: the manifests, and what must be said about each of them.

type Fields = Readonly<Record<string, unknown>>

/** What an object named `name` in `namespace` consists of, besides its target. */
export interface BadOrder {
  /** A kebab-case noun: the object's name, its target's, and the last word of the test's. */
  readonly name: string
  /** Kind of the object that is told; its group follows. */
  readonly kind: 'ExternalSecret' | 'Secret' | 'ArgoHelmRepoSecret'
  /** Applied together, the Secret that has to stay as it is among them. */
  readonly manifests: readonly object[]
  /** The condition's message, what to do included. */
  readonly says: RegExp
  /** The reason that metrics count it by; for kinds of ecr.mobb.redhat.com the condition's and the event's too. */
  readonly reason: string
}

export const BAD = 'bad'
/** An AWS where GetAuthorizationToken is refused, whoever asks. */
export const REFUSING_REGION = 'eu-west-3'
/** Values that must not show up anywhere; no AWS ever gave them out. */
export const WRONG_KEY = { id: 'AKIAIOSFODNN7EXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' }
export const OLD_PASSWORD = 'the-password-of-yesterday'

const GENERATORS = 'generators.external-secrets.io/v1alpha1'
const MOBB = 'ecr.mobb.redhat.com/v1alpha1'
const HOST = '123456789012.dkr.ecr.us-east-2.amazonaws.com'

const named = (name: string) => ({ namespace: BAD, name })

export const secretObject = (name: string, stringData: Fields, more: Fields = {}): object => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: named(name),
  stringData,
  ...more,
})

export const keysOf = (name: string) => ({
  accessKeyIDSecretRef: { name, key: 'access-key' },
  secretAccessKeySecretRef: { name, key: 'secret-access-key' },
})

/** A generator that asks with the bot's keys, unless `spec` says otherwise. */
export const generatorObject = (name: string, spec: Fields = {}): object => ({
  apiVersion: GENERATORS,
  kind: 'ECRAuthorizationToken',
  metadata: named(name),
  spec: { region: 'us-west-1', auth: { secretRef: keysOf('awssm-secret') }, ...spec },
})

export const generatorRef = (name: string, kind = 'ECRAuthorizationToken') => ({
  sourceRef: { generatorRef: { apiVersion: GENERATORS, kind, name } },
})

/** Merges the password into the Secret of its own name, unless `spec` says otherwise. */
export const externalSecretObject = (version: string, name: string, spec: Fields = {}): object => ({
  apiVersion: `external-secrets.io/${version}`,
  kind: 'ExternalSecret',
  metadata: named(name),
  spec: { refreshInterval: '1h', target: merge(), dataFrom: [generatorRef(name)], ...spec },
})

const merge = (template: Fields = { data: { password: '{{ .password }}' } }) => ({
  creationPolicy: 'Merge',
  template,
})

interface Wrong {
  readonly name: string
  readonly says: RegExp
  readonly reason: string
  readonly generator?: Fields
  readonly spec?: Fields
  readonly target?: Fields
  /** Further objects. */
  readonly beside?: readonly object[]
}

/** Objects that exist: the garbage collector takes what nobody owns any more. */
export interface Owners {
  readonly externalSecret: string
  readonly configMap: string
}

/** Two owners, both called `somebody`; their uids make `Owners`. */
export const ownerObjects: readonly object[] = [
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: named('somebody') },
  generatorObject('somebody'),
  externalSecretObject('v1', 'somebody', { target: { creationPolicy: 'Owner' } }),
]

const ownedBy = (apiVersion: string, kind: string, uid: string) => ({
  metadata: { ownerReferences: [{ apiVersion, kind, name: 'somebody', uid, controller: true }] },
})

/** First what lies in the objects referred to, then what lies in the object itself, then in its target. */
const wrongs = (owners: Owners): readonly Wrong[] => [
  {
    name: 'malformed-region',
    generator: { region: 'US West 1' },
    says: /spec\.region "US West 1" of ECRAuthorizationToken .* is no AWS region: write it as "us-west-1"/,
    reason: 'ReferenceInvalid',
  },
  {
    name: 'no-region',
    generator: { region: '' },
    says: /no region is given: name one in the spec, or set AWS_REGION/,
    reason: 'RegionInvalid',
  },
  {
    name: 'missing-secret',
    generator: { auth: { secretRef: keysOf('nowhere') } },
    says: /secrets "nowhere" not found \(create it, or correct spec\.auth\.secretRef\.secretAccessKeySecretRef of/,
    reason: 'CredentialMissing',
  },
  {
    name: 'missing-key',
    generator: { auth: { secretRef: keysOf('other-keys') } },
    says: /cannot find secret data for key: "secret-access-key" \(Secret bad\/other-keys has no such key: add it, or name another\)/,
    reason: 'CredentialMissing',
    beside: [secretObject('other-keys', { 'access-key': 'x' })],
  },
  {
    name: 'incomplete-reference',
    generator: { auth: { secretRef: { accessKeyIDSecretRef: { name: 'awssm-secret', key: 'access-key' } } } },
    says: /spec\.auth\.secretRef\.secretAccessKeySecretRef of .* names no Secret: give its name and key/,
    reason: 'ReferenceInvalid',
  },
  {
    name: 'denied-role',
    generator: { role: 'arn:aws:iam::123456789012:role/nobody' },
    says: /role arn:aws:iam::123456789012:role\/nobody may not be assumed: its trust policy must admit the caller/,
    reason: 'AccessDenied',
  },
  {
    name: 'denied-action',
    generator: { region: REFUSING_REGION },
    says: /may not call ecr:GetAuthorizationToken: allow it on resource "\*" in an IAM policy/,
    reason: 'AccessDenied',
  },
  {
    name: 'unknown-key',
    generator: { auth: { secretRef: keysOf('wrong-keys') } },
    says: /does not recognise the access key in Secret bad\/wrong-keys .*: check the key id and the secret key/,
    reason: 'CredentialRefused',
    beside: [
      secretObject('wrong-keys', { 'access-key': WRONG_KEY.id, 'secret-access-key': WRONG_KEY.secret }),
    ],
  },
  {
    name: 'names-for-values',
    generator: { auth: { secretRef: keysOf('as-documented') } },
    says: /key "secret-access-key" of Secret bad\/as-documented holds the name AWS_SECRET_ACCESS_KEY instead of its value: write it again with printf %s "\$AWS_SECRET_ACCESS_KEY"/,
    reason: 'CredentialMalformed',
    beside: [
      secretObject('as-documented', {
        'access-key': 'AWS_ACCESS_KEY_ID',
        'secret-access-key': 'AWS_SECRET_ACCESS_KEY',
      }),
    ],
  },
  {
    name: 'stray-newline',
    generator: { auth: { secretRef: keysOf('echoed-keys') } },
    says: /key "secret-access-key" of Secret bad\/echoed-keys holds a line break or blank .* write it again with printf %s/,
    reason: 'CredentialMalformed',
    beside: [
      secretObject('echoed-keys', {
        'access-key': `${WRONG_KEY.id}\n`,
        'secret-access-key': `${WRONG_KEY.secret}\n`,
      }),
    ],
  },
  {
    name: 'empty-jwt',
    generator: { auth: { jwt: {} } },
    says: /spec\.auth\.jwt\.serviceAccountRef of .* is missing: name a service account, or leave spec\.auth out/,
    reason: 'ReferenceInvalid',
  },
  {
    name: 'denied-account',
    generator: { auth: { jwt: { serviceAccountRef: { name: 'puller' } } } },
    says: /may not act for service accounts: start it with --service-account-identities=bad\/puller/,
    reason: 'ServiceAccountIdentityDenied',
  },
  {
    name: 'missing-generator',
    spec: { dataFrom: [generatorRef('nowhere')] },
    says: /"nowhere" not found in namespace "bad" \(create it, or correct the generatorRef\)/,
    reason: 'ReferenceMissing',
  },
  {
    name: 'foreign-generator',
    spec: { dataFrom: [generatorRef('any', 'Password')] },
    says: /spec\.dataFrom\[0\]\.sourceRef\.generatorRef\.kind: Password is not supported, only ECRAuthorizationToken, /,
    reason: 'FieldUnsupported',
  },
  {
    name: 'interval',
    spec: { refreshInterval: '10 hours' },
    says: /spec\.refreshInterval: "10 hours" is no duration: write it as "12h", "1h30m" or "90s"/,
    reason: 'SpecInvalid',
  },
  {
    name: 'unparsable-template',
    spec: { target: merge({ data: { password: '{{ .password' } }) },
    says: /unable to parse template at key password: .*unclosed action \(correct spec\.target\.template\.data\["password"\]\)/,
    reason: 'TemplateInvalid',
  },
  {
    name: 'missing-template-key',
    spec: { target: merge({ data: { password: '{{ .passwd }}' } }) },
    says: /spec\.target\.template\.data\["password"\] asks for \.passwd, which the generator does not give: it gives \.username, \.password/,
    reason: 'TemplateInvalid',
  },
  {
    name: 'refused-field',
    spec: {
      data: [{ secretKey: 'a', remoteRef: { key: 'b' } }],
      secretStoreRef: { kind: 'SecretStore', name: 'vault' },
    },
    says: /spec\.data is not supported/,
    reason: 'FieldUnsupported',
  },
  {
    name: 'no-source',
    spec: { dataFrom: [] },
    says: /either data or dataFrom should be specified/,
    reason: 'SpecInvalid',
  },
  {
    name: 'others-secret',
    target: ownedBy('external-secrets.io/v1', 'ExternalSecret', owners.externalSecret),
    says: /is owned by ExternalSecret somebody: choose another target name, or remove that owner/,
    reason: 'TargetOwned',
  },
  {
    name: 'controlled-secret',
    spec: { target: { creationPolicy: 'Owner' } },
    target: ownedBy('v1', 'ConfigMap', owners.configMap),
    says: /is owned by ConfigMap somebody: choose another target name, or remove that owner/,
    reason: 'TargetOwned',
  },
  {
    name: 'immutable-secret',
    target: { immutable: true },
    says: /could not update secret, target is immutable: Secret .* is immutable: delete it, and make it anew without immutable/,
    reason: 'TargetImmutable',
  },
  {
    name: 'wrong-type',
    spec: {
      target: merge({
        type: 'kubernetes.io/basic-auth',
        data: { username: 'AWS', password: '{{ .password }}' },
      }),
    },
    says: /has type Opaque, but kubernetes\.io\/basic-auth is wanted and a type cannot be changed: delete the Secret, or choose another name/,
    reason: 'TargetTypeMismatch',
  },
  {
    name: 'forbidden-type',
    spec: {
      target: {
        creationPolicy: 'Owner',
        template: { type: 'kubernetes.io/service-account-token', data: {} },
      },
    },
    says: /type kubernetes\.io\/service-account-token is never written: choose another type/,
    reason: 'TargetForbidden',
  },
]

export function badExternalSecrets(version: 'v1' | 'v1beta1', owners: Owners): readonly BadOrder[] {
  return wrongs(owners).map(({ name: what, says, reason, generator, spec, target = {}, beside = [] }) => {
    const name = `${what}-${version}`
    const { metadata, ...rest } = target as { metadata?: object }
    return {
      name,
      kind: 'ExternalSecret',
      manifests: [
        secretObject(
          name,
          { password: OLD_PASSWORD },
          { ...rest, metadata: { ...named(name), ...metadata } },
        ),
        generatorObject(name, generator),
        externalSecretObject(version, name, spec),
        ...beside,
      ],
      says,
      reason,
    }
  })
}

type BadMobb = Omit<BadOrder, 'manifests' | 'kind'> & {
  readonly kind?: 'Secret' | 'ArgoHelmRepoSecret'
  readonly spec?: Fields
  readonly withoutSpec?: true
  readonly target?: Fields
  readonly annotations?: Fields
}

const DOCKER_CONFIG = 'kubernetes.io/dockerconfigjson'
const dockerConfig = (host: string) => ({
  type: DOCKER_CONFIG,
  stringData: {
    '.dockerconfigjson': JSON.stringify({ auths: { [host]: { username: 'AWS', password: OLD_PASSWORD } } }),
  },
})

const badMobb = (owners: Owners): readonly BadMobb[] => [
  {
    name: 'hours',
    spec: { frequency: '10 hours' },
    says: /spec\.frequency "10 hours" is no duration: write it without blanks, such as 10h/,
    reason: 'SpecInvalid',
  },
  {
    name: 'other-region',
    spec: { region: 'us-west-1' },
    says: /spec\.region is "us-west-1" but spec\.ecr_registry names a registry in us-east-2: .* set spec\.region to us-east-2/,
    reason: 'SpecInvalid',
  },
  {
    name: 'odd-region',
    spec: { region: 'Ohio!' },
    says: /spec\.region "Ohio!" is no name of an AWS region such as us-east-2/,
    reason: 'SpecInvalid',
  },
  {
    name: 'placeholder',
    spec: { ecr_registry: '[ACCOUNT_ID].dkr.ecr.us-east-2.amazonaws.com' },
    says: /still has the placeholder \[ACCOUNT_ID\] in it; fill it in/,
    reason: 'SpecInvalid',
  },
  {
    name: 'short-account',
    spec: { ecr_registry: '12345.dkr.ecr.us-east-2.amazonaws.com' },
    says: /spec\.ecr_registry "12345\.dkr\S+" is no Amazon ECR host: its account is not twelve digits; correct it/,
    reason: 'SpecInvalid',
  },
  {
    name: 'no-host',
    kind: 'ArgoHelmRepoSecret',
    spec: { url: 'charts' },
    says: /spec\.url "charts" is no registry address; write the host as it stands in image names/,
    reason: 'SpecInvalid',
  },
  { name: 'no-spec', withoutSpec: true, says: /spec is missing: say which registry/, reason: 'SpecInvalid' },
  {
    name: 'foreign-secret',
    target: dockerConfig('docker.io'),
    says: /exists and was not made by Secret .*: delete it, choose another name, annotate it with everpull\.dev\/adopt=Secret\/\S+, or annotate the Secret of ecr\.mobb\.redhat\.com with everpull\.dev\/adopt="true"/,
    reason: 'TargetForeign',
  },
  {
    name: 'opaque-secret',
    annotations: { 'everpull.dev/adopt': 'true' },
    target: { stringData: { password: OLD_PASSWORD } },
    says: /has type Opaque, but kubernetes\.io\/dockerconfigjson is wanted .*: delete the Secret, or choose another name/,
    reason: 'TargetTypeMismatch',
  },
  {
    name: 'frozen-secret',
    target: { ...dockerConfig(HOST), immutable: true },
    says: /is immutable: delete it/,
    reason: 'TargetImmutable',
  },
  {
    name: 'kept-secret',
    target: { ...dockerConfig(HOST), ...ownedBy('v1', 'ConfigMap', owners.configMap) },
    says: /is owned by ConfigMap somebody: choose another target name, or remove that owner/,
    reason: 'TargetOwned',
  },
]

export const badMobbSecrets = (owners: Owners): readonly BadOrder[] => badMobb(owners).map(asBadOrder)

function asBadOrder(bad: BadMobb): BadOrder {
  const { name, says, reason, kind = 'Secret', target = dockerConfig(HOST), annotations = {} } = bad
  const { metadata, ...rest } = target as { metadata?: object }
  const place = kind === 'Secret' ? { ecr_registry: HOST } : { url: `${HOST}/charts` }
  const wanted = { ...place, generated_secret_name: name, frequency: '1h', region: 'us-east-2', ...bad.spec }
  const spec = bad.withoutSpec === true ? {} : { spec: wanted }
  return {
    name,
    kind,
    says,
    reason,
    manifests: [
      secretObject(name, {}, { ...rest, metadata: { ...named(name), ...metadata } }),
      { apiVersion: MOBB, kind, metadata: { ...named(name), annotations }, ...spec },
    ],
  }
}
