// This file is about what the documents claim: commands that exist, decisions that are written down.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join, posix } from 'node:path'
import { test } from 'node:test'
import type { Command } from 'commander'
import { VARIABLES } from '../../src/cli/credential-protocol.ts'
import { buildProgram } from '../../src/cli/program.ts'
import { settings, variableOf } from '../../src/config/settings.ts'
import { aCommandLine } from '../support/command-line.ts'
import { ROOT, read, sourceFiles, trackedFiles } from './tree.ts'

const documents = trackedFiles().filter((path) => path.endsWith('.md') && !/fixtures\//.test(path))

/** Lines of the shell blocks of a page, without comments and prompts. */
const shellLines = (markdown: string): string[] =>
  [...markdown.matchAll(/^```(?:sh|bash|shell)\n([\s\S]*?)^```/gm)]
    .flatMap((match) => (match[1] ?? '').split('\n'))
    .map((line) => line.replace(/\s+#.*$/, '').trim())
    .filter((line) => line !== '' && !line.startsWith('#'))

test('every make target in a document is in the Makefile', () => {
  const targets = new Set([...read('Makefile').matchAll(/^([a-z-]+):/gm)].map((match) => match[1]))
  const wrong = documents.flatMap((path) =>
    [...read(path).matchAll(/(?:^|`)make ([a-z-]+)/gm)]
      .filter((match) => !targets.has(match[1]))
      .map((match) => `${path}: ${match[0]}`),
  )
  assert.deepEqual(wrong, [])
})

test('every everpull command in a shell block exists, with its flags', () => {
  const program = buildProgram(aCommandLine().context)
  const wrong = documents.flatMap((path) =>
    shellLines(read(path))
      .flatMap((line) => line.split(/\s*[|;&]+\s*/))
      .map(
        (line) =>
          /^(?:npm run --silent everpull --|npx everpull|kubectl everpull|everpull)\s+(.*)$/.exec(line)?.[1],
      )
      .filter((words) => words !== undefined)
      .flatMap((words) => unknownWords(program, words.split(/\s+/)).map((word) => `${path}: ${word}`)),
  )
  assert.deepEqual(wrong, [])
})

/** Words of a command line that name no command and no flag. */
function unknownWords(program: Command, words: readonly string[]): string[] {
  let command = program
  const unknown: string[] = []
  for (const word of words) {
    const child = command.commands.find((c) => c.name() === word)
    const flag = word.split('=')[0] ?? ''
    if (child !== undefined) command = child
    else if (flag.startsWith('--') && flag !== '--help' && !command.options.some((o) => o.long === flag))
      unknown.push(word)
    else if (command === program && !word.startsWith('-')) unknown.push(word)
  }
  return unknown
}

/** What single commands read besides the settings: secrets mostly, which no flag takes. */
const variablesOfCommands = (): readonly string[] =>
  sourceFiles()
    .filter((path) => path.startsWith('src/cli/') && !path.endsWith('.test.ts'))
    .flatMap((path) => [...read(path).matchAll(/'(EVERPULL_[A-Z_]+)'/g)].map((match) => match[1] ?? ''))

test('every variable of ours in a document is a setting, or read by a command', () => {
  const ours = [
    ...Object.values(settings).map(variableOf),
    ...Object.values(VARIABLES),
    ...variablesOfCommands(),
    'EVERPULL_CACHE',
  ]
  const known = new Set(ours)
  const wrong = documents.flatMap((path) =>
    [...read(path).matchAll(/\bEVERPULL_[A-Z_]+\b/g)]
      .filter((match) => !known.has(match[0]))
      .map((match) => `${path}: ${match[0]}`),
  )
  assert.deepEqual(wrong, [])
})

test('every link between documents leads somewhere', () => {
  const broken = documents.flatMap((path) =>
    [...read(path).matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)(?:#[^)]*)?\)/g)]
      .map((match) => posix.join(posix.dirname(path), match[1] ?? ''))
      .filter((target) => !existsSync(join(ROOT, target)))
      .map((target) => `${path}: ${target}`),
  )
  assert.deepEqual(broken, [])
})

test('every file and folder the architecture names is there', () => {
  const named = [...read('ARCHITECTURE.md').matchAll(/`((?:[a-z-]+\/)+(?:[a-z-]+(?:\.test)?\.ts)?)`/g)].map(
    (m) => m[1] ?? '',
  )
  const missing = named.filter(
    (path) => !existsSync(join(ROOT, path)) && !existsSync(join(ROOT, 'src', path)),
  )
  assert.deepEqual(missing, [])
})

test('every runtime dependency has a decision record', () => {
  const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> }
  const records = trackedFiles()
    .filter((path) => path.startsWith('docs/decisions/'))
    .map(read)
    .join('\n')
  const undecided = Object.keys(dependencies).filter((name) => !records.includes(`\`${name}\``))
  assert.deepEqual(undecided, [])
})

test('decision records are numbered without gaps, and each says what was decided and why', () => {
  const records = trackedFiles().filter((path) => path.startsWith('docs/decisions/'))
  const numbers = records.map((path) => Number(/\/(\d{4})-[a-z0-9-]+\.md$/.exec(path)?.[1]))
  assert.deepEqual(
    numbers,
    numbers.map((_, index) => index + 1),
  )
  const silent = records.filter((path) => !/^## Decision$/m.test(read(path)) || !/^## Why$/m.test(read(path)))
  assert.deepEqual(silent, [])
})

test('documents keep to one sentence a line', () => {
  const joined = documents.flatMap((path) =>
    withoutCode(read(path))
      .split('\n')
      .filter(
        (line) =>
          !line.startsWith('|') && /[a-z)`*][.!?] [A-Z`*]/.test(line) && !/\b(e\.g|i\.e|vs)\. /.test(line),
      )
      .map((line) => `${path}: ${line}`),
  )
  assert.deepEqual(joined, [])
})

const withoutCode = (markdown: string): string => markdown.replace(/^```[\s\S]*?^```/gm, '')
