// This file is about testing what creation, deletion and refresh policies make of an order, as tables.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { instant } from '../../base/clock.ts'
import type { Answer, Emptied, Failed, Receipt } from '../../model/answer.ts'
import type { Delivery } from '../../model/delivery.ts'
import { fault } from '../../model/fault.ts'
import type { Resource } from '../../model/resource.ts'
import type { Translation } from '../dialect.ts'
import { aGenerator, anExternalSecret, aWorld } from './fixtures/resources.ts'
import { CREATED_BY_LABEL, createdBy, syncedVersion } from './marks.ts'
import { fulfilledAt } from './refresh.ts'
import { ExternalSecretSpec } from './schema.ts'
import { status } from './status.ts'
import { translate } from './translate.ts'

const FINALIZER = 'externalsecrets.external-secrets.io/externalsecret-cleanup'

function order(spec: object): Extract<Translation, { is: 'order' }> {
  const translation = translate(anExternalSecret(spec), aWorld([aGenerator()]))
  assert.ok(translation.is === 'order', JSON.stringify(translation))
  return translation
}

const deliveryOf = (target: object, spec: object = {}): Delivery => {
  const [delivery] = order({ ...spec, target }).deliveries
  assert.ok(delivery !== undefined)
  return delivery
}

describe('a creation policy', () => {
  const rows: readonly (readonly [string, readonly unknown[]])[] = [
    ['Owner', ['create', 'whole', 'controller', undefined]],
    ['Orphan', ['create', 'whole', 'none', true]],
    ['Merge', ['wait', 'keys', 'none', undefined]],
    ['CreateOrMerge', ['create', 'keys', 'none', undefined]],
  ]
  for (const [creationPolicy, expected] of rows) {
    test(`${creationPolicy} says who creates, fills, owns and repairs the Secret`, () => {
      const { whenMissing, writes, owner, leavesEdits } = deliveryOf({ creationPolicy }).target
      assert.deepEqual([whenMissing, writes, owner, leavesEdits], expected)
    })
  }

  test('Owner alone marks the Secret as its own, and looks for others it once made', () => {
    const mine = createdBy(anExternalSecret().ref)
    const owned = deliveryOf({ creationPolicy: 'Owner' }).target
    assert.equal(owned.marks?.[CREATED_BY_LABEL], mine)
    assert.deepEqual(owned.orphans, { label: CREATED_BY_LABEL, value: mine })
    const { marks, orphans } = deliveryOf({ creationPolicy: 'Orphan' }).target
    assert.deepEqual([marks?.[CREATED_BY_LABEL], orphans], [null, undefined])
  })

  test('None orders nothing, and needs no generator', () => {
    const translation = translate(anExternalSecret({ target: { creationPolicy: 'None' } }), aWorld([]))
    assert.deepEqual(translation, { is: 'order', deliveries: [], warnings: [] })
  })
})

describe('a deletion policy', () => {
  test('says what becomes of a Secret without values', () => {
    const ways = ['Retain', 'Delete', 'Merge'].map(
      (deletionPolicy) => deliveryOf({ deletionPolicy }).target.whenEmpty,
    )
    assert.deepEqual(ways, ['keep', 'delete', undefined])
  })

  test('asks for a finalizer only where deletion has work to do', () => {
    const finalizers = [
      { deletionPolicy: 'Delete' },
      { deletionPolicy: 'Delete', creationPolicy: 'Orphan' },
      { deletionPolicy: 'Retain' },
      { deletionPolicy: 'Merge', creationPolicy: 'Merge' },
    ].map((target) => order({ target }).finalizer)
    assert.deepEqual(finalizers, [FINALIZER, undefined, undefined, undefined])
  })

  test('has its work to do without the generator too', () => {
    const asked = anExternalSecret({ target: { deletionPolicy: 'Delete' } })
    const translation = translate(asked, aWorld([]))
    assert.ok(translation.is === 'unready')
    assert.equal(translation.finalizer, FINALIZER)
  })
})

test('an immutable Secret, and finalizers of a template, are ordered as such', () => {
  const template = { metadata: { finalizers: ['example.dev/f'] } }
  const { target } = deliveryOf({ immutable: true, template })
  assert.equal(target.immutable, true)
  assert.deepEqual(target.finalizers, ['example.dev/f'])
})

const SYNCED_AT = Date.parse('2026-05-04T10:00:00Z')

/** As upstream leaves it, unless a test says otherwise. */
function synced(spec: object, status: object = {}, change: Partial<Resource> = {}): Resource {
  const asked = anExternalSecret(spec)
  const before = {
    refreshTime: '2026-05-04T10:00:00Z',
    syncedResourceVersion: syncedVersion(asked),
    ...status,
  }
  return { ...asked, status: before, ...change }
}

const recorded = (asked: Resource): number | undefined =>
  fulfilledAt(asked, ExternalSecretSpec.parse(asked.spec))

