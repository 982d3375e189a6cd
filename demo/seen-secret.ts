// This file is about a Secret as its users see it: what it holds, and how old the login in it is.
import { systemClock } from '../src/base/clock.ts'
import { readImprint } from '../src/engine/imprint.ts'
import type { Life } from '../src/model/login.ts'
import type { ApiClient } from '../sandbox/control-plane/api-client.ts'
import type { SecretValues } from './clients.ts'

export interface SecretName {
  readonly namespace: string
  readonly name: string
}

export interface SeenSecret {
  readonly values: SecretValues
  /** Of the login that the operator wrote; undefined before it wrote one. */
  readonly life: Life | undefined
}

const DELIVERY = 'everpull.dev/delivery-'

/** Reads it now, as Argo CD or a kubelet would before a pull; undefined when there is none. */
export async function readSecret(
  api: ApiClient,
  { namespace, name }: SecretName,
): Promise<SeenSecret | undefined> {
  const { status, body } = await api.call('GET', `/api/v1/namespaces/${namespace}/secrets/${name}`)
  if (status === 404) return undefined
  if (status !== 200) throw new Error(`Secret ${namespace}/${name} could not be read: ${status}`)
  const { data = {}, metadata } = JSON.parse(body) as {
    readonly data?: Record<string, string>
    readonly metadata: { readonly annotations?: Record<string, string> }
  }
  const values = Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()])
  const [, note] = Object.entries(metadata.annotations ?? {}).find(([key]) => key.startsWith(DELIVERY)) ?? []
  return {
    values: Object.fromEntries(values) as SecretValues,
    life: readImprint(note, systemClock.now())?.logins[0],
  }
}
