// This file is about what the kernel tells of a process.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cpuSeconds, forgetPeak, peakBytes, readStat } from './process-tree.ts'

test('a name with spaces and brackets moves no field', () => {
  const line = '42 (a ) b) S 7 42 42 0 -1 4194304 100 0 0 0 250 50 20 30 20 0 1 0 100'
  assert.deepEqual(readStat(line, 100), { pid: 42, parent: 7, cpu: 3.5 })
})

if (process.platform === 'linux')
  test('this process has used processor time and memory', () => {
    forgetPeak(process.pid)
    assert.ok(cpuSeconds(process.pid) > 0)
    assert.ok(peakBytes(process.pid) > 10e6)
  })
