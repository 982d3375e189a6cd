// This file is about a cluster full of objects of any shape: the API server refuses them or each is told how it fares, and nobody spins.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import * as fc from 'fast-check'
import { inParallel } from '../../bench/in-parallel.ts'
import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { systemRandom } from '../../src/base/random.ts'
import { dialects } from '../../src/dialects/all.ts'
import type { KubeClient } from '../../src/kube/client.ts'
import { KubeError } from '../../src/kube/error.ts'
import { startReflector } from '../../src/kube/reflector.ts'
import type { KubeObject, ResourceType } from '../../src/kube/resource.ts'
import { createObject } from '../../src/kube/writes.ts'
import type { Kind } from '../../src/model/kind.ts'
import { adminClient } from '../support/admin-client.ts'
import { eventually } from '../support/eventually.ts'
import { shapesOf } from '../support/kind-shapes.ts'
import { type RunningOperator, Stage } from '../support/stage.ts'

const NAMESPACES = ['any-a', 'any-b', 'any-c', 'any-d'] as const
const SEED = 20260504
/** More than five thousand in all. */
const HOW_MANY: Readonly<Record<string, number>> = { ExternalSecret: 4200 }
const OF_OTHER_KINDS = 150
const LIMIT_MS = 240_000
/** Per object; there are some 2.5. */
const MOST_PASSES = 6
/** No object takes more than a few tens of milliseconds by itself; the rest is room for a busy machine. */
const LONGEST_LAG_S = 3

const typeOf = (kind: Kind): ResourceType => ({ ...kind, version: kind.versions[0] ?? '' })

interface Answered extends KubeObject {
  readonly status?: { readonly conditions?: readonly unknown[]; readonly phase?: unknown }
}

/** Each once, though several dialects may look at it: those who order by it come first. */
const defined = [
  ...new Map(
    dialects
      .flatMap((dialect) => dialect.kinds.map((kind) => [dialect, kind] as const))
      .filter(([, { definition }]) => definition !== undefined)
      .toSorted(([, a], [, b]) => Number(a.use === 'ordered') - Number(b.use === 'ordered'))
      .map((pair) => [`${pair[1].plural}.${pair[1].group}`, pair]),
  ).values(),
]

describe('objects of any shape', () => {
  let stage: Stage
  let admin: KubeClient
  let operator: RunningOperator
  const accepted = new Map<string, number>()
  let refused = 0

  before(async () => {
    stage = await Stage.open({ rbac: ['--service-account-identities'] })
    admin = await adminClient(stage)
    for (const namespace of NAMESPACES) {
      await stage.namespace(namespace)
      await stage.credentialSecret(namespace)
    }
    for (const [dialect, kind] of defined) {
      const count = HOW_MANY[kind.kind] ?? OF_OTHER_KINDS
      await createAll(kind, fc.sample(shapesOf(dialect, kind), { seed: SEED, numRuns: count }))
    }
    operator = await stage.startOperator(['--service-account-identities'])
    await operator.ready()
  })
  after(async () => {
    await admin.close()
    await stage[Symbol.asyncDispose]()
  })

  async function createAll(kind: Kind, shapes: readonly unknown[]): Promise<void> {
    await inParallel(shapes, 100, async (shape, i) => {
      const spec = (shape as { readonly spec?: unknown } | null)?.spec
      const namespace = kind.namespaced ? { namespace: NAMESPACES[i % NAMESPACES.length] ?? '' } : {}
      const metadata = { name: `any-${i}`, ...namespace }
      const apiVersion = `${kind.group}/${kind.versions[0] ?? ''}`
      const object = { apiVersion, kind: kind.kind, metadata, spec } as KubeObject
      try {
        await createObject(admin, typeOf(kind), object, { fieldManager: 'somebody' })
        accepted.set(kind.kind, (accepted.get(kind.kind) ?? 0) + 1)
      } catch (error) {
        // Anything but "your object is wrong" is a failure of the test.
        if (!(error instanceof KubeError) || (error.status !== 422 && error.status !== 400)) throw error
        refused += 1
      }
    })
  }

  /** How many objects of a kind nobody has answered yet. */
  async function unanswered(kind: Kind): Promise<readonly string[]> {
    const left = new Set<string>()
    const watch = startReflector<boolean>({
      client: admin,
      type: typeOf(kind),
      keep: (raw) => {
        const { status } = raw as Answered
        const isAnswered = (status?.conditions?.length ?? 0) > 0
        const key = `${raw.metadata.namespace ?? ''}/${raw.metadata.name}`
        if (isAnswered) left.delete(key)
        else left.add(key)
        return isAnswered
      },
      clock: systemClock,
      random: systemRandom,
      log: silentLog,
    })
    try {
      await watch.settled()
      return await eventually('every object is answered', () => left.size === 0 && [], LIMIT_MS).catch(() => [
        ...left,
      ])
    } finally {
      await watch.stop()
    }
  }

  it('are refused by the API server or told how they fare, every one', async () => {
    assert.ok(refused > 100, `the API server refused only ${refused}`)
    assert.ok((accepted.get('ExternalSecret') ?? 0) > 1000, 'hardly any was accepted')
    for (const [, kind] of defined.filter(([, { use }]) => use === 'ordered')) {
      assert.deepEqual((await unanswered(kind)).slice(0, 10), [], `${kind.kind} without an answer`)
    }
  })

  it('cost a few passes each, hold nobody up for long, and make nothing crash', async () => {
    const all = [...accepted.values()].reduce((sum, n) => sum + n, 0)
    const metrics = await operator.metrics()
    const lag = sumOf(metrics, 'nodejs_eventloop_lag_max_seconds')
    assert.ok(lag > 0 && lag < LONGEST_LAG_S, `the operator saw to nothing else for ${lag} s`)
    const passes = sumOf(metrics, 'everpull_reconcile_duration_seconds_count')
    assert.ok(passes < MOST_PASSES * all, `${passes} passes for ${all} objects`)
    assert.deepEqual(
      operator.log.filter(({ message }) => message.includes('unexpected error')),
      [],
    )
  })

  it('keep nobody else from being served', async () => {
    await stage.namespace('right')
    await stage.credentialSecret('right')
    await stage.apply(RIGHT)
    await stage.secretWhere('right', 'pull', 'is written', ({ data }) => data['username'] === 'AWS')
  })
})

const sumOf = (metrics: string, name: string): number =>
  metrics
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)

const RIGHT = `
apiVersion: generators.external-secrets.io/v1alpha1
kind: ECRAuthorizationToken
metadata: {name: ecr, namespace: right}
spec: {region: us-west-1}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: pull, namespace: right}
spec:
  dataFrom: [{sourceRef: {generatorRef: {kind: ECRAuthorizationToken, name: ecr}}}]
`
