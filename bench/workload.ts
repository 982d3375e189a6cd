// This file is about the workload: a thousand ExternalSecrets with the common template, over fifty namespaces.
import type { KubeClient } from '../src/kube/client.ts'
import { NAMESPACES, type ResourceType, SECRETS } from '../src/kube/resource.ts'
import { createObject } from '../src/kube/writes.ts'
import type { DemoPrincipals } from '../sandbox/aws/seed.ts'
import { inParallel } from './in-parallel.ts'

export const OBJECTS = 1000
export const NAMESPACE_COUNT = 50
/** Two users in two regions: four logins, however many objects. */
export const REGIONS = ['us-west-1', 'us-east-2'] as const
export const IDENTITIES = ['bot', 'publisher'] as const

const GENERATORS: ResourceType = {
  group: 'generators.external-secrets.io',
  version: 'v1alpha1',
  plural: 'ecrauthorizationtokens',
  kind: 'ECRAuthorizationToken',
  namespaced: true,
}
const EXTERNAL_SECRETS: ResourceType = {
  group: 'external-secrets.io',
  version: 'v1',
  plural: 'externalsecrets',
  kind: 'ExternalSecret',
  namespaced: true,
}

const TEMPLATE =
  '{"auths":{"{{ .proxy_endpoint | replace "https://" "" }}":{"username":"{{ .username }}","password":"{{ .password }}","auth":"{{ printf "%s:%s" .username .password | b64enc }}"}}}'

export const namespaceNames = (): readonly string[] =>
  Array.from({ length: NAMESPACE_COUNT }, (_, i) => `bench-${String(i).padStart(2, '0')}`)

export async function applyWorkload(admin: KubeClient, principals: DemoPrincipals): Promise<void> {
  const namespaces = namespaceNames()
  await inParallel(namespaces, 10, (namespace, i) => prepare(admin, principals, namespace, i))
  const objects = Array.from({ length: OBJECTS }, (_, i) => ({
    namespace: namespaces[i % NAMESPACE_COUNT] ?? '',
    name: `pull-${String(i).padStart(4, '0')}`,
  }))
  await inParallel(objects, 20, ({ namespace, name }) =>
    createObject(admin, EXTERNAL_SECRETS, externalSecret(namespace, name), { fieldManager: 'bench' }),
  )
}

async function prepare(
  admin: KubeClient,
  principals: DemoPrincipals,
  namespace: string,
  i: number,
): Promise<void> {
  const fieldManager = 'bench'
  const { accessKeyId, secretAccessKey } = principals[IDENTITIES[i % 2] ?? 'bot']
  const encode = (text: string): string => Buffer.from(text).toString('base64')
  await createObject(
    admin,
    NAMESPACES,
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    { fieldManager },
  )
  await createObject(
    admin,
    SECRETS,
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'aws', namespace },
      data: { id: encode(accessKeyId), key: encode(secretAccessKey) },
    },
    { fieldManager },
  )
  await createObject(admin, GENERATORS, generator(namespace, REGIONS[Math.floor(i / 2) % 2] ?? 'us-west-1'), {
    fieldManager,
  })
}

const generator = (namespace: string, region: string) => ({
  apiVersion: 'generators.external-secrets.io/v1alpha1',
  kind: 'ECRAuthorizationToken',
  metadata: { name: 'ecr', namespace },
  spec: {
    region,
    auth: {
      secretRef: {
        accessKeyIDSecretRef: { name: 'aws', key: 'id' },
        secretAccessKeySecretRef: { name: 'aws', key: 'key' },
      },
    },
  },
})

const externalSecret = (namespace: string, name: string) => ({
  apiVersion: 'external-secrets.io/v1',
  kind: 'ExternalSecret',
  metadata: { name, namespace },
  spec: {
    refreshInterval: '8h',
    target: {
      template: { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': TEMPLATE } },
    },
    dataFrom: [
      {
        sourceRef: {
          generatorRef: {
            apiVersion: 'generators.external-secrets.io/v1alpha1',
            kind: 'ECRAuthorizationToken',
            name: 'ecr',
          },
        },
      },
    ],
  },
})
