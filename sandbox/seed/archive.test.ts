// This file is about archives that every tar can read.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { tarGz } from './archive.ts'

test('tar lists and reads what was put in', () => {
  const files = { 'a/one.txt': 'x'.repeat(512), 'two.txt': 'hello\n', 'empty.txt': '' }
  const archive = tarGz(files)
  const tar = (...args: string[]): string =>
    execFileSync('tar', ['-xzf', '-', ...args], { input: archive, encoding: 'utf8' })
  assert.equal(tar('-O', 'a/one.txt'), files['a/one.txt'])
  assert.equal(tar('-O', 'two.txt'), files['two.txt'])
  const listed = execFileSync('tar', ['-tzf', '-'], { input: archive, encoding: 'utf8' })
  assert.deepEqual(listed.trim().split('\n'), Object.keys(files))
})

test('the same files give the same bytes', () => {
  assert.deepEqual(tarGz({ a: 'b' }), tarGz({ a: 'b' }))
})
