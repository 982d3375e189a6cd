// This file is about how a key gets to where the operator reads it while a connection is tested: brought along, or fetched.
import { TEST_LABEL } from '../dialects/everpull/integration-kind.ts'
import { conditionOf } from '../dialects/everpull/conditions.ts'
import { isNotFound, KubeError } from '../kube/error.ts'
import { apiVersionOf, type KubeObject, type ResourceType, SECRETS } from '../kube/resource.ts'
import { createObject, getObject } from '../kube/writes.ts'
import { secretsOf } from '../look-around.ts'
import type { Owner } from '../model/resource.ts'
import { type HeldKey, keyData } from '../operator/adapters/key-secret.ts'
import { CommandFailure } from '../operator/commands.ts'
import type { SecretPart, Tested } from '../operator/commands/integrations.ts'
import { heldKey, type Home } from './tested-spec.ts'

export const FIELD_MANAGER = 'everpull-test'
export const LABELS = { [TEST_LABEL]: 'true' }

/** What is called off while it is on its way may arrive after its removal: what creates is waited for. */
const NEVER = new AbortController().signal

/** An object of the name that the Secret has too. */
export interface LentKey {
  readonly type: ResourceType
  /** For people: what is being done. */
  readonly doing: string
  /** Its Secret comes a while later, or never. */
  readonly isFetched: boolean
  /** Whoever deletes the integration has Kubernetes delete what was lent to it. */
  create(owner: KubeObject): Promise<void>
}

const EXTERNAL_SECRETS: ResourceType = {
  group: 'external-secrets.io',
  version: 'v1',
  plural: 'externalsecrets',
  kind: 'ExternalSecret',
  namespaced: true,
}

type External = Extract<SecretPart, { is: 'external' }>

/** Undefined where the operator has all it needs. */
export function lentKey(tested: Tested, home: Home): LentKey | undefined {
  const { operatorNamespace, secretName } = home
  const where = `${operatorNamespace}/${secretName}`
  const held = heldKey(tested)
  if (held !== undefined) {
    const doing = `lending the key to the operator in Secret ${where}`
    return { type: SECRETS, doing, isFetched: false, create: (owner) => createSecret(home, held, owner) }
  }
  const access = tested.is === 'settings' ? tested.settings.access : undefined
  if (access?.is !== 'access-key' || access.secret.is !== 'external') return undefined
  const { secret } = access
  const doing = `having ExternalSecret ${where} fetch the key from ${secret.store.kind} ${secret.store.name}`
  return {
    type: EXTERNAL_SECRETS,
    doing,
    isFetched: true,
    create: (owner) => createExternal(home, secret, owner),
  }
}

async function createSecret({ client, ...home }: Home, key: HeldKey, owner: KubeObject): Promise<void> {
  const { secretName: name, operatorNamespace: namespace } = home
  const written = await secretsOf(client).write(
    {
      ref: { namespace, name },
      fieldManager: FIELD_MANAGER,
      type: 'Opaque',
      immutable: false,
      labels: LABELS,
      annotations: {},
      owners: ownersOf(owner),
      finalizers: [],
      data: keyData(key),
    },
    NEVER,
  )
  if (written.is === 'written') return
  const because = written.is === 'fault' ? written.message : `Secret ${namespace}/${name} is there already`
  throw new CommandFailure(
    `the key cannot be lent to the operator: ${because}; --here asks from this machine`,
  )
}

async function createExternal({ client, ...home }: Home, secret: External, owner: KubeObject): Promise<void> {
  const { secretName: name, operatorNamespace: namespace } = home
  const { store, remoteKey, property } = secret
  const object: KubeObject = {
    apiVersion: apiVersionOf(EXTERNAL_SECRETS),
    kind: EXTERNAL_SECRETS.kind,
    metadata: { name, namespace, labels: LABELS, ownerReferences: ownersOf(owner) },
    spec: {
      refreshInterval: '1h',
      secretStoreRef: { kind: store.kind, name: store.name },
      target: { name, creationPolicy: 'Owner', template: { metadata: { labels: LABELS } } },
      data: [
        {
          secretKey: 'aws_secret_access_key',
          remoteRef: { key: remoteKey, ...(property === undefined ? {} : { property }) },
        },
      ],
    },
  }
  try {
    await createObject(client, EXTERNAL_SECRETS, object, { fieldManager: FIELD_MANAGER })
  } catch (error) {
    if (!isNotFound(error)) throw error
    throw new CommandFailure(
      `the key cannot be fetched from ${store.kind} ${store.name}: the cluster has no ExternalSecret of ${object.apiVersion}, or no namespace ${namespace}`,
    )
  }
}

const ownersOf = ({ apiVersion, kind, metadata: { name, uid = '' } }: KubeObject): readonly Owner[] => [
  { apiVersion, kind, name, uid },
]

/** What External Secrets says of a key that did not come. */
export async function whyNotFetched(home: Home, { type }: LentKey): Promise<string> {
  const { client, operatorNamespace: namespace, secretName: name } = home
  try {
    const { status } = await getObject<KubeObject>(client, type, { namespace, name })
    return (
      conditionOf(status, 'Ready')?.message ?? 'External Secrets says nothing about it: does it run here?'
    )
  } catch (error) {
    if (error instanceof KubeError) return error.message
    throw error
  }
}
