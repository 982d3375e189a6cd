// This file is about the certificate that Secrets are sealed with: which one of a bundle, and whether it may be used.
import { X509Certificate } from 'node:crypto'
import type { SealingCertificate } from './sealing.ts'

export type CertificateRead =
  | { readonly is: 'certificate'; readonly certificate: SealingCertificate }
  /** A sentence without a subject that says what to do. */
  | { readonly is: 'wrong'; readonly because: string }

const BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/
const FETCH = 'kubeseal --fetch-cert prints the one that is used now'

/**
 * The first certificate of a bundle, as kubeseal takes it: the controller gives its newest first.
 * It is trusted as it is, so whoever uses it should show its fingerprint.
 */
export function readCertificate(pem: string, now: Date): CertificateRead {
  const block = BLOCK.exec(pem)?.[0]
  if (block === undefined) return wrong(noCertificate(pem))
  const read = parsed(block)
  if (read === undefined) return wrong(`holds a damaged certificate; ${FETCH}`)
  if (read.publicKey.asymmetricKeyType !== 'rsa')
    return wrong(`holds a certificate without an RSA key, so it is none of Sealed Secrets; ${FETCH}`)
  const notAfter = new Date(read.validTo)
  if (now > notAfter)
    return wrong(`holds a certificate that expired on ${notAfter.toISOString().slice(0, 10)}; ${FETCH}`)
  return { is: 'certificate', certificate: { pem: `${block}\n`, fingerprint: read.fingerprint256, notAfter } }
}

const wrong = (because: string): CertificateRead => ({ is: 'wrong', because })

const noCertificate = (pem: string): string =>
  pem.includes('PRIVATE KEY-----')
    ? `holds a private key, and no certificate: keep it to yourself; ${FETCH}`
    : `holds no certificate in PEM ("-----BEGIN CERTIFICATE-----"); ${FETCH}`

function parsed(block: string): X509Certificate | undefined {
  try {
    return new X509Certificate(block)
  } catch {
    return undefined
  }
}
