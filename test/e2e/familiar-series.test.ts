// This file is about the series that dashboards for the External Secrets Operator read, as a scrape of an operator at work has them.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { conditionWhere } from '../support/deeds.ts'
import { eventually } from '../support/eventually.ts'
import { clusterExternalSecret, externalSecret, generator, together } from '../support/orders.ts'
import { type RunningOperator, Stage } from '../support/stage.ts'

const NAMESPACE = 'apps'
const GENERATOR = { namespace: NAMESPACE, name: 'ecr' }
const REFUSING_REGION = 'eu-west-2'

describe('a scrape', () => {
  let stage: Stage
  let operator: RunningOperator

  /** Values of all samples of that series, by their labels as they stand there. */
  const samples = async (series: string): Promise<ReadonlyMap<string, number>> =>
    new Map(
      [...(await operator.metrics()).matchAll(/^(\w+)\{(.*)\} (\S+)$/gm)].flatMap(
        ([, name, labels = '', value]) => (name === series ? [[labels, Number(value)]] : []),
      ),
    )
  const of = async (series: string, name: string, namespace = NAMESPACE): Promise<number | undefined> =>
    (await samples(series)).get(`namespace="${namespace}",name="${name}"`)
  const condition = async (kind: string, name: string, namespace = NAMESPACE) => {
    const all = await samples(`${kind}_status_condition`)
    const at = (status: string): number | undefined =>
      all.get(`namespace="${namespace}",name="${name}",condition="Ready",status="${status}"`)
    return [at('True'), at('False')]
  }
  const ready = (name: string, status: 'True' | 'False') =>
    conditionWhere(stage, 'externalsecret', NAMESPACE, name, (told) => told.status === status)
  /** The watch shows a status a moment after it was written. */
  const becomes = (kind: string, name: string, wanted: readonly number[], namespace = NAMESPACE) =>
    eventually(`the condition of ${name} is told`, async () => {
      return JSON.stringify(await condition(kind, name, namespace)) === JSON.stringify(wanted)
    })

  before(async () => {
    stage = await Stage.open()
    await stage.namespace(NAMESPACE)
    await stage.apply(
      together(
        generator(GENERATOR),
        externalSecret({ namespace: NAMESPACE, name: 'good', generator: 'ecr' }),
        externalSecret({ namespace: NAMESPACE, name: 'bad', generator: 'nowhere' }),
        externalSecret({
          namespace: NAMESPACE,
          name: 'waiting',
          generator: 'ecr',
          target: { creationPolicy: 'Merge' },
        }),
      ),
    )
    operator = await stage.startOperator()
    await operator.ready()
    await Promise.all([ready('good', 'True'), ready('bad', 'False'), ready('waiting', 'True')])
  })
  after(() => stage?.[Symbol.asyncDispose]())

  it('has the condition of an object, and 0 for the opposite', async () => {
    await becomes('externalsecret', 'good', [1, 0])
    await becomes('externalsecret', 'bad', [0, 1])
    await becomes('externalsecret', 'waiting', [1, 0])
  })

  it('counts passes, and those that failed', async () => {
    assert.ok(((await of('externalsecret_sync_calls_total', 'good')) ?? 0) >= 1)
    assert.equal(await of('externalsecret_sync_calls_error', 'good'), 0)
    assert.ok(((await of('externalsecret_sync_calls_error', 'bad')) ?? 0) >= 1)
    assert.equal(await of('externalsecret_sync_calls_error', 'waiting'), 0)
  })

  it('tells how long the last pass took, in nanoseconds', async () => {
    const took = (await of('externalsecret_reconcile_duration', 'good')) ?? 0
    assert.ok(took > 10_000 && took < 60e9, String(took))
  })

  it('counts calls to AWS by provider, which nobody did for generators', async () => {
    const calls = await samples('externalsecret_provider_api_calls_count')
    assert.deepEqual([...calls.keys()], ['provider="AWS/ECR",call="GetAuthorizationToken",status="success"'])
    await stage.fault({ kind: 'throttle', region: REFUSING_REGION })
    await stage.apply(
      together(
        generator({ namespace: NAMESPACE, name: 'refused' }, { region: REFUSING_REGION }),
        externalSecret({ namespace: NAMESPACE, name: 'refused', generator: 'refused' }),
      ),
    )
    await ready('refused', 'False')
    const later = await samples('externalsecret_provider_api_calls_count')
    assert.ok((later.get('provider="AWS/ECR",call="GetAuthorizationToken",status="error"') ?? 0) >= 1)
    assert.ok(((await of('externalsecret_sync_calls_error', 'refused')) ?? 0) >= 1)
  })

  it('turns with the condition', async () => {
    await stage.apply(generator({ namespace: NAMESPACE, name: 'nowhere' }))
    await ready('bad', 'True')
    await becomes('externalsecret', 'bad', [1, 0])
  })

  it('has both values for what is ordered for many namespaces', async () => {
    const spec = { namespaceSelectors: [{ matchLabels: { 'kubernetes.io/metadata.name': NAMESPACE } }] }
    await stage.apply(
      together(
        clusterExternalSecret({ name: 'many', generator: 'ecr', spec }),
        clusterExternalSecret({
          name: 'clashing',
          generator: 'ecr',
          spec: { ...spec, externalSecretName: 'good' },
        }),
      ),
    )
    await becomes('clusterexternalsecret', 'many', [1, 0], '')
    await becomes('clusterexternalsecret', 'clashing', [0, 1], '')
    assert.ok(((await of('clusterexternalsecret_reconcile_duration', 'many', '')) ?? 0) > 0)
  })

  it('has nothing of an object that is gone', async () => {
    await stage.kubectl('delete', 'externalsecret', 'good', 'bad', '-n', NAMESPACE)
    await eventually('nothing is told of them', async () => {
      return !/name="(good|bad)"/.test(await operator.metrics())
    })
  })
})
