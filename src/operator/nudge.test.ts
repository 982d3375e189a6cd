// This file is about testing whom a nudge asks to try again, when, and how often.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { OperatorBench, statusError } from '../../test/support/operator-bench.ts'
import { hours, minutes, seconds } from '../base/duration.ts'
import type { KubeRequest } from '../kube/client.ts'
import type { KubeObject } from '../kube/resource.ts'
import { isPaused } from './nudge-applications.ts'

const CACHED =
  'Failed to load target state: failed to generate manifest for source 1 of 1: rpc error: code = Unknown desc = Manifest generation error (cached): error building helm chart dependencies: 403'
const HARD = { 'argocd.argoproj.io/refresh': 'hard' }

const application = (
  name: string,
  message: string = CACHED,
  metadata: Partial<KubeObject['metadata']> = {},
): KubeObject => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: { namespace: 'a', name, uid: `uid-of-${name}`, ...metadata },
  status: { conditions: [{ type: 'ComparisonError', message }] },
})

describe('an Application', () => {
  const rows: readonly (readonly [string, boolean, KubeObject])[] = [
    ['is paused that repeats an error from a cache', true, application('one')],
    ['is not paused that has just failed', false, application('one', 'helm dependency build: 403')],
    ['is not paused that says nothing', false, { ...application('one'), status: {} }],
    ['is not paused that nobody has looked at', false, { ...application('one'), status: undefined }],
    [
      'is not paused that complains of something else',
      false,
      { ...application('one'), status: { conditions: [{ type: 'SyncError', message: CACHED }] } },
    ],
    [
      'is left alone whose hard refresh is under way',
      false,
      application('one', CACHED, { annotations: HARD }),
    ],
    [
      'is asked for more where a normal refresh is under way',
      true,
      application('one', CACHED, { annotations: { 'argocd.argoproj.io/refresh': 'normal' } }),
    ],
    [
      'is left alone that is being deleted',
      false,
      application('one', CACHED, { deletionTimestamp: '2026-01-01T00:00:00Z' }),
    ],
  ]
  for (const [says, expected, object] of rows) it(says, () => assert.equal(isPaused(object), expected))
})

/** A cluster whose API server has Applications, two on a page. */
class NudgeBench extends OperatorBench {
  readonly applications = new Map<string, KubeObject>()
  /** Thrown in place of the next lists. */
  readonly listRefusals: Error[] = []
  readonly listed: string[] = []
  readonly patched: string[] = []

  have(...applications: readonly KubeObject[]): void {
    for (const one of applications) this.applications.set(one.metadata.name, one)
  }

  protected override async answerStream({ path, query }: KubeRequest): Promise<AsyncIterable<Buffer>> {
    this.listed.push(path)
    const refusal = this.listRefusals.shift()
    if (refusal !== undefined) throw refusal
    const from = Number(query?.['continue'] ?? 0)
    const all = [...this.applications.values()]
    const more = all.length > from + 2 ? { continue: String(from + 2) } : {}
    const page = { metadata: { resourceVersion: '1', ...more }, items: all.slice(from, from + 2) }
    return (async function* () {
      yield Buffer.from(JSON.stringify(page))
    })()
  }

  protected override answerOther({ path, body }: KubeRequest): unknown {
    const [, name = ''] = /\/applications\/([^/]+)$/.exec(path) ?? []
    if (!this.applications.has(name)) throw statusError(404, 'NotFound')
    assert.deepEqual(body, { metadata: { annotations: HARD, uid: `uid-of-${name}` } })
    this.patched.push(name)
    return {}
  }
}

const NUDGING = { nudgesArgocd: true, homes: { argocd: 'a' } }

