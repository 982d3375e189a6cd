// This file is about the control plane's own keys: made once, kept in the state folder, the same after a restart.
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeWhole } from '../whole-file.ts'
import { certificateAuthority, type CertificateAuthority } from './client-certificates.ts'

/** Who the static tokens stand for; both are in system:masters, to which RBAC denies nothing. */
export const TOKEN_USERS = ['admin', 'kube-controller-manager'] as const
export type TokenUser = (typeof TOKEN_USERS)[number]

export interface Credentials {
  readonly tokens: Readonly<Record<TokenUser, string>>
  /** Signs the client certificates of users. */
  readonly clientCa: CertificateAuthority
  readonly files: {
    readonly serviceAccountPrivateKey: string
    readonly serviceAccountPublicKey: string
    readonly tokens: string
    readonly clientCa: string
  }
}

/** Reads the folder's credentials, making those that are missing. */
export async function credentialsIn(folder: string): Promise<Credentials> {
  const keys = join(folder, 'keys')
  mkdirSync(keys, { recursive: true, mode: 0o700 })
  const files = {
    serviceAccountPrivateKey: join(keys, 'service-account.key'),
    serviceAccountPublicKey: join(keys, 'service-account.pub'),
    tokens: join(keys, 'tokens.csv'),
    clientCa: join(keys, 'client-ca.crt'),
  }
  if (!existsSync(files.serviceAccountPrivateKey)) makeServiceAccountKey(files)
  if (!existsSync(files.tokens)) writeWhole(files.tokens, newTokens())
  const clientCa = await certificateAuthority(files.clientCa, join(keys, 'client-ca.key'))
  return { tokens: readTokens(files.tokens), clientCa, files }
}

function makeServiceAccountKey(files: Credentials['files']): void {
  // RSA, because AWS's AssumeRoleWithWebIdentity takes RS256 from every issuer.
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  writeWhole(files.serviceAccountPublicKey, publicKey.export({ type: 'spki', format: 'pem' }))
  writeWhole(files.serviceAccountPrivateKey, privateKey.export({ type: 'pkcs8', format: 'pem' }))
}

/** The API server's format: token, user, uid, groups. */
const newTokens = (): string =>
  TOKEN_USERS.map((user) => `${randomBytes(24).toString('hex')},${user},${user},system:masters\n`).join('')

function readTokens(file: string): Record<TokenUser, string> {
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  const byUser = new Map(lines.map((line) => [line.split(',')[1], line.split(',')[0] ?? '']))
  return Object.fromEntries(TOKEN_USERS.map((user) => [user, byUser.get(user) ?? ''])) as Record<
    TokenUser,
    string
  >
}
