// This file is about how the table looks.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Row, table } from './table.ts'

const aRow = (row: Partial<Row> = {}): Row => ({
  secret: 'argocd/repo',
  login: 2,
  ageMs: 38_400,
  renewalInMs: 1_900,
  client: 'helm',
  tried: 31,
  failed: 0,
  ...row,
})

test('each Secret stands once, with a line for each client', () => {
  const rows = [
    aRow(),
    aRow({ secret: 'builds/pull', ageMs: 0, client: 'crane' }),
    aRow({ secret: 'builds/pull', client: 'skopeo', failed: 1 }),
  ]
  assert.deepEqual(table(rows, 100), [
    'SECRET       LOGIN  AGE  NEXT RENEWAL  CLIENT  PULLS  FAILED',
    'argocd/repo  2      38s  within 1s     helm    31     0',
    'builds/pull  2      0s   within 1s     crane   31     0',
    '                                       skopeo  31     1',
  ])
})

test('a Secret without a login says so, and one that is due is renewed now', () => {
  const [, none, due] = table([aRow({ login: 0 }), aRow({ secret: 'a/b', renewalInMs: -5 })], 100)
  assert.match(none ?? '', /^argocd\/repo {2}- {6}- {4}- /)
  assert.match(due ?? '', / now /)
})

test('on a narrow terminal names are shortened, and nothing is longer than a line', () => {
  const lines = table([aRow({ secret: 'a-namespace-with-a-long-name/a-secret' })], 70)
  assert.match(lines[1] ?? '', /^….+\/a-secret/)
  for (const width of [70, 40, 5]) {
    const longest = Math.max(...table([aRow()], width).map((line) => line.length))
    assert.ok(longest <= width, `${longest} in ${width}`)
  }
})
