// This file is about the table of cases of the original: none is missing, and each test it names exists.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ROOT, read, withoutComments } from './tree.ts'

const README = 'src/dialects/external-secrets/README.md'
const CASES = 104
const LEFT_OUT = /^left out: \S/

interface Case {
  readonly number: number
  readonly tests: string
}

const cases: readonly Case[] = [...read(README).matchAll(/^\| (\d+) \| [^|]+ \| [^|]+ \| ([^|]+) \|$/gm)].map(
  ([, number, tests = '']) => ({ number: Number(number), tests }),
)

interface Citation {
  readonly number: number
  readonly file: string
  readonly titles: readonly string[]
}

const citations: readonly Citation[] = cases.flatMap(({ number, tests }) =>
  tests.split('<br>').flatMap((part) => {
    const [, file, titles = ''] = /^`([^`]+)`: (“.*”)$/.exec(part) ?? []
    if (file === undefined) return []
    return [{ number, file, titles: [...titles.matchAll(/“([^”]+)”/g)].map(([, title = '']) => title) }]
  }),
)

/** What stands where titles stand: first in a call or a row of a table, or under a name. */
const TITLES = /(?:[([]\s*|\b(?:name|says|what):\s*)(['"`])((?:\\.|(?!\1)[^\\])*)\1/g

const titlesIn = (file: string): ReadonlySet<string> =>
  new Set(
    [...withoutComments(read(file)).matchAll(TITLES)].map(([, , title = '']) =>
      title.replaceAll(/\$\{[^}]*\}/g, '…').replaceAll(/\\(.)/g, '$1'),
    ),
  )

test('every case has its row, in order', () => {
  assert.deepEqual(
    cases.map(({ number }) => number),
    Array.from({ length: CASES }, (_, index) => index + 1),
  )
})

test('every case names a test, or says why it is left out', () => {
  const silent = cases.filter(
    ({ number, tests }) => !LEFT_OUT.test(tests) && !citations.some((one) => one.number === number),
  )
  assert.deepEqual(silent, [])
})

test('every test that a case names exists', () => {
  const missing = citations.flatMap(({ number, file, titles }) => {
    if (!existsSync(join(ROOT, file))) return [`${number}: ${file}`]
    const there = titlesIn(file)
    return titles.filter((title) => !there.has(title)).map((title) => `${number}: ${file}: ${title}`)
  })
  assert.deepEqual(missing, [])
})
