// This file is about users who want a new login now: one mint, however many ask at once.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { KubeClient } from '../../src/kube/client.ts'
import { mergePatch } from '../../src/kube/writes.ts'
import { adminClient } from '../support/admin-client.ts'
import { EXTERNAL_SECRETS } from '../support/condition-watch.ts'
import { conditionWhere, everythingServed } from '../support/deeds.ts'
import { eventually } from '../support/eventually.ts'
import { externalSecret, generator, together } from '../support/orders.ts'
import { SecretWatch } from '../support/secret-watch.ts'
import { type RunningOperator, Stage } from '../support/stage.ts'

const NAMESPACE = 'apps'
const MANY = 60
const TOKENS = '?operation=GetAuthorizationToken&region='

interface Synced {
  readonly status?: { readonly syncedResourceVersion?: string }
}

describe('a forced refresh', () => {
  let stage: Stage
  let watch: SecretWatch
  let client: KubeClient
  let operator: RunningOperator
  const many = Array.from({ length: MANY }, (_, i) => `many-${i}`)

  before(async () => {
    stage = await Stage.open({ audit: true })
    watch = await SecretWatch.open(stage)
    client = await adminClient(stage)
    await stage.namespace(NAMESPACE)
    await stage.apply(
      together(
        generator({ namespace: NAMESPACE, name: 'one' }, { region: 'us-west-1' }),
        externalSecret({ namespace: NAMESPACE, name: 'one', generator: 'one' }),
        generator({ namespace: NAMESPACE, name: 'many' }, { region: 'us-east-2' }),
        ...many.map((name) => externalSecret({ namespace: NAMESPACE, name, generator: 'many' })),
      ),
    )
    operator = await stage.startOperator()
    await operator.ready()
    for (const name of ['one', ...many]) await watch.where(NAMESPACE, name, 'is written', () => true)
    await everythingServed(stage)
  })
  after(async () => {
    await watch[Symbol.asyncDispose]()
    await client.close()
    await stage[Symbol.asyncDispose]()
  })

  const passwordOf = (name: string): string => watch.get(NAMESPACE, name)?.data['password'] ?? ''
  const mints = async (region: string): Promise<number> => (await stage.calls(`${TOKENS}${region}`)).length
  const force = (value: string, ...names: readonly string[]): Promise<string> =>
    stage.kubectl('annotate', 'externalsecret', ...names, '-n', NAMESPACE, '--overwrite', value)
  const renewed = (name: string, before: string) =>
    watch.where(NAMESPACE, name, 'has a new login', ({ data }) => data['password'] !== before)

  for (const annotation of ['force-sync', 'external-secrets.io/force-sync', 'everpull.dev/force-sync']) {
    it(`by ${annotation} is one mint, and one again with another value`, async () => {
      for (const value of ['1', '2']) {
        const before = passwordOf('one')
        const minted = await mints('us-west-1')
        await force(`${annotation}=${value}`, 'one')
        await renewed('one', before)
        await everythingServed(stage)
        assert.equal(await mints('us-west-1'), minted + 1)
      }
    })
  }

  it('is told as any other refresh', async () => {
    const synced = async (): Promise<string | undefined> =>
      (await stage.get<Synced>('externalsecret', 'one', '-n', NAMESPACE))?.status?.syncedResourceVersion
    const before = await synced()
    await force('force-sync=told', 'one')
    await eventually(
      'the object says which version it was synced at',
      async () => (await synced()) !== before,
    )
    const ready = await conditionWhere(stage, 'externalsecret', NAMESPACE, 'one', () => true)
    assert.equal(ready.message, 'secret synced')
  })

  it('of many objects at once is one mint', async () => {
    assert.equal(await mints('us-east-2'), 1)
    const before = passwordOf('many-0')
    // While it is stopped, they gather; kubectl would take ten seconds over so many.
    operator.signal('SIGSTOP')
    const patch = { metadata: { annotations: { 'force-sync': 'all' } } }
    const options = { fieldManager: 'somebody' }
    await Promise.all(
      many.map((name) =>
        mergePatch(client, EXTERNAL_SECRETS, { namespace: NAMESPACE, name }, patch, options),
      ),
    )
    operator.signal('SIGCONT')
    for (const name of many) await renewed(name, before)
    await everythingServed(stage)
    const passwords = new Set(many.map(passwordOf))
    assert.equal(passwords.size, 1)
    assert.equal(await mints('us-east-2'), 2)
  })

  it('does not follow from a change of anything else about the object', async () => {
    const minted = await mints('us-west-1')
    await force('note=changed', 'one')
    await stage.kubectl('label', 'externalsecret', 'one', '-n', NAMESPACE, 'team=build')
    await watch.where(
      NAMESPACE,
      'one',
      'has the label',
      ({ metadata }) => metadata.labels?.['team'] === 'build',
    )
    assert.equal(await mints('us-west-1'), minted)
  })
})
