// This file is about a use of every field that a dialect says something of, and what the object would be without it.

export interface Trial {
  /** As in the coverage. */
  readonly path: string
  readonly value: unknown
  /** What stands there otherwise; absent: nothing. */
  readonly instead?: unknown
  /** What the field needs beside it, by path, in both. */
  readonly beside?: Readonly<Record<string, unknown>>
  /** With what stands there otherwise it is refused: there is no other value that could. */
  readonly isOnlyValue?: true
  /** As messages name it, where that is not the path. */
  readonly told?: string
}

const trial = (
  path: string,
  value: unknown,
  instead?: unknown,
  beside: Readonly<Record<string, unknown>> = {},
): Trial => ({ path, value, beside, ...(instead === undefined ? {} : { instead }) })

const onlyValue = (one: Trial): Trial => ({ ...one, isOnlyValue: true })

const GENERATOR_REF = 'spec.dataFrom[].sourceRef.generatorRef'
const WINDOWS = {
  'spec.syncWindows.kind': 'allow',
  'spec.syncWindows.windows': [{ schedule: '0 22 * * *', duration: '2h' }],
}
const TOKEN = { 'spec.target.template.data': { token: '{{ .password }}' } }
/** In place of the generator that every other trial has. */
const NO_GENERATOR = { 'spec.dataFrom': [{}] }

const FROM = 'spec.target.template.templateFrom'
const USER = 'user: {{ .username }}'

const keptTrials = (kind: 'configMap' | 'secret'): readonly Trial[] => {
  const beside = { [FROM]: [{ [kind]: { name: 'one', items: [{ key: 'one' }] } }] }
  const at = `${FROM}[].${kind}`
  return [
    trial(`${at}.name`, 'two', 'one', beside),
    trial(`${at}.items[].key`, 'two', 'one', beside),
    trial(`${at}.items[].templateAs`, 'KeysAndValues', 'Values', beside),
  ]
}

const templateFromTrials: readonly Trial[] = [
  ...keptTrials('configMap'),
  ...keptTrials('secret'),
  trial(`${FROM}[].literal`, USER),
  trial(`${FROM}[].target`, 'Labels', 'Data', { [FROM]: [{ literal: USER }] }),
  trial(`${FROM}[].valuesDecodingStrategy`, 'Base64', 'None', { [FROM]: [{ literal: USER }] }),
]

const REWRITE = 'spec.dataFrom[].rewrite'
const renaming = { [REWRITE]: [{ regexp: { source: '^', target: 'my-' } }] }

const rewriteTrials: readonly Trial[] = [
  trial(`${REWRITE}[].regexp.source`, '^user', '^pass', renaming),
  trial(`${REWRITE}[].regexp.target`, 'your-', 'my-', renaming),
  trial(`${REWRITE}[].transform.template`, '{{ .value | upper }}', '{{ .value | lower }}', {
    [REWRITE]: [{ transform: { template: '' } }],
  }),
  {
    ...trial(`${REWRITE}[].merge`, { priorityPolicy: 'IgnoreNotFound', conflictPolicy: 'Ignore' }),
    told: 'rewrite operation[0]: merge failed',
  },
]

export const EXTERNAL_SECRET_TRIALS: readonly Trial[] = [
  trial('spec.secretStoreRef', { name: 'store', kind: 'SecretStore' }),
  trial('spec.target.name', 'elsewhere'),
  trial('spec.target.creationPolicy', 'Orphan', 'Owner'),
  trial('spec.target.deletionPolicy', 'Delete', 'Retain'),
  trial('spec.target.immutable', true, false),
  trial('spec.target.manifest', { apiVersion: 'v1', kind: 'ConfigMap' }),
  trial('spec.target.template.type', 'kubernetes.io/basic-auth'),
  onlyValue(trial('spec.target.template.engineVersion', 'v2', 'v1')),
  trial('spec.target.template.mergePolicy', 'Merge', 'Replace', TOKEN),
  trial('spec.target.template.metadata.labels', { team: 'build' }),
  trial('spec.target.template.metadata.annotations', { note: 'kept' }),
  trial('spec.target.template.metadata.finalizers', ['example.dev/hold']),
  trial('spec.target.template.data', { user: '{{ .username }}' }),
  ...templateFromTrials,
  trial('spec.refreshPolicy', 'OnChange', 'Periodic'),
  trial('spec.refreshInterval', '2h', '1h'),
  trial('spec.syncWindows.kind', 'deny', 'allow', WINDOWS),
  trial('spec.syncWindows.windows[].schedule', '0 6 * * *', '0 7 * * *', WINDOWS),
  trial('spec.syncWindows.windows[].duration', '3h', '4h', WINDOWS),
  trial('spec.data', [{ secretKey: 'a', remoteRef: { key: 'b' } }]),
  onlyValue(
    trial(`${GENERATOR_REF}.apiVersion`, 'generators.external-secrets.io/v1alpha1', 'example.dev/v1'),
  ),
  trial(`${GENERATOR_REF}.kind`, 'STSSessionToken', 'ECRAuthorizationToken'),
  trial(`${GENERATOR_REF}.name`, 'two', 'one'),
  trial('spec.dataFrom[].sourceRef.storeRef', { name: 'store' }, undefined, {
    'spec.dataFrom': [{ extract: { key: 'a' } }],
  }),
  trial('spec.dataFrom[].extract', { key: 'a' }, undefined, NO_GENERATOR),
  trial('spec.dataFrom[].find', { name: { regexp: '.*' } }, undefined, NO_GENERATOR),
  ...rewriteTrials,
]

