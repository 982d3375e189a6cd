// This file is about key pairs as the controller of Sealed Secrets makes them, for tests that seal.
import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'

export interface SealingKey {
  /** PEM, for whoever seals. */
  readonly certificate: string
  /** PEM (PKCS #8), for whoever unseals. */
  readonly privateKey: string
}

const RSA = {
  name: 'RSASSA-PKCS1-v1_5',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
  hash: 'SHA-256',
} as const
const CURVE = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

export interface SealingKeyOptions {
  /** The key of another kind that no sealing certificate has. */
  readonly kind?: 'rsa' | 'elliptic curve'
  readonly notAfter?: Date
}

/** A fresh key with a certificate signed by itself, valid from 2020 to 2120 unless told. */
export async function sealingKey({ kind = 'rsa', notAfter }: SealingKeyOptions = {}): Promise<SealingKey> {
  x509.cryptoProvider.set(webcrypto)
  const signingAlgorithm = kind === 'rsa' ? RSA : CURVE
  const keys = await webcrypto.subtle.generateKey(signingAlgorithm, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=test sealing key',
    serialNumber: '17',
    notBefore: new Date('2020-01-01T00:00:00Z'),
    notAfter: notAfter ?? new Date('2120-01-01T00:00:00Z'),
    signingAlgorithm,
    keys,
  })
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey))
  return { certificate: `${certificate.toString('pem')}\n`, privateKey: pem('PRIVATE KEY', pkcs8) }
}

const pem = (label: string, der: Buffer): string =>
  `-----BEGIN ${label}-----\n${der.toString('base64').replaceAll(/(.{64})/g, '$1\n')}\n-----END ${label}-----\n`
