// This file is about testing which labels a selector selects, and which selectors are none.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseSelector, type Selector, selectorProblems, selects } from './selector.ts'

const LABELS = { team: 'build', tier: '', 'example.com/zone': 'a' }

const rule = (key: string, operator: string, values?: readonly string[]): Selector => ({
  matchExpressions: [{ key, operator, values }],
})

const rows: readonly (readonly [string, Selector, boolean])[] = [
  ['nothing at all', {}, true],
  ['empty rules', { matchLabels: {}, matchExpressions: [] }, true],
  ['a label with its value', { matchLabels: { team: 'build' } }, true],
  ['a label with an empty value', { matchLabels: { tier: '' } }, true],
  ['a label with another value', { matchLabels: { team: 'run' } }, false],
  ['a label that is not there', { matchLabels: { owner: 'build' } }, false],
  ['two labels of which one is not there', { matchLabels: { team: 'build', owner: 'x' } }, false],
  ['In with the value', rule('team', 'In', ['run', 'build']), true],
  ['In without the value', rule('team', 'In', ['run']), false],
  ['In for a label that is not there', rule('owner', 'In', ['']), false],
  ['NotIn without the value', rule('team', 'NotIn', ['run']), true],
  ['NotIn with the value', rule('team', 'NotIn', ['build']), false],
  ['NotIn for a label that is not there', rule('owner', 'NotIn', ['build']), true],
  ['Exists for a label', rule('tier', 'Exists'), true],
  ['Exists for a label that is not there', rule('owner', 'Exists', []), false],
  ['Exists for what every object inherits', rule('constructor', 'Exists'), false],
  ['DoesNotExist for a label', rule('tier', 'DoesNotExist'), false],
  ['DoesNotExist for a label that is not there', rule('owner', 'DoesNotExist'), true],
  ['an operator there is none of', rule('team', 'Like', ['build']), false],
  [
    'two rules of which one does not hold',
    {
      matchExpressions: [
        { key: 'team', operator: 'Exists' },
        { key: 'tier', operator: 'In', values: ['x'] },
      ],
    },
    false,
  ],
  [
    'labels and rules that all hold',
    { matchLabels: { team: 'build' }, ...rule('example.com/zone', 'NotIn', ['b']) },
    true,
  ],
]

describe('a selector', () => {
  for (const [what, selector, isSelected] of rows) {
    it(`with ${what} ${isSelected ? 'selects' : 'does not select'}`, () => {
      assert.equal(selects(selector, LABELS), isSelected)
    })
  }
})

const flaws: readonly (readonly [string, Selector, string])[] = [
  ['an operator there is none of', rule('team', 'in', ['x']), 'matchExpressions[0].operator'],
  ['In without values', rule('team', 'In'), 'matchExpressions[0].values'],
  ['NotIn without values', rule('team', 'NotIn', []), 'matchExpressions[0].values'],
  ['Exists with values', rule('team', 'Exists', ['x']), 'matchExpressions[0].values'],
  ['DoesNotExist with values', rule('team', 'DoesNotExist', ['x']), 'matchExpressions[0].values'],
  ['a key that is none', rule('a team', 'Exists'), 'matchExpressions[0].key'],
  ['a key with two slashes', rule('a/b/c', 'Exists'), 'matchExpressions[0].key'],
  ['a key with an upper-case domain', rule('Example.com/team', 'Exists'), 'matchExpressions[0].key'],
  ['an empty key', rule('', 'Exists'), 'matchExpressions[0].key'],
  ['a key that is too long', rule('k'.repeat(64), 'Exists'), 'matchExpressions[0].key'],
  ['a value that is none', rule('team', 'In', ['ok', 'a b']), 'matchExpressions[0].values[1]'],
  ['a value that is too long', { matchLabels: { team: 'v'.repeat(64) } }, 'matchLabels.team'],
  ['a label that is none', { matchLabels: { 'a team': 'x' } }, 'matchLabels'],
]

describe('a selector that is none', () => {
  for (const [what, selector, at] of flaws) {
    it(`has ${what}`, () => {
      const [problem, ...others] = selectorProblems(selector)
      assert.deepEqual([problem?.at, others], [at, []])
    })
  }

  it('is told from one that is right', () => {
    for (const [what, selector] of rows) {
      if (!what.includes('none of')) assert.deepEqual(selectorProblems(selector), [], what)
    }
  })
})

describe('a selector as a query spells it', () => {
  const spelt: readonly (readonly [string, boolean])[] = [
    ['team=build', true],
    ['team==build', true],
    ['team = build', true],
    ['team!=build', false],
    ['team!=other', true],
    ['tier=', true],
    ['team', true],
    ['!team', false],
    ['!missing', true],
    ['missing', false],
    ['team in (build, test)', true],
    ['team in(build)', true],
    ['team notin (build,test)', false],
    ['missing notin (build)', true],
    ['example.com/zone in (a,b),team=build,!missing', true],
    ['example.com/zone in (b),team=build', false],
  ]
  for (const [text, isSelected] of spelt) {
    it(`${isSelected ? 'selects' : 'does not select'} by ${text}`, () => {
      const selector = parseSelector(text)
      assert.ok(selector !== undefined)
      assert.equal(selects(selector, LABELS), isSelected)
    })
  }

  for (const text of [
    '',
    ',',
    'team=a b',
    'team in',
    'team in a',
    'team in (a',
    '=a',
    'a b',
    'team=a,',
    'team>1',
  ]) {
    it(`is none: "${text}"`, () => {
      assert.equal(parseSelector(text), undefined)
    })
  }
})
