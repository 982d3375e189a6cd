// This file is about attempts by naming: what is alice's, or the operator's, in every field that names something.
import { attempt, type Attempt, ownWhereAmbient, ownWithAccounts } from './attempt.ts'
import {
  account,
  accountOf,
  ALICE,
  external,
  generated,
  generator,
  generatorRef,
  helmRepo,
  keySecret,
  keysIn,
  login,
  MALLORY,
  type Manifest,
  mobb,
  object,
  secret,
  through,
  withKeys,
} from './manifests.ts'
import { HOST, roleArn } from './names.ts'
import { integration } from './stage.ts'

const inAlice = (manifest: Manifest): Manifest => ({
  ...manifest,
  metadata: { ...manifest.metadata, namespace: ALICE },
})

const clusterWide = (apiVersion: string, kind: string, name: string, spec: object): Manifest => ({
  apiVersion,
  kind,
  metadata: { name },
  spec,
})

export const NAMING: readonly Attempt[] = [
  attempt('has a generator read an access key in the namespace of alice', (name) =>
    generated(name, keysIn('alices-key', { namespace: ALICE })),
  ),
  attempt(
    'names the namespace of alice beside a Secret that both have, and gets her own',
    (name) => generated(name, keysIn('keys', { namespace: ALICE })),
    'own',
  ),
  attempt('has a generator use a service account in the namespace of alice', (name) =>
    generated(name, accountOf('only-alices', { namespace: ALICE })),
  ),
  attempt(
    'names the namespace of alice beside an account that both have, and gets the role of her own',
    (name) => generated(name, accountOf('puller', { namespace: ALICE })),
    ownWithAccounts,
  ),
  attempt('names the access key of alice in a RegistryLogin, with its namespace', (name) => [
    login(name, { accessKey: { secretName: 'alices-key', namespace: ALICE } }),
  ]),
  attempt("names the operator's copy of the access key of alice", (name) => [
    login(name, {
      accessKey: { secretName: 'alices-key', namespace: 'everpull', secretNamespace: 'everpull' },
    }),
  ]),
  attempt('names the service account of alice in a RegistryLogin, with its namespace', (name) => [
    login(name, { serviceAccount: { name: 'only-alices', namespace: ALICE } }),
  ]),
  ...['alices', 'alices-role', 'unshared', 'nobodys'].map((name) =>
    attempt(`names the integration ${name}`, (own) => [login(own, through(name))]),
  ),
  attempt('names no identity, hoping for a default that is not shared', (name) => [login(name, undefined)]),
  ...['jump/../alices', 'alices/', 'ALICES', '..', 'alices%00', ' alices'].map((name) =>
    attempt(
      `names an integration ${JSON.stringify(name)}`,
      (own) => [login(own, through(name))],
      'forbidden',
    ),
  ),
  ...['../../alice/secrets/alices-key', '..', 'alice/alices-key', 'alices-key?namespace=alice'].map((name) =>
    attempt(
      `names an access key ${name}`,
      (own) => [login(own, withKeys(name)), ...generated(`${own}-gen`, keysIn(name))],
      'forbidden',
    ),
  ),
  attempt('names a store of the cluster, and one of her own, to read Secrets of alice from', (name) => [
    external(name, [], {
      secretStoreRef: { kind: 'ClusterSecretStore', name: 'kubernetes' },
      data: [{ secretKey: 'stolen', remoteRef: { key: 'alice/canary', property: 'text' } }],
      dataFrom: [
        { extract: { key: 'canary' }, sourceRef: { storeRef: { kind: 'SecretStore', name: 'alice' } } },
      ],
    }),
  ]),
  attempt('uses a generator of the cluster that reads a key where it is used', (name) => [
    external(name, [generatorRef('with-keys', 'ClusterGenerator')]),
  ]),
  attempt(
    'uses a generator of the cluster that asks as the operator',
    (name) => [external(name, [generatorRef('of-the-operator', 'ClusterGenerator')])],
    ownWhereAmbient,
  ),
  attempt(
    'uses a generator of the cluster that assumes a role as the operator',
    (name) => [external(name, [generatorRef('of-an-open-role', 'ClusterGenerator')])],
    ownWhereAmbient,
  ),
  attempt('uses the generator of alice by its name alone', (name) => [
    external(name, [generatorRef('repo')]),
  ]),
  attempt(
    'names a Secret as a generator',
    (name) => [external(name, [generatorRef('keys', 'Secret', 'v1')])],
    'forbidden',
  ),
  attempt('names a generator that says nothing of who asks', (name) => generated(name, {}), ownWhereAmbient),
  attempt(
    'asks for a session of the operator itself',
    (name) => [
      object('generators.external-secrets.io/v1alpha1', 'STSSessionToken', name, {
        spec: { region: 'us-west-1' },
      }),
      external(name, [generatorRef(name, 'STSSessionToken')]),
    ],
    ownWhereAmbient,
  ),
  attempt(
    'has a kind of ecr.mobb.redhat.com, which knows the operator alone, write a Secret',
    (name) => [mobb(name)],
    ownWhereAmbient,
  ),
  attempt(
    'has the other kind of ecr.mobb.redhat.com write one, for a host of her own',
    (name) => [helmRepo(name, { url: 'registry.mallory.example' })],
    ownWhereAmbient,
  ),
  attempt(
    "puts a Secret of the name that holds the operator's credentials into her own namespace",
    (name, { mallorysKey }) => [keySecret(MALLORY, 'aws-ecr-cloud-credentials', mallorysKey), mobb(name)],
    ownWhereAmbient,
  ),
  attempt(
    'has Secrets written into the namespace of alice, by a path for a name',
    (name) => [
      login(name, withKeys('keys'), { outputs: [{ secretName: '../../alice/secrets/ecr', basicAuth: {} }] }),
      ...generated(`${name}-gen`, keysIn('keys'), { target: { name: '../../alice/secrets/ecr' } }),
    ],
    'forbidden',
  ),
  attempt('has a Secret of ecr.mobb.redhat.com written by a path', (name) => [
    mobb(name, { generated_secret_name: '../../alice/secrets/ecr' }),
  ]),
  attempt(
    'names the namespace of alice beside the target, and writes her own',
    (name) => generated(name, keysIn('keys'), { target: { name, namespace: ALICE } }),
    'own',
  ),
  attempt(
    'calls her targets as alice calls hers, earlier in the alphabet',
    (name) => generated(name, keysIn('keys'), { target: { name: 'ecr' } }),
    'nothing',
  ),
  attempt(
    'orders in the namespace of alice',
    (name) => [
      inAlice(login(name, through('alices'))),
      inAlice(generator(name, {})),
      inAlice(external(name, [generatorRef('repo')])),
      inAlice(mobb(name)),
      inAlice(secret(name, { text: 'mallory was here' })),
      inAlice(account(name)),
    ],
    'forbidden',
  ),
  attempt(
    'makes what belongs to whoever owns the cluster',
    (name) => [
      integration(name, { iamRole: { roleArn: roleArn('alice-open') } }, { names: [MALLORY] }),
      clusterWide('everpull.dev/v1alpha1', 'ClusterRegistryLogin', name, {
        namespaces: { names: [MALLORY] },
        registries: [{ host: HOST }],
        identity: { accessKey: { secretName: 'alices-key', namespace: ALICE } },
        outputs: [{ secretName: name, basicAuth: {} }],
      }),
      clusterWide('external-secrets.io/v1', 'ClusterExternalSecret', name, {
        namespaces: [ALICE],
        externalSecretSpec: { dataFrom: [generatorRef('keys')], target: { name: 'ecr' } },
      }),
      clusterWide('generators.external-secrets.io/v1alpha1', 'ClusterGenerator', name, {
        kind: 'ECRAuthorizationToken',
        generator: { ecrAuthorizationTokenSpec: { region: 'us-west-1' } },
      }),
      object('rbac.authorization.k8s.io/v1', 'RoleBinding', name, {
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: MALLORY }],
      }),
    ],
    'forbidden',
  ),
]
