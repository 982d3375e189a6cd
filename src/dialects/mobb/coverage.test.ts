// This file is about testing that the coverage names every field there is.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Coverage } from '../coverage.ts'
import { ARGO_HELM_REPO_SECRET_COVERAGE, PULL_SECRET_COVERAGE } from './coverage.ts'
import { argoHelmRepoSecretSpec, pullSecretSpec } from './schema.ts'

const fieldsOf = (coverage: readonly Coverage[]): readonly string[] =>
  coverage.map(({ path }) => path).toSorted()
const fieldsIn = (shape: object): readonly string[] =>
  Object.keys(shape)
    .map((field) => `spec.${field}`)
    .toSorted()

test('every field of a Secret is covered', () => {
  assert.deepEqual(fieldsOf(PULL_SECRET_COVERAGE), fieldsIn(pullSecretSpec.shape))
})

test('every field of an ArgoHelmRepoSecret is covered', () => {
  assert.deepEqual(fieldsOf(ARGO_HELM_REPO_SECRET_COVERAGE), fieldsIn(argoHelmRepoSecretSpec.shape))
})
