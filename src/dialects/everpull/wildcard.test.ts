// This file is about testing patterns with wildcards.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { isArnMatched, isMatch, nameTest } from './wildcard.ts'

describe('a pattern matches', () => {
  const rows: readonly [string, string, boolean][] = [
    ['team-a', 'team-a', true],
    ['team-a', 'team-ab', false],
    ['team-a', 'a-team-a', false],
    ['team-*', 'team-', true],
    ['team-*', 'team-a-b', true],
    ['*-prod', 'a-prod', true],
    ['*-prod', 'a-prod-2', false],
    ['*a*b', 'xaxbxb', true],
    ['*a*b', 'xbxa', false],
    ['team-?', 'team-a', true],
    ['team-?', 'team-', false],
    ['*', '', true],
    ['', '', true],
    ['', 'a', false],
    ['a.b', 'axb', false],
    ['**', 'anything', true],
  ]
  for (const [pattern, text, expected] of rows) {
    test(`"${text}" by "${pattern}": ${expected}`, () => assert.equal(isMatch(pattern, text), expected))
  }

  test('as the regular expression that reads the same does', () => {
    const few = fc.string({ unit: fc.constantFrom('a', 'b', '-', '*', '?'), maxLength: 8 })
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '-'), maxLength: 10 })
    fc.assert(
      fc.property(few, text, (pattern, name) => {
        const same = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`)
        assert.equal(isMatch(pattern, name), same.test(name))
      }),
    )
  })

  test('in a moment, however many stars it has', () => {
    assert.equal(isMatch(`${'*a'.repeat(126)}b`, 'a'.repeat(253)), false)
  })
})

test('a name is chosen when one of the patterns matches, and no pattern chooses none', () => {
  const isChosen = nameTest(['argocd', 'team-*'])
  assert.deepEqual(['argocd', 'team-a', 'kube-system'].map(isChosen), [true, true, false])
  assert.equal(nameTest([])('argocd'), false)
})

test('a wildcard in an ARN stays between its colons', () => {
  const role = 'arn:aws:iam::123456789012:role/ecr/pull'
  assert.equal(isArnMatched('arn:aws:iam::123456789012:role/*', role), true)
  assert.equal(isArnMatched('arn:*:iam::*:role/ecr/pull', role), true)
  assert.equal(isArnMatched('arn:aws:iam::12345678901?:role/ecr/p*', role), true)
  assert.equal(isArnMatched('arn:aws:iam::*', role), false)
  assert.equal(isArnMatched('*', role), false)
  assert.equal(isArnMatched('arn:aws:iam::*role/ecr/pull', role), false)
})
