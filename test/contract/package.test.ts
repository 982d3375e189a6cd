// This file is about everpull packed by npm and installed somewhere else.
import assert from 'node:assert/strict'
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { runEverpull } from '../support/everpull-process.ts'
import { installPackage, packPackage } from '../support/installed-package.ts'
import { holdsTheContract } from './contract.ts'

const folder = mkdtempSync(join(tmpdir(), 'everpull-package-'))
const prefix = join(folder, 'prefix')
const installed = join(prefix, 'lib', 'node_modules', 'everpull')
const everpull = join(prefix, 'bin', 'everpull')

before(() => installPackage(packPackage(folder), prefix))
after(() => rmSync(folder, { recursive: true, force: true }))

holdsTheContract(() => ({ says: '', command: [everpull], cwd: folder }), 'installed')

test('it runs what was built, and brings no source and no tests', () => {
  const files = globSync('{src,sandbox,dist}/**/*', { cwd: installed })
  assert.ok(files.includes('dist/src/main.js'))
  assert.deepEqual(
    files.filter((path) => path.endsWith('.ts') || path.includes('.test.') || path.includes('fixture')),
    [],
  )
})

test('the modules the sandbox is built from come along', () => {
  assert.ok(globSync('tools/parts/*/go.mod', { cwd: installed }).length > 0)
})

test('its bill of materials comes along', () => {
  const { components } = JSON.parse(readFileSync(join(installed, 'dist', 'everpull.cdx.json'), 'utf8')) as {
    components: object[]
  }
  assert.ok(components.length > 50)
})

test('kubectl finds it as a plugin', async () => {
  const plugin = join(prefix, 'bin', 'kubectl-everpull')
  assert.match(
    (await runEverpull({ says: '', command: [plugin], cwd: folder }, 'crds', '--help')).out,
    /kubectl everpull crds/,
  )
})

test('docker finds it as a credential helper', async () => {
  const program = join(prefix, 'bin', 'docker-credential-everpull')
  const { code, out } = await runEverpull({ says: '', command: [program], cwd: folder }, 'list')
  assert.deepEqual([code, out], [0, '{}\n'])
})