describe('the nudge', () => {
  it('asks what paused for a hard refresh once Argo CD can have seen the new login', async () => {
    const bench = new NudgeBench()
    bench.have(application('one'), application('two', 'not yet'), application('three'))
    await bench.start(NUDGING)
    await bench.wish('charts')
    assert.deepEqual(bench.listed, [])
    await bench.pass(seconds(3))
    assert.deepEqual(bench.listed[0], '/apis/argoproj.io/v1alpha1/namespaces/a/applications')
    assert.deepEqual(bench.patched, ['one', 'three'])
    assert.deepEqual(
      bench.events.filter((event) => event.includes('Nudged')),
      ['one', 'three'].map(
        (name) =>
          `Normal ${name} Nudged asked for a hard refresh, as a login was renewed late and this had paused`,
      ),
    )
    await bench.operator.stop()
  })

  it('asks each once, also those that say only later that they paused', async () => {
    const bench = new NudgeBench()
    bench.have(application('one'), application('two', 'not yet'))
    await bench.start(NUDGING)
    await bench.wish('charts')
    await bench.pass(seconds(3))
    bench.have(application('two'))
    await bench.pass(minutes(10))
    assert.deepEqual(bench.patched, ['one', 'two'])
    await bench.operator.stop()
  })

  it('leaves them alone while logins are renewed in time', async () => {
    const bench = new NudgeBench()
    await bench.start(NUDGING)
    await bench.wish('charts')
    await bench.pass(minutes(10))
    bench.have(application('one'))
    const { writes } = bench.store
    await bench.pass(hours(24))
    assert.ok(bench.store.writes > writes, 'nothing was renewed')
    assert.deepEqual(bench.patched, [])
    await bench.operator.stop()
  })

  it('asks again after the next gap', async () => {
    const bench = new NudgeBench()
    bench.have(application('one'))
    await bench.start(NUDGING)
    await bench.wish('charts')
    await bench.pass(minutes(10))
    bench.store.drop({ namespace: 'a', name: 'charts' })
    await bench.pass(minutes(10))
    assert.deepEqual(bench.patched, ['one', 'one'])
    await bench.operator.stop()
  })

  it('is off unless asked for', async () => {
    const bench = new NudgeBench()
    bench.have(application('one'))
    await bench.start({ homes: { argocd: 'a' } })
    await bench.wish('charts')
    await bench.pass(minutes(10))
    assert.deepEqual(bench.listed, [])
    await bench.operator.stop()
  })

  it('has nothing to do elsewhere than in the namespace of Argo CD', async () => {
    const bench = new NudgeBench()
    await bench.start({ nudgesArgocd: true })
    await bench.wish('charts')
    await bench.pass(minutes(10))
    assert.deepEqual(bench.listed, [])
    await bench.operator.stop()
  })

  it('is no trouble where Argo CD is not installed', async () => {
    const bench = new NudgeBench()
    bench.listRefusals.push(...[1, 2, 3].map(() => statusError(404, 'NotFound')))
    await bench.start(NUDGING)
    bench.logged.length = 0
    await bench.wish('charts')
    await bench.pass(minutes(10))
    assert.deepEqual(bench.logged, ['created a Secret'])
    await bench.operator.stop()
  })

  it('says which command gives the right that is missing, and looks again', async () => {
    const bench = new NudgeBench()
    bench.have(application('one'))
    bench.listRefusals.push(statusError(403, 'Forbidden'))
    await bench.start(NUDGING)
    await bench.wish('charts')
    await bench.pass(minutes(2))
    assert.ok(
      bench.logged.includes(
        'Applications that paused could not be nudged: apply the output of "everpull rbac --nudge-argocd"',
      ),
      bench.logged.join(),
    )
    assert.deepEqual(bench.patched, ['one'])
    await bench.operator.stop()
  })

  it('ends with the term of leadership', async () => {
    const bench = new NudgeBench()
    bench.have(application('one'))
    await bench.start({ ...OperatorBench.elected, ...NUDGING })
    bench.election.lead()
    await bench.settle()
    await bench.wish('charts')
    bench.election.lose()
    await bench.pass(minutes(10))
    assert.deepEqual([bench.listed, bench.patched], [[], []])
    await bench.operator.stop()
    assert.equal(bench.clock.armed, 0)
  })
})
