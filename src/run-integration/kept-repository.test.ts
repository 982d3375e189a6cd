// This file is about testing what a repository forbids before anything is written to it.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readTree } from '../config-repo/read-tree.ts'
import type { TreeFile } from '../config-repo/tree.ts'
import type { IntegrationAccess, IntegrationSettings } from '../operator/commands/integrations.ts'
import { openIntegrationsIn, type ReadRepository } from './kept-repository.ts'

const ROLE: IntegrationAccess = { is: 'role', role: 'arn:aws:iam::123456789012:role/ecr-read' }

function judged(
  texts: Readonly<Record<string, string>>,
  runtimes: IntegrationSettings['runtimes'],
  access = ROLE,
): readonly string[] {
  const files = Object.entries(texts).map(
    ([path, text]): TreeFile => ({ path, mode: 'file', size: text.length, text }),
  )
  const read = { seen: { files }, tree: readTree(files), where: 'config' } as unknown as ReadRepository
  const settings = { name: 'ecr', runtimes, access, region: 'eu-west-1', registries: [] }
  return openIntegrationsIn(read, async () => undefined).judge({ is: 'create', settings })
}

const runtime = (spec: string): string => `apiVersion: everpull.dev/v1alpha1\nkind: Runtime\nspec: ${spec}\n`
const selected = (...names: string[]) => ({ is: 'selected', names }) as const

describe('a declaration of a runtime that nobody can read', () => {
  const texts = {
    'runtimes/ours/everpull.yaml': runtime('{hosted: false}'),
    'runtimes/theirs/everpull.yaml': runtime('{hosted: "yes"}'),
  }

  for (const runtimes of [selected('ours', 'theirs'), { is: 'all' } as const]) {
    test(`forbids what is for ${runtimes.is === 'all' ? 'all' : 'it'}, as it may be hosted`, () => {
      const [because, ...more] = judged(texts, runtimes)
      assert.deepEqual(more, [])
      assert.match(
        because ?? '',
        /^runtimes\/theirs\/everpull\.yaml declares no runtime.*put it right, as it says whether runtime theirs takes/,
      )
    })
  }

  test('forbids nothing that is for others, or that no declaration forbids', () => {
    assert.deepEqual(judged(texts, selected('ours')), [])
    assert.deepEqual(judged(texts, { is: 'all' }, { is: 'ambient' }), [])
  })
})
