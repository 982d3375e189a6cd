// This file is about the walls between layers: every import is held to the table in ARCHITECTURE.md.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judge, parseLayerTable } from './layer-table.ts'
import { importsOf, read, sourceFiles, withoutComments } from './tree.ts'

const table = parseLayerTable(read('ARCHITECTURE.md'))

test('every import is allowed by the layer table', () => {
  const wrong = sourceFiles()
    .flatMap((path) => importsOf(path))
    .map((one) => judge(table, one))
    .filter((sentence) => sentence !== undefined)
  assert.deepEqual(wrong, [])
})

test('every dynamic import names its file, so that it can be judged', () => {
  const walled = sourceFiles().filter((path) => path.startsWith('src/') || path.startsWith('sandbox/'))
  const unnamed = walled.filter((path) => /\bimport\((?!\s*['"])/.test(withoutComments(read(path))))
  assert.deepEqual(unnamed, [])
})

const verdicts: readonly (readonly [string, string, string, 'allowed' | 'forbidden'])[] = [
  ['a layer may import below', 'src/engine/decide.ts', `import type { A } from '../model/ref.ts'`, 'allowed'],
  ['and itself', 'src/engine/decide.ts', `import { a } from './render/render.ts'`, 'allowed'],
  [
    'but not its neighbour',
    'src/engine/decide.ts',
    `import { a } from '../dialects/dialect.ts'`,
    'forbidden',
  ],
  ['not even a type', 'src/kube/client.ts', `import type { A } from '../model/ref.ts'`, 'forbidden'],
  ['nor when it is loaded late', 'src/kube/client.ts', `await import('../aws/ecr.ts')`, 'forbidden'],
  ['nor through a re-export', 'src/base/log.ts', `export { a } from '../model/ref.ts'`, 'forbidden'],
  [
    'drivers meet ports in the adapters only',
    'src/operator/reconcile.ts',
    `import '../aws/ecr.ts'`,
    'forbidden',
  ],
  [
    'and there they may',
    'src/operator/adapters/logins.ts',
    `import { a } from '../../aws/ecr.ts'`,
    'allowed',
  ],
  [
    'adapters are wired at the root, not below',
    'src/operator/reconcile.ts',
    `import './adapters/logins.ts'`,
    'forbidden',
  ],
  [
    'a right may be to one file',
    'src/observe/x.ts',
    `import type { A } from '../engine/ports.ts'`,
    'allowed',
  ],
  [
    'and is then none to its folder',
    'src/observe/x.ts',
    `import { a } from '../engine/deliver.ts'`,
    'forbidden',
  ],
  ['the sandbox shares base', 'sandbox/aws/x.ts', `import { a } from '../../src/base/clock.ts'`, 'allowed'],
  ['and nothing else', 'sandbox/aws/x.ts', `import { a } from '../../src/aws/ecr.ts'`, 'forbidden'],
  ['the root may all', 'src/main.ts', `import('../sandbox/sandbox.ts')`, 'allowed'],
  [
    'a test may use the support',
    'src/kube/client.test.ts',
    `import '../../test/support/clock.ts'`,
    'allowed',
  ],
  ['and not break walls', 'src/kube/client.test.ts', `import '../aws/ecr.ts'`, 'forbidden'],
  ['a package stays at home', 'src/engine/decide.ts', `import { pino } from 'pino'`, 'forbidden'],
  ['patterns included', 'src/operator/x.ts', `import '@aws-sdk/client-ecr'`, 'forbidden'],
  ['others may be used anywhere', 'src/model/kind.ts', `import type { z } from 'zod'`, 'allowed'],
  [
    'comments import nothing',
    'src/base/log.ts',
    `// import '../model/ref.ts'\n/* import('../model/ref.ts') */`,
    'allowed',
  ],
  ['a folder without a row is no layer', 'src/misplaced/x.ts', `import '../base/log.ts'`, 'forbidden'],
]
for (const [says, from, text, wanted] of verdicts) {
  test(`layers: ${says}`, () => {
    const wrong = importsOf(from, text)
      .map((one) => judge(table, one))
      .filter((s) => s !== undefined)
    assert.equal(wrong.length > 0 ? 'forbidden' : 'allowed', wanted, wrong.join('\n'))
  })
}
