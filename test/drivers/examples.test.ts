// This file is about the examples under deploy/ and on the first page: an API server with the definitions printed takes each as it is.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { join } from 'node:path'
import { type DefinedServer, startDefinedServer } from '../support/definitions.ts'
import { established } from '../support/established.ts'
import { BUILD_CONFIG_DEFINITION } from '../support/openshift-build.ts'
import { printedExamples } from '../support/printed-examples.ts'

const EXAMPLES = printedExamples()

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

  for (const [index, { where, yaml, manifests }] of EXAMPLES.entries()) {
    test(`takes ${where}`, async () => {
      const file = join(server.file, '..', `example-${index}.yaml`)
      await writeFile(file, yaml)
      const said = await server.kubectl('apply', '--dry-run=server', '--validate=strict', '--filename', file)
      assert.equal(said.trim().split('\n').length, manifests.length, said)
    })
  }
})

function namespacesNamed(): ReadonlySet<string> {
  const named = EXAMPLES.flatMap(({ manifests }) => manifests).flatMap(
    ({ metadata: { namespace } }) => namespace ?? [],
  )
  return new Set(named.filter((namespace) => namespace !== 'default'))
}
