// This file is about sealed values: opened by one key only, under the label of their scope only.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sealingKey } from '../../test/support/sealing-key.ts'
import { SecretText } from '../base/secret-text.ts'
import { readCertificate } from './certificate.ts'
import { opened } from './sealing-fixture.ts'
import { type SealScope, seal } from './sealing.ts'

const STRICT: SealScope = { is: 'strict', namespace: 'everpull', name: 'ecr-one' }
const CANARY = 'wJalrXUtnFEMI/K7MDENG+käse'

const [ours, another] = [await sealingKey(), await sealingKey()]
const read = readCertificate(ours.certificate, new Date('2026-01-01T00:00:00Z'))
assert.equal(read.is, 'certificate')
const sealed = (scope: SealScope, value = CANARY): string => {
  assert.equal(read.is, 'certificate')
  return seal(new SecretText(value), scope, read.certificate)
}

test('a value sealed for one Secret opens under its namespace and name, and under no other', () => {
  const text = sealed(STRICT)
  assert.equal(opened(text, ours.privateKey, 'everpull/ecr-one'), CANARY)
  for (const label of ['', 'everpull', 'everpull/ecr-two', 'other/ecr-one'])
    assert.throws(() => opened(text, ours.privateKey, label))
})

test('a value sealed for the whole cluster opens under the empty label', () => {
  assert.equal(opened(sealed({ is: 'cluster-wide' }), ours.privateKey, ''), CANARY)
})

test('no other key opens it', () => {
  assert.throws(() => opened(sealed(STRICT), another.privateKey, 'everpull/ecr-one'))
})

test('whoever changes a byte of it makes it unreadable', () => {
  const bytes = Buffer.from(sealed(STRICT), 'base64')
  bytes[bytes.length - 20]! ^= 1
  assert.throws(() => opened(bytes.toString('base64'), ours.privateKey, 'everpull/ecr-one'))
})

test('sealing the same value twice gives two texts, neither of which shows it', () => {
  const texts = [sealed(STRICT), sealed(STRICT)]
  assert.notEqual(texts[0], texts[1])
  for (const text of texts) assert.ok(!Buffer.from(text, 'base64').includes(CANARY))
})

test('an empty value and a long one are sealed as well', () => {
  for (const value of ['', 'x'.repeat(100_000)])
    assert.equal(opened(sealed(STRICT, value), ours.privateKey, 'everpull/ecr-one'), value)
})
