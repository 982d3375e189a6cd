// This file is about each right that is printed: it is used, and without it just its feature stops, and says so.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Access, AccessOptions } from '../../src/generate/access.ts'
import { FEATURES } from '../../src/generate/features.ts'
import { type Asked, isTaken, rightOf } from '../support/rights/asked.ts'
import { ARGOCD, GIT_SECRET, RightsBench } from '../support/rights/bench.ts'
import { dutiesOf } from '../support/rights/duties.ts'
import { type Exercise, Trial } from '../support/rights/exercise.ts'
import { leftover } from '../support/rights/leftovers.ts'
import { NEIGHBOURS, ORDERS, prepareOrders } from '../support/rights/orders.ts'
import { SECRET_EXERCISES } from '../support/rights/secrets.ts'
import { until } from '../support/rights/until.ts'

/** Everything that can be asked for, for the whole cluster. */
const EVERYTHING: AccessOptions = {
  serviceAccount: { namespace: 'everpull', name: 'everpull' },
  namespaces: [],
  serviceAccountIdentities: { is: 'all' },
  driftWatch: true,
  argocdNamespace: ARGOCD,
  nudgeArgocd: true,
  configRepo: { secret: GIT_SECRET },
  tokenEndpoint: true,
  shards: 2,
}
const FLAGS = ['--shards=2', '--service-account-identities', '--nudge-argocd']

/** Asked by an admission plugin, not by a request of ours: whoever may not is refused what would be owned. */
const isOwnership = ({ features }: Access): boolean => features.includes('ownership')

/** As exercises spell what they take. */
const takenAs = (access: Access): string =>
  access.name === undefined ? rightOf(access) : `${rightOf(access)} ${access.name}`

/** What is only asked for at a start, or once in a process. */
function isOfStart({ group, resource, verb }: Access): boolean {
  if (verb === 'list' || verb === 'watch') return true
  if (resource === 'customresourcedefinitions' || resource === 'leases') return true
  // A repository's credentials, and the record of what came from it, are read once.
  return verb === 'get' && group === '' && (resource === 'secrets' || resource === 'configmaps')
}

const isOfElection = ({ resource }: Pick<Access, 'resource'>): boolean => resource === 'leases'

/** Where it is refused: as itself, or in the request that an admission plugin or an apply asks it for. */
function isRefusal(access: Access, { right }: Asked): boolean {
  if (right === rightOf(access)) return true
  if (isOwnership(access)) return /^create (secrets|externalsecrets\.external-secrets\.io)$/.test(right)
  return access.verb === 'create' && right === rightOf({ ...access, verb: 'patch' })
}

