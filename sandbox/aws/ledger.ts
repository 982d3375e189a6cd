// This file is about what survives a restart of the emulator: one JSON file, and a journal of secrets issued.
import { randomBytes } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { ForeignAnswer } from '../registry/token-check.ts'
import type { PolicyDocument } from './iam/policy-document.ts'

export interface AccessKey {
  readonly id: string
  readonly secret: string
  /** Milliseconds since the epoch, as every `createdAt` here. */
  readonly createdAt: number
  active: boolean
}
export interface User {
  readonly createdAt: number
  readonly arn: string
  readonly account: string
  readonly name: string
  readonly id: string
  /** By policy name, or by ARN where attached. */
  readonly policies: Record<string, PolicyDocument>
  readonly keys: AccessKey[]
}
export interface Role {
  readonly createdAt: number
  readonly arn: string
  readonly account: string
  readonly name: string
  readonly id: string
  trust: PolicyDocument
  readonly policies: Record<string, PolicyDocument>
  maxSessionSeconds: number
}
export interface Repository {
  readonly service: 'ecr' | 'ecr-public'
  readonly account: string
  readonly region: string
  readonly name: string
  readonly createdAt: number
  policy?: PolicyDocument
}
/** EKS Pod Identity: which role the pods of a service account get. */
export interface PodIdentityAssociation {
  readonly namespace: string
  readonly serviceAccount: string
  readonly roleArn: string
}

/** How GetAuthorizationToken tells the expiry: truly, not at all, or as one known fake does (always 2015-01-01). */
export type ToldExpiry = 'true' | 'missing' | '2015'

export interface Settings {
  tokenLifeSeconds: number
  /** Characters of an ECR password; session policies may make it longer. */
  passwordLength: number
  toldExpiry: ToldExpiry
  /** What a registry says to a token of another region: both are seen in the wild. */
  foreignToken: ForeignAnswer
  /** Sessions die after this many seconds whatever was asked for; 0: as asked. */
  sessionLifeSeconds: number
  /**
   * Keys are known in their own partition only, as AWS has it: accounts of GovCloud and of China are others. False
   * lets one identity sign everywhere, which spares a test several sets of keys.
   */
  partitionsApart: boolean
}

export interface Book {
  /** Base64 of the 32 bytes that seal tokens and sessions. */
  readonly sealKey: string
  readonly users: Record<string, User>
  readonly roles: Record<string, Role>
  readonly policies: Record<string, PolicyDocument>
  readonly repositories: Record<string, Repository>
  /** Public registry alias to account. */
  readonly aliases: Record<string, string>
  readonly associations: PodIdentityAssociation[]
  /** ARN of the role that IMDS hands out; empty: none. */
  instanceRole: string
  readonly settings: Settings
  /** How far the token clock is ahead of real time. */
  clockAheadMs: number
  /** What was issued before these instants (real time) no longer counts. */
  sessionsRevokedAt: number
  tokensRevokedAt: number
}

export type SecretKind = 'secret-access-key' | 'session-token' | 'ecr-password'
export interface IssuedSecret {
  readonly kind: SecretKind
  readonly value: string
  /** ARN of the user or role that it stands for. */
  readonly holder: string
}

export interface Ledger {
  readonly book: Book
  /** Writes the book; called after every change of it. */
  save(): void
  recordSecret(secret: IssuedSecret): void
  secrets(): readonly IssuedSecret[]
}

const emptyBook = (tokenLifeSeconds: number): Book => ({
  sealKey: randomBytes(32).toString('base64'),
  users: {},
  roles: {},
  policies: {},
  repositories: {},
  aliases: {},
  associations: [],
  instanceRole: '',
  settings: {
    tokenLifeSeconds,
    // Passwords of 2,293 and 2,714 characters were seen from ECR.
    passwordLength: 2304,
    toldExpiry: 'true',
    foreignToken: 'expired',
    sessionLifeSeconds: 0,
    partitionsApart: false,
  },
  clockAheadMs: 0,
  sessionsRevokedAt: 0,
  tokensRevokedAt: 0,
})

/** A token life given at start beats the one kept; AWS's twelve hours where neither is. */
export function openLedger(stateFile: string | undefined, tokenLifeSeconds: number | undefined): Ledger {
  const fresh = emptyBook(tokenLifeSeconds ?? 43_200)
  const kept = stateFile !== undefined && existsSync(stateFile)
  const book: Book = kept ? { ...fresh, ...JSON.parse(readFileSync(stateFile, 'utf8')) } : fresh
  if (tokenLifeSeconds !== undefined) book.settings.tokenLifeSeconds = tokenLifeSeconds
  const journal = stateFile === undefined ? undefined : `${stateFile}.secrets.jsonl`
  const secrets: IssuedSecret[] =
    journal !== undefined && existsSync(journal)
      ? readFileSync(journal, 'utf8')
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line) as IssuedSecret)
      : []
  const save = (): void => {
    if (stateFile === undefined) return
    mkdirSync(dirname(stateFile), { recursive: true })
    writeFileSync(`${stateFile}.new`, JSON.stringify(book), { mode: 0o600 })
    renameSync(`${stateFile}.new`, stateFile)
  }
  save()
  return {
    book,
    save,
    recordSecret(secret) {
      secrets.push(secret)
      if (journal !== undefined) appendFileSync(journal, `${JSON.stringify(secret)}\n`, { mode: 0o600 })
    },
    secrets: () => secrets,
  }
}
