// This file is about recognising what was written: on the Secret as it stands, and after a restart.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aDelivery, aSecret, into, textData } from '../../test/support/builders.ts'
import { instant } from '../base/clock.ts'
import { hours } from '../base/duration.ts'
import { goMapSha3 } from '../model/data-digest.ts'
import { type Delivery, deliveryAnnotation, type Target } from '../model/delivery.ts'
import type { Owner } from '../model/resource.ts'
import { believe, carriesOutputs, diesAt, type Held, isDressed, pick } from './held.ts'
import { imprintText, inputsOf, outputsOf } from './imprint.ts'
import type { CurrentSecret } from './ports.ts'

const NOW = instant(Date.parse('2026-01-01T12:00:00Z'))
const LIFE = { mintedAt: instant(NOW - hours(1)), expiresAt: instant(NOW + hours(11)) }
const MARK = deliveryAnnotation(aDelivery().orderedBy.ref)
const US: Owner = {
  apiVersion: 'external-secrets.io/v1',
  kind: 'ExternalSecret',
  name: 'repo',
  uid: 'uid-of-repo',
  controller: true,
}

const HELD: Held = { imprint: { logins: [LIFE], inputs: '', outputs: '' }, resourceVersion: '7' }

/** The Secret as this delivery leaves it. */
function written(delivery: Delivery, change: Partial<CurrentSecret> = {}): CurrentSecret {
  const bare = aSecret({ data: textData({ password: 'token-1' }), owners: [US] })
  const imprint = {
    logins: [LIFE],
    inputs: inputsOf(delivery),
    outputs: outputsOf(pick(delivery, bare)),
  }
  return { ...bare, annotations: { [MARK]: imprintText(imprint) }, ...change }
}

describe('an imprint left before a restart', () => {
  const delivery = aDelivery()
  const believed = (asked: Delivery, secret: CurrentSecret) => believe(asked, secret, inputsOf(asked), NOW)

  it('is believed while order and Secret are what it says', () => {
    const held = believed(delivery, written(delivery))
    assert.deepEqual(held?.imprint.logins, [LIFE])
    assert.equal(held?.resourceVersion, '7')
  })

  it('is believed whatever else stands on the Secret', () => {
    const more = written(delivery, {
      data: textData({ password: 'token-1', theirs: 'x' }),
      labels: { theirs: 'x' },
    })
    assert.notEqual(believed(delivery, more), undefined)
  })

  it('carries the force it has answered', () => {
    const forced = { ...delivery, cadence: { is: 'renewed', force: 'now' } as const }
    assert.equal(believed(forced, written(forced))?.force, 'now')
  })

  const doubted: readonly (readonly [string, Delivery, CurrentSecret])[] = [
    ['the order is another', into(delivery, { labels: { new: 'label' } }), written(delivery)],
    ['the value is another', delivery, written(delivery, { data: textData({ password: 'edited' }) })],
    ['the key is gone', delivery, written(delivery, { data: textData({}) })],
    ['it is gone', delivery, written(delivery, { annotations: {} })],
    [
      'it is of another orderer',
      delivery,
      written(delivery, {
        annotations: { 'everpull.dev/delivery-0123456789abcdef': written(delivery).annotations[MARK] ?? '' },
      }),
    ],
  ]
  for (const [name, asked, secret] of doubted) {
    it(`is not believed when ${name}`, () => assert.equal(believed(asked, secret), undefined))
  }
})

describe('what was written', () => {
  it('is still there under templated labels and annotations too', () => {
    const templated: Delivery = aDelivery({
      shape: {
        is: 'template',
        values: { is: 'key-values', entries: [] },
        data: { password: '{{ .password }}' },
        labels: { host: '{{ .host }}' },
        annotations: { host: '{{ .host }}' },
        keepsValues: false,
      },
    })
    const dressed = { labels: { host: 'a', theirs: 'x' }, annotations: { host: 'b' } }
    const secret = aSecret({ data: textData({ password: 'p', theirs: 'x' }), ...dressed })
    const picked = pick(templated, secret)
    assert.deepEqual([...picked.data.keys()], ['password'])
    assert.deepEqual([picked.labels, picked.annotations], [{ host: 'a' }, { host: 'b' }])
    const held = {
      imprint: { logins: [LIFE], inputs: '', outputs: outputsOf(picked) },
      resourceVersion: '',
    }
    assert.equal(carriesOutputs(templated, secret, held), true)
    assert.equal(carriesOutputs(templated, { ...secret, labels: { host: 'edited' } }, held), false)
  })

  it('dies with the first of its logins', () => {
    const logins = [LIFE, { ...LIFE, expiresAt: instant(NOW + hours(2)) }]
    assert.equal(diesAt({ logins, inputs: '', outputs: '' }), NOW + hours(2))
  })
})

describe('what is around the written keys', () => {
  const STAMP = { annotation: 'data-hash', digest: 'go-map-sha3-224' } as const
  const rows: readonly (readonly [string, Partial<Target>, Partial<CurrentSecret>, boolean])[] = [
    ['is right as it was left', {}, {}, true],
    ['may hold labels of others', {}, { labels: { theirs: 'x' } }, true],
    ['lacks a label', { labels: { team: 'a' } }, {}, false],
    ['has another value under a label', { labels: { team: 'a' } }, { labels: { team: 'b' } }, false],
    ['lacks an annotation', { annotations: { team: 'a' } }, {}, false],
    ['is of another type', { type: 'kubernetes.io/dockerconfigjson' }, {}, false],
    ['lacks its owner', {}, { owners: [] }, false],
    ['names an earlier incarnation as its owner', {}, { owners: [{ ...US, uid: 'before' }] }, false],
    ['names us as an owner that does not control', {}, { owners: [{ ...US, controller: false }] }, false],
    [
      'names us by another version',
      {},
      { owners: [{ ...US, apiVersion: 'external-secrets.io/v1beta1' }] },
      false,
    ],
    [
      'names us and an earlier incarnation of us',
      {},
      { owners: [US, { ...US, uid: 'before', controller: false }] },
      false,
    ],
    ['names us where we own nothing', { owner: 'none' }, {}, false],
    [
      'names an earlier incarnation where we own nothing',
      { owner: 'none' },
      { owners: [{ ...US, uid: 'before' }] },
      false,
    ],
    ['is nobody’s where we own nothing', { owner: 'none' }, { owners: [] }, true],
    [
      'holds a foreign key where we own the whole',
      {},
      { data: textData({ password: 'token-1', theirs: 'x' }) },
      false,
    ],
    [
      'holds a foreign key where we merge',
      { writes: 'keys' },
      { data: textData({ password: 'token-1', theirs: 'x' }) },
      true,
    ],
    ['lacks its stamp', { stamp: STAMP }, {}, false],
    ['bears the stamp of other data', { stamp: STAMP }, { annotations: { 'data-hash': 'x' } }, false],
    [
      'bears its stamp',
      { stamp: STAMP },
      { annotations: { 'data-hash': goMapSha3(textData({ password: 'token-1' }).reveal()) } },
      true,
    ],
  ]
  for (const [name, target, secret, right] of rows) {
    it(name, () => {
      assert.equal(isDressed(into(aDelivery(), target), written(aDelivery(), secret), HELD), right)
    })
  }
})