describe('each right of the roles for everything', { timeout: 2_000_000 }, () => {
  let bench: RightsBench
  let exercises: readonly Exercise[]
  before(async () => {
    bench = await RightsBench.open(EVERYTHING, FLAGS)
    await prepareOrders(bench)
    const definitions = bench.required
      .filter(({ resource }) => resource === 'customresourcedefinitions')
      .flatMap(({ name }) => name ?? [])
    exercises = [...ORDERS, ...SECRET_EXERCISES, leftover, ...dutiesOf(definitions)]
  })
  after(() => bench?.[Symbol.asyncDispose]())

  it('is used while everything is done that the operator can do, and none is missing', async () => {
    const operator = await bench.start()
    await operator.ready()
    for (const exercise of exercises) await exercise.run(new Trial(bench, exercise))
    const asked = bench.asked.all()
    assert.deepEqual(bench.asked.refused(), [])
    const unused = bench.required.filter(
      (access) => !isOwnership(access) && !asked.some((one) => isTaken(access, one)),
    )
    assert.deepEqual(unused.map(takenAs), [])
    await bench.stop()
  })

  it('is taken by an exercise', () => {
    const taken = new Set(exercises.flatMap(({ takes }) => takes))
    assert.deepEqual(
      bench.required.map(takenAs).filter((right) => !taken.has(right)),
      [],
    )
  })

  // One after the other: minutes on two cores that have other work. A test has the runner's limit, not that of its suite.
  it('is missed by its feature alone, which says so, when it is taken away', {
    timeout: 1_500_000,
  }, async (t) => {
    const live = bench.required.filter((access) => !isOfStart(access))
    const ofStart = bench.required.filter(isOfStart)
    for (const access of [...live, ...ofStart]) {
      await t.test(`the right to ${takenAs(access)}`, () => isMissed(access))
    }
    await bench.stop()
  })

  /** Ready it is before that, as a standby would be: of a gap that opens in between, nobody could tell. */
  async function atWork(): Promise<void> {
    const { operator } = bench
    await operator.ready()
    const isHeld = (shard: number): boolean =>
      operator.log.some(
        ({ message, lease }) => message === 'leading' && String(lease).endsWith(`-shard-${shard}`),
      )
    await until('both shards to be held', () => isHeld(0) && isHeld(1))
  }

  async function isMissed(access: Access): Promise<void> {
    if (isOfStart(access)) await bench.stop()
    else if (!bench.isRunning) {
      await bench.start()
      await atWork()
    }
    await bench.without(access, async () => {
      if (isOfStart(access)) await bench.start()
      else bench.asked.mark()
      if (!isOfElection(access)) await atWork()
      const right = takenAs(access)
      const broken = exercises.filter(({ takes }) => takes.includes(right)).map((one) => begin(one))
      try {
        await until(`${right} to be refused`, () => bench.asked.refused().length > 0)
        await until(`the log to name ${right}`, () => toldOf(access))
        for (const { exercise, trial } of broken) {
          const goesOn = exercise.anyway?.[right]
          if (goesOn === undefined) continue
          await until(`${trial.id}: ${goesOn}`, () => trial.steps.includes(goesOn))
        }
        await neighbourOf(access)?.run(new Trial(bench, { name: 'neighbour' }))
        assert.deepEqual(
          broken.flatMap(({ trial, outcome }) =>
            outcome.is === 'pending' ? [] : [`${trial.id}: ${outcome.is}`],
          ),
          [],
        )
      } finally {
        await Promise.all(broken.map((one) => one.callOff()))
      }
    })
    const others = bench.asked.refused().filter((one) => !isRefusal(access, one))
    assert.deepEqual(others, [])
    assert.deepEqual(
      bench.operator.log.filter(({ level }) => level === 'error'),
      [],
    )
    assert.equal(bench.operator.child.exitCode, null, bench.operator.output.slice(-2000))
    if (isOfElection(access)) await bench.stop()
  }

  function begin(exercise: Exercise) {
    const off = new AbortController()
    const trial = new Trial(bench, exercise, off.signal)
    const outcome = { is: 'pending' }
    const work = async (): Promise<void> => {
      try {
        await exercise.run(trial)
        outcome.is = 'it works'
      } catch (error) {
        if (!off.signal.aborted) outcome.is = String(error)
      }
    }
    const run = work()
    const callOff = async (): Promise<void> => {
      off.abort(new Error('called off'))
      await run
    }
    return { exercise, trial, outcome, callOff }
  }

  /** In its own words, with the feature and the remedy. */
  function toldOf(access: Access): boolean {
    const right = rightOf(access)
    const line = bench.operator.log.find((one) => {
      const told = String(one['right'])
      return told === right || told.startsWith(`${right} in namespace `)
    })
    if (line === undefined) return false
    assert.match(line.message, REMEDY)
    for (const feature of access.features) {
      assert.ok(String(line['neededTo']).includes(FEATURES[feature].neededFor), JSON.stringify(line))
      assert.ok(String(line['without']).includes(FEATURES[feature].without), JSON.stringify(line))
    }
    return true
  }

  /** One that needs nothing of it, each in turn; nothing goes on where nobody leads. */
  function neighbourOf(access: Access): Exercise | undefined {
    if (isOfElection(access)) return undefined
    const right = takenAs(access)
    const [withoutSecrets] = NEIGHBOURS
    if (access.resource === 'secrets' && access.group === '') return withoutSecrets
    const fit = NEIGHBOURS.filter(({ takes }) => !takes.includes(right))
    turn += 1
    return fit[turn % fit.length]
  }
  let turn = 0
})

const REMEDY =
  /^a right is missing: apply the output of "everpull rbac --service-account-identities --shards=2 --nudge-argocd --config-repo-secret=git-credentials --token-endpoint"$/
