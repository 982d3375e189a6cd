// This file is about rendering outside a cluster.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { renderLines, renderOffline } from './offline.ts'

async function* linesOf(...lines: readonly string[]): AsyncGenerator<string> {
  yield* lines
}

async function all(lines: AsyncIterable<string>): Promise<unknown[]> {
  const results: unknown[] = []
  for await (const line of lines) results.push(JSON.parse(line))
  return results
}

test('a template renders offline with the data as strings', () => {
  assert.deepEqual(renderOffline({ data: { a: 'x' }, template: '{{ .a | upper }}' }), { out: 'X' })
})

test('an error comes back as text, named after the key', () => {
  const result = renderOffline({ data: {}, template: '{{ .a }}', name: 'token' })
  assert.deepEqual(result, {
    err: 'template: token:1:3: executing "token" at <.a>: map has no entry for key "a"',
  })
})

test('every line yields a line, in order, though some err', async () => {
  const lines = linesOf(
    '{"id":"a","template":"{{ .x }}"}',
    '{"id":2,"template":"{{ nope }}"}',
    '',
    'not json',
    '{"id":{"k":1}}',
    '{"template":"{{ .x | len }}"}',
  )
  const results = await all(renderLines({ x: 'é' }, lines))
  assert.deepEqual(results, [
    { id: 'a', result: { out: 'é' } },
    { id: 2, result: { err: 'template: template:1: function "nope" not defined' } },
    { id: null, result: { err: 'no JSON object with a template' } },
    { id: { k: 1 }, result: { err: 'no JSON object with a template' } },
    { id: null, result: { out: '2' } },
  ])
})
