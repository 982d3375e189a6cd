// This file is about where the versions of the parts come from.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LARGE_PART_NAMES, PART_NAMES, partNamed, pinnedVersion, versionFits } from './catalog.ts'

test('every part is pinned by a go.mod', () => {
  for (const name of [...PART_NAMES, ...LARGE_PART_NAMES])
    assert.match(partNamed(name).version, /^v\d+\.\d+\.\d+$/)
})

test('a requirement is found alone on its line, in a block, and when another module replaces it', () => {
  assert.equal(pinnedVersion('require k8s.io/kubernetes v1.2.3\n', 'k8s.io/kubernetes'), 'v1.2.3')
  assert.equal(pinnedVersion('require (\n\ta v1.0.0\n\tb v2.0.0 // indirect\n)\n', 'b'), 'v2.0.0')
  assert.equal(pinnedVersion('replace (\n\tb => c v9.9.9\n)\nrequire b v2.0.0\n', 'b'), 'v2.0.0')
  assert.equal(pinnedVersion('require a v1.0.0\n', 'b'), undefined)
})

for (const [wanted, found, fits] of [
  ['v1.36.3', 'Kubernetes v1.36.0', true],
  ['v1.36.3', 'Client Version: v1.32.4', false],
  ['v3.6.16', 'etcd Version: 3.6.4\nGit SHA: abc', true],
  ['v3.22.0', 'v3.22.0+gabc', true],
  ['v3.22.0', 'v4.22.0', false],
  ['v3.22.0', '', false],
] as const)
  test(`a program that says ${JSON.stringify(found)} ${fits ? 'fits' : 'does not fit'} ${wanted}`, () => {
    assert.equal(versionFits(wanted, found), fits)
  })
