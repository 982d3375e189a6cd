// This file is about an operator that is killed at every step of a renewal: what it leaves, and what its successor does.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { auditedRequests } from '../../sandbox/control-plane/audit-log.ts'
import { seededRandom } from '../../src/base/random.ts'
import type { World } from '../../chaos/fault.ts'
import { historyCompacted } from '../../chaos/faults/api-server.ts'
import { replicaThrottled } from '../../chaos/faults/overload.ts'
import { laneOn } from '../../chaos/open-lane.ts'
import { isTakenAtStart, type RenewalStep, renewalSteps } from '../../chaos/renewal-steps.ts'
import { RunningReplica } from '../../chaos/replica.ts'
import { trapAt } from '../../chaos/step-trap.ts'
import { type Deeds, notingDeeds } from '../support/deeds.ts'
import { eventually } from '../support/eventually.ts'
import { externalSecret, generator, keysIn, opaqueSecret, together } from '../support/orders.ts'
import { SecretWatch } from '../support/secret-watch.ts'
import { type Condition, Stage } from '../support/stage.ts'

const NAMESPACE = 'apps'
const KEYS = 'keys'
const MERGED = { namespace: NAMESPACE, name: 'merged' }
const BYSTANDER = { namespace: NAMESPACE, name: 'bystander' }
const FOREIGN = { url: 'registry.example', note: 'somebody else’s' }
const FLAGS = ['--dialect=external-secrets']
/** Long enough that no busy machine loses it, short enough to be waited for. */
const LEASED = [
  ...FLAGS,
  '--leader-elect',
  '--lease-duration=4s',
  '--renew-deadline=3s',
  '--retry-period=500ms',
]
const LIMIT_MS = 60_000

/** For faults that leave orders alone. */
const NO_WORKLOAD = {} as World['workload']

interface Told {
  readonly status?: {
    readonly syncedResourceVersion?: string
    readonly conditions?: readonly Condition[]
  }
}

const isLease = ({ name }: RenewalStep): boolean => name.includes('lease')
/** Between an answer that was heard and the next effect nothing happens that anybody else can see; nothing comes last. */
const isLast = ({ name }: RenewalStep): boolean => name === 'after the event is written, heard'
const STEPS = renewalSteps((name) => name === KEYS).filter(
  (step) => isLast(step) || !step.name.endsWith(', heard'),
)

