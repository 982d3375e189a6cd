// This file is about a fresh checkout on a machine that lacks something: one clear sentence, not a stack of errors.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { CHECKOUT, systemProgram } from '../support/everpull-process.ts'

/** What any system has; everything else is left out unless a row names it. */
const BASICS = ['bash', 'sh', 'dirname', 'cmp', 'cp', 'sed', 'expand', 'timeout', 'id', 'env', 'cat']

/** Runs a program in a checkout without node_modules, seeing only these programs. */
function onAMachineWith(programs: readonly string[], ...command: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'everpull-fresh-'))
  try {
    for (const path of ['Makefile', '.ci', 'package.json', 'package-lock.json']) {
      cpSync(join(CHECKOUT, path), join(folder, path), { recursive: true })
    }
    const bin = mkdtempSync(join(folder, 'bin-'))
    for (const name of [...BASICS, ...programs]) {
      const found = systemProgram(name)
      if (found !== undefined) symlinkSync(found, join(bin, name))
    }
    const old = '#!/bin/sh\n[ "$1" = --version ] && echo v18.1.0\n[ "$1" = -e ] && exit 1\nexit 0\n'
    if (programs.includes('old node')) writeFileSync(join(bin, 'node'), old, { mode: 0o755 })
    const [program = '', ...args] = command
    const { status, stderr } = spawnSync(join(bin, program), args, {
      cwd: folder,
      env: { PATH: bin },
      encoding: 'utf8',
    })
    return {
      status,
      lines: stderr.split('\n').filter((line) => line !== '' && !line.startsWith('make: ***')),
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const rows: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['npm', ['make', 'node'], /^npm is missing: install Node 20 or newer with npm/],
  ['node', ['make', 'npm'], /^node is missing: install Node 20 or newer with npm/],
  [
    'a node young enough',
    ['make', 'npm', 'old node'],
    /^Node is too old: install Node 20 or newer, this is v18\.1\.0\.$/,
  ],
]
for (const [what, programs, sentence] of rows) {
  test(`without ${what}, make check says so in one sentence`, () => {
    const { status, lines } = onAMachineWith(programs, 'make', 'check')
    assert.notEqual(status, 0)
    assert.equal(lines.length, 1, lines.join('\n'))
    assert.match(lines[0] ?? '', sentence)
  })
}

for (const tool of ['make', 'git', 'npm', 'go', 'curl', 'script']) {
  test(`without ${tool}, CI says so in one sentence`, () => {
    const all = ['make', 'git', 'npm', 'node', 'go', 'curl', 'script']
    const others = all.filter((name) => name !== tool)
    const { status, lines } = onAMachineWith(others, 'bash', '.ci/run')
    assert.equal(status, 1)
    assert.equal(lines.length, 1, lines.join('\n'))
    assert.match(lines[0] ?? '', new RegExp(`^${tool} is missing: `))
  })
}

test('without go, building the parts says so in one sentence', () => {
  const cache = mkdtempSync(join(tmpdir(), 'everpull-cache-'))
  try {
    const { status, stderr } = spawnSync(process.execPath, ['tools/parts.ts'], {
      cwd: CHECKOUT,
      env: { PATH: cache, EVERPULL_CACHE: cache },
      encoding: 'utf8',
    })
    assert.equal(status, 1)
    assert.match(stderr, /^[^\n]*\bGo\b[^\n]*1\.26[^\n]*\n$/)
  } finally {
    rmSync(cache, { recursive: true })
  }
})

test('make alone lists the targets', () => {
  const { status, stdout } = spawnSync('make', [], { cwd: CHECKOUT, encoding: 'utf8' })
  assert.equal(status, 0)
  for (const target of ['demo', 'test', 'check', 'bench']) assert.match(stdout, new RegExp(`make ${target} `))
})
