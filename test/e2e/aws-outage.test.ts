// This file is about AWS throttling, failing, hanging or cutting connections for longer than a renewal period.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { FaultKind } from '../../sandbox/aws/faults.ts'
import { type ConditionWatch, watchConditions } from '../support/condition-watch.ts'
import { eventually } from '../support/eventually.ts'
import { externalSecret, generator, together } from '../support/orders.ts'
import { SecretWatch } from '../support/secret-watch.ts'
import { type RunningOperator, type SecretSeen, Stage } from '../support/stage.ts'

const NAMESPACE = 'apps'

interface Outage {
  readonly name: string
  readonly kind: FaultKind
  readonly region: string
  /** What the condition says is the matter. */
  readonly cause: RegExp
  readonly reason: string
}

/** Each in a region of its own, so that all are had at the same time. */
const OUTAGES: readonly Outage[] = [
  { name: 'throttled', kind: 'throttle', region: 'us-west-1', cause: /limits our rate/, reason: 'Throttled' },
  {
    name: 'limited',
    kind: 'throttle-429',
    region: 'us-west-2',
    cause: /limits our rate/,
    reason: 'Throttled',
  },
  {
    name: 'failing',
    kind: 'server-error',
    region: 'eu-west-1',
    cause: /fails \(HTTP 500\)/,
    reason: 'AwsUnavailable',
  },
  {
    name: 'away',
    kind: 'unavailable',
    region: 'eu-west-2',
    cause: /fails \(HTTP 503\)/,
    reason: 'AwsUnavailable',
  },
  {
    name: 'hanging',
    kind: 'hang',
    region: 'eu-west-3',
    cause: /does not answer in time/,
    reason: 'AwsUnavailable',
  },
  {
    name: 'reset',
    kind: 'reset',
    region: 'eu-north-1',
    cause: /cannot be reached/,
    reason: 'AwsUnavailable',
  },
  {
    name: 'denied',
    kind: 'access-denied',
    region: 'eu-central-1',
    cause: /may not call/,
    reason: 'AccessDenied',
  },
]
/** Its login lives for less than that. */
const DYING: Outage = {
  name: 'dying',
  kind: 'unavailable',
  region: 'ap-south-1',
  cause: /fails \(HTTP 503\)/,
  reason: 'AwsUnavailable',
}

const SERVING =
  /^secret synced: serving a login that expires at \d{4}-\S+Z; renewing fails since \d{4}-\S+Z: /

/** Renewed this often, while AWS is away for several times as long. */
const INTERVAL = '5s'
const RETRIES = 4
/** Watches come each at their own time: who is seen before its generator is told so, for the moment it takes. */
const isTooEarly = (message: unknown): boolean => String(message).includes('not found in namespace')

