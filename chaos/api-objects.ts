// This file is about writing objects past every front, as people do: again and again while the API server does not answer.
import { setTimeout as pause } from 'node:timers/promises'
import type { ApiClient } from '../sandbox/control-plane/api-client.ts'

export interface ObjectText {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly [field: string]: unknown
  }
  readonly [field: string]: unknown
}

export interface Written {
  readonly metadata: { readonly uid: string; readonly resourceVersion: string }
}

const PLURALS: Readonly<Record<string, string>> = {
  Namespace: 'namespaces',
  Secret: 'secrets',
  ServiceAccount: 'serviceaccounts',
  ECRAuthorizationToken: 'ecrauthorizationtokens',
  ExternalSecret: 'externalsecrets',
  RegistryLogin: 'registrylogins',
  ClusterRegistryLogin: 'clusterregistrylogins',
}

const RETRY_MS = 200
/** Longer than any fault lasts and mends. */
const LIMIT_MS = 30_000

export function pathOf({ apiVersion, kind, metadata }: ObjectText): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  const place = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`
  return `${root}${place}/${PLURALS[kind] ?? kind}/${metadata.name}`
}

/** Tries until it is done; what a server says that answers is not tried again, unless it is overloaded or starting. */
export async function insist(
  api: ApiClient,
  method: string,
  path: string,
  body?: unknown,
  contentType?: string,
): Promise<{ readonly status: number; readonly body: string }> {
  const end = performance.now() + LIMIT_MS
  for (;;) {
    const answer = await api.call(method, path, body, contentType).catch((error: unknown) => ({
      status: 0,
      body: String(error),
    }))
    const isAnswer = answer.status !== 0 && answer.status !== 429 && answer.status < 500
    if (isAnswer || performance.now() > end) return answer
    await pause(RETRY_MS)
  }
}

/** Server-side apply, as somebody who is not the operator. */
export async function apply(api: ApiClient, object: ObjectText): Promise<Written> {
  const path = `${pathOf(object)}?fieldManager=somebody&force=true`
  const ask = (): ReturnType<typeof insist> =>
    insist(api, 'PATCH', path, object, 'application/apply-patch+yaml')
  const first = await ask()
  // Somebody else made it in the same moment.
  const { status, body } = first.status === 409 ? await ask() : first
  if (status !== 200 && status !== 201) throw new Error(`${object.kind} ${object.metadata.name}: ${body}`)
  return JSON.parse(body) as Written
}

/** Undefined when there is no such object. */
export async function mergePatch(
  api: ApiClient,
  object: ObjectText,
  patch: object,
): Promise<Written | undefined> {
  const path = `${pathOf(object)}?fieldManager=somebody`
  const { status, body } = await insist(api, 'PATCH', path, patch, 'application/merge-patch+json')
  if (status === 404) return undefined
  if (status !== 200) throw new Error(`${object.kind} ${object.metadata.name}: ${body}`)
  return JSON.parse(body) as Written
}

export async function remove(api: ApiClient, object: ObjectText): Promise<void> {
  const { status, body } = await insist(api, 'DELETE', pathOf(object))
  if (![200, 202, 404].includes(status)) throw new Error(`${object.kind} ${object.metadata.name}: ${body}`)
}
