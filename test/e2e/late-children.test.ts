// This file is about ClusterExternalSecrets whose ExternalSecrets cannot be made for a while: the definition goes and returns.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { auditedRequests } from '../../sandbox/control-plane/audit-log.ts'
import { OPERATOR_USER } from '../support/deeds.ts'
import { eventually } from '../support/eventually.ts'
import { clusterExternalSecret, generator, labelledNamespace, together } from '../support/orders.ts'
import { type RunningOperator, Stage } from '../support/stage.ts'

const DEFINITION = 'externalsecrets.external-secrets.io'
/** A definition goes with all of its objects, on a machine that is busy with other things. */
const PATIENCE_MS = 120_000
/** Nobody edits anything; the order itself would come back after an hour. */
const SOON_MS = 30_000

interface Said {
  readonly provisionedNamespaces?: readonly string[]
  readonly conditions?: readonly {
    readonly type: string
    readonly status: string
    readonly message?: string
  }[]
}

describe('a ClusterExternalSecret', () => {
  let stage: Stage
  let operator: RunningOperator

  before(async () => {
    stage = await Stage.open({ audit: true })
    operator = await stage.startOperator()
    await operator.ready()
  })
  after(() => stage[Symbol.asyncDispose]())

  const room = (name: string): Promise<string> =>
    stage.apply(
      together(labelledNamespace(name, { room: 'all' }), generator({ namespace: name, name: 'own' })),
    )
  const said = async (): Promise<Said> =>
    (
      JSON.parse(await stage.kubectl('get', 'clusterexternalsecret', 'all', '-o', 'json')) as {
        status?: Said
      }
    ).status ?? {}
  const readyIn = (limitMs: number, ...where: readonly string[]): Promise<unknown> =>
    eventually(
      `it is ready in ${where.join(', ')}`,
      async () => {
        const { conditions, provisionedNamespaces = [] } = await said()
        return conditions?.[0]?.status === 'True' && provisionedNamespaces.join() === where.join()
      },
      limitMs,
    )
  const childrenWritten = async (): Promise<number> =>
    (await auditedRequests(stage.sandbox.folder)).filter(
      ({ user, resource, verb }) =>
        user === OPERATOR_USER && resource === 'externalsecrets' && ['create', 'patch'].includes(verb),
    ).length

  it('is ready where its ExternalSecrets are', async () => {
    await room('a')
    await room('b')
    await stage.apply(
      clusterExternalSecret({
        name: 'all',
        generator: 'own',
        spec: { namespaceSelectors: [{ matchLabels: { room: 'all' } }] },
      }),
    )
    await readyIn(SOON_MS, 'a', 'b')
  })

  it('writes nothing as another operator begins', async () => {
    await operator.stop()
    const before = await childrenWritten()
    operator = await stage.startOperator()
    await operator.ready()
    // A namespace that is new is served by a pass over all of them.
    await room('c')
    await readyIn(SOON_MS, 'a', 'b', 'c')
    assert.equal((await childrenWritten()) - before, 1)
  })

  it('says so while there is no such kind', async () => {
    await stage.kubectl('delete', 'crd', DEFINITION, '--wait=false')
    await eventually(
      'it is not ready',
      async () =>
        (await said()).conditions?.[0]?.message?.includes('ExternalSecret is not installed') === true,
      PATIENCE_MS,
    )
    assert.equal((await said()).provisionedNamespaces, undefined)
  })

  it('makes them anew once the kind is there, and nobody has to ask for it', async () => {
    await eventually(
      'the definition is gone',
      async () => (await stage.kubectl('get', 'crd', DEFINITION, '--ignore-not-found')).trim() === '',
      PATIENCE_MS,
    )
    await stage.installCrds()
    await readyIn(SOON_MS, 'a', 'b', 'c')
  })
})
