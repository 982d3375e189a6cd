// This file is about series under names that others gave them: what dashboards of the systems we replace go on reading.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Kind } from '../model/kind.ts'
import type { Ref } from '../model/ref.ts'
import type { KnownObject } from './familiar-series.ts'
import { makeMetrics, type Metrics } from './metrics.ts'

const BREAD: Kind = {
  group: 'bakery',
  kind: 'Bread',
  plural: 'breads',
  namespaced: true,
  versions: ['v1'],
  use: 'ordered',
  reads: 'whole',
  series: {
    controller: 'bread',
    passes: 'bread_calls_total',
    failures: 'bread_calls_error',
    duration: 'bread_duration',
    condition: 'bread_condition',
  },
}
const { series: _, ...PLAIN } = { ...BREAD, kind: 'Plain' }
const ref = (name: string, kind = 'Bread'): Ref => ({ group: 'bakery', kind, namespace: 'a', name })
const bread = (name: string, change: Partial<KnownObject> = {}): KnownObject => ({
  ref: ref(name),
  passes: 3,
  failures: 1,
  tookMs: 1.5,
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
  ...change,
})

const CALLS = { name: 'bread_api_calls', providers: { ecr: 'AWS/ECR' } }
const metricsOf = (kinds: readonly Kind[] = [BREAD, PLAIN]): Metrics =>
  makeMetrics('1', { kinds, calls: [CALLS] })

const lines = async (metrics: Metrics, names: RegExp): Promise<readonly string[]> =>
  (await metrics.expose()).split('\n').filter((line) => names.test(line))

describe('the series of an object', () => {
  it('are its passes, its failures, the last duration in nanoseconds and its condition with the opposite', async () => {
    const metrics = metricsOf()
    metrics.knows({ objects: () => [bread('rye')], due: () => [] })
    assert.deepEqual(await lines(metrics, /^bread_[a-z_]*\{name/), [
      'bread_calls_total{namespace="a",name="rye"} 3',
      'bread_calls_error{namespace="a",name="rye"} 1',
      'bread_duration{namespace="a",name="rye"} 1500000',
      'bread_condition{namespace="a",name="rye",condition="Ready",status="True"} 1',
      'bread_condition{namespace="a",name="rye",condition="Ready",status="False"} 0',
    ])
  })

  it('turn with the condition, and leave out what is not said', async () => {
    const metrics = metricsOf()
    const failing = bread('rye', { status: { conditions: [{ type: 'Ready', status: 'False' }] } })
    const statuses = [
      undefined,
      null,
      'x',
      {},
      { conditions: 'x' },
      { conditions: [null, { type: 'Ready' }] },
    ]
    const silent = statuses.map((status, i) => bread(`silent-${i}`, { status }))
    metrics.knows({ objects: () => [failing, ...silent], due: () => [] })
    assert.deepEqual(await lines(metrics, /^bread_condition\{/), [
      'bread_condition{namespace="a",name="rye",condition="Ready",status="True"} 0',
      'bread_condition{namespace="a",name="rye",condition="Ready",status="False"} 1',
    ])
  })

  it('are gone with it', async () => {
    const metrics = metricsOf()
    let objects = [bread('rye')]
    metrics.knows({ objects: () => objects, due: () => [] })
    assert.equal((await lines(metrics, /rye/)).length, 5)
    objects = []
    assert.deepEqual(await lines(metrics, /rye/), [])
  })

  it('are told of kinds that have names for them only', async () => {
    const metrics = metricsOf()
    metrics.knows({ objects: () => [bread('rye', { ref: ref('rye', 'Plain') })], due: () => [] })
    assert.deepEqual(await lines(metrics, /rye/), [])
  })

  it('stand below what they are, each once', async () => {
    const metrics = metricsOf()
    metrics.knows({ objects: () => [bread('rye'), bread('spelt')], due: () => [] })
    const text = await metrics.expose()
    assert.match(
      text,
      /# TYPE bread_calls_total counter\nbread_calls_total\{.*rye.*\nbread_calls_total\{.*spelt/,
    )
    const types = text.split('\n').filter((line) => line.startsWith('# TYPE '))
    assert.equal(new Set(types).size, types.length)
  })
})

describe('the series of a controller', () => {
  it('count passes by how they ended, and time them', async () => {
    const metrics = metricsOf()
    const pass = { ref: ref('rye'), seconds: 0.02 }
    metrics.familiar.passed({ ...pass, is: 'done', isPlanned: true })
    metrics.familiar.passed({ ...pass, is: 'done', isPlanned: false })
    metrics.familiar.passed({ ...pass, is: 'failed', isPlanned: true })
    metrics.familiar.passed({ ...pass, ref: ref('rye', 'Plain'), is: 'done', isPlanned: true })
    assert.deepEqual(
      await lines(metrics, /^controller_runtime_reconcile_(total|errors_total|time_seconds_count)/),
      [
        'controller_runtime_reconcile_total{controller="bread",result="requeue_after"} 1',
        'controller_runtime_reconcile_total{controller="bread",result="success"} 1',
        'controller_runtime_reconcile_total{controller="bread",result="error"} 1',
        'controller_runtime_reconcile_errors_total{controller="bread"} 1',
        'controller_runtime_reconcile_time_seconds_count{controller="bread"} 3',
      ],
    )
  })

  it('count what waits for its turn, of this kind alone', async () => {
    const metrics = metricsOf()
    metrics.knows({ objects: () => [], due: () => [ref('rye'), ref('spelt'), ref('rye', 'Plain')] })
    assert.deepEqual(await lines(metrics, /^workqueue_depth/), ['workqueue_depth{name="bread"} 2'])
  })

  it('are not there where no kind has names for them', async () => {
    assert.deepEqual(await lines(metricsOf([PLAIN]), /^(# TYPE )?(controller_runtime|workqueue)/), [])
  })
})

describe('calls to AWS', () => {
  it('are counted by provider, where the provider has a name', async () => {
    const metrics = metricsOf()
    const call = { identity: 'x', operation: 'GetAuthorizationToken', seconds: 0 }
    metrics.aws.called({ ...call, service: 'ecr', outcome: 'ok' })
    metrics.aws.called({ ...call, service: 'ecr', outcome: 'Throttled' })
    metrics.aws.called({ ...call, service: 'sts', outcome: 'ok' })
    assert.deepEqual(await lines(metrics, /^bread_api_calls/), [
      'bread_api_calls{provider="AWS/ECR",call="GetAuthorizationToken",status="success"} 1',
      'bread_api_calls{provider="AWS/ECR",call="GetAuthorizationToken",status="error"} 1',
    ])
  })
})
