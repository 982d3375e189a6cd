// This file is about the vectors that real Go answered: every one of them must be met.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { renderOffline } from './offline.ts'

type Row = { id: string; template: string; result: { out?: string; err?: string } }

for (const name of ['template-vectors.jsonl', 'function-vectors.jsonl']) {
  const [head = '', ...lines] = readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
  const { data } = JSON.parse(head) as { data: Record<string, string> }
  for (const line of lines) {
    const { id, template, result } = JSON.parse(line) as Row
    test(`a template renders as in Go: ${id}`, () => {
      const answer = renderOffline({ data, template, name: 'k' })
      if (result.out === undefined) assert.ok('err' in answer, `Go refuses: ${result.err}`)
      else assert.deepEqual(answer, { out: result.out })
    })
  }
}
