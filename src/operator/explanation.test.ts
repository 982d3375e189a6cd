// This file is about explanations: what is told of a Secret, for each way it may be.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aDelivery, aResource, aSecret, into, noTemplatesYet } from '../../test/support/builders.ts'
import { ManualClock } from '../../test/support/manual-clock.ts'
import type { Dialect, Translation } from '../dialects/dialect.ts'
import type { CurrentSecret } from '../engine/ports.ts'
import type { Delivery } from '../model/delivery.ts'
import type { Kind } from '../model/kind.ts'
import { type Ref, refKey } from '../model/ref.ts'
import type { Resource } from '../model/resource.ts'
import type { NameAsked } from './commands.ts'
import { explain } from './explanation.ts'
import type { KindWatch } from './kind-watch.ts'
import type { SecretIndex } from './secret-index.ts'

const WISH: Kind = {
  group: 'example.com',
  kind: 'Wish',
  plural: 'wishes',
  namespaced: true,
  versions: ['v1'],
  use: 'ordered',
  reads: 'whole',
}

const refTo = (namespace: string, name: string): Ref => ({
  group: 'example.com',
  kind: 'Wish',
  namespace,
  name,
})
const wish = (namespace: string, name: string, change: Partial<Resource> = {}): Resource =>
  aResource({ ref: refTo(namespace, name), uid: `${namespace}-${name}`, ...change })

/** Into the Secret of that name in its own namespace. */
const deliveryOf = (asked: Resource, name: string): Delivery =>
  into(
    aDelivery({
      orderedBy: { ref: asked.ref, apiVersion: 'v1', uid: asked.uid, createdAt: asked.createdAt },
    }),
    { namespace: asked.ref.namespace, name, whenMissing: 'create' },
  )

const order = (...deliveries: readonly Delivery[]): Translation => ({ is: 'order', deliveries, warnings: [] })

interface Ground {
  readonly wishes: readonly Resource[]
  readonly translate: (asked: Resource) => Translation
  readonly secret?: CurrentSecret
}

function told({ wishes, translate, secret }: Ground, asked: NameAsked) {
  const dialect: Partial<Dialect> = { name: 'mobb', kinds: [WISH], translate }
  const watch: Partial<KindWatch> = { kind: WISH, list: () => wishes }
  return explain(
    {
      served: new Map([[refKey(refTo('', '')), { dialect: dialect as Dialect, watch: watch as KindWatch }]]),
      sources: {
        kinds: new Map(),
        secrets: {} satisfies Partial<SecretIndex> as SecretIndex,
        runtime: 'default',
        ambientOpenTo: 'all',
        usersOf: () => [],
        operatorNamespace: 'operators',
        templates: noTemplatesYet(),
        openLate: () => ({ is: 'absent' }),
        listLate: () => ({ is: 'listed', resources: [] }),
      },
      fetch: async () => ({ is: 'absent' }),
      open: async () => {},
      store: { read: async () => secret ?? 'absent' },
      templateSources: { read: async () => 'absent' },
      lookAtLink: async ({ secret: linked }) => ({
        secret: linked,
        accounts: ['default'],
        missing: ['builder'],
      }),
      clock: new ManualClock(Date.parse('2026-01-01T12:00:00Z')),
    },
    asked,
    new AbortController().signal,
  )
}

test('an object is found by its name, and by the name of a Secret it keeps', async () => {
  const ground: Ground = {
    wishes: [wish('a', 'one'), wish('b', 'two')],
    translate: (w) => order(deliveryOf(w, 'kept')),
  }
  const names = async (asked: NameAsked): Promise<readonly string[]> =>
    (await told(ground, asked)).objects.map(({ name }) => name)
  assert.deepEqual(await names({ name: 'one' }), ['one'])
  assert.deepEqual(await names({ name: 'kept' }), ['one', 'two'])
  assert.deepEqual(await names({ name: 'kept', namespace: 'b' }), ['two'])
  assert.deepEqual(await names({ name: 'one', namespace: 'b' }), [])
})

test('a Secret that is not there is made', async () => {
  const { objects } = await told(
    { wishes: [wish('a', 'one')], translate: (w) => order(deliveryOf(w, 'kept')) },
    { name: 'one' },
  )
  const [secret] = objects[0]?.secrets ?? []
  assert.equal(secret?.secret, 'a/kept')
  assert.equal(secret.decision.is, 'renew')
  assert.match(secret.decision.because, /does not exist/)
})

test('a Secret of somebody else is refused, and says how it would be consented to', async () => {
  const { objects } = await told(
    {
      wishes: [wish('a', 'one')],
      translate: (w) => order(into(deliveryOf(w, 'kept'), { consent: 'needed' })),
      secret: aSecret(),
    },
    { name: 'one' },
  )
  const decision = objects[0]?.secrets[0]?.decision
  assert.equal(decision?.is, 'refuse')
  assert.match(decision.because, /adopt/)
})

test('of two that write one Secret, the younger yields', async () => {
  const old = wish('a', 'old')
  const young = wish('a', 'young', { createdAt: (old.createdAt + 1000) as Resource['createdAt'] })
  const { objects } = await told(
    { wishes: [young, old], translate: (w) => order(deliveryOf(w, 'kept')) },
    { name: 'kept' },
  )
  assert.deepEqual(
    objects.map(({ name, secrets }) => [name, secrets[0]?.decision.is]),
    [
      ['young', 'yield'],
      ['old', 'renew'],
    ],
  )
})

test('what cannot be translated says why, and which Secrets it is about', async () => {
  const fault = { is: 'fault', code: 'reference-missing', message: 'there is no such integration' } as const
  const { objects } = await told(
    {
      wishes: [wish('a', 'one')],
      translate: () => ({ is: 'unready', fault, targets: [{ namespace: 'a', name: 'kept' }] }),
    },
    { name: 'kept' },
  )
  assert.equal(objects[0]?.problem, fault.message)
  assert.deepEqual(objects[0].secrets[0]?.decision, { is: 'unready', because: fault.message })
})

test('links tell who names the Secret, and who is to and does not', async () => {
  const secret = { namespace: 'a', name: 'kept' }
  const links = [{ secret, accounts: { is: 'all' }, lists: ['secrets'], at: '' }] as const
  const { objects } = await told(
    {
      wishes: [wish('a', 'one')],
      translate: (w) => ({ is: 'order', deliveries: [deliveryOf(w, 'kept')], warnings: [], links }),
    },
    { name: 'one' },
  )
  assert.deepEqual(objects[0]?.secrets[0]?.links, [
    'default name it in secrets; builder are to name it, and do not',
  ])
})
