// This file is about tables in pages that name tests: which they name, and whether those exist.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, read, withoutComments } from './tree.ts'

export interface Row {
  readonly number: number
  /** Its last cell. */
  readonly tests: string
}

export interface Citation {
  readonly number: number
  readonly file: string
  readonly titles: readonly string[]
}

/** Rows of a page that begin with a number. */
export const numberedRows = (page: string): readonly Row[] =>
  [...read(page).matchAll(/^\| (\d+) \| (?:[^|]+ \| )+([^|]+) \|$/gm)].map(([, number, tests = '']) => ({
    number: Number(number),
    tests,
  }))

/** A cell names tests as `file`: “title”, “title”<br>`file`: “title”. */
export const citationsIn = (rows: readonly Row[]): readonly Citation[] =>
  rows.flatMap(({ number, tests }) =>
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

/** What is named and does not exist. */
export const missingTests = (citations: readonly Citation[]): readonly string[] =>
  citations.flatMap(({ number, file, titles }) => {
    if (!existsSync(join(ROOT, file))) return [`${number}: ${file}`]
    const there = titlesIn(file)
    return titles.filter((title) => !there.has(title)).map((title) => `${number}: ${file}: ${title}`)
  })
