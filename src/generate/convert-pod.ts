// This file is about what other tools are told by their pods: images, arguments and variables of Deployments and CronJobs.
import { type Bench, findManifest, openText } from './convert-bench.ts'
import type { IntegrationDraft, Remarks } from './convert-draft.ts'
import {
  type Fields,
  fieldsAt,
  isFields,
  listAt,
  type Manifest,
  textAt,
  textsAt,
} from './convert-manifests.ts'

export interface Pod {
  readonly manifest: Manifest
  readonly images: readonly string[]
  readonly arguments: readonly string[]
  readonly variables: ReadonlyMap<string, Variable>
  readonly serviceAccount: string
  /** Of a CronJob. */
  readonly schedule?: string
}

export type Variable =
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'in-secret'; readonly secret: string; readonly key: string }
  | { readonly is: 'in-config-map'; readonly configMap: string; readonly key: string }

const TEMPLATES: readonly (readonly string[])[] = [
  ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
  ['spec', 'template', 'spec'],
  ['spec'],
]

/** Undefined for what runs no containers. */
export function podOf(manifest: Manifest, bench: Bench): Pod | undefined {
  const path = TEMPLATES.find((each) => listAt(manifest.object, ...each, 'containers').length > 0)
  if (path === undefined) return undefined
  const pod = fieldsAt(manifest.object, ...path)
  const containers = listAt(pod, 'containers').filter(isFields)
  const schedule = textAt(manifest.object, 'spec', 'schedule')
  return {
    manifest,
    images: containers.flatMap((one) => textAt(one, 'image') ?? []),
    arguments: containers.flatMap((one) => [...listAt(one, 'command'), ...listAt(one, 'args')].map(String)),
    variables: new Map([
      ...containers.flatMap((one) => wholeSources(one, manifest.namespace, bench)),
      ...containers.flatMap((one) => listAt(one, 'env').filter(isFields).flatMap(variableIn)),
    ]),
    serviceAccount: textAt(pod, 'serviceAccountName') ?? textAt(pod, 'serviceAccount') ?? 'default',
    ...(schedule === undefined ? {} : { schedule }),
  }
}

/** Every key of a Secret or ConfigMap as a variable: known where that is among the manifests. */
function wholeSources(
  container: Fields,
  namespace: string,
  bench: Bench,
): readonly (readonly [string, Variable])[] {
  return listAt(container, 'envFrom').flatMap((source): readonly (readonly [string, Variable])[] => {
    const [secret, configMap] = [textAt(source, 'secretRef', 'name'), textAt(source, 'configMapRef', 'name')]
    const prefix = textAt(source, 'prefix') ?? ''
    if (secret !== undefined) {
      const { object } = findManifest(bench, 'Secret', secret, namespace) ?? {}
      const keys = [...Object.keys(fieldsAt(object, 'data')), ...Object.keys(fieldsAt(object, 'stringData'))]
      return keys.map((key) => [`${prefix}${key}`, { is: 'in-secret', secret, key }])
    }
    if (configMap === undefined) return []
    const { object } = findManifest(bench, 'ConfigMap', configMap, namespace) ?? {}
    return Object.keys(textsAt(object, 'data')).map((key) => [
      `${prefix}${key}`,
      { is: 'in-config-map', configMap, key },
    ])
  })
}

function variableIn(entry: Fields): readonly (readonly [string, Variable])[] {
  const name = textAt(entry, 'name')
  if (name === undefined) return []
  const [inSecret, inConfigMap] = [
    fieldsAt(entry, 'valueFrom', 'secretKeyRef'),
    fieldsAt(entry, 'valueFrom', 'configMapKeyRef'),
  ]
  const [secret, configMap] = [textAt(inSecret, 'name'), textAt(inConfigMap, 'name')]
  if (secret !== undefined) {
    return [[name, { is: 'in-secret', secret, key: textAt(inSecret, 'key') ?? '' }]]
  }
  if (configMap !== undefined) {
    return [[name, { is: 'in-config-map', configMap, key: textAt(inConfigMap, 'key') ?? '' }]]
  }
  return [[name, { is: 'text', text: textAt(entry, 'value') ?? '' }]]
}

