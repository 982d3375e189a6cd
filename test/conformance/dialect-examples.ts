// This file is about one object of every kind that orders, and ways to get it wrong.
import type { DialectName } from '../../src/model/dialect-name.ts'
import type { Resource } from '../../src/model/resource.ts'
import { aResource } from '../support/builders.ts'
import { CANARY, type Example } from './dialect.ts'

function resource(
  apiVersion: string,
  kind: string,
  namespace: string,
  name: string,
  spec?: unknown,
): Resource {
  const [group = ''] = apiVersion.includes('/') ? apiVersion.split('/') : ['']
  return aResource({
    ref: { group, kind, namespace, name },
    apiVersion,
    uid: `uid-of-${kind}-${name}`,
    ...(spec === undefined ? {} : { spec }),
  })
}

const secret = (namespace: string, name: string): Resource => ({
  ...resource('v1', 'Secret', namespace, name),
  labels: { [CANARY]: CANARY },
  annotations: { 'kubectl.kubernetes.io/last-applied-configuration': CANARY },
})

const mobb: readonly Example[] = [
  {
    asked: resource('ecr.mobb.redhat.com/v1alpha1', 'Secret', 'builds', 'ecr-secret', {
      generated_secret_name: 'ecr-docker-secret',
      ecr_registry: '123456789012.dkr.ecr.us-east-2.amazonaws.com',
      frequency: '10h',
      region: 'us-east-2',
    }),
    beside: [secret('everpull', 'aws-ecr-cloud-credentials')],
    wrong: [
      { spec: { frequency: '10 hours' }, at: /^spec\.frequency$/ },
      { spec: { region: 'us-west-1' }, at: /^spec\.region$/ },
      { spec: { region: 'somewhere else' }, at: /^spec\.region$/ },
      { spec: { ecr_registry: ' ' }, at: /^spec\.ecr_registry$/ },
      { spec: { generated_secret_name: 'A_B' }, at: /^spec\.generated_secret_name$/ },
    ],
  },
  {
    asked: resource('ecr.mobb.redhat.com/v1alpha1', 'ArgoHelmRepoSecret', 'argocd', 'ecr-argo', {
      generated_secret_name: 'ecr-argo-secret',
      url: '123456789012.dkr.ecr.us-east-2.amazonaws.com/charts',
      frequency: '10h',
      region: 'us-east-2',
    }),
    beside: [],
    wrong: [
      { spec: { url: undefined }, at: /^spec\.url$/ },
      { spec: { url: '<registry>/charts' }, at: /^spec\.url$/ },
      { spec: { frequency: 'daily' }, at: /^spec\.frequency$/ },
    ],
  },
]

const generator = resource(
  'generators.external-secrets.io/v1alpha1',
  'ECRAuthorizationToken',
  'argocd',
  'ecr-gen',
  {
    region: 'us-west-1',
    auth: {
      secretRef: {
        accessKeyIDSecretRef: { name: 'awssm-secret', key: 'access-key' },
        secretAccessKeySecretRef: { name: 'awssm-secret', key: 'secret-access-key' },
      },
    },
  },
)