describe('while AWS does not give logins', () => {
  let stage: Stage
  let secrets: SecretWatch
  let conditions: ConditionWatch
  let operator: RunningOperator
  const written = new Map<string, SecretSeen>()

  before(async () => {
    stage = await Stage.open({ tokenLifeSeconds: 20 })
    secrets = await SecretWatch.open(stage)
    conditions = await watchConditions(stage)
    await stage.namespace(NAMESPACE)
    operator = await stage.startOperator()
    await operator.ready()
    await order(DYING)
    await secrets.where(NAMESPACE, DYING.name, 'is written', () => true)
    await stage.admin('PUT', '/settings', { tokenLifeSeconds: 120 })
    await order(...OUTAGES)
    for (const { name } of OUTAGES) {
      await conditions.saying(name, 'that it is synced', ({ message }) => message === 'secret synced')
    }
    for (const { kind, region } of [DYING, ...OUTAGES]) await stage.fault({ kind, region })
  })
  after(async () => {
    await secrets[Symbol.asyncDispose]()
    await conditions[Symbol.asyncDispose]()
    await stage[Symbol.asyncDispose]()
  })

  const order = (...outages: readonly Outage[]): Promise<string> =>
    stage.apply(
      together(
        ...outages.flatMap(({ name, region }) => [
          generator({ namespace: NAMESPACE, name }, { region }),
          externalSecret({ namespace: NAMESPACE, name, generator: name, refreshInterval: INTERVAL }),
        ]),
      ),
    )

  async function failures({ name, reason }: Outage): Promise<number> {
    const line = (await operator.metrics())
      .split('\n')
      .find((text) =>
        ['everpull_target_failures_total{', `name="${name}"`, `reason="${reason}"`].every((part) =>
          text.includes(part),
        ),
      )
    return Number(line?.split(' ').at(-1) ?? 0)
  }

  async function warnings(name: string): Promise<readonly { count: number; message: string }[]> {
    const selector = `--field-selector=involvedObject.name=${name},type=Warning`
    const found = await stage.get<{ items: { count: number; message: string }[] }>(
      'events',
      '-n',
      NAMESPACE,
      selector,
    )
    return (found?.items ?? []).filter(({ message }) => !isTooEarly(message))
  }

  for (const outage of OUTAGES) {
    it(`says of a login that cannot be renewed (${outage.kind}) until when it serves, since when that fails, and why`, async () => {
      const { status, reason, message } = await conditions.saying(
        outage.name,
        'that renewing fails',
        (ready) => ready.message !== 'secret synced',
        60_000,
      )
      assert.deepEqual([status, reason], ['True', 'SecretSynced'])
      assert.match(message, SERVING)
      assert.match(message, outage.cause)
      written.set(outage.name, await secrets.where(NAMESPACE, outage.name, 'is there', () => true))
    })
  }

  it('says that a login has died, once it has, and leaves it in the Secret', async () => {
    assert.ok(conditions.said(DYING.name).some(({ message }) => SERVING.test(message)))
    const { status, reason, message } = await conditions.saying(
      DYING.name,
      'that it is not ready',
      (ready) => ready.status === 'False',
      60_000,
    )
    assert.deepEqual([status, reason], ['False', 'SecretSyncedError'])
    assert.match(message, /^could not get secret data from provider: /)
    assert.match(message, DYING.cause)
    const dead = await secrets.where(NAMESPACE, DYING.name, 'is there', () => true)
    assert.notEqual(dead.data['password'], '')
    assert.ok(Number(dead.data['expires_at']) * 1000 <= Date.now(), 'the login in the Secret has died')
    written.set(DYING.name, dead)
  })

  it('counts every try, says the same thing throughout and tells one event', async () => {
    for (const outage of OUTAGES.filter(({ kind }) => kind !== 'hang' && kind !== 'access-denied')) {
      const { name } = outage
      await eventually(`${name} is tried again`, async () => (await failures(outage)) >= RETRIES, 60_000)
      const messages = conditions.said(name).map(({ message }) => message)
      const told = messages.filter((message) => !isTooEarly(message))
      assert.deepEqual(told.slice(0, -1), ['secret synced'], name)
      const events = await eventually('an event', async () => {
        const found = await warnings(name)
        return found.length > 0 ? found : undefined
      })
      assert.deepEqual(
        events.map(({ count }) => count),
        [1],
        name,
      )
      assert.match(events[0]?.message ?? '', outage.cause)
    }
  })

  it('leaves every Secret exactly as it was', () => {
    for (const { name } of OUTAGES) assert.deepEqual(secrets.get(NAMESPACE, name), written.get(name), name)
  })

  it('writes a line of log when it begins, not one for each try', () => {
    for (const { name } of OUTAGES) {
      const lines = operator.log.filter(({ object }) => String(object).endsWith(`${NAMESPACE}/${name}`))
      const warned = lines.filter((line) => line.level === 'warn' && !isTooEarly(JSON.stringify(line)))
      assert.equal(warned.length, 1, name)
    }
  })

  it('restores a Secret that is edited or deleted meanwhile, and says what it said', async () => {
    const { name } = OUTAGES[0] ?? assert.fail()
    const said = conditions.said(name).length
    const before = written.get(name)?.data['password']
    const isRight = ({ data }: SecretSeen): boolean => data['password'] === before
    await secrets.edited(NAMESPACE, name, { data: { password: '' } }, isRight)
    const { secret } = await secrets.deleted(NAMESPACE, name, isRight)
    assert.deepEqual(secret.data, written.get(name)?.data)
    assert.equal(conditions.said(name).length, said)
  })

  it('renews soon after AWS is back, and says so', async () => {
    await stage.clearFaults()
    for (const { name } of [DYING, ...OUTAGES]) {
      const before = written.get(name)?.data['password']
      await secrets.where(
        NAMESPACE,
        name,
        'has a new login',
        ({ data }) => data['password'] !== before,
        45_000,
      )
      await conditions.saying(name, 'that it is synced', ({ message }) => message === 'secret synced')
    }
  })
})
