// This file is about what came of an attempt, as the orders are told of and the Secrets are in the end.
import assert from 'node:assert/strict'
import type { Condition, SecretSeen } from '../stage.ts'
import type { Attempt, Outcome } from './attempt.ts'
import type { Manifest } from './manifests.ts'
import { type Ledger, textOf } from './world.ts'

export interface Order {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly status?: { readonly phase?: string; readonly conditions?: readonly Condition[] }
}

/** An attempt with the name it goes by; so do, or begin, the names of all that is made of it. */
export interface Made {
  readonly attempt: Attempt
  readonly name: string
  readonly manifests: readonly Manifest[]
}

export interface Seen {
  /** By `keyOf`. */
  readonly orders: ReadonlyMap<string, Order>
  readonly secrets: readonly SecretSeen[]
  readonly ledger: Ledger
  /** What the API server said, a line for each object. */
  readonly said: string
}

export const ORDERS = [
  'registrylogins.everpull.dev',
  'externalsecrets.external-secrets.io',
  'secrets.ecr.mobb.redhat.com',
  'argohelmreposecrets.ecr.mobb.redhat.com',
].join(',')

export const keyOf = ({ kind, metadata }: Manifest | Order): string => `${kind}/${metadata.name}`
export const isTold = ({ status }: Order): boolean =>
  (status?.conditions?.length ?? 0) > 0 || status?.phase !== undefined

const isSecret = ({ kind, apiVersion }: Manifest): boolean => kind === 'Secret' && apiVersion === 'v1'
const isReady = ({ status }: Order): boolean =>
  status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true

const ordersOf = ({ manifests }: Made, { orders }: Seen): readonly Order[] =>
  manifests.filter((manifest) => !isSecret(manifest)).flatMap((manifest) => orders.get(keyOf(manifest)) ?? [])

/** Of its name, whoever made them. */
export const secretsFor = ({ name }: Made, { secrets }: Seen): readonly SecretSeen[] =>
  secrets.filter(({ metadata }) => metadata.name.startsWith(name))

/** Those that were not applied. */
function written(made: Made, seen: Seen): readonly string[] {
  const applied = new Set(made.manifests.filter(isSecret).map(({ metadata }) => metadata.name))
  return secretsFor(made, seen)
    .map(({ metadata }) => metadata.name)
    .filter((name) => !applied.has(name))
}

const valuesOf = ({ data }: SecretSeen): object =>
  Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  )

export const assertOutcome: Readonly<Record<Outcome, (made: Made, seen: Seen) => void>> = {
  refused(made, seen) {
    const mine = ordersOf(made, seen)
    const said = seen.said.split('\n').filter((line) => line.includes(made.name))
    assert.ok(mine.length > 0, `nothing was taken: ${said.join('\n')}`)
    assert.deepEqual(mine.filter(isReady).map(keyOf), [])
    assert.deepEqual(written(made, seen), [])
  },
  forbidden(made, seen) {
    const [first] = made.manifests
    assert.ok(first !== undefined && !seen.orders.has(keyOf(first)))
    assert.deepEqual(ordersOf(made, seen).filter(isReady).map(keyOf), [])
    assert.deepEqual(written(made, seen), [])
  },
  own(made, seen) {
    const secret = seen.secrets.find(({ metadata }) => metadata.name === made.name)
    const told = JSON.stringify(ordersOf(made, seen).map(({ status }) => status))
    assert.ok(secret !== undefined && seen.ledger.hasMine(textOf(secret)), told)
  },
  nothing({ manifests }, { secrets }) {
    for (const { metadata, stringData } of manifests.filter(isSecret)) {
      const now = secrets.find((secret) => secret.metadata.name === metadata.name)
      if (now !== undefined) assert.deepEqual(valuesOf(now), stringData)
    }
  },
}