const NAMED = { matchLabels: { room: 'a' } }
const EXPRESSION = { key: 'room', operator: 'In', values: ['a'] }

const selectorTrials = (at: string, whole: string, list: (selector: object) => unknown): readonly Trial[] => {
  const expressed = { [whole]: list({ matchExpressions: [EXPRESSION] }) }
  const at0 = `${at}.matchExpressions[]`
  return [
    trial(`${at}.matchLabels`, { room: 'b' }, { room: 'a' }, { [whole]: list(NAMED) }),
    trial(`${at0}.key`, 'tier', 'room', expressed),
    trial(`${at0}.operator`, 'NotIn', 'In', expressed),
    trial(`${at0}.values`, ['b'], ['a'], expressed),
  ]
}

export const CLUSTER_EXTERNAL_SECRET_TRIALS: readonly Trial[] = [
  trial('spec.externalSecretSpec.refreshInterval', '2h', '1h'),
  trial('spec.externalSecretName', 'pull'),
  trial('spec.externalSecretMetadata.labels', { team: 'build' }),
  trial('spec.externalSecretMetadata.annotations', { note: 'kept' }),
  ...selectorTrials('spec.namespaceSelectors[]', 'spec.namespaceSelectors', (selector) => [selector]),
  ...selectorTrials('spec.namespaceSelector', 'spec.namespaceSelector', (selector) => selector),
  trial('spec.namespaces', ['room-a', 'room-b']),
  trial('spec.refreshTime', '3h', '2h'),
]

const KEYS = {
  'spec.auth.secretRef': {
    accessKeyIDSecretRef: { name: 'keys', key: 'id' },
    secretAccessKeySecretRef: { name: 'keys', key: 'key' },
    sessionTokenSecretRef: { name: 'keys', key: 'token' },
  },
}
const JWT = { 'spec.auth.jwt.serviceAccountRef': { name: 'puller' } }
const KEY_TRIALS = Object.keys(KEYS['spec.auth.secretRef']).flatMap((ref) => [
  trial(`spec.auth.secretRef.${ref}.name`, 'other-keys', 'keys', KEYS),
  trial(`spec.auth.secretRef.${ref}.key`, 'other', 'one', KEYS),
  trial(`spec.auth.secretRef.${ref}.namespace`, 'elsewhere', undefined, KEYS),
])
const ROLE = 'arn:aws:iam::123456789012:role/puller'

export const ECR_TRIALS: readonly Trial[] = [
  trial('spec.region', 'us-east-2', 'us-east-1'),
  trial('spec.role', ROLE),
  trial('spec.scope', 'public', 'private'),
  ...KEY_TRIALS,
  trial('spec.auth.jwt.serviceAccountRef.name', 'other-puller', 'puller', JWT),
  trial('spec.auth.jwt.serviceAccountRef.audiences', ['vault'], undefined, JWT),
  trial('spec.auth.jwt.serviceAccountRef.namespace', 'elsewhere', undefined, JWT),
]

const MFA = {
  'spec.requestParameters': { sessionDuration: 3600, serialNumber: 'GAHT12345678', tokenCode: '123456' },
}
export const STS_TRIALS: readonly Trial[] = [
  trial('spec.region', 'us-east-2', 'us-east-1'),
  trial('spec.role', ROLE),
  ...KEY_TRIALS,
  trial('spec.auth.jwt', { serviceAccountRef: { name: 'puller' } }),
  trial('spec.requestParameters.sessionDuration', 7200, 3600, MFA),
  trial('spec.requestParameters.serialNumber', 'GAHT87654321', 'GAHT12345678', MFA),
  trial('spec.requestParameters.tokenCode', '654321', '123456', MFA),
]

/** In a ClusterGenerator. Messages name what is wrapped, and its fields as they stand there. */
const wrapped = (property: string, kind: string, trials: readonly Trial[]): readonly Trial[] => {
  const inside = (path: string): string => path.replace('spec', `spec.generator.${property}`)
  const base = { 'spec.kind': kind, 'spec.generator': { [property]: { region: 'us-east-1' } } }
  return trials.map((one) => {
    const beside = Object.entries(one.beside ?? {}).map(([path, value]) => [inside(path), value])
    const told = one.path
    return { ...one, path: inside(told), told, beside: { ...base, ...Object.fromEntries(beside) } }
  })
}

export const CLUSTER_GENERATOR_TRIALS: readonly Trial[] = [
  onlyValue(
    trial('spec.kind', 'STSSessionToken', 'ECRAuthorizationToken', {
      'spec.generator': { stsSessionTokenSpec: { region: 'us-east-1' } },
    }),
  ),
  ...wrapped('ecrAuthorizationTokenSpec', 'ECRAuthorizationToken', ECR_TRIALS),
  ...wrapped('stsSessionTokenSpec', 'STSSessionToken', STS_TRIALS),
]

/** The region stands in the registry's name too, so that no other is taken. */
const operatorTrials = (registry: string): readonly Trial[] => [
  trial(
    registry,
    '210987654321.dkr.ecr.us-east-2.amazonaws.com',
    '123456789012.dkr.ecr.us-east-2.amazonaws.com',
  ),
  trial('spec.frequency', '4h', '5h'),
  trial('spec.generated_secret_name', 'elsewhere', 'pull'),
  onlyValue(trial('spec.region', 'us-east-2', 'us-west-1')),
]
export const PULL_SECRET_TRIALS: readonly Trial[] = operatorTrials('spec.ecr_registry')
export const ARGO_HELM_REPO_SECRET_TRIALS: readonly Trial[] = operatorTrials('spec.url')
