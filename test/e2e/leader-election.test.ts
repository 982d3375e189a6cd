// This file is about two operators with leader election: one writes, and the other takes over when it must.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { auditedRequests, type AuditedRequest } from '../../sandbox/control-plane/audit-log.ts'
import { conditionWhere } from '../support/deeds.ts'
import { eventually } from '../support/eventually.ts'
import { externalSecret, generator, together } from '../support/orders.ts'
import { SecretWatch } from '../support/secret-watch.ts'
import { type RunningOperator, Stage } from '../support/stage.ts'

const NAMESPACE = 'apps'
/** Long enough that nobody loses it because the machine was busy for some seconds. */
const LEASE_MS = 10_000
const FLAGS = ['--leader-elect', '--lease-duration=10s', '--renew-deadline=8s', '--retry-period=1s']
/** The lease, the period after which a candidate looks again, and what a busy machine adds. */
const TAKE_OVER_MS = LEASE_MS + 1200 + 6000
/** Two retry periods, and what a busy machine adds: far less than waiting for the lease to expire would take. */
const HAND_OVER_MS = 2400 + 4000

const READING: ReadonlySet<string> = new Set(['get', 'list', 'watch'])

describe('of two operators', () => {
  let stage: Stage
  let watch: SecretWatch
  let leader: RunningOperator
  let standby: RunningOperator

  before(async () => {
    stage = await Stage.open({ audit: true })
    watch = await SecretWatch.open(stage)
    await stage.namespace(NAMESPACE)
    leader = await stage.startOperator(FLAGS)
    await leader.logged('leading')
    standby = await stage.startOperator(FLAGS)
    await standby.ready()
  })
  after(async () => {
    await watch[Symbol.asyncDispose]()
    await stage[Symbol.asyncDispose]()
  })

  /** An order of its own login; resolves when its Secret is there. */
  async function served(name: string, region: string, refreshInterval = '8h'): Promise<void> {
    await stage.apply(
      together(
        generator({ namespace: NAMESPACE, name }, { region }),
        externalSecret({ namespace: NAMESPACE, name, generator: name, refreshInterval }),
      ),
    )
    await watch.where(NAMESPACE, name, 'is written', () => true)
    assert.equal((await stage.calls(`?operation=GetAuthorizationToken&region=${region}`)).length, 1)
  }

  /** Everything operators wrote of late, the lease left out. */
  async function writesSince(began: number): Promise<readonly AuditedRequest[]> {
    const requests = await auditedRequests(stage.sandbox.folder)
    return requests.filter(
      ({ at, verb, user, resource }) =>
        at >= began && user.endsWith(':everpull') && !READING.has(verb) && resource !== 'leases',
    )
  }

  const terms = (operator: RunningOperator): readonly string[] =>
    operator.log.map(({ message }) => message).filter((text) => text.startsWith('leading'))

  const leadsWithin = async (operator: RunningOperator, begun: number, limitMs: number): Promise<void> => {
    const count = terms(operator).length
    await eventually('the other leads', () => terms(operator).length > count, limitMs)
    assert.ok(performance.now() - begun <= limitMs)
  }

  it('only the leader writes', async () => {
    const began = Date.now()
    await served('first', 'us-west-1')
    assert.deepEqual(terms(leader), ['leading'])
    assert.deepEqual(terms(standby), [])
    const writes = await writesSince(began)
    assert.equal(writes.filter(({ resource }) => resource === 'secrets').length, 1)
  })

  it('the standby takes over when the leader is killed, as soon as the lease has expired', async () => {
    leader.signal('SIGKILL')
    await leadsWithin(standby, performance.now(), TAKE_OVER_MS)
    await served('second', 'us-east-2')
    leader = standby
  })

  it('the new leader writes nothing that is right already, and asks AWS for nothing', async () => {
    const calls = await stage.calls('?operation=GetAuthorizationToken&region=us-west-1')
    assert.equal(calls.length, 1)
  })

  it('the one that was stopped past its lease writes nothing when it continues, and stands by', async () => {
    const { bot, publisher } = stage.sandbox.aws.principals
    // With keys of its own, so that AWS tells the two apart.
    standby = await stage.startOperator(FLAGS, {
      AWS_ACCESS_KEY_ID: publisher.accessKeyId,
      AWS_SECRET_ACCESS_KEY: publisher.secretAccessKey,
    })
    await standby.ready()
    // Due while the leader is stopped and its deadline is still to come: what it would do first when it continues.
    await served('busy', 'ap-south-2', '2s')
    await conditionWhere(stage, 'externalsecret', NAMESPACE, 'busy', ({ status }) => status === 'True')
    leader.signal('SIGSTOP')
    const stopped = performance.now()
    await leadsWithin(standby, stopped, TAKE_OVER_MS)
    await served('third', 'eu-west-1')
    // What is ordered while it is stopped waits for it in its watches, and would be its to do if it still led.
    await stage.kubectl('delete', 'secret', 'first', '-n', NAMESPACE)
    await watch.where(NAMESPACE, 'first', 'is made anew', () => true)
    const byFormer = async (): Promise<number> => (await stage.calls(`?principal=${bot.arn}`)).length
    const calls = await byFormer()
    const continued = Date.now()
    leader.signal('SIGCONT')
    await eventually('it knows that it leads no more', () => terms(leader).at(-1) === 'leading no more')
    await served('fourth', 'eu-west-2')
    assert.equal(await byFormer(), calls)
    const secrets = (await writesSince(continued)).filter(({ resource }) => resource === 'secrets')
    const others = secrets.filter(({ name }) => name !== 'busy')
    assert.deepEqual(
      others.map(({ verb, name }) => [verb, name]),
      [['create', 'fourth']],
    )
    const talk = leader.log.slice(leader.log.findLastIndex(({ message }) => message === 'leading no more'))
    assert.deepEqual(
      talk.filter(({ message }) => /Secret/.test(message)),
      [],
    )
    assert.equal(leader.child.exitCode, null)
  })

  it('the leader that is told to end hands over within seconds, the former one included', async () => {
    const told = performance.now()
    const [ended] = await Promise.all([standby.stop(), leadsWithin(leader, told, HAND_OVER_MS)])
    assert.equal(ended, 0)
    await served('fifth', 'ap-south-1')
  })
})
