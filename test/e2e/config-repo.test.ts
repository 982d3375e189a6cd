// This file is about an operator that keeps its cluster in line with a Git repository, served over HTTPS.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { eventually } from '../support/eventually.ts'
import { GIT_READER, GitServer } from '../support/git-server.ts'
import { type RunningOperator, Stage } from '../support/stage.ts'

const SECRET = 'git-credentials'
const NAMESPACE = 'everpull'

type Json = Readonly<Record<string, unknown>>

interface IntegrationSeen {
  readonly metadata: { readonly uid: string; readonly labels?: Readonly<Record<string, string>> }
  readonly spec: { readonly region: string; readonly sharing?: object }
  readonly status?: { readonly source?: { readonly commit: string; readonly path: string } }
}

const integration = (name: string, spec: Json = {}): string =>
  JSON.stringify({
    apiVersion: 'everpull.dev/v1alpha1',
    kind: 'EcrIntegration',
    metadata: { name },
    spec: { region: 'us-east-2', auth: { ambient: {} }, ...spec },
  })

const fileOf = (name: string, at = 'all-runtimes-all-clusters'): string =>
  `resources/${at}/${name}/integration.yaml`

describe('an operator with a Git repository', () => {
  let stage: Stage
  let server: GitServer
  let operator: RunningOperator
  before(async () => {
    stage = await Stage.open({ rbac: ['--config-repo', `--config-repo-secret=${SECRET}`] })
    server = await GitServer.open({ files: { [fileOf('one')]: integration('one') } })
    await credentials(GIT_READER.password)
    operator = await stage.startOperator(
      [
        `--config-repo=${server.url}`,
        '--config-repo-interval=1s',
        `--config-repo-secret=${SECRET}`,
        '--context=everpull',
      ].slice(0, 3),
    )
    await operator.ready()
  })
  after(async () => {
    await stage?.[Symbol.asyncDispose]()
    await server?.[Symbol.asyncDispose]()
  })

  const credentials = (password: string): Promise<string> =>
    stage.apply(
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { namespace: NAMESPACE, name: SECRET },
        stringData: { username: GIT_READER.username, password, 'ca.crt': server.certificateAuthority },
      }),
    )

  const seen = (name: string): Promise<IntegrationSeen | undefined> =>
    stage.get<IntegrationSeen>('ecrintegration', name)

  it('applies what the repository holds, and says where it came from', async () => {
    const head = await server.head()
    const one = await eventually(
      `integration one is told of; ${operator.output.slice(-3000)}`,
      async () => {
        const found = await seen('one')
        return found?.status?.source === undefined ? undefined : found
      },
      20_000,
    )
    assert.deepEqual(one.status?.source, { commit: head, path: fileOf('one') })
  })
})