describe('an operator that is killed', () => {
  let stage: Stage
  let watch: SecretWatch
  let replica: RunningReplica
  let sinceAll: () => Promise<Deeds>
  let forced = 0

  async function startReplica(flags: readonly string[]): Promise<void> {
    replica = await RunningReplica.open({ lane: laneOn(stage, 0), number: 0, account: 'everpull', flags })
    await startAnew()
  }

  /** Resolves when it has read all there is. */
  async function startAnew(): Promise<void> {
    const before = replica.output.length
    await replica.start()
    const url = await eventually(
      'the operator listens',
      () => /"ready":"([^"]+)"/.exec(replica.output.slice(before))?.[1],
      LIMIT_MS,
    )
    const isReady = (): Promise<boolean> =>
      fetch(url).then(
        ({ ok }) => ok,
        () => false,
      )
    await eventually('the operator is ready', isReady, LIMIT_MS)
  }

  const ORDER = `/apis/external-secrets.io/v1/namespaces/${NAMESPACE}/externalsecrets/${MERGED.name}`

  const told = async (): Promise<Told['status']> =>
    (JSON.parse((await stage.sandbox.controlPlane.admin.call('GET', ORDER)).body) as Told).status

  /** A renewal that is due at once, and resolves when it has been told of. */
  async function force(): Promise<() => Promise<void>> {
    forced += 1
    const synced = (await told())?.syncedResourceVersion
    const patch = { metadata: { annotations: { 'force-sync': String(forced) } } }
    await stage.sandbox.controlPlane.admin.call('PATCH', ORDER, patch, 'application/merge-patch+json')
    const isTold = (status: Told['status']): boolean =>
      status?.syncedResourceVersion !== synced &&
      status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True'
    const what = `force ${forced} is told of`
    return async () => {
      await eventually(what, async () => isTold(await told()), LIMIT_MS)
    }
  }

  const passwordIn = (name: string): string => watch.get(NAMESPACE, name)?.data['password'] ?? ''

  before(async () => {
    stage = await Stage.open({ audit: true })
    watch = await SecretWatch.open(stage)
    await stage.namespace(NAMESPACE)
    await stage.credentialSecret(NAMESPACE, KEYS)
    const merging = { creationPolicy: 'Merge', template: { data: { password: '{{ .password }}' } } }
    await stage.apply(
      together(
        opaqueSecret(MERGED, { ...FOREIGN, password: 'old' }),
        generator({ namespace: NAMESPACE, name: 'west' }, keysIn(KEYS)),
        externalSecret({ ...MERGED, generator: 'west', target: merging }),
        generator({ namespace: NAMESPACE, name: 'east' }, { region: 'us-east-2', ...keysIn(KEYS) }),
        externalSecret({ ...BYSTANDER, generator: 'east' }),
      ),
    )
    await startReplica(FLAGS)
    await watch.where(NAMESPACE, BYSTANDER.name, 'is written', () => true)
    await watch.where(NAMESPACE, MERGED.name, 'is written', ({ data }) => data['password'] !== 'old')
    const told = await force()
    await told()
    sinceAll = await notingDeeds(stage)
  })
  after(async () => {
    await replica?.[Symbol.asyncDispose]()
    await watch?.[Symbol.asyncDispose]()
    await stage?.[Symbol.asyncDispose]()
  })

  async function killedAt(step: RenewalStep): Promise<void> {
    const since = await notingDeeds(stage)
    const before = { merged: passwordIn(MERGED.name), bystander: watch.get(NAMESPACE, BYSTANDER.name) }
    if (isTakenAtStart(step)) await replica.kill()
    const trap = await trapAt(step, laneOn(stage, 0), [replica])
    const isTold = await force()
    if (isTakenAtStart(step)) await replica.start()
    await eventually(`somebody is killed ${step.name}`, () => replica.pid === undefined, LIMIT_MS)
    await trap.disarm()
    await startAnew()
    const merged = await watch.where(
      NAMESPACE,
      MERGED.name,
      'has a new login',
      ({ data }) => data['password'] !== before.merged,
    )
    await isTold()
    assert.ok((await stage.knownSecrets()).includes(merged.data['password'] ?? ''))
    const { password: _, ...rest } = merged.data
    assert.deepEqual(rest, FOREIGN)
    assert.equal(
      watch.get(NAMESPACE, BYSTANDER.name)?.metadata.resourceVersion,
      before.bystander?.metadata.resourceVersion,
    )
    const { calls, writes } = await since()
    const mints = calls.filter(
      ({ operation, outcome }) => operation === 'GetAuthorizationToken' && outcome === 'ok',
    )
    assert.ok(mints.length <= 2, `${mints.length} logins were minted`)
    const written = writes.filter((write) => / secrets /.test(write))
    assert.ok(written.length <= 2, written.join(', '))
  }

  const promise = (step: RenewalStep): string =>
    `${step.name} leaves one login and one write to do again at most`

  describe('alone', () => {
    for (const step of STEPS.filter((step) => !isLease(step))) it(promise(step), () => killedAt(step))
  })

  describe('as the leader', () => {
    before(async () => {
      await replica[Symbol.asyncDispose]()
      await startReplica(LEASED)
      const told = await force()
      await told()
    })
    for (const step of STEPS.filter(isLease)) it(promise(step), () => killedAt(step))
  })

  describe('no more, but badly answered', () => {
    const world = (): World => ({
      lane: laneOn(stage, 0),
      replicas: [replica],
      target: replica,
      workload: NO_WORKLOAD,
      random: seededRandom(1),
      length: 0,
      tell: () => {},
    })

    it('lists anew what it watched before history was compacted, and goes on serving', async () => {
      const { resourceVersion } = watch.get(NAMESPACE, MERGED.name)?.metadata ?? {}
      const end = await historyCompacted.strike(world())
      await end()
      const old = `watch=1&timeoutSeconds=1&resourceVersion=${resourceVersion}`
      const { body } = await stage.sandbox.controlPlane.admin.call('GET', `/api/v1/secrets?${old}`)
      assert.match(body, /"code":410/)
      const isTold = await force()
      await isTold()
    })

    it('waits for an API server that turns it away, and goes on serving', async () => {
      const end = await replicaThrottled.strike(world())
      const isTold = await force()
      const isTurnedAway = async (): Promise<boolean> =>
        (await auditedRequests(stage.sandbox.folder)).some(
          ({ user, status }) => user === replica.user && status === 429,
        )
      try {
        await eventually('it is turned away', isTurnedAway, LIMIT_MS)
      } finally {
        await end()
      }
      await isTold()
    })
  })

  it('wrote one Secret only, and not more often in the end than it was seen to', async () => {
    const { calls, writes } = await sinceAll()
    const secrets = writes.filter((write) => / secrets /.test(write))
    assert.deepEqual([...new Set(secrets)], [`update secrets ${NAMESPACE}/${MERGED.name}`])
    assert.ok(secrets.length <= forced + STEPS.length)
    assert.ok(calls.length <= forced + STEPS.length)
  })
})
