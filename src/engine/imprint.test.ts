// This file is about the annotation a delivery leaves: what is written is read back, and nothing else is believed.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { aDelivery, anOrderer, aWant, into } from '../../test/support/builders.ts'
import { instant } from '../base/clock.ts'
import { hours, minutes } from '../base/duration.ts'
import type { Cadence } from '../model/cadence.ts'
import { DOCUMENTED_LIFE_MS } from '../model/login.ts'
import { type Imprint, imprintText, inputsOf, outputsOf, readImprint } from './imprint.ts'

const NOW = instant(Date.parse('2026-01-01T12:00:00Z'))

const lives = fc
  .tuple(fc.integer({ min: 0, max: NOW }), fc.integer({ min: 1, max: DOCUMENTED_LIFE_MS }))
  .map(([mintedAt, life]) => ({ mintedAt: instant(mintedAt), expiresAt: instant(mintedAt + life) }))
const digest = fc.stringMatching(/^[0-9a-f]{16}$/)
const imprints: fc.Arbitrary<Imprint> = fc
  .tuple(fc.array(lives, { minLength: 1, maxLength: 3 }), digest, digest)
  .map(([logins, inputs, outputs]) => ({ logins, inputs, outputs }))

const written = (change: Record<string, unknown> = {}): string => {
  const life = { mintedAt: '2026-01-01T10:00:00Z', expiresAt: '2026-01-01T22:00:00Z' }
  return JSON.stringify({ logins: [{ ...life, ...change }], inputs: 'a', outputs: 'b' })
}

describe('an imprint', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(imprints, (imprint) => {
        assert.deepEqual(readImprint(imprintText(imprint), NOW), imprint)
      }),
    )
  })

  it('is believed up to the documented life to the millisecond', () => {
    assert.notEqual(readImprint(written(), NOW), undefined)
  })

  const unbelievable: readonly (readonly [string, string | undefined])[] = [
    ['that is missing', undefined],
    ['that is empty', ''],
    ['that is no JSON', '{'],
    ['that is JSON of another kind', '"text"'],
    ['that is null', 'null'],
    ['without logins', '{"inputs":"a","outputs":"b"}'],
    ['whose logins are no list', '{"logins":{"0":1},"inputs":"a","outputs":"b"}'],
    ['whose list of logins is empty', '{"logins":[],"inputs":"a","outputs":"b"}'],
    ['with a login that is no object', '{"logins":[null],"inputs":"a","outputs":"b"}'],
    ['with a login minted in the future', written({ mintedAt: '2026-01-01T12:00:01Z' })],
    ['with a login that lives a second too long', written({ expiresAt: '2026-01-01T22:00:01Z' })],
    ['with a login that lives until 2099', written({ expiresAt: '2099-01-01T00:00:00Z' })],
    ['with a time that is none', written({ mintedAt: 'yesterday' })],
    ['with a time that is a number', written({ mintedAt: 1_767_261_600_000 })],
    ['without an expiry', written({ expiresAt: undefined })],
  ]
  for (const [name, text] of unbelievable) {
    it(`${name} is not believed`, () => assert.equal(readImprint(text, NOW, [aWant()]), undefined))
  }

  it('of a session is believed up to 36 hours', () => {
    const session = [{ scope: { service: 'session', region: '' } }] as const
    const until = (expiresAt: string) => readImprint(written({ expiresAt }), NOW, session)
    assert.notEqual(until('2026-01-02T22:00:00Z'), undefined)
    assert.equal(until('2026-01-02T22:00:01Z'), undefined)
  })

  it('is never believed, and never an error, when it is any other text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        assert.equal(readImprint(text, NOW), undefined)
      }),
    )
  })
})

