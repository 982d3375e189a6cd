// This file is about client certificates: how a user of any name and groups gets a kubeconfig.
import { randomBytes, webcrypto } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import { writeWhole } from '../whole-file.ts'

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const TEN_YEARS_MS = 10 * 365 * 24 * 3_600_000
/** A certificate is valid from a little before now, for clocks that run behind. */
const LEEWAY_MS = 60_000

export interface CertificateAuthority {
  /** A certificate for the user (common name) and groups (organizations), and its key, both PEM. */
  issue(user: string, groups: readonly string[]): Promise<{ certificate: string; key: string }>
}

/** The authority kept in these two files, made when they are missing. */
export async function certificateAuthority(
  certificateFile: string,
  keyFile: string,
): Promise<CertificateAuthority> {
  if (!existsSync(certificateFile)) await makeAuthority(certificateFile, keyFile)
  const authority = new x509.X509Certificate(readFileSync(certificateFile, 'utf8'))
  const [der] = x509.PemConverter.decode(readFileSync(keyFile, 'utf8'))
  if (der === undefined) throw new Error(`${keyFile} holds no key`)
  const signingKey = await webcrypto.subtle.importKey('pkcs8', der, ALGORITHM, false, ['sign'])
  return { issue: (user, groups) => issue(authority, signingKey, user, groups) }
}

async function makeAuthority(certificateFile: string, keyFile: string): Promise<void> {
  const keys = await newKeys()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      ...validity(),
      serialNumber: randomBytes(8).toString('hex'),
      name: 'CN=everpull-sandbox-clients',
      keys,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      ],
    },
    webcrypto,
  )
  writeWhole(keyFile, await keyPem(keys.privateKey))
  writeWhole(certificateFile, certificate.toString('pem'))
}

async function issue(
  authority: x509.X509Certificate,
  signingKey: CryptoKey,
  user: string,
  groups: readonly string[],
): Promise<{ certificate: string; key: string }> {
  const keys = await newKeys()
  const certificate = await x509.X509CertificateGenerator.create(
    {
      ...validity(),
      serialNumber: randomBytes(8).toString('hex'),
      subject: new x509.Name([...groups.map((group) => ({ O: [group] })), { CN: [user] }]).toString(),
      issuer: authority.subject,
      publicKey: keys.publicKey,
      signingKey,
      signingAlgorithm: ALGORITHM,
      extensions: [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])],
    },
    webcrypto,
  )
  return { certificate: certificate.toString('pem'), key: await keyPem(keys.privateKey) }
}

const newKeys = (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])

const validity = (): { notBefore: Date; notAfter: Date } => ({
  notBefore: new Date(Date.now() - LEEWAY_MS),
  notAfter: new Date(Date.now() + TEN_YEARS_MS),
})

async function keyPem(key: CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')
}
