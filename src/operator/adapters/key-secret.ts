// This file is about an access key that somebody holds in their hands, as the Secret that it would be kept in.
import { SecretData, type SecretText } from '../../base/secret-text.ts'
import type { CurrentSecret } from '../../engine/ports.ts'
import { fault } from '../../model/fault.ts'
import { type SecretRef, secretKey } from '../../model/ref.ts'
import type { CredentialStore } from './secret-reader.ts'

/** Where EcrIntegrations look unless told otherwise. */
const SECRET_KEY = 'aws_secret_access_key'
export const TOKEN_KEY = 'aws_session_token'

export interface HeldKey {
  readonly secretAccessKey: SecretText
  readonly sessionToken?: SecretText
}

export function keyData({ secretAccessKey, sessionToken }: HeldKey): SecretData {
  const entries: (readonly [string, Buffer])[] = [[SECRET_KEY, Buffer.from(secretAccessKey.reveal())]]
  if (sessionToken !== undefined) entries.push([TOKEN_KEY, Buffer.from(sessionToken.reveal())])
  return new SecretData(new Map(entries))
}

/** No cluster is asked: there is this one, or none. */
export function storeOf(ref: SecretRef, key: HeldKey | undefined): CredentialStore {
  const secret = key === undefined ? undefined : asSecret(ref, keyData(key))
  return {
    glance: () => 'unknown',
    async read(asked) {
      if (secret !== undefined && secretKey(asked) === secretKey(ref)) return secret
      return fault('credential-missing', `Secret ${secretKey(asked)} is in a cluster, and none is asked`)
    },
  }
}

const asSecret = (ref: SecretRef, data: SecretData): CurrentSecret => ({
  is: 'secret',
  ref,
  uid: '',
  resourceVersion: '',
  type: 'Opaque',
  immutable: false,
  deleting: false,
  labels: {},
  annotations: {},
  owners: [],
  finalizers: [],
  data,
  ownedBy: () => ({ data: new Set(), labels: new Set(), annotations: new Set() }),
})
