// This file is about the manifests that readers copy: the operator finds nothing to say about any of them.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Manifest, printedExamples } from '../../../test/support/printed-examples.ts'
import { ParsedTemplates } from '../../template/parsed-templates.ts'
import { aResource } from '../fixtures/world.ts'
import { readIntegration } from './integration-spec.ts'
import { GROUP } from './kinds.ts'
import { readClusterLogin, readLogin } from './login-plan.ts'

const said = ({ kind, metadata: { name, namespace = '' }, spec }: Manifest): unknown => {
  const asked = aResource({ group: GROUP, kind, namespace, name }, { spec })
  if (kind === 'EcrIntegration') {
    const integration = readIntegration(asked)
    return integration.is === 'fault' ? integration.message : []
  }
  const read = kind === 'RegistryLogin' ? readLogin : readClusterLogin
  const plan = read(asked, new ParsedTemplates())
  return plan.is === 'fault' ? plan.message : plan.warnings
}

describe('nothing is wrong with', () => {
  for (const { where, manifests } of printedExamples()) {
    const ours = manifests.filter(({ apiVersion }) => apiVersion.startsWith(`${GROUP}/`))
    for (const manifest of ours) {
      test(`${manifest.kind} ${manifest.metadata.name} in ${where}`, () => {
        assert.deepEqual(said(manifest), [])
      })
    }
  }
})
