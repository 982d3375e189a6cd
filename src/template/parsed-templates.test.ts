// This file is about what is parsed once, and what is not kept for it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ParsedTemplates } from './parsed-templates.ts'

test('a template is parsed once, under each key it stands under', () => {
  const templates = new ParsedTemplates()
  assert.equal(templates.get('a', '{{ .x }}'), templates.get('a', '{{ .x }}'))
  assert.notEqual(templates.get('a', '{{ .x }}'), templates.get('b', '{{ .x }}'))
})

test('one that does not parse is remembered too, with the key in what it says', () => {
  const templates = new ParsedTemplates()
  const parsed = templates.get('a', '{{')
  assert.ok(parsed.is === 'refused')
  assert.match(parsed.error.message, /template: a:/)
  assert.equal(templates.get('a', '{{'), parsed)
})

test('however many and large they are, what is kept is bounded, and the latest stay', () => {
  const templates = new ParsedTemplates()
  const large = (n: number): string => `${n}${'x'.repeat(400_000)}`
  const first = templates.get('a', large(0))
  for (let n = 1; n < 10; n += 1) templates.get('a', large(n))
  assert.notEqual(templates.get('a', large(0)), first)
  assert.equal(templates.get('a', large(9)), templates.get('a', large(9)))
})