const externalSecret = (version: string): Example => ({
  asked: resource(`external-secrets.io/${version}`, 'ExternalSecret', 'argocd', 'ecr-secret', {
    refreshInterval: '1h',
    target: {
      name: 'repo-2529854065',
      creationPolicy: 'Merge',
      template: { data: { password: '{{ .password }}' } },
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
  }),
  beside: [generator, secret('argocd', 'awssm-secret')],
  wrong: [
    { spec: { refreshInterval: '10 hours' }, at: /^spec\.refreshInterval/ },
    { spec: { target: { creationPolicy: 'Sometimes' } }, at: /^spec\.target\.creationPolicy/ },
    { spec: { target: { template: { data: { password: '{{ .password' } } } }, at: /^spec\.target\.template/ },
    { spec: { dataFrom: [{ find: { name: { regexp: 'x' } } }] }, at: /^spec\.dataFrom\[0\]/ },
  ],
})

const namespace = (name: string, labels: Readonly<Record<string, string>>): Resource => ({
  ...resource('v1', 'Namespace', '', name),
  labels: { 'kubernetes.io/metadata.name': name, ...labels },
})

const clusterExternalSecret = (version: string): Example => {
  const { asked } = externalSecret(version)
  return {
    asked: resource(`external-secrets.io/${version}`, 'ClusterExternalSecret', '', 'ecr', {
      externalSecretSpec: asked.spec,
      externalSecretMetadata: { labels: { team: 'build' } },
      namespaceSelectors: [{ matchLabels: { ecr: 'wanted' } }],
      refreshTime: '1h',
    }),
    beside: [
      namespace('argocd', { ecr: 'wanted' }),
      namespace('builds', {}),
      namespace('web', { ecr: 'wanted' }),
    ],
    wrong: [
      { spec: { externalSecretSpec: undefined }, at: /^spec\.externalSecretSpec/ },
      {
        spec: { externalSecretSpec: { refreshInterval: '1h' } },
        at: /^spec\.externalSecretSpec/,
      },
      {
        spec: { externalSecretSpec: { ...(asked.spec as object), refreshInterval: '10 hours' } },
        at: /^spec\.externalSecretSpec\.refreshInterval$/,
      },
      { spec: { refreshTime: 'hourly' }, at: /^spec\.refreshTime$/ },
      { spec: { externalSecretName: 'A_B' }, at: /^spec\.externalSecretName$/ },
      { spec: { namespaces: ['A_B'] }, at: /^spec\.namespaces/ },
      {
        spec: { namespaceSelectors: [{ matchExpressions: [{ key: 'ecr', operator: 'Like' }] }] },
        at: /^spec\.namespaceSelectors\[0\]\.matchExpressions\[0\]\.operator$/,
      },
    ],
  }
}

const HOST = '123456789012.dkr.ecr.eu-west-1.amazonaws.com'

const integration = resource('everpull.dev/v1alpha1', 'EcrIntegration', '', 'default', {
  region: 'eu-west-1',
  auth: { ambient: {} },
  sharing: { namespaces: { names: ['team-*', 'builds'] } },
})

const loginSpec = {
  registries: [{ host: HOST }, { account: '123456789012', region: 'us-gov-west-1', fips: true }],
  outputs: [
    {
      secretName: 'pull',
      dockerConfig: {},
      link: { serviceAccounts: { names: ['default', 'builder'] } },
    },
    { secretName: 'charts', argocd: { kind: 'repo-creds', type: 'helm', url: `${HOST}/charts` } },
    { secretName: 'updater', registry: HOST, fields: { creds: 'usernamePassword' } },
    { secretName: 'custom', registry: HOST, template: { data: { 'auth.txt': '{{ .password }}' } } },
  ],
  refreshInterval: '6h',
}

const wrongLogins: Example['wrong'] = [
  { spec: { registries: [] }, at: /^spec\.registries$/ },
  { spec: { registries: [{ host: `https://${HOST}` }] }, at: /^spec\.registries\[0\]\.host$/ },
  { spec: { registries: [{ account: '123456789012' }] }, at: /^spec\.registries\[0\]\.region$/ },
  { spec: { outputs: [] }, at: /^spec\.outputs$/ },
  { spec: { outputs: [{ secretName: 'pull' }] }, at: /^spec\.outputs\[0\]$/ },
  { spec: { outputs: [{ secretName: 'A_B', basicAuth: {} }] }, at: /^spec\.outputs\[0\]\.secretName$/ },
  {
    spec: { outputs: [{ secretName: 'charts', argocd: { url: `https://${HOST}` } }] },
    at: /^spec\.outputs\[0\]\.argocd\.url$/,
  },
  { spec: { identity: {} }, at: /^spec\.identity$/ },
  { spec: { refreshInterval: '6 hours' }, at: /^spec\.refreshInterval$/ },
]

const everpull: readonly Example[] = [
  {
    asked: resource('everpull.dev/v1alpha1', 'RegistryLogin', 'builds', 'ecr', loginSpec),
    beside: [integration],
    wrong: wrongLogins,
  },
  {
    asked: resource('everpull.dev/v1alpha1', 'ClusterRegistryLogin', '', 'ecr', {
      ...loginSpec,
      namespaces: { names: ['team-*'], selector: { matchLabels: { ecr: 'wanted' } } },
    }),
    beside: [integration, namespace('team-a', {}), namespace('web', { ecr: 'wanted' })],
    wrong: [
      ...wrongLogins,
      { spec: { namespaces: undefined }, at: /^spec\.namespaces$/ },
      { spec: { namespaces: { exclude: ['web'] } }, at: /^spec\.namespaces$/ },
    ],
  },
  {
    // As the operator asks about one of its namespaces.
    asked: resource('everpull.dev/v1alpha1', 'ClusterRegistryLogin', 'team-a', 'ecr', {
      ...loginSpec,
      namespaces: { names: ['team-*'] },
      identity: { accessKey: { secretName: 'aws' } },
    }),
    beside: [secret('everpull', 'aws')],
    wrong: wrongLogins,
  },
  {
    asked: integration,
    beside: [namespace('team-a', {})],
    wrong: [
      { spec: { region: 'Europe' }, at: /^spec\.region$/ },
      { spec: { auth: {} }, at: /^spec\.auth$/ },
      { spec: { auth: { iamRole: { roleArn: 'ecr' } } }, at: /^spec\.auth\.iamRole\.roleArn$/ },
      { spec: { sharing: { namespaces: {} } }, at: /^spec\.sharing\.namespaces$/ },
      { spec: { allowedRoles: ['*'] }, at: /^spec\.allowedRoles\[0\]$/ },
      { spec: { runtimes: { policy: 'Selected' } }, at: /^spec\.runtimes$/ },
    ],
  },
]

const labelled: readonly Example[] = [
  {
    asked: {
      ...resource('v1', 'Secret', 'argocd', 'charts', {
        data: { url: `${HOST}/charts`, type: 'helm', enableOCI: 'true' },
      }),
      labels: { 'argocd.argoproj.io/secret-type': 'repository', 'argocd-ecr-updater': 'enabled' },
    },
    beside: [
      {
        ...integration,
        spec: { ...(integration.spec as object), sharing: { namespaces: { names: ['argocd'] } } },
      },
    ],
    wrong: [
      { spec: { data: {} }, at: /^data\.url$/ },
      { spec: { data: { url: `${HOST}.evil.example` } }, at: /^data\.url$/ },
    ],
  },
]

export const EXAMPLES: Readonly<Record<DialectName, readonly Example[]>> = {
  everpull,
  mobb,
  'external-secrets': [
    externalSecret('v1'),
    externalSecret('v1beta1'),
    clusterExternalSecret('v1'),
    clusterExternalSecret('v1beta1'),
  ],
  argocd: labelled,
}
