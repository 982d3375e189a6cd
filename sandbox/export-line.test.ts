// This file is about testing that a shell reads from the line what was written into it.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { exportLine } from './export-line.ts'

for (const [says, value] of [
  ['a path', '/home/me/.cache/sandbox/kubeconfig'],
  ['an address', 'http://127.0.0.1:8080'],
  ['a path with a space and a quote', "/home/me/it's mine/kubeconfig"],
  ['what a shell would run', '$(echo no)'],
] as const) {
  test(`a shell reads ${says} as it is`, () => {
    const script = `${exportLine({ FIRST: value, SECOND: 'b' })}; printf %s "$FIRST|$SECOND"`
    assert.equal(execFileSync('sh', ['-c', script], { encoding: 'utf8' }), `${value}|b`)
  })
}

test('an ordinary line has no quotes', () => {
  assert.equal(exportLine({ A: '/x/y', B: 'http://h:1' }), 'export A=/x/y B=http://h:1')
})
