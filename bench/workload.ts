// This file is about the workload: ExternalSecrets with the common template, over many namespaces, for four logins in all.
import type { KubeClient } from '../src/kube/client.ts'
import { NAMESPACES, type ResourceType, SECRETS } from '../src/kube/resource.ts'
import { createObject, mergePatch } from '../src/kube/writes.ts'
import type { DemoPrincipals } from '../sandbox/aws/seed.ts'
import { inParallel } from './in-parallel.ts'
import { namespaceNames, type Scale } from './scale.ts'

/** Two users in two regions: four logins, however many objects. */
const REGIONS = ['us-west-1', 'us-east-2'] as const
const IDENTITIES = ['bot', 'publisher'] as const
export const LOGINS = REGIONS.length * IDENTITIES.length

export type Keys = Readonly<
  Record<(typeof IDENTITIES)[number], Pick<DemoPrincipals['bot'], 'accessKeyId' | 'secretAccessKey'>>
>

const FIELD_MANAGER = { fieldManager: 'bench' }

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

/** What most ExternalSecrets for ECR carry. */
export const TEMPLATE =
  '{"auths":{"{{ .proxy_endpoint | replace "https://" "" }}":{"username":"{{ .username }}","password":"{{ .password }}","auth":"{{ printf "%s:%s" .username .password | b64enc }}"}}}'

export async function applyWorkload(admin: KubeClient, keys: Keys, scale: Scale): Promise<void> {
  const namespaces = namespaceNames(scale)
  await inParallel(namespaces, 10, (namespace, i) => prepare(admin, keys, namespace, i))
  const objects = Array.from({ length: scale.objects }, (_, i) => ({
    namespace: namespaces[i % namespaces.length] ?? '',
    name: `pull-${String(i).padStart(5, '0')}`,
  }))
  await inParallel(objects, 20, ({ namespace, name }) =>
    createObject(admin, EXTERNAL_SECRETS, externalSecret(namespace, name), FIELD_MANAGER),
  )
}

/** Gives every namespace other access keys of the same users, so that each of its objects wants another login. */
export const replaceKeys = (admin: KubeClient, keys: Keys, scale: Scale): Promise<void> =>
  inParallel(namespaceNames(scale), 10, (namespace, i) =>
    mergePatch(admin, SECRETS, { namespace, name: 'aws' }, { data: keyData(keys, i) }, FIELD_MANAGER),
  )

async function prepare(admin: KubeClient, keys: Keys, namespace: string, i: number): Promise<void> {
  await createObject(
    admin,
    NAMESPACES,
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    FIELD_MANAGER,
  )
  await createObject(
    admin,
    SECRETS,
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'aws', namespace }, data: keyData(keys, i) },
    FIELD_MANAGER,
  )
  const region = REGIONS[Math.floor(i / 2) % 2] ?? 'us-west-1'
  await createObject(admin, GENERATORS, generator(namespace, region), FIELD_MANAGER)
}

function keyData(keys: Keys, i: number): { readonly id: string; readonly key: string } {
  const { accessKeyId, secretAccessKey } = keys[IDENTITIES[i % 2] ?? 'bot']
  const encode = (text: string): string => Buffer.from(text).toString('base64')
  return { id: encode(accessKeyId), key: encode(secretAccessKey) }
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
