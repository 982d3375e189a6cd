// This file is about the verdicts of an audit: a registry that does not answer is never one that found nothing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { advisories, exitCodeOf, signatures, type Verdict } from './audit.ts'

const nothing = { vulnerabilities: {}, metadata: { dependencies: { prod: 3 } } }

for (const [what, judge, out, is] of [
  ['advisories that are none', advisories, JSON.stringify(nothing), 'clean'],
  [
    'an advisory',
    advisories,
    JSON.stringify({ ...nothing, vulnerabilities: { a: { severity: 'low' } } }),
    'found',
  ],
  [
    'an endpoint that is missing',
    advisories,
    JSON.stringify({ message: '405', error: { summary: '' } }),
    'unanswered',
  ],
  ['silence', advisories, '', 'unanswered'],
  ['signatures that fit', signatures, JSON.stringify({ invalid: [], missing: [] }), 'clean'],
  [
    'a signature that is wrong',
    signatures,
    JSON.stringify({ invalid: [{ name: 'a' }], missing: [] }),
    'found',
  ],
  [
    'a signature that is missing',
    signatures,
    JSON.stringify({ invalid: [], missing: [{ name: 'a' }] }),
    'found',
  ],
  ['silence about signatures', signatures, '', 'unanswered'],
] as const)
  test(`${what} is told as ${is}`, () => {
    assert.equal(judge(out).is, is)
  })

test('what is known to be wrong and what is not known end differently, and neither ends well', () => {
  const clean: Verdict = { is: 'clean', said: '' }
  const found: Verdict = { is: 'found', findings: [{ name: 'a', severity: 'low' }] }
  const unanswered: Verdict = { is: 'unanswered', because: '' }
  assert.equal(exitCodeOf([clean, clean]), 0)
  assert.equal(exitCodeOf([clean, unanswered]), 3)
  assert.equal(exitCodeOf([found, unanswered]), 1)
})
