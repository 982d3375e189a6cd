// This file is about testing which values an order collects, under which names, and what it is told of clashes.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Entry, LoginField } from '../../model/shape.ts'
import { orderBudget } from '../../template/budget.ts'
import { ParsedTemplates } from '../../template/parsed-templates.ts'
import type { Operation } from './rewrite.ts'
import { collect, type Source } from './values.ts'

const entry = (key: string, login: number, field: LoginField): Entry => ({
  key,
  value: { is: 'login', login, field },
})

const member = (login: number, ...rewrites: readonly Operation[]): Source => ({
  at: `spec.dataFrom[${login}]`,
  rewrites,
  entries: [entry('username', login, 'username'), entry('password', login, 'password')],
})

const regexp = (source: string, target: string): Operation => ({ regexp: { source, target } })
const collecting = (...sources: readonly Source[]) =>
  collect(sources, { templates: new ParsedTemplates(), budget: orderBudget() })

describe('collect', () => {
  it('keeps what several generators give apart where rewrites name it', () => {
    const collected = collecting(member(0, regexp('(.*)', 'new-$1')), member(1, regexp('(.*)', 'old-$1')))
    assert.deepEqual(collected, {
      is: 'values',
      warnings: [],
      values: {
        is: 'key-values',
        entries: [
          entry('new-password', 0, 'password'),
          entry('new-username', 0, 'username'),
          entry('old-password', 1, 'password'),
          entry('old-username', 1, 'username'),
        ],
      },
    })
  })

  it('lets later members overwrite earlier ones, and tells', () => {
    const collected = collecting(member(0), member(1))
    assert.equal(collected.is, 'values')
    if (collected.is !== 'values') return
    assert.deepEqual(collected.values.entries.at(-1), entry('password', 1, 'password'))
    assert.deepEqual(
      collected.warnings.map(({ message }) => message),
      [
        'spec.dataFrom[1] overwrites username, password of spec.dataFrom[0]: give them other names with rewrite where both are wanted',
      ],
    )
  })

  it('drops a key that a rewrite leaves nothing of, and may end with none', () => {
    const collected = collecting(member(0, regexp('.*', '')))
    assert.equal(collected.is, 'values')
    if (collected.is !== 'values') return
    assert.deepEqual(collected.values.entries, [])
    assert.deepEqual(
      collected.warnings.map(({ reason }) => reason),
      ['KeyClash', 'KeyDropped'],
    )
  })

  it('lets letters of any script pass, as upstream', () => {
    const collected = collecting(member(0, regexp('name', 'имя٣')))
    assert.equal(collected.is, 'values')
  })

  it('refuses more operations than it would be well to go through each time', () => {
    const many = Array.from({ length: 101 }, () => regexp('x', 'y'))
    assert.equal(collecting(member(0, ...many)).is, 'values')
    const collected = collecting(member(0, ...many), member(1, ...many))
    assert.deepEqual(collected.is === 'invalid' && [collected.fault.code, collected.fault.at], [
      'spec-invalid',
      'spec.dataFrom[1].rewrite',
    ])
  })

  const refused: readonly (readonly [string, Operation, RegExp])[] = [
    [
      'a key with a slash',
      regexp('^', 'foo/'),
      /^invalid secret keys \(TIP: use rewrite or conversionStrategy to change keys\): key has invalid character \//,
    ],
    [
      'a key that is too long',
      regexp('^', 'a'.repeat(250)),
      /key has length 258 but max is 253: \(following is truncated\): a{250}/,
    ],
    [
      'a wrong operation',
      regexp('[', ''),
      /^error applying rewrite to keys: failed rewrite operation\[0\]: /,
    ],
  ]
  for (const [name, operation, message] of refused) {
    it(`refuses ${name}, and says where`, () => {
      const collected = collecting(member(0, operation))
      assert.equal(collected.is, 'invalid')
      if (collected.is !== 'invalid') return
      assert.match(collected.fault.message, message)
      assert.match(collected.fault.at ?? '', /^spec\.dataFrom\[0\]\.rewrite/)
    })
  }
})
