// This file is about manifests of other tools turned into ours: what comes of each, and that our API takes it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { EcrIntegrationSpec } from '../dialects/everpull/integration-schema.ts'
import { ClusterRegistryLoginSpec, RegistryLoginSpec } from '../dialects/everpull/login-spec-schema.ts'
import { type Conversion, convert, conversionYaml } from './convert.ts'
import type { Hints } from './convert-bench.ts'

const HOST = '123456789012.dkr.ecr.eu-west-1.amazonaws.com'
const SCHEMAS: Readonly<Record<string, { parse(spec: unknown): unknown }>> = {
  RegistryLogin: RegistryLoginSpec,
  ClusterRegistryLogin: ClusterRegistryLoginSpec,
  EcrIntegration: EcrIntegrationSpec,
}

/** Every object is one that our schemas take whole: nothing in it is unknown to them. */
function converted(text: string, hints?: Hints): Conversion {
  const conversion = convert([{ file: 'f.yaml', text }], hints)
  for (const { manifest } of conversion.objects) {
    assert.deepEqual(SCHEMAS[manifest.kind]?.parse(manifest.spec), manifest.spec, manifest.kind)
  }
  const documents = parseAllDocuments(conversionYaml(conversion)).filter((one) => one.contents !== null)
  assert.deepEqual(
    documents.flatMap((one) => (one.toJS() === null ? [] : [one.toJS() as unknown])),
    conversion.objects.map(({ manifest }) => manifest),
  )
  return conversion
}

const specsOf = ({ objects }: Conversion): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    objects.map(({ manifest: { kind, metadata, spec } }) => [
      [kind, metadata.namespace, metadata.name].filter((part) => part !== undefined).join(' '),
      spec,
    ]),
  )

const generator = (auth: string, more = ''): string => `
apiVersion: generators.external-secrets.io/v1alpha1
kind: ECRAuthorizationToken
metadata: {name: gen, namespace: apps}
spec: {region: eu-west-1${more}, auth: ${auth}}
---`

const externalSecret = (spec: string): string => `
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: pull, namespace: apps, labels: {team: red}}
spec:
  dataFrom: [{sourceRef: {generatorRef: {kind: ECRAuthorizationToken, name: gen}}}]
${spec}
---`

const DOCKER_TEMPLATE = `
  refreshInterval: 6h
  target:
    name: regcred
    template:
      type: kubernetes.io/dockerconfigjson
      data:
        .dockerconfigjson: '{"auths":{"${HOST}":{"username":"{{ .username }}","password":"{{ .password }}","auth":"{{ printf "%s:%s" .username .password | b64enc }}"}}}'`

test('the docker config of an ExternalSecret is an output, and its key the identity', () => {
  const key =
    '{secretRef: {accessKeyIDSecretRef: {name: aws, key: id}, secretAccessKeySecretRef: {name: aws, key: secret}}}'
  const conversion = converted(
    generator(key, ', role: "arn:aws:iam::123456789012:role/r"') + externalSecret(DOCKER_TEMPLATE),
  )
  assert.deepEqual(specsOf(conversion), {
    'RegistryLogin apps pull': {
      registries: [{ host: HOST }],
      identity: { accessKey: { secretName: 'aws', accessKeyIdKey: 'id', secretAccessKeyKey: 'secret' } },
      assumeRoles: [{ roleArn: 'arn:aws:iam::123456789012:role/r' }],
      outputs: [{ secretName: 'regcred', dockerConfig: {}, adopt: true }],
      refreshInterval: '6h',
    },
  })
  assert.deepEqual(conversion.unfinished, [])
})

test('a service account is the identity, its audiences beside the one that was always asked for', () => {
  const { 'RegistryLogin apps pull': login } = specsOf(
    converted(
      generator('{jwt: {serviceAccountRef: {name: builder, audiences: [more]}}}') +
        externalSecret(DOCKER_TEMPLATE),
    ),
  )
  assert.deepEqual((login as { identity: unknown }).identity, {
    serviceAccount: { name: 'builder', audiences: ['sts.amazonaws.com', 'more'] },
  })
})

test('who asked as External Secrets itself gets an integration, shared with its namespace', () => {
  const conversion = converted(
    generator('{}', ', role: "arn:aws:iam::123456789012:role/Ecr_Reader"') + externalSecret(DOCKER_TEMPLATE),
  )
  const { 'EcrIntegration ecr-reader': integration } = specsOf(conversion)
  assert.deepEqual(integration, {
    region: 'eu-west-1',
    auth: { iamRole: { roleArn: 'arn:aws:iam::123456789012:role/Ecr_Reader' } },
    sharing: { namespaces: { names: ['apps'] } },
  })
})

