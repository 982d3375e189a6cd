// This file is about ordinary values for tests, each changed only where the test cares.
import { type Instant, instant } from '../../src/base/clock.ts'
import { hours, minutes } from '../../src/base/duration.ts'
import { SecretData, SecretText } from '../../src/base/secret-text.ts'
import type { CurrentSecret } from '../../src/engine/ports.ts'
import type { Delivery, Orderer } from '../../src/model/delivery.ts'
import type { RegistryLogin, SessionLogin, Want } from '../../src/model/login.ts'
import type { Resource } from '../../src/model/resource.ts'
import type { KeyValues } from '../../src/model/shape.ts'
import { ParsedTemplates } from '../../src/template/parsed-templates.ts'

export const anOrderer = (name = 'repo'): Orderer => ({
  ref: { group: 'external-secrets.io', kind: 'ExternalSecret', namespace: 'argocd', name },
  apiVersion: 'external-secrets.io/v1',
  uid: `uid-of-${name}`,
  createdAt: Date.parse('2026-01-01T00:00:00Z') as Instant,
})

/** Nothing has been parsed so far. */
export const noTemplatesYet = (): ParsedTemplates => new ParsedTemplates()

export const aWant = (): Want => ({
  identity: { source: { is: 'ambient' }, roles: [], onBehalfOf: 'argocd' },
  scope: { service: 'private', region: 'eu-west-1' },
})

export const passwordUnder = (key: string): KeyValues => ({
  is: 'key-values',
  entries: [{ key, value: { is: 'login', login: 0, field: 'password' } }],
})

/** Owns Secret argocd/<name>, writes the password into it, renews hourly. */
export function aDelivery(change: Partial<Delivery> = {}, name = 'repo'): Delivery {
  return {
    orderedBy: anOrderer(name),
    logins: [aWant()],
    shape: passwordUnder('password'),
    target: {
      namespace: 'argocd',
      name: 'repo',
      fieldManager: `everpull-test/${name}`,
      whenMissing: 'create',
      writes: 'whole',
      owner: 'controller',
      consent: 'given',
      labels: {},
      annotations: {},
    },
    cadence: { is: 'renewed', interval: minutes(60) },
    ...change,
  }
}

/** The same delivery with its target changed. */
export const into = (delivery: Delivery, target: Partial<Delivery['target']>): Delivery => ({
  ...delivery,
  target: { ...delivery.target, ...target },
})

/** Minted when 2026 began, lives twelve hours. */
export const aLogin = (change: Partial<RegistryLogin> = {}): RegistryLogin => ({
  is: 'registry',
  username: 'AWS',
  password: new SecretText('token-1'),
  proxyEndpoint: 'https://123456789012.dkr.ecr.eu-west-1.amazonaws.com',
  mintedAt: instant(Date.parse('2026-01-01T00:00:00Z')),
  expiresAt: instant(Date.parse('2026-01-01T00:00:00Z') + hours(12)),
  expiryAssumed: false,
  ...change,
})

/** Minted when 2026 began, lives twelve hours. */
export const aSession = (change: Partial<SessionLogin> = {}): SessionLogin => ({
  is: 'session',
  accessKeyId: 'ASIAEXAMPLE',
  secretAccessKey: new SecretText('secret-1'),
  sessionToken: new SecretText('session-1'),
  mintedAt: instant(Date.parse('2026-01-01T00:00:00Z')),
  expiresAt: instant(Date.parse('2026-01-01T00:00:00Z') + hours(12)),
  expiryAssumed: false,
  ...change,
})

export const textData = (entries: Readonly<Record<string, string>>): SecretData =>
  new SecretData(new Map(Object.entries(entries).map(([key, value]) => [key, Buffer.from(value)])))

/** Secret argocd/repo, empty and foreign. */
export const aSecret = (change: Partial<CurrentSecret> = {}): CurrentSecret => ({
  is: 'secret',
  ref: { namespace: 'argocd', name: 'repo' },
  uid: 'uid-of-secret',
  resourceVersion: '7',
  type: 'Opaque',
  immutable: false,
  deleting: false,
  labels: {},
  annotations: {},
  owners: [],
  finalizers: [],
  data: textData({}),
  ownedBy: () => ({ data: new Set(), labels: new Set(), annotations: new Set() }),
  ...change,
})

/** ExternalSecret argocd/repo, made and last changed when 2026 began, never answered. */
export const aResource = (change: Partial<Resource> = {}): Resource => ({
  ref: anOrderer().ref,
  apiVersion: 'external-secrets.io/v1',
  uid: 'uid-of-repo',
  resourceVersion: '1',
  generation: 1,
  createdAt: anOrderer().createdAt,
  changedAt: anOrderer().createdAt,
  labels: {},
  annotations: {},
  finalizers: [],
  statusWriters: [],
  spec: {},
  ...change,
})