describe('the digest of what was asked', () => {
  const asked = aDelivery()
  const other: readonly (readonly [string, typeof asked])[] = [
    ['another orderer', aDelivery({ orderedBy: anOrderer('other') })],
    [
      'another incarnation of the orderer',
      aDelivery({ orderedBy: { ...anOrderer(), uid: 'of one created since' } }),
    ],
    ['another region', aDelivery({ logins: [{ ...aWant(), scope: { service: 'private', region: 'x' } }] })],
    ['one login more', aDelivery({ logins: [aWant(), aWant()] })],
    ['another shape', aDelivery({ shape: { is: 'docker-config', hosts: [] } })],
    ['another label', into(asked, { labels: { team: 'a' } })],
    ['a force', aDelivery({ cadence: { is: 'renewed', interval: minutes(60), force: 'now' } })],
  ]
  for (const [name, delivery] of other) {
    it(`tells ${name}`, () => assert.notEqual(inputsOf(delivery), inputsOf(asked)))
  }

  const same: readonly (readonly [string, typeof asked])[] = [
    ['the interval', aDelivery({ cadence: { is: 'renewed', interval: hours(2) } })],
    ['where in the spec a login is asked for', aDelivery({ logins: [{ ...aWant(), at: 'spec.x' }] })],
    [
      'the version the orderer was read in',
      aDelivery({ orderedBy: { ...anOrderer(), apiVersion: 'external-secrets.io/v1beta1' } }),
    ],
  ]
  for (const [name, delivery] of same) {
    it(`does not mind ${name}`, () => assert.equal(inputsOf(delivery), inputsOf(asked)))
  }
})

describe('the digest of what was written', () => {
  const rendered = (data: Record<string, string>, labels = {}, annotations = {}) => ({
    data: new Map(Object.entries(data).map(([key, value]) => [key, Buffer.from(value)])),
    labels,
    annotations,
  })
  const one = outputsOf(rendered({ a: '1', b: '2' }))

  it('does not mind the order of the keys', () => {
    assert.equal(outputsOf(rendered({ b: '2', a: '1' })), one)
  })

  it('tells a value, a key, a label and an annotation', () => {
    const others = [
      rendered({ a: '1', b: '3' }),
      rendered({ a: '1', c: '2' }),
      rendered({ a: '1' }),
      rendered({ a: '1', b: '2' }, { l: 'x' }),
      rendered({ a: '1', b: '2' }, {}, { l: 'x' }),
    ].map(outputsOf)
    assert.equal(new Set([one, ...others]).size, others.length + 1)
  })
})

describe('the names of what was written', () => {
  const life = { mintedAt: instant(NOW - minutes(1)), expiresAt: instant(NOW + hours(1)) }
  const imprint = { logins: [life], inputs: 'a', outputs: 'b' }
  const names = { data: ['password'], labels: [], annotations: ['expires'] }

  it('are read back as they were left', () => {
    assert.deepEqual(readImprint(imprintText({ ...imprint, names }), NOW)?.names, names)
    assert.equal(readImprint(imprintText(imprint), NOW)?.names, undefined)
  })

  it('are left out where they would fill the Secret', () => {
    const many = Array.from({ length: 9000 }, (_, i) => `key-${i}`)
    const text = imprintText({ ...imprint, names: { ...names, data: many } })
    assert.equal(readImprint(text, NOW)?.names, undefined)
  })

  it('are not believed when they are anything else', () => {
    const text = imprintText({ ...imprint, names }).replace('["password"]', '[1]')
    assert.equal(readImprint(text, NOW)?.names, undefined)
  })

  it('of an order that is set for good are no part of what was asked', () => {
    const once: Cadence = { is: 'once', because: 'so it is', ignoresChanges: true }
    const asked = aDelivery({ cadence: once })
    assert.equal(inputsOf(into(asked, { labels: { new: 'label' } })), inputsOf(asked))
    assert.notEqual(inputsOf(aDelivery({ cadence: once, orderedBy: anOrderer('other') })), inputsOf(asked))
    assert.notEqual(inputsOf(aDelivery({ cadence: { ...once, force: 'now' } })), inputsOf(asked))
  })
})
