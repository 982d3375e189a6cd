// This file is about tables for people.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { renderTable } from './table.ts'

test('columns are as wide as their widest cell, and lines end without blanks', () => {
  const table = {
    head: ['A', 'LONGER'],
    rows: [
      ['wide cell', 'x'],
      ['y', ''],
    ],
  }
  assert.equal(renderTable(table, false), 'A           LONGER\nwide cell   x\ny\n')
})

test('colours do not move columns', () => {
  const rows = [
    [{ text: 'ok', tone: 'good' as const }, 'x'],
    ['no', 'y'],
  ]
  const coloured = renderTable({ head: ['A', 'B'], rows }, true)
  assert.match(coloured, /\u001b\[32mok\u001b\[39m   x\n/)
  assert.match(coloured, /\nno   y\n$/)
})

test('what stands in a cell gives no orders, and makes no row', () => {
  const rows = [
    ['a\u001b[1Ab', 'x\n  good'],
    [{ text: 'c\u202ed', tone: 'bad' as const }, 'y'],
  ]
  assert.equal(renderTable({ head: ['A', 'B'], rows }, false), 'A        B\na�[1Ab   x good\nc�d      y\n')
})

test('a table without rows is nothing', () => {
  assert.equal(renderTable({ head: ['A'], rows: [] }, false), '')
})
