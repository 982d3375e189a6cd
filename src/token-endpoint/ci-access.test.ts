// This file is about testing whom a rule lets in: subjects, and which rule counts.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { bestOf, type CiRule, isSubjectMatched } from './ci-access.ts'

describe('a subject', () => {
  const rows: readonly (readonly [string, string, string, boolean])[] = [
    ['matches itself', 'repo:org/app:x', 'repo:org/app:x', true],
    ['is compared whole, from its beginning', 'org/app', 'evil:org/app', false],
    ['and to its end', 'repo:org/app', 'repo:org/app2', false],
    ['tells upper from lower case', 'repo:Org/app', 'repo:org/app', false],
    [
      'has any characters where a star stands',
      'repo:org/app:ref:refs/heads/*',
      'repo:org/app:ref:refs/heads/a.b-c',
      true,
    ],
    ['or none', 'repo:org/app:*', 'repo:org/app:', true],
    ['has no slash there', 'repo:org/*', 'repo:org/app/x', false],
    ['and no colon', 'repo:org/*', 'repo:org/app:x', false],
    ['may have a star in the middle', 'repo:org/app-*-ci:x', 'repo:org/app-a-b-ci:x', true],
    ['or several', 'a*b*c', 'a-b-b-c', true],
    ['whose parts do not overlap', 'ab*ba', 'aba', false],
    ['knows no other wildcard', 'repo:org/ap?:x', 'repo:org/app:x', false],
    ['nor regular expressions', 'repo:org/a.p:x', 'repo:org/app:x', false],
    ['is no pattern itself', 'repo:org/app:x', 'repo:org/*:x', false],
  ]
  for (const [what, pattern, subject, isMatched] of rows) {
    test(what, () => assert.equal(isSubjectMatched(pattern, subject), isMatched))
  }

  const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', ':', '*', '.') })

  test('never has more boundaries than its pattern, wherever stars stand', () => {
    const boundaries = (of: string): string => of.replace(/[^/:]/g, '')
    fc.assert(
      fc.property(text, text, (pattern, subject) => {
        if (isSubjectMatched(pattern, subject)) assert.equal(boundaries(subject), boundaries(pattern))
      }),
    )
  })

  test('matches what a regular expression of the same meaning does', () => {
    fc.assert(
      fc.property(text, text, (pattern, subject) => {
        const parts = pattern.split('*').map((part) => part.replaceAll('.', String.raw`\.`))
        const same = new RegExp(`^${parts.join('[^/:]*')}$`).test(subject)
        assert.equal(isSubjectMatched(pattern, subject), same)
      }),
      { numRuns: 2000 },
    )
  })

  test('that fills a star is matched', () => {
    const filling = fc.string({ unit: fc.constantFrom('a', 'b', '-', '.') })
    fc.assert(
      fc.property(text, filling, (pattern, filled) =>
        isSubjectMatched(pattern, pattern.replaceAll('*', filled)),
      ),
    )
  })

  test('is compared in time, however it was made', () => {
    const begun = performance.now()
    assert.equal(isSubjectMatched(`${'*a'.repeat(250)}b`, 'a'.repeat(2000)), false)
    assert.ok(performance.now() - begun < 1000)
  })
})

describe('of several rules', () => {
  const rule = (changed: Partial<CiRule>): CiRule => ({
    issuer: 'https://ci.example.com',
    audience: 'everpull',
    subject: 'a',
    access: 'pull',
    reuse: false,
    ...changed,
  })

  test('the one that gives the most counts, then one that lets a token be shown again', () => {
    const rules = [rule({ reuse: true }), rule({ access: 'push' }), rule({})]
    assert.deepEqual(bestOf(rules), rules[1])
    assert.deepEqual(bestOf([rule({}), rule({ reuse: true })]), rule({ reuse: true }))
    assert.equal(bestOf([]), undefined)
  })
})
