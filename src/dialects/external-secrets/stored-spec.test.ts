// This file is about testing that objects are read which came in through definitions other than ours.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anExternalSecret, generatorRef } from './fixtures/resources.ts'
import { readSpec } from './stored-spec.ts'

test('a generator of a kind that later releases know is named, and said not to be served', () => {
  const kind = 'CodeArtifactAuthorizationToken'
  const read = readSpec(anExternalSecret({ dataFrom: [generatorRef('any', { kind })] }))
  assert.ok(read.is === 'invalid')
  assert.match(read.fault.message, /^spec\.dataFrom\[0\]\.sourceRef\.generatorRef\.kind: CodeArtifact/)
  assert.match(read.fault.message, /ECRAuthorizationToken/)
})

test('what only the API server wants to be short may be long', () => {
  const templateFrom = Array.from({ length: 1001 }, () => ({ literal: 'a: b', target: 'Data' }))
  const spec = { dataFrom: [generatorRef()], target: { template: { templateFrom } } }
  assert.notEqual(readSpec(anExternalSecret(spec)).is, 'invalid')
})

test('defaults that other definitions do not fill in are filled in', () => {
  const read = readSpec(anExternalSecret({ dataFrom: [generatorRef()] }))
  assert.ok(read.is === 'spec')
  assert.equal(read.spec.refreshInterval, '1h0m0s')
  assert.deepEqual(read.spec.target, { creationPolicy: 'Owner', deletionPolicy: 'Retain' })
})
