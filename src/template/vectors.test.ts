// This file is about the vectors that real Go answered: every one of them must be met.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { renderOffline } from './offline.ts'

type Row = { id: string; template: string; result: { out?: string; err?: string } }

const lines = readFileSync(new URL('fixtures/template-vectors.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
const { data } = JSON.parse(lines[0] ?? '') as { data: Record<string, string> }
const rows = lines.slice(1).map((line) => JSON.parse(line) as Row)

for (const { id, template, result } of rows) {
  test(`a template renders as in Go: ${id}`, () => {
    const answer = renderOffline({ data, template, name: 'k' })
    if (result.out === undefined) assert.ok('err' in answer, `Go refuses: ${result.err}`)
    else assert.deepEqual(answer, { out: result.out })
  })
}
