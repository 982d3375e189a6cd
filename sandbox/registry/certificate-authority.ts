// This file is about the sandbox's certificate authority: one key kept on disk, one certificate per host on demand.
import 'reflect-metadata'
import { createPrivateKey, webcrypto } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { createSecureContext, type SecureContext } from 'node:tls'
import * as x509 from '@peculiar/x509'

export interface CertificateAuthority {
  /** PEM file to trust, for SSL_CERT_FILE and NODE_EXTRA_CA_CERTS. */
  readonly caFile: string
  /** A name, or an address. */
  contextFor(host: string): Promise<SecureContext>
  /** A new one each time, for a server whose clients name no host in their handshake. */
  identityFor(host: string): Promise<Identity>
}

/** PEM. */
export interface Identity {
  readonly cert: string
  readonly key: string
}

const CURVE = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const DAY = 86_400_000
const CA_NAME = 'CN=Everpull Sandbox CA, O=Everpull Sandbox'

const newKeys = (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(CURVE, true, ['sign', 'verify'])

async function privatePem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key))
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({ format: 'pem', type: 'pkcs8' })
}

interface Authority {
  readonly certificate: x509.X509Certificate
  readonly key: webcrypto.CryptoKey
}

async function createAuthority(certFile: string, keyFile: string): Promise<Authority> {
  const keys = await newKeys()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: CA_NAME,
    notBefore: new Date(Date.now() - DAY),
    notAfter: new Date(Date.now() + 3650 * DAY),
    signingAlgorithm: CURVE,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  writeFileSync(keyFile, await privatePem(keys.privateKey), { mode: 0o600 })
  writeFileSync(certFile, `${certificate.toString('pem')}\n`)
  return { certificate, key: keys.privateKey }
}

async function readAuthority(certFile: string, keyFile: string): Promise<Authority> {
  const der = createPrivateKey(readFileSync(keyFile, 'utf8')).export({ format: 'der', type: 'pkcs8' })
  return {
    certificate: new x509.X509Certificate(readFileSync(certFile, 'utf8')),
    key: await webcrypto.subtle.importKey('pkcs8', new Uint8Array(der), CURVE, true, ['sign']),
  }
}

async function issue(authority: Authority, host: string): Promise<Identity> {
  const keys = await newKeys()
  const certificate = await x509.X509CertificateGenerator.create({
    // The common name is left out: real ECR names are close to its limit of 64 characters.
    subject: 'O=Everpull Sandbox',
    issuer: authority.certificate.subject,
    notBefore: new Date(Date.now() - DAY),
    notAfter: new Date(Date.now() + 397 * DAY),
    signingAlgorithm: CURVE,
    publicKey: keys.publicKey,
    signingKey: authority.key,
    extensions: [
      new x509.SubjectAlternativeNameExtension(
        [{ type: isIP(host) === 0 ? 'dns' : 'ip', value: host }],
        true,
      ),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      await x509.AuthorityKeyIdentifierExtension.create(authority.certificate.publicKey),
    ],
  })
  return { cert: certificate.toString('pem'), key: await privatePem(keys.privateKey) }
}

/** Opens the authority kept in `dir`, or makes one there: clients that trust it go on doing so over restarts. */
export async function openCertificateAuthority(dir: string): Promise<CertificateAuthority> {
  mkdirSync(dir, { recursive: true })
  const caFile = join(dir, 'ca.pem')
  const keyFile = join(dir, 'ca-key.pem')
  const kept = existsSync(caFile) && existsSync(keyFile)
  const authority = await (kept ? readAuthority(caFile, keyFile) : createAuthority(caFile, keyFile))
  const contexts = new Map<string, Promise<SecureContext>>()
  return {
    caFile,
    identityFor: (host) => issue(authority, host),
    contextFor(host) {
      const known = contexts.get(host)
      if (known !== undefined) return known
      const context = issue(authority, host).then((identity) => createSecureContext(identity))
      contexts.set(host, context)
      return context
    },
  }
}
