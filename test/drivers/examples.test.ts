// This file is about the examples under deploy/: an API server with the definitions printed takes each as it is.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { type DefinedServer, startDefinedServer } from '../support/definitions.ts'
import { established } from '../support/established.ts'
import { BUILD_CONFIG_DEFINITION } from '../support/openshift-build.ts'
import { read, ROOT, trackedFiles } from '../repo/tree.ts'

const EXAMPLES = trackedFiles().filter((path) => /^deploy\/examples\/.*\.yaml$/.test(path))

interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
}

describe('an API server with the definitions printed', () => {
  let server: DefinedServer
  before(async () => {
    server = await startDefinedServer()
    const file = join(server.file, '..', 'build-configs.yaml')
    await writeFile(file, BUILD_CONFIG_DEFINITION)
    await server.kubectl('apply', '--filename', file)
    await established((...args) => server.kubectl(...args))
    for (const namespace of namespacesNamed()) await server.kubectl('create', 'namespace', namespace)
  })
  after(() => server.stop())

  for (const path of EXAMPLES) {
    test(`takes ${path}`, async () => {
      const flags = ['--dry-run=server', '--validate=strict', '--filename', join(ROOT, path)]
      const said = await server.kubectl('apply', ...flags)
      assert.equal(said.trim().split('\n').length, manifestsIn(path).length, said)
    })
  }
})

const manifestsIn = (path: string): readonly Manifest[] =>
  parseAllDocuments(read(path)).map((document) => document.toJS() as Manifest)

function namespacesNamed(): ReadonlySet<string> {
  const named = EXAMPLES.flatMap(manifestsIn).flatMap(({ metadata: { namespace } }) => namespace ?? [])
  return new Set(named.filter((namespace) => namespace !== 'default'))
}
