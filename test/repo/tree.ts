// This file is about the repository as repo tests see it: which files there are, and what they import.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'

export const ROOT = join(import.meta.dirname, '..', '..')

export const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

/** Paths from the root of everything that is or would be committed. */
export function trackedFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
  })
  return listed
    .toString()
    .split('\n')
    .filter((path) => path !== '' && existsSync(join(ROOT, path)))
}

export const sourceFiles = (): string[] =>
  trackedFiles().filter((path) => /^(src|sandbox|test|tools|bench|demo|chaos)\/.*\.ts$/.test(path))

export interface Import {
  readonly from: string
  /** A path from the root for our own files, else a package's name. */
  readonly to: string
  readonly ours: boolean
}

const SPECIFIER = /(?:\bfrom|\bimport)\s*\(?\s*(['"`])([^'"`\n$]+)\1/g

/** Static, dynamic, type and side-effect imports of a file. */
export function importsOf(path: string, text: string = read(path)): Import[] {
  return [...withoutComments(text).matchAll(SPECIFIER)].map((match) => {
    const specifier = match[2] ?? ''
    const ours = specifier.startsWith('.')
    return {
      from: path,
      ours,
      to: ours ? posix.join(posix.dirname(path), specifier) : packageName(specifier),
    }
  })
}

const packageName = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')

export const withoutComments = (text: string): string =>
  text.replace(/(^|\s)\/\*[\s\S]*?\*\//g, '$1').replace(/(^|\s)\/\/.*$/gm, '')