/**
 * What a variable that is no secret says; from a Secret or ConfigMap only where that is among the manifests. What
 * cannot be known is left to do.
 */
export function told(pod: Pod, name: string, bench: Bench, remarks: Remarks): string | undefined {
  const variable = pod.variables.get(name)
  const { namespace } = pod.manifest
  if (variable === undefined) return undefined
  if (variable.is === 'text') return variable.text
  const text =
    variable.is === 'in-secret'
      ? openText(bench, namespace, variable.secret, variable.key)
      : textAt(findManifest(bench, 'ConfigMap', variable.configMap, namespace)?.object, 'data', variable.key)
  if (text !== undefined) return text.trim()
  const where = variable.is === 'in-secret' ? `Secret ${variable.secret}` : `ConfigMap ${variable.configMap}`
  remarks.leave(
    `${name} stands in ${where} under ${variable.key}: give its manifest too, or write the value here`,
  )
  return undefined
}

/** `--flag=value`, `--flag value` or `-flag value`. */
export function flagOf(pod: Pod, flag: string): string | undefined {
  const words = pod.arguments
  for (const [index, word] of words.entries()) {
    const [name, value] = /^--?([^=]+)(?:=(.*))?$/s.exec(word)?.slice(1) ?? []
    if (name === flag) return value ?? words[index + 1]
  }
  return undefined
}

/** Variables that none of these names tells of: whoever reads the result should know. */
export function tellOthers(pod: Pod, known: readonly string[], remarks: Remarks): void {
  const others = [...pod.variables.keys()].filter((name) => !known.includes(name))
  if (others.length > 0) remarks.note(`no counterpart for ${others.join(', ')}`)
}

const ROLE_ANNOTATION = 'eks.amazonaws.com/role-arn'

/** The identity that the tool itself had: the keys of a Secret, or that of its pod. */
export function authOf(
  pod: Pod,
  role: string | undefined,
  bench: Bench,
  remarks: Remarks,
): Pick<IntegrationDraft['spec'], 'auth'> & { readonly notes: readonly string[] } {
  const [id, key, token] = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'].map((name) =>
    pod.variables.get(name),
  )
  const { namespace } = pod.manifest
  if (key?.is === 'in-secret') {
    if (role !== undefined) {
      remarks.leave(
        `it assumed ${role} with an access key: set assumeRoles in the login, and allowedRoles in the integration`,
      )
    }
    return {
      auth: { accessKey: { secretName: key.secret, secretNamespace: namespace, ...keysOf(id, key, token) } },
      notes: [],
    }
  }
  if (key?.is === 'text') {
    remarks.leave(
      'its access key stands in the manifest itself: put it into a Secret, and name that in spec.auth.accessKey of the integration',
    )
  }
  const annotated = findManifest(bench, 'ServiceAccount', pod.serviceAccount, namespace)?.annotations
  const web = annotated?.[ROLE_ANNOTATION]
  const auth = role === undefined ? { ambient: {} } : { iamRole: { roleArn: role } }
  const itself =
    web === undefined
      ? `${pod.manifest.kind} ${namespace}/${pod.manifest.name} asked as its own pod: give the operator of Everpull that identity in AWS too`
      : `service account ${namespace}/${pod.serviceAccount} asked as ${web}: annotate that of the operator of Everpull alike, and have the role trust it`
  return { auth, notes: [itself] }
}

function keysOf(
  id: Variable | undefined,
  key: Variable & { readonly is: 'in-secret' },
  token: Variable | undefined,
): Readonly<Record<string, string>> {
  const sameSecret = (one: Variable | undefined) =>
    one?.is === 'in-secret' && one.secret === key.secret ? one.key : undefined
  const [idKey, tokenKey] = [sameSecret(id), sameSecret(token)]
  const inline = id?.is === 'text' && /^[A-Z0-9]{16,128}$/.test(id.text) ? id.text : undefined
  return {
    ...(idKey === undefined ? {} : { accessKeyIdKey: idKey }),
    ...(inline === undefined ? {} : { accessKeyId: inline }),
    secretAccessKeyKey: key.key,
    ...(tokenKey === undefined ? {} : { sessionTokenKey: tokenKey }),
  }
}

export const hasImage = ({ images }: Pod, part: string): boolean =>
  images.some((image) => image.includes(part))
