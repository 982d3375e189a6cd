// This file is about the orders of a seed: every dialect, beside Secrets that are somebody else's.
import type { ObjectText } from './api-objects.ts'
import { OPERATOR_NAMESPACE } from './accounts.ts'

export const ACCOUNT = '123456789012'
export const REGIONS = { west: 'us-west-1', east: 'us-east-2' } as const
export const hostIn = (region: string): string => `${ACCOUNT}.dkr.ecr.${region}.amazonaws.com`

export interface Key {
  readonly arn: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

const KEYS = 'aws'
const ESO = 'external-secrets.io/v1'
const GENERATORS = 'generators.external-secrets.io/v1alpha1'
const OURS = 'everpull.dev/v1alpha1'

export const namespaceText = (name: string): ObjectText => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name },
})

/** Orders outside of namespaces leave it out; applied as `namespaceText` it is open to them. */
export const closedNamespace = (name: string): ObjectText => ({
  ...namespaceText(name),
  metadata: { name, annotations: { 'everpull.dev/opt-out': 'true' } },
})

export const secretText = (
  namespace: string,
  name: string,
  stringData: Readonly<Record<string, string>>,
  rest: { readonly type?: string; readonly labels?: object; readonly annotations?: object } = {},
): ObjectText => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { namespace, name, labels: rest.labels ?? {}, annotations: rest.annotations ?? {} },
  ...(rest.type === undefined ? {} : { type: rest.type }),
  stringData,
})

export const keySecret = (namespace: string, { accessKeyId, secretAccessKey }: Key): ObjectText =>
  secretText(namespace, KEYS, { 'access-key': accessKeyId, 'secret-access-key': secretAccessKey })

/** Where the dialect of mobb looks for its identity. */
export const cloudCredentials = ({ accessKeyId, secretAccessKey }: Key): ObjectText =>
  secretText(OPERATOR_NAMESPACE, 'aws-ecr-cloud-credentials', {
    aws_access_key_id: accessKeyId,
    aws_secret_access_key: secretAccessKey,
  })

export const generatorText = (namespace: string, name: string, region: string): ObjectText => ({
  apiVersion: GENERATORS,
  kind: 'ECRAuthorizationToken',
  metadata: { namespace, name },
  spec: {
    region,
    auth: {
      secretRef: {
        accessKeyIDSecretRef: { name: KEYS, key: 'access-key' },
        secretAccessKeySecretRef: { name: KEYS, key: 'secret-access-key' },
      },
    },
  },
})

const externalSecret = (namespace: string, name: string, generator: string, target: object): ObjectText => ({
  apiVersion: ESO,
  kind: 'ExternalSecret',
  metadata: { namespace, name },
  spec: {
    refreshInterval: '8h',
    target,
    dataFrom: [
      {
        sourceRef: {
          generatorRef: { apiVersion: GENERATORS, kind: 'ECRAuthorizationToken', name: generator },
        },
      },
    ],
  },
})

/** A pull secret by a template, as most who use External Secrets write it. */
export const templatedConfig = (namespace: string, name: string, region: string): ObjectText =>
  externalSecret(namespace, name, name, {
    name,
    template: {
      type: 'kubernetes.io/dockerconfigjson',
      data: {
        '.dockerconfigjson': `{"auths":{"${hostIn(region)}":{"auth":"{{ printf "AWS:%s" .password | b64enc }}"}}}`,
      },
    },
  })

/** The recipe for Argo CD: only the password of a repository Secret is ours. */
export const mergedPassword = (namespace: string, name: string, generator: string): ObjectText =>
  externalSecret(namespace, name, generator, {
    name,
    creationPolicy: 'Merge',
    template: { data: { password: '{{ .password }}' } },
  })

/** As `argocd repo add` makes it. */
export const argoRepository = (namespace: string, name: string, region: string): ObjectText =>
  secretText(
    namespace,
    name,
    {
      url: hostIn(region),
      name: 'charts',
      type: 'helm',
      enableOCI: 'true',
      username: 'AWS',
      password: 'an-old-password',
    },
    {
      labels: { 'argocd.argoproj.io/secret-type': 'repository' },
      annotations: { 'managed-by': 'argocd.argoproj.io' },
    },
  )

export const mobbSecret = (namespace: string, name: string, region: string): ObjectText => ({
  apiVersion: 'ecr.mobb.redhat.com/v1alpha1',
  kind: 'Secret',
  metadata: { namespace, name },
  spec: { generated_secret_name: name, ecr_registry: hostIn(region), frequency: '10h', region },
})

const accessKey = (keyNamespace?: string): object => ({
  accessKey: {
    secretName: KEYS,
    accessKeyIdKey: 'access-key',
    secretAccessKeyKey: 'secret-access-key',
    ...(keyNamespace === undefined ? {} : { namespace: keyNamespace }),
  },
})

export const registryLogin = (
  namespace: string,
  name: string,
  region: string,
  output: object,
): ObjectText => ({
  apiVersion: OURS,
  kind: 'RegistryLogin',
  metadata: { namespace, name },
  spec: {
    registries: [{ account: ACCOUNT, region }],
    identity: accessKey(),
    outputs: [{ secretName: name, ...output }],
  },
})

export const clusterLogin = (
  name: string,
  region: string,
  { namespaces, keyNamespace, secretName }: ClusterLogin,
): ObjectText => ({
  apiVersion: OURS,
  kind: 'ClusterRegistryLogin',
  metadata: { name },
  spec: {
    registries: [{ account: ACCOUNT, region }],
    identity: accessKey(keyNamespace),
    namespaces: { names: namespaces },
    outputs: [{ secretName, dockerConfig: { merge: true } }],
  },
})

export interface ClusterLogin {
  readonly namespaces: readonly string[]
  readonly keyNamespace: string
  readonly secretName: string
}

/** A docker config with a host of somebody else's. */
export const foreignConfig = (namespace: string, name: string, host: string, auth: string): ObjectText =>
  secretText(
    namespace,
    name,
    { '.dockerconfigjson': JSON.stringify({ auths: { [host]: { auth } } }) },
    { type: 'kubernetes.io/dockerconfigjson' },
  )
