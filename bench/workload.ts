// This file is about the workload: ExternalSecrets with the common template, over many namespaces, for four logins in all.
import type { KubeClient } from '../src/kube/client.ts'
import { NAMESPACES, type ResourceType, SECRETS } from '../src/kube/resource.ts'
import { createObject, mergePatch } from '../src/kube/writes.ts'
import type { DemoPrincipals } from '../sandbox/aws/seed.ts'
import { inParallel } from './in-parallel.ts'
import { namespaceNames, type Spread } from './scale.ts'
import type { Wanted } from './comparison/minted.ts'

/** Two users in two regions: four logins, however many objects. */
const REGIONS = ['us-west-1', 'us-east-2'] as const
const IDENTITIES = ['bot', 'publisher'] as const
export const LOGINS = REGIONS.length * IDENTITIES.length

export type Keys = Readonly<
  Record<(typeof IDENTITIES)[number], Pick<DemoPrincipals['bot'], 'accessKeyId' | 'secretAccessKey'>>
>
type Arns = Readonly<Record<(typeof IDENTITIES)[number], Pick<DemoPrincipals['bot'], 'arn'>>>

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

/** One ExternalSecret; its Secret has the same name. */
export interface Order {
  readonly namespace: string
  readonly name: string
}

/** Where the objects of a spread lie, in the order they are made in. */
export const ordersOf = (spread: Spread): readonly Order[] => {
  const namespaces = namespaceNames(spread)
  return Array.from({ length: spread.objects }, (_, i) => ({
    namespace: namespaces[i % namespaces.length] ?? '',
    name: `pull-${String(i).padStart(5, '0')}`,
  }))
}

/** Namespaces with credentials and a generator each, and nothing ordered yet. */
export const prepareNamespaces = (admin: KubeClient, keys: Keys, spread: Spread): Promise<void> =>
  inParallel(namespaceNames(spread), 10, (namespace, i) => prepare(admin, keys, namespace, i))

export const placeOrder = (admin: KubeClient, order: Order, refreshInterval: string): Promise<unknown> =>
  createObject(admin, EXTERNAL_SECRETS, externalSecret(order, refreshInterval), FIELD_MANAGER)

/** The same for both operators: every object is to be given a new login now. */
export const forceSync = (admin: KubeClient, { namespace, name }: Order): Promise<unknown> =>
  mergePatch(
    admin,
    EXTERNAL_SECRETS,
    { namespace, name },
    { metadata: { annotations: { 'external-secrets.io/force-sync': String(Date.now()) } } },
    FIELD_MANAGER,
  )

/** What the Secret of each order must hold, by `namespace/name`. */
export function wishesOf(orders: readonly Order[], arns: Arns, spread: Spread): Map<string, Wanted> {
  const number = new Map(namespaceNames(spread).map((name, i) => [name, i]))
  return new Map(
    orders.map(({ namespace, name }) => {
      const i = number.get(namespace) ?? 0
      const principal = arns[identityOf(i)].arn
      const region = regionOf(i)
      const host = `${principal.split(':')[4]}.dkr.ecr.${region}.amazonaws.com`
      return [`${namespace}/${name}`, { principal, region, host }]
    }),
  )
}

const identityOf = (namespace: number) => IDENTITIES[namespace % 2] ?? 'bot'
const regionOf = (namespace: number) => REGIONS[Math.floor(namespace / 2) % 2] ?? 'us-west-1'

/** Gives every namespace other access keys of the same users, so that each of its objects wants another login. */
export const replaceKeys = (admin: KubeClient, keys: Keys, spread: Spread): Promise<void> =>
  inParallel(namespaceNames(spread), 10, (namespace, i) =>
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
  await createObject(admin, GENERATORS, generator(namespace, regionOf(i)), FIELD_MANAGER)
}

function keyData(keys: Keys, i: number): { readonly id: string; readonly key: string } {
  const { accessKeyId, secretAccessKey } = keys[identityOf(i)]
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

const externalSecret = ({ namespace, name }: Order, refreshInterval: string) => ({
  apiVersion: 'external-secrets.io/v1',
  kind: 'ExternalSecret',
  metadata: { name, namespace },
  spec: {
    refreshInterval,
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
