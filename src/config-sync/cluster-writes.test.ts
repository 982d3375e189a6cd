// This file is about testing whether a spec holds what others have added to it.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { addedByOthers, FIELD_MANAGER } from './cluster-writes.ts'

type Fields = Readonly<Record<string, unknown>>

const ours = (spec: Fields) => ({
  manager: FIELD_MANAGER,
  operation: 'Apply' as const,
  fieldsV1: { 'f:metadata': {}, 'f:spec': spec },
})
const theirs = (spec: Fields, more: Fields = {}) => ({
  manager: 'kubectl-edit',
  operation: 'Update' as const,
  fieldsV1: { 'f:spec': spec },
  ...more,
})

const OWN = { 'f:region': {}, 'f:auth': { '.': {}, 'f:ambient': {} } }

describe('nothing was added', () => {
  it('where we are alone', () => assert.ok(!addedByOthers([ours(OWN)])))
  it('where others own the same', () => assert.ok(!addedByOthers([ours(OWN), theirs({ 'f:region': {} })])))
  it('where others own a status', () => {
    const status = {
      manager: 'everpull',
      operation: 'Update' as const,
      subresource: 'status',
      fieldsV1: { 'f:status': {} },
    }
    assert.ok(!addedByOthers([ours(OWN), status]))
  })
})

describe('something was added', () => {
  it('beside what is ours', () => assert.ok(addedByOthers([ours(OWN), theirs({ 'f:sharing': {} })])))
  it('deep in what is ours', () =>
    assert.ok(addedByOthers([ours(OWN), theirs({ 'f:auth': { 'f:iamRole': {} } })])))
  it('into an empty object of ours', () => {
    assert.ok(addedByOthers([ours(OWN), theirs({ 'f:auth': { 'f:ambient': { 'f:x': {} } } })]))
  })
  it('under our own name in another way', () => {
    assert.ok(addedByOthers([ours(OWN), theirs({ 'f:sharing': {} }, { manager: FIELD_MANAGER })]))
  })
})
