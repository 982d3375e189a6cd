// This file is about the lock file: npm ci has to accept it on every platform, from any mirror.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type LockFile, missingEntries } from '../../tools/lock-platforms.ts'
import { read } from './tree.ts'

const lock = JSON.parse(read('package-lock.json')) as LockFile
type Manifest = Readonly<Record<string, Readonly<Record<string, string>>>>

test('every optional package has an entry, whatever the platform (node tools/lock-platforms.ts)', () => {
  assert.deepEqual(missingEntries(lock), {})
})

test('it is about the dependencies package.json names', () => {
  const manifest = JSON.parse(read('package.json')) as Manifest
  const root = (lock.packages[''] ?? {}) as Manifest
  for (const kind of ['dependencies', 'optionalDependencies', 'devDependencies']) {
    assert.deepEqual(root[kind], manifest[kind])
  }
})

test('it names no registry, so that any mirror may serve it', () => {
  assert.doesNotMatch(read('package-lock.json'), /"resolved":/)
})

test('a package for a platform of its own is locked to that platform', () => {
  const owner = { version: '1.0.0', dev: true, optionalDependencies: { '@x/cli-linux-x64-musl': '2.0.0' } }
  assert.deepEqual(missingEntries({ packages: { 'node_modules/x': owner } }), {
    'node_modules/@x/cli-linux-x64-musl': {
      version: '2.0.0',
      cpu: ['x64'],
      os: ['linux'],
      libc: ['musl'],
      dev: true,
      optional: true,
    },
  })
})
