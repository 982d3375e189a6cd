// This file is about integrations of ours in the layout of Codefresh: two files in a folder, and what they cannot carry.
import type { EcrIntegrationSpec } from '../dialects/everpull/integration-schema.ts'
import { CONFIG_ENTITY, ECR_TYPE, ENTITY, NAME, SECRET_ENTITY, TYPE } from './codefresh-objects.ts'
import { isClusterWide, mapIn } from './codefresh-secret.ts'
import { newText } from './edited-text.ts'
import { folderOf } from './placement.ts'
import { CLUSTER_WIDE, SECRET_ACCESS_KEY } from './secret-manifests.ts'
import type { Placement, WrittenObject } from './tree.ts'

export interface RenderAsked {
  readonly name: string
  readonly spec: EcrIntegrationSpec
  /** One at least. */
  readonly placements: readonly Placement[]
  /** Of an access key: its secret sealed for the whole cluster, or the sealed secret that there is. */
  readonly secret?:
    | { readonly is: 'sealed'; readonly secretAccessKey: string }
    | { readonly is: 'existing'; readonly object: WrittenObject }
}

export interface Rendered {
  readonly files: readonly { readonly path: string; readonly text: string }[]
  /** What their format cannot carry. */
  readonly lost: readonly string[]
  /** What is missing for it to work there. */
  readonly open: readonly string[]
}

/** By the pattern of their other registries: nobody outside has seen an example of this one. */
const KEYS = {
  region: 'region',
  role: 'role',
  accessKeyId: 'access_key_id',
  secretAccessKey: 'secret_access_key',
} as const

const CONFIG_FILE = 'integration.config.yaml'
const SECRET_FILE = 'integration.secret.yaml'

export function renderCodefresh(asked: RenderAsked): Rendered {
  const { name, spec, placements } = asked
  const open: string[] = []
  const config = configMap(name, spec, open)
  const secret = spec.auth.accessKey === undefined ? undefined : sealedSecretFor(asked, open)
  const files = placements.flatMap((placement) => {
    const folder = folderOf(placement, name)
    return [
      { path: `${folder}/${CONFIG_FILE}`, text: newText(CONFIG_FILE, config) },
      ...(secret === undefined
        ? []
        : [{ path: `${folder}/${SECRET_FILE}`, text: newText(SECRET_FILE, secret) }]),
    ]
  })
  return { files, lost: lostOf(spec), open }
}

function configMap(name: string, spec: EcrIntegrationSpec, open: string[]): WrittenObject {
  const { auth, region } = spec
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, labels: { [ENTITY]: CONFIG_ENTITY, [TYPE]: ECR_TYPE } },
    data: { [KEYS.region]: region, ...whoIn(auth, open) },
  }
}

function whoIn(auth: EcrIntegrationSpec['auth'], open: string[]): Readonly<Record<string, string>> {
  if (auth.iamRole !== undefined) {
    const { roleArn } = auth.iamRole
    if (!roleArn.startsWith('arn:'))
      open.push(`role ${roleArn} is named without its account: Codefresh takes an ARN only`)
    return { [KEYS.role]: roleArn }
  }
  if (auth.accessKey !== undefined) {
    const { accessKeyId } = auth.accessKey
    if (accessKeyId !== undefined) return { [KEYS.accessKeyId]: accessKeyId }
    open.push(
      `the access key id is in the Secret, and Codefresh wants it under ${KEYS.accessKeyId} of the ConfigMap: write it there`,
    )
    return {}
  }
  open.push('it uses the identity of the operator itself, for which Codefresh has no mode: give it a role')
  return {}
}

function sealedSecretFor({ name, spec, secret }: RenderAsked, open: string[]): WrittenObject | undefined {
  if (secret === undefined) {
    open.push(
      'its secret access key is not known here: give it, so that it can be sealed for the whole cluster',
    )
    return undefined
  }
  const sealed = secret.is === 'sealed' ? secret.secretAccessKey : sealedValue(secret.object, spec)
  if (sealed === undefined) {
    open.push(
      `${secret.is === 'existing' ? `SealedSecret ${secret.object.metadata.name}` : 'it'} opens in one place only, or has no such key: give the secret access key, so that it can be sealed for the whole cluster`,
    )
    return undefined
  }
  const labels = { [ENTITY]: SECRET_ENTITY, [NAME]: name, [TYPE]: ECR_TYPE }
  const annotations = { [CLUSTER_WIDE]: 'true' }
  return {
    apiVersion: 'bitnami.com/v1alpha1',
    kind: 'SealedSecret',
    metadata: { name, labels, annotations },
    spec: {
      encryptedData: { [KEYS.secretAccessKey]: sealed },
      template: { metadata: { name, labels, annotations } },
    },
  }
}

/** Sealed for the whole cluster, a value is bound neither to its name nor to its key. */
function sealedValue(object: WrittenObject, { auth }: EcrIntegrationSpec): string | undefined {
  if (!isClusterWide(object)) return undefined
  const key = auth.accessKey?.secretAccessKeyKey ?? SECRET_ACCESS_KEY
  const value = mapIn(mapIn(object['spec'])['encryptedData'])[key]
  return typeof value === 'string' ? value : undefined
}

/** By the part of a spec, what is said of it. */
function lostOf(spec: EcrIntegrationSpec): readonly string[] {
  const { auth, registries, sharing, allowedRoles, probe, ciAccess } = spec
  const { externalId, sessionName, tags, duration, chain } = auth.iamRole ?? {}
  const parts: readonly (readonly [unknown, string])[] = [
    [registries, 'which registries it stands for'],
    [sharing, 'with which namespaces it is shared: whoever can name it there can use it'],
    [allowedRoles, 'which roles its users may go on to'],
    [probe, 'how it is tested'],
    [externalId, 'the external id, without which AWS refuses a role that asks for one'],
    [sessionName, 'the name of its sessions'],
    [tags, 'the tags of its sessions'],
    [duration, 'how long its sessions live'],
    [chain, 'the roles assumed from the first one on: only the first is assumed there'],
    [auth.accessKey?.sessionTokenKey, 'the session token, without which a temporary key does not work'],
    [ciAccess, 'which CI may log in by its name'],
  ]
  return parts.filter(([part]) => part !== undefined).map(([, what]) => what)
}