describe('an order counts as fulfilled by its own records', () => {
  const once = { refreshPolicy: 'CreatedOnce' }
  const onChange = { refreshPolicy: 'OnChange' }
  const never = { refreshInterval: '0' }
  const other = { syncedResourceVersion: '1-other' }
  const rows: readonly (readonly [string, Resource, boolean])[] = [
    ['CreatedOnce, never synced', synced(once, { syncedResourceVersion: '' }), false],
    ['CreatedOnce, without a time', synced(once, { refreshTime: null }), false],
    ['CreatedOnce, with both', synced(once), true],
    ['CreatedOnce, in another version', synced(once, other), true],
    [
      'CreatedOnce, forced by us since',
      synced(once, other, { annotations: { 'everpull.dev/force-sync': '1' } }),
      false,
    ],
    ['OnChange, never synced', synced(onChange, { syncedResourceVersion: '' }), false],
    ['OnChange, without a time', synced(onChange, { refreshTime: null }), false],
    ['OnChange, in another version', synced(onChange, other), false],
    ['OnChange, in this version', synced(onChange), true],
    ['OnChange, annotated since', synced(onChange, {}, { annotations: { a: 'b' } }), false],
    ['OnChange, with another spec', synced(onChange, {}, { generation: 9 }), false],
    ['an interval of zero, in this version', synced(never), true],
    ['an interval of zero, with another spec', synced(never, {}, { generation: 9 }), true],
    ['an interval of zero, relabelled', synced(never, {}, { labels: { a: 'b' } }), true],
    ['periodic, in another version', synced({}, other), false],
    ['periodic, relabelled', synced({}, {}, { labels: { a: 'b' } }), false],
    ['periodic, annotated', synced({}, {}, { annotations: { a: 'b' } }), false],
    ['periodic, with another spec', synced({}, {}, { generation: 9 }), false],
    ['periodic, without a time', synced({}, { refreshTime: null }), false],
    ['periodic, in this version', synced({ refreshPolicy: 'Periodic' }), true],
    ['no policy, in this version', synced({}), true],
  ]
  for (const [name, asked, isFulfilled] of rows) {
    test(`${isFulfilled ? 'with' : 'not with'} ${name}`, () => {
      assert.equal(recorded(asked), isFulfilled ? SYNCED_AT : undefined)
    })
  }

  test('and then needs no generator any more, where it is not refreshed', () => {
    const translation = translate(synced(once), aWorld([]))
    assert.ok(translation.is === 'order')
    assert.equal(translation.deliveries[0]?.lacks?.code, 'reference-missing')
    assert.equal(translate(synced({}), aWorld([])).is, 'unready')
  })
})

describe('the status', () => {
  const at = instant(SYNCED_AT)
  const target = { namespace: 'apps', name: 'pull' }
  const RECEIPT: Receipt = { is: 'receipt', target, logins: [], at, wrote: 'none', expiryAssumed: false }

  interface Written {
    readonly refreshTime?: string
    readonly syncedResourceVersion?: string
    readonly binding?: unknown
    readonly conditions?: readonly {
      readonly status: string
      readonly reason: string
      readonly message: string
    }[]
  }
  const say = (answers: readonly Answer[], asked: Resource = anExternalSecret()) => {
    const { status: written, events } = status(asked, answers)
    const { conditions: [ready] = [], ...rest } = (written ?? {}) as Written
    const told = events.map(({ type, reason, message }) => `${type} ${reason} ${message}`)
    return { ready: `${ready?.status} ${ready?.reason} ${ready?.message}`, rest, told }
  }
  const emptied = (secret: Emptied['secret']): Emptied => ({ is: 'emptied', target, at, secret })

  test('of a Secret that is retained says so', () => {
    const { ready, told } = say([emptied('kept')])
    assert.equal(ready, 'True SecretSynced secret retained due to DeletionPolicy=Retain')
    assert.deepEqual(told, [])
  })

  test('of a Secret that is deleted says so, and its event is told once', () => {
    const text = 'secret deleted due to DeletionPolicy=Delete'
    const { ready, told } = say([emptied('deleted')])
    assert.deepEqual([ready, told], [`True SecretDeleted ${text}`, [`Normal Deleted ${text}`]])
    assert.deepEqual(say([emptied('absent')]).told, [])
  })

  test('tells of orphans beside what was written', () => {
    const { ready, told } = say([RECEIPT, { is: 'orphan-deleted', target, at }])
    assert.equal(ready, 'True SecretSynced secret synced')
    assert.deepEqual(told, ['Normal Deleted secret deleted because it was orphaned'])
  })

  const failing: readonly (readonly [Failed['doing'], string])[] = [
    ['deleting', 'could not delete secret: you may not'],
    ['deleting-orphans', 'could not delete orphaned secrets: you may not'],
    [undefined, 'could not update secret: you may not'],
  ]
  for (const [doing, text] of failing) {
    test(`of ${doing ?? 'writing'} that fails says what could not be done`, () => {
      const cause = fault('kube-forbidden', 'you may not')
      const failed: Failed = { is: 'failed', fault: cause, at, ...(doing === undefined ? {} : { doing }) }
      const { ready, told } = say([RECEIPT, failed])
      assert.deepEqual([ready, told], [`False SecretSyncedError ${text}`, [`Warning UpdateFailed ${text}`]])
    })
  }

  test('under None is synced, with nothing bound', () => {
    const asked = anExternalSecret({ target: { creationPolicy: 'None' } })
    const { ready, rest } = say([], asked)
    assert.equal(ready, 'True SecretSynced secret synced')
    assert.deepEqual(Object.keys(rest), ['refreshTime', 'syncedResourceVersion'])
    assert.deepEqual(status({ ...asked, status: status(asked, []).status }, []), { events: [] })
  })

  test('of what ignores changes keeps the version it was written in', () => {
    const changed = synced({ refreshPolicy: 'CreatedOnce' }, {}, { generation: 9 })
    const before = (changed.status as Written).syncedResourceVersion
    assert.equal(say([RECEIPT], changed).rest.syncedResourceVersion, before)
    const written = say([{ ...RECEIPT, wrote: 'updated' }], changed)
    assert.equal(written.rest.syncedResourceVersion, syncedVersion(changed))
  })

  test('of an immutable Secret says why its login is not renewed', () => {
    const asked = anExternalSecret({ target: { immutable: true } })
    const logins = [{ mintedAt: at, expiresAt: instant(at + 43_200_000) }]
    assert.match(say([{ ...RECEIPT, logins }], asked).ready, /because spec\.target\.immutable is true$/)
  })
})
