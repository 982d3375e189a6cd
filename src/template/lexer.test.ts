// This file is about tokens: what holds for every source.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { toBytes } from './bytes.ts'
import { Lexer } from './lexer.ts'
import type { Token } from './token.ts'
import { parseTemplate } from './template.ts'

function tokensOf(source: string): Token[] {
  const lexer = new Lexer(toBytes(source))
  const tokens: Token[] = []
  for (let token = lexer.next(); token.kind !== 'eof'; token = lexer.next()) tokens.push(token)
  return tokens
}
const spelled = (source: string): string[] =>
  tokensOf(source).map(({ kind, text }) => `${kind} ${text}`.trim())

const PIECES = [
  '{{',
  '}}',
  '{{- ',
  ' -}}',
  '{{/*',
  '*/}}',
  ' ',
  '\n',
  '.',
  '$',
  '$x',
  ':=',
  '=',
  '|',
  '(',
  ')',
  ',',
  '"s"',
  '`r`',
  "'c'",
  '"',
  '1',
  '-3',
  '1.5e3',
  '0x',
  'é',
  'if',
  'range',
  'with',
  'else',
  'end',
  'define',
  'block',
  'template',
  'break',
  'nil',
  'true',
  'print',
  'list',
  '.a',
  'text',
]
const soup = fc.array(fc.constantFrom(...PIECES), { maxLength: 30 }).map((pieces) => pieces.join(''))

test('an action is cut into tokens', () => {
  assert.deepEqual(spelled('a{{if .x}}'), [
    'text a',
    'left-delimiter {{',
    'if if',
    'space',
    'field .x',
    'right-delimiter }}',
  ])
  assert.deepEqual(spelled('{{$a:=1}}').slice(1, -1), ['variable $a', 'declare :=', 'number 1'])
  assert.deepEqual(spelled('{{.a.b|f}}').slice(1, -1), ['field .a', 'field .b', 'pipe |', 'identifier f'])
})

test('a trim marker needs its space, or it is a sign', () => {
  assert.deepEqual(spelled('a {{- 3 -}} b'), [
    'text a',
    'left-delimiter {{',
    'number 3',
    'right-delimiter }}',
    'text b',
  ])
  assert.deepEqual(spelled('a {{-3}}'), ['text a', 'left-delimiter {{', 'number -3', 'right-delimiter }}'])
})

test('tokens know their line and byte', () => {
  const [, , , field] = tokensOf('é\n{{\n .x }}')
  assert.deepEqual(field, { kind: 'field', text: '.x', at: 7, line: 3 })
})

test('comments vanish with the space their markers name', () => {
  assert.deepEqual(spelled('a {{- /* x }} */ -}} b'), ['text a', 'text b'])
  assert.deepEqual(spelled('{{/* x'), ['error unclosed comment'])
  assert.deepEqual(spelled('{{/* x */ }}'), ['error comment ends before closing delimiter'])
})

test('tokens stand in the source where they say, in order', () => {
  fc.assert(
    fc.property(soup, (source) => {
      const bytes = toBytes(source)
      let end = 0
      for (const { kind, text, at } of tokensOf(source)) {
        if (kind === 'error') continue
        assert.equal(bytes.slice(at, at + text.length), text)
        assert.ok(at >= end)
        end = at + text.length
      }
    }),
  )
})

test('any text is a template or is refused, and what renders renders the same again', () => {
  fc.assert(
    fc.property(soup, (source) => {
      const parsed = parseTemplate('k', source)
      if (parsed.is === 'refused') return assert.match(parsed.error.message, /^template: k/)
      const data = new Map([['a', 'x']])
      assert.deepEqual(parsed.template.render(data), parsed.template.render(data))
    }),
    { numRuns: 1000 },
  )
})

test('text without delimiters renders as it is', () => {
  const plain = fc.string({ unit: 'binary' }).filter((s) => !s.includes('{{'))
  fc.assert(
    fc.property(plain, (source) => {
      const parsed = parseTemplate('k', source)
      assert.ok(parsed.is === 'template')
      const rendered = parsed.template.render(new Map())
      assert.ok(rendered.is === 'text')
      assert.equal(rendered.bytes.toString('utf8'), source)
    }),
  )
})
