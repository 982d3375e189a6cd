// This file is about the order of semantic versions.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareVersions, parseVersion } from './version.ts'

test('versions are in the order of semver.org', () => {
  const ordered = [
    '0.1.9',
    '0.1.27-0',
    '0.1.27-1',
    '0.1.27-10',
    '0.1.27-alpha',
    '0.1.27-alpha.1',
    '0.1.27-alpha.beta',
    '0.1.27-rc.2',
    '0.1.27',
    'v0.2.0',
    '1.0.0+build',
    '10.0.0',
  ]
  const versions = ordered.map((text) => parseVersion(text))
  for (const [i, a] of versions.entries()) {
    for (const [j, b] of versions.entries()) {
      assert.ok(a !== undefined && b !== undefined)
      assert.equal(Math.sign(compareVersions(a, b)), Math.sign(i - j), `${ordered[i]} and ${ordered[j]}`)
    }
  }
})

test('what is no version is none', () => {
  for (const text of ['', '1', '1.2', '01.2.3', '1.2.3-', '1.2.3.4', 'latest', ' 1.2.3', '1.2.3-a..b']) {
    assert.equal(parseVersion(text), undefined, text)
  }
})

test('what a version was built from does not count', () => {
  const [a, b] = ['1.0.0+a', '1.0.0+b'].map((text) => parseVersion(text))
  assert.ok(a !== undefined && b !== undefined)
  assert.equal(compareVersions(a, b), 0)
})