test('an Argo CD repository keeps its form, and loses a scheme that Argo CD cannot use', () => {
  const conversion = converted(
    generator('{jwt: {serviceAccountRef: {name: a}}}') +
      externalSecret(`
  target:
    template:
      metadata: {labels: {argocd.argoproj.io/secret-type: repository, extra: x}}
      data: {url: "https://${HOST}/charts", type: helm, enableOCI: "true", username: "{{ .username }}", password: "{{.password}}", project: p}`),
  )
  const { 'RegistryLogin apps pull': login } = specsOf(conversion)
  assert.deepEqual((login as { outputs: unknown }).outputs, [
    {
      secretName: 'pull',
      argocd: { kind: 'repository', type: 'helm', url: `${HOST}/charts`, project: 'p' },
      metadata: { labels: { extra: 'x' } },
      adopt: true,
    },
  ])
  assert.match(conversionYaml(conversion), /# url: https:\/\/.* is .* here, the form that Argo CD can use/)
})

const shapes: readonly (readonly [string, string, object])[] = [
  [
    'without a template, the keys of the generator are fields',
    '',
    {
      fields: {
        username: 'username',
        password: 'password',
        expires_at: 'expiresAtSeconds',
        proxy_endpoint: 'proxyEndpoint',
      },
      metadata: { labels: { team: 'red' } },
    },
  ],
  [
    'a template of nothing but a field is that field',
    '  target: {creationPolicy: Merge, template: {data: {password: "{{ .password }}"}}}',
    { fields: { password: 'password' } },
  ],
  [
    'user name and password in a Secret of that type are basic auth',
    '  target: {template: {type: kubernetes.io/basic-auth, data: {username: "{{ .username }}", password: "{{ .password }}"}}}',
    { basicAuth: {} },
  ],
  [
    'any other template stays a template',
    '  target: {template: {mergePolicy: Replace, data: {creds: "{{ .username }}:{{ .password }}"}, metadata: {labels: {a: b}}}}',
    { template: { data: { creds: '{{ .username }}:{{ .password }}' }, metadata: { labels: { a: 'b' } } } },
  ],
  [
    'and so does a docker config with somebody else’s login in it',
    `  target: {template: {type: kubernetes.io/dockerconfigjson, data: {.dockerconfigjson: '{"auths":{"ghcr.io":{"auth":"c29tZTpib2R5"}}}'}}}`,
    {
      template: {
        type: 'kubernetes.io/dockerconfigjson',
        data: { '.dockerconfigjson': '{"auths":{"ghcr.io":{"auth":"c29tZTpib2R5"}}}' },
      },
    },
  ],
]
for (const [says, target, output] of shapes) {
  test(`an ExternalSecret: ${says}`, () => {
    const conversion = converted(
      generator('{jwt: {serviceAccountRef: {name: a}}}') + externalSecret(target),
      { account: '123456789012' },
    )
    const { 'RegistryLogin apps pull': login } = specsOf(conversion)
    const { outputs } = login as { outputs: readonly object[] }
    assert.deepEqual(outputs, [{ secretName: 'pull', adopt: true, ...output }])
    assert.deepEqual(conversion.unfinished, [])
  })
}

const refused: readonly (readonly [string, string, RegExp])[] = [
  ['values of a store', '  data: [{secretKey: a, remoteRef: {key: b}}]', /SecretStore/],
  ['templates from elsewhere', '  target: {template: {templateFrom: [{literal: x}]}}', /templateFrom/],
  ['no Secret', '  target: {creationPolicy: None}', /writes no Secret/],
  ['another object', '  target: {manifest: {apiVersion: v1, kind: ConfigMap}}', /no Secret/],
  ['the old engine', '  target: {template: {engineVersion: v1, data: {a: b}}}', /engineVersion v1/],
]
for (const [what, spec, because] of refused) {
  test(`an ExternalSecret that asks for ${what} is not converted, and says why`, () => {
    const conversion = converted(generator('{}') + externalSecret(spec))
    assert.deepEqual(conversion.objects, [])
    assert.match(conversion.unfinished.join(), because)
    assert.match(conversionYaml(conversion), because)
  })
}

test('a generator that is not among the manifests is asked for', () => {
  assert.match(converted(externalSecret('')).unfinished.join(), /gen is not among the manifests/)
})

test('what nobody can know stands as a placeholder, is said, and is not finished', () => {
  const conversion = converted(generator('{jwt: {serviceAccountRef: {name: a}}}') + externalSecret(''))
  assert.match(conversion.unfinished.join(), /--account/)
  assert.match(conversionYaml(conversion), /# TO DO: .*--account[\s\S]*account: "000000000000"/)
})

test('a ClusterExternalSecret is a ClusterRegistryLogin over the same namespaces', () => {
  const conversion = converted(`
apiVersion: generators.external-secrets.io/v1alpha1
kind: ClusterGenerator
metadata: {name: gen}
spec: {kind: ECRAuthorizationToken, generator: {ecrAuthorizationTokenSpec: {region: eu-west-1}}}
---
apiVersion: external-secrets.io/v1
kind: ClusterExternalSecret
metadata: {name: everywhere}
spec:
  externalSecretName: pull
  refreshTime: 1m
  namespaces: [one]
  namespaceSelectors: [{matchLabels: {kubernetes.io/metadata.name: two}}, {matchLabels: {ecr: "yes"}}]
  externalSecretSpec:
    dataFrom: [{sourceRef: {generatorRef: {kind: ClusterGenerator, name: gen}}}]
${DOCKER_TEMPLATE.replaceAll('\n', '\n  ')}`)
  const namespaces = { names: ['one', 'two'], selector: { matchLabels: { ecr: 'yes' } } }
  assert.deepEqual(specsOf(conversion), {
    'EcrIntegration default': { region: 'eu-west-1', auth: { ambient: {} }, sharing: { namespaces } },
    'ClusterRegistryLogin everywhere': {
      namespaces,
      registries: [{ host: HOST }],
      identity: { integration: { name: 'default' } },
      outputs: [{ secretName: 'regcred', dockerConfig: {}, adopt: true }],
      refreshInterval: '6h',
    },
  })
})

test('both kinds of the ECR Secret Operator are logins through its one identity', () => {
  const conversion = converted(`
apiVersion: v1
kind: List
items:
- apiVersion: ecr.mobb.redhat.com/v1alpha1
  kind: Secret
  metadata: {name: ecr, namespace: one}
  spec: {ecr_registry: ${HOST}, frequency: 10h, generated_secret_name: docker, region: eu-west-1}
- apiVersion: ecr.mobb.redhat.com/v1alpha1
  kind: ArgoHelmRepoSecret
  metadata: {name: ecr, namespace: one}
  spec: {url: "https://${HOST}/charts", frequency: 0s, generated_secret_name: charts, region: eu-west-1}
- apiVersion: v1
  kind: Secret
  metadata: {name: aws-ecr-cloud-credentials, namespace: ecr-secret-operator}
  stringData: {aws_access_key_id: AKIA, aws_secret_access_key: hunter2}`)
  assert.deepEqual(specsOf(conversion), {
    'EcrIntegration aws-ecr-cloud-credentials': {
      region: 'eu-west-1',
      auth: {
        accessKey: { secretName: 'aws-ecr-cloud-credentials', secretNamespace: 'ecr-secret-operator' },
      },
      registries: [{ host: HOST }],
      sharing: { namespaces: { names: ['one'] } },
    },
    'RegistryLogin one ecr': {
      registries: [{ host: HOST }],
      identity: { integration: { name: 'aws-ecr-cloud-credentials' } },
      outputs: [{ secretName: 'docker', dockerConfig: {}, adopt: true }],
      refreshInterval: '10h',
    },
    'RegistryLogin one ecr-charts': {
      registries: [{ host: HOST }],
      identity: { integration: { name: 'aws-ecr-cloud-credentials' } },
      outputs: [
        {
          secretName: 'charts',
          argocd: { kind: 'repository', type: 'helm', url: `${HOST}/charts`, name: 'charts' },
          adopt: true,
        },
      ],
    },
  })
  assert.doesNotMatch(conversionYaml(conversion), /hunter2/)
})

const LOGIN_RENEW = `
apiVersion: batch/v1
kind: CronJob
metadata: {name: ecr-renew, namespace: tools}
spec:
  schedule: 0 */6 * * *
  jobTemplate:
    spec:
      template:
        spec:
          containers:
          - name: renew
            image: nabsul/k8s-ecr-login-renew:v1.7.2
            env:
            - {name: AWS_REGION, value: eu-west-1}
            - {name: DOCKER_SECRET_NAME, value: regcred}
            - {name: TARGET_NAMESPACE, value: "team-*;Default"}
            - {name: EXCLUDE_NAMESPACE, value: team-x}
            - {name: DOCKER_REGISTRIES, value: "https://${HOST},http://public.ecr.aws"}
            - {name: AWS_ACCESS_KEY_ID, valueFrom: {secretKeyRef: {name: aws, key: ID}}}
            - {name: AWS_SECRET_ACCESS_KEY, valueFrom: {secretKeyRef: {name: aws, key: SECRET}}}
            - {name: ODD, value: hunter2}`

test('the CronJob that renews logins is a ClusterRegistryLogin with its patterns, and its key an integration', () => {
  const conversion = converted(LOGIN_RENEW)
  const namespaces = { names: ['team-*', 'default'], exclude: ['team-x'] }
  const registries = [{ host: HOST }, { public: true }]
  assert.deepEqual(specsOf(conversion), {
    'EcrIntegration aws': {
      region: 'eu-west-1',
      auth: {
        accessKey: {
          secretName: 'aws',
          secretNamespace: 'tools',
          accessKeyIdKey: 'ID',
          secretAccessKeyKey: 'SECRET',
        },
      },
      registries,
      sharing: { namespaces },
    },
    'ClusterRegistryLogin ecr-renew': {
      namespaces,
      registries,
      identity: { integration: { name: 'aws' } },
      outputs: [{ secretName: 'regcred', dockerConfig: {}, adopt: true }],
    },
  })
  const yaml = conversionYaml(conversion)
  assert.match(yaml, /no counterpart for ODD/)
  assert.match(yaml, /spec\.schedule "0 \*\/6 \* \* \*" has no counterpart/)
  assert.doesNotMatch(yaml, /hunter2/)
})

test('registry-creds serves every namespace and links its default account', () => {
  const conversion = converted(`
apiVersion: v1
kind: Secret
metadata: {name: registry-creds-ecr, namespace: kube-system}
data: {aws-account: ${Buffer.from('123456789012,210987654321').toString('base64')}, aws-region: ${Buffer.from('eu-west-1').toString('base64')}, AWS_SECRET_ACCESS_KEY: aHVudGVyMg==}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: registry-creds, namespace: kube-system}
spec:
  template:
    spec:
      containers:
      - image: upmcenterprises/registry-creds:1.10
        env:
        - {name: AWS_ACCESS_KEY_ID, valueFrom: {secretKeyRef: {name: registry-creds-ecr, key: AWS_ACCESS_KEY_ID}}}
        - {name: AWS_SECRET_ACCESS_KEY, valueFrom: {secretKeyRef: {name: registry-creds-ecr, key: AWS_SECRET_ACCESS_KEY}}}
        - {name: awsaccount, valueFrom: {secretKeyRef: {name: registry-creds-ecr, key: aws-account}}}
        - {name: awsregion, valueFrom: {secretKeyRef: {name: registry-creds-ecr, key: aws-region}}}
        - {name: gcrurl, value: https://gcr.io}`)
  const { 'ClusterRegistryLogin registry-creds': login } = specsOf(conversion)
  assert.deepEqual(login, {
    namespaces: { names: ['*'], exclude: ['kube-system'] },
    registries: [
      { account: '123456789012', region: 'eu-west-1' },
      { account: '210987654321', region: 'eu-west-1' },
    ],
    identity: { integration: { name: 'registry-creds-ecr' } },
    outputs: [
      {
        secretName: 'awsecr-cred',
        dockerConfig: {},
        link: { serviceAccounts: { names: ['default'] }, as: ['imagePullSecrets'] },
        adopt: true,
      },
    ],
  })
  assert.match(conversionYaml(conversion), /gcrurl .*other clouds/)
})

test('a Deployment that refreshed labelled Secrets is told what to run, and gets its integration', () => {
  const conversion = converted(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: argocd-ecr-updater, namespace: argocd}
spec: {template: {spec: {containers: [{image: karlderkaefer/argocd-ecr-updater:1.4.6, args: [--interval=6h, --namespace, argo]}]}}}
---
apiVersion: v1
kind: Secret
metadata: {name: charts, namespace: argo, labels: {argocd-ecr-updater: enabled, argocd.argoproj.io/secret-type: repo-creds}}
stringData: {url: ${HOST}}`)
  assert.deepEqual(specsOf(conversion), {
    'EcrIntegration default': {
      region: 'eu-west-1',
      auth: { ambient: {} },
      sharing: { namespaces: { names: ['argo'] } },
    },
  })
  const yaml = conversionYaml(conversion)
  assert.match(yaml, /everpull operator --dialect argocd,everpull --argocd-namespace argo\n/)
  assert.match(yaml, /6h has no counterpart/)
  assert.match(yaml, /Secret argo\/charts .*\n# it is served as it is/)
})

test('what has nothing to do with ECR is named, and passed over', () => {
  const conversion = converted('{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}')
  assert.deepEqual(conversion.unfinished, [])
  assert.match(conversionYaml(conversion), /# ConfigMap default\/c \(f\.yaml\):\n# passed over/)
})

test('what is no manifest or no YAML is said without quoting it', () => {
  assert.match(converted('{a: hunter2}').unfinished.join(), /no manifest/)
  const broken = converted('a: [hunter2')
  assert.match(broken.unfinished.join(), /f\.yaml is no YAML/)
  assert.doesNotMatch(broken.unfinished.join(), /hunter2/)
})
