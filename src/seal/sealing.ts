// This file is about what sealing a Secret takes and gives: data only the holder of the controller's key can read again.
import type { SecretText } from '../base/secret-text.ts'

/** Which Secret the controller unseals it into; `strict`: this name in this namespace and no other. */
export type SealScope =
  | { readonly is: 'strict'; readonly namespace: string; readonly name: string }
  | { readonly is: 'cluster-wide' }

/** The controller's certificate, checked: RSA, and still valid. */
export interface SealingCertificate {
  readonly pem: string
  /** SHA-256 of its DER, "AA:BB:…", as openssl prints it. */
  readonly fingerprint: string
  readonly notAfter: Date
}

/** The value of one key of `spec.encryptedData`, base64. */
export type Seal = (value: SecretText, scope: SealScope, certificate: SealingCertificate) => string
