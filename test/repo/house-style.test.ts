// This file is about what every file of the repository keeps to.
import assert from 'node:assert/strict'
import { homedir } from 'node:os'
import { posix } from 'node:path'
import { test } from 'node:test'
import { ROOT, read, sourceFiles, trackedFiles, withoutComments } from './tree.ts'

const sources = sourceFiles()
const production = sources.filter((path) => /^(src|sandbox)\//.test(path) && !path.endsWith('.test.ts'))
const code = [...sources, ...trackedFiles().filter((path) => /^bin\/.*\.js$/.test(path))]

/** Paths that break the rule, with the first line that does. */
function breaking(paths: readonly string[], rule: RegExp): string[] {
  return paths.flatMap((path) => {
    const line = withoutComments(read(path))
      .split('\n')
      .find((text) => rule.test(text))
    return line === undefined ? [] : [`${path}: ${line.trim()}`]
  })
}

test('every source file begins by saying what it is about', () => {
  const silent = code.filter((path) => {
    const [first = '', second = ''] = read(path).split('\n')
    return !/^\/\/ \S/.test(first.startsWith('#!') ? second : first)
  })
  assert.deepEqual(silent, [])
})

test('files are named in kebab-case', () => {
  const odd = code.filter((path) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.test)?\.(ts|js)$/.test(posix.basename(path)))
  assert.deepEqual(odd, [])
})

test('no file and no declaration has a name that says nothing', () => {
  const empty = [
    'util',
    'utils',
    'helper',
    'helpers',
    'common',
    'manager',
    'handler',
    'processor',
    'service',
    'misc',
  ]
  const files = code.filter((path) =>
    path
      .replace(/\.\w+$/, '')
      .split('/')
      .some((part) => empty.includes(part)),
  )
  const rule = new RegExp(
    `\\b(class|interface|type|function)\\s+\\w*(${empty.map((w) => w[0]?.toUpperCase() + w.slice(1)).join('|')})\\b`,
  )
  // Kubernetes has field managers and a controller manager, AWS has services.
  const foreign = /(field|Controller)Manager\b|Service\b/
  assert.deepEqual([...files, ...breaking(production, rule).filter((line) => !foreign.test(line))], [])
})

test('nothing goes around the type checker or the linter', () => {
  const around = sources.filter((path) =>
    /@ts-(ignore|expect-error|nocheck)|(oxlint|eslint)-disable/.test(read(path)),
  )
  assert.deepEqual(
    around.filter((path) => path !== 'test/repo/house-style.test.ts'),
    [],
  )
})

test('no test is skipped, left for later or run alone', () => {
  const tests = sources.filter((path) => path.endsWith('.test.ts'))
  assert.deepEqual(
    breaking(
      tests,
      /\b(test|it|describe|suite|t)\.(skip|only|todo)\(|\b(test|it|describe|suite)\(.*\{\s*(skip|only|todo):/,
    ),
    [],
  )
})

test('no file exports by default and none is a barrel', () => {
  const barrels = production.filter((path) => posix.basename(path) === 'index.ts')
  assert.deepEqual([...barrels, ...breaking(sources, /^export (default|\*)/)], [])
})

test('time and randomness come from base', () => {
  const rule = /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\b|\bset(Timeout|Interval)\(/
  const own = production.filter((path) => path.startsWith('src/') && !path.startsWith('src/base/'))
  // The log stamps its lines itself.
  assert.deepEqual(
    breaking(own, rule).filter((line) => !line.startsWith('src/observe/log.ts')),
    [],
  )
})

test('secrets are revealed only where they are rendered, written or used', () => {
  const allowed =
    /^src\/(engine\/render\/|engine\/[a-z-]+\.ts|operator\/adapters\/|aws\/|oci\/|git\/|kube\/|seal\/|base\/|cli\/revealed-login\.ts|token-endpoint\/(answer|bearer|signature|client-request)\.ts)|^sandbox\//
  assert.deepEqual(
    breaking(
      production.filter((path) => !allowed.test(path)),
      /\.reveal\(\)/,
    ),
    [],
  )
})

test('no path of a machine stands in the repository', () => {
  const own = [ROOT, ...(homedir() === '/' ? [] : [`${homedir()}/`])]
  const texts = trackedFiles().filter((path) => !/\.(png|ico|tgz)$/.test(path))
  const found = texts.filter((path) => own.some((folder) => read(path).includes(folder)))
  assert.deepEqual(found, [])
})
