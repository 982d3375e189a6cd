// This file is about what sealing a Secret takes and gives: data only the holder of the controller's key can read again.
import { constants, createCipheriv, publicEncrypt, randomBytes } from 'node:crypto'
import type { SecretText } from '../base/secret-text.ts'

/** Which Secret the controller unseals it into; `strict`: this name in this namespace and no other. */
export type SealScope =
  | { readonly is: 'strict'; readonly namespace: string; readonly name: string }
  | { readonly is: 'cluster-wide' }

/** The controller's certificate, checked: RSA, and still valid. Read by `readCertificate`. */
export interface SealingCertificate {
  readonly pem: string
  /** SHA-256 of its DER, "AA:BB:…", as openssl prints it. */
  readonly fingerprint: string
  readonly notAfter: Date
}

/** The value of one key of `spec.encryptedData`, base64. */
export type Seal = (value: SecretText, scope: SealScope, certificate: SealingCertificate) => string

const SESSION_KEY_BYTES = 32
/** The session key seals one value and is never used again, so its nonce need not differ. */
const NONCE = Buffer.alloc(12)

/**
 * As kubeseal does it: a fresh AES-256-GCM key for the value, itself encrypted by RSA-OAEP with SHA-256 under the label
 * of the scope; before both, the length of the encrypted key in two bytes.
 */
export const seal: Seal = (value, scope, certificate) => {
  const sessionKey = randomBytes(SESSION_KEY_BYTES)
  const sealedKey = publicEncrypt(
    {
      key: certificate.pem,
      padding: constants.RSA_PKCS1_OAEP_PADDING,
      oaepHash: 'sha256',
      oaepLabel: Buffer.from(labelOf(scope)),
    },
    sessionKey,
  )
  const length = Buffer.alloc(2)
  length.writeUInt16BE(sealedKey.length)
  const cipher = createCipheriv('aes-256-gcm', sessionKey, NONCE)
  const sealed = [cipher.update(value.reveal(), 'utf8'), cipher.final(), cipher.getAuthTag()]
  return Buffer.concat([length, sealedKey, ...sealed]).toString('base64')
}

const labelOf = (scope: SealScope): string =>
  scope.is === 'strict' ? `${scope.namespace}/${scope.name}` : ''
