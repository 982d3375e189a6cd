// This file is about testing what a look at an object says of the login in its Secret, as a table.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aDelivery, aResource, into, noTemplatesYet } from '../../test/support/builders.ts'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { minutes } from '../base/duration.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { Cadence } from '../model/cadence.ts'
import { type Delivery, deliveryAnnotation } from '../model/delivery.ts'
import type { Kind } from '../model/kind.ts'
import { refKey } from '../model/ref.ts'
import { checkObjects } from './checkup.ts'
import type { KindWatch } from './kind-watch.ts'
import type { SecretIndex } from './secret-index.ts'

const NOW = '2026-01-01T12:00:00Z'
const WISH: Kind = {
  group: 'example.com',
  kind: 'Wish',
  plural: 'wishes',
  namespaced: true,
  versions: ['v1'],
  use: 'ordered',
  reads: 'whole',
}

/** What is said of an object whose login was minted and dies at these times. */
async function said(
  change: Partial<Delivery>,
  [mintedAt, expiresAt]: readonly [string, string],
  target: Partial<Delivery['target']> = {},
) {
  const asked = aResource({ ref: { group: 'example.com', kind: 'Wish', namespace: 'a', name: 'one' } })
  const delivery = into(
    aDelivery({
      orderedBy: { ref: asked.ref, apiVersion: 'v1', uid: 'u', createdAt: asked.createdAt },
      ...change,
    }),
    target,
  )
  const dialect: Partial<Dialect> = {
    name: 'mobb',
    kinds: [WISH],
    statusManager: 'everpull',
    translate: () => ({ is: 'order', deliveries: [delivery], warnings: [] }),
  }
  const watch: Partial<KindWatch> = { kind: WISH, list: () => [asked] }
  const imprint = { logins: [{ mintedAt, expiresAt }], inputs: '', outputs: '' }
  const { objects } = await checkObjects(
    {
      served: new Map([[refKey(asked.ref), { dialect: dialect as Dialect, watch: watch as KindWatch }]]),
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
      readAnnotations: async () => ({ [deliveryAnnotation(asked.ref)]: JSON.stringify(imprint) }),
      takeOver: new Set(['mobb']),
      clock: new ManualClock(Date.parse(NOW)),
    },
    undefined,
    new AbortController().signal,
  )
  return objects[0]
}

const ALIVE = ['2026-01-01T06:00:00Z', '2026-01-01T18:00:00Z'] as const
const DEAD = ['2025-12-31T23:00:00Z', '2026-01-01T11:00:00Z'] as const
const windows = (kind: 'allow' | 'deny', schedule: string): Cadence => ({
  is: 'renewed',
  windows: { kind, windows: [{ schedule, duration: minutes(60) }] },
})

describe('a dead login is told', () => {
  const rows: readonly (readonly [string, Cadence, Partial<Delivery['target']>, string])[] = [
    ['with the question who should renew it', { is: 'renewed' }, {}, ': is the operator running?'],
    [
      'with the question who should renew it, where windows are open',
      windows('allow', '30 11 * * *'),
      {},
      ': is the operator running?',
    ],
    [
      'with when windows open',
      windows('allow', '0 22 * * *'),
      {},
      ', and is not renewed before 2026-01-01T22:00:00Z because its sync windows permit it only then',
    ],
    [
      'with that windows never open',
      windows('deny', '* * * * *'),
      {},
      ', and is not renewed because its sync windows never permit it',
    ],
    [
      'with why it is never renewed',
      { is: 'once', because: 'spec.refreshPolicy is CreatedOnce' },
      {},
      ', and is not renewed because spec.refreshPolicy is CreatedOnce',
    ],
    [
      'with that nobody may renew it',
      { is: 'renewed' },
      { immutable: true },
      ', and is not renewed because it is immutable',
    ],
  ]
  for (const [name, cadence, target, text] of rows) {
    it(name, async () => {
      const object = await said({ cadence }, DEAD, target)
      assert.deepEqual(
        [object?.state, object?.because],
        ['failing', `the login in its Secret is dead${text}`],
      )
    })
  }
})

describe('a live login is told', () => {
  it('with when it dies', async () => {
    const object = await said({}, ALIVE)
    assert.deepEqual([object?.state, object?.expiresAt], ['served', '2026-01-01T18:00:00Z'])
  })

  const days = ['2026-01-01T06:00:00Z', '2026-01-02T18:00:00Z'] as const
  it('where it is a session that lives for longer than a day', async () => {
    const [want] = aDelivery().logins
    assert.ok(want !== undefined)
    const scope = { service: 'session', region: 'eu-west-1', lifeSeconds: 129_600 } as const
    const object = await said({ logins: [{ ...want, scope }] }, days)
    assert.deepEqual([object?.state, object?.expiresAt], ['served', days[1]])
  })

  it('unless no login of what is ordered lives that long', async () => {
    assert.match((await said({}, days))?.because ?? '', /holds no login of ours/)
  })
})
