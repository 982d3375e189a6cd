// This file is about three replicas that share the work by shards: each object has one owner, also when replicas come and go.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { auditedRequests } from '../../sandbox/control-plane/audit-log.ts'
import { shardOfNamespace } from '../../src/operator/shards.ts'
import { eventually } from '../support/eventually.ts'
import { externalSecret, generator, labelledNamespace, together } from '../support/orders.ts'
import { SecretWatch } from '../support/secret-watch.ts'
import { takeOvers } from '../support/shard-takeovers.ts'
import { agentName, shardWritesByOthers } from '../support/shard-writes.ts'
import { type Condition, type RunningOperator, Stage } from '../support/stage.ts'

const SHARDS = 6
const REPLICAS = 3
/** Two for each shard, by what their names come to. */
const NAMESPACES = Array.from({ length: SHARDS }, (_none, shard) => namesIn(shard)).flat()
const NAME = 'login'
/** Long enough that nobody loses them all the time because the machine is busy. */
const LEASE_MS = 6000
const RETRY_MS = 500
const FLAGS = [
  '--leader-elect',
  `--shards=${SHARDS}`,
  `--lease-duration=${LEASE_MS}ms`,
  '--renew-deadline=4500ms',
  `--retry-period=${RETRY_MS}ms`,
]
/** With the jitter that is added at most. */
const LONGEST_RETRY_MS = 1.2 * RETRY_MS
const LIMIT_MS = 60_000

function namesIn(shard: number): readonly string[] {
  const names = Array.from({ length: 200 }, (_none, number) => `team-${number}`)
  return names.filter((name) => shardOfNamespace(name, SHARDS) === shard).slice(0, 2)
}

/** Of an order outside of namespaces, which the first shard serves in all of them. */
const SPREAD = 'pull'
const HOST = '123456789012.dkr.ecr.us-east-2.amazonaws.com'
/** In a namespace of the last shard: wants the Secret that the spread order has there. */
const RIVAL = { namespace: NAMESPACES.at(-1) ?? '', name: 'rival' }

const integration = JSON.stringify({
  apiVersion: 'everpull.dev/v1alpha1',
  kind: 'EcrIntegration',
  metadata: { name: 'default' },
  spec: { region: 'us-east-2', auth: { ambient: {} }, sharing: { namespaces: { names: ['*'] } } },
})

const login = (kind: string, metadata: object, spec: object = {}): string =>
  JSON.stringify({
    apiVersion: 'everpull.dev/v1alpha1',
    kind,
    metadata,
    spec: { registries: [{ host: HOST }], outputs: [{ secretName: SPREAD, dockerConfig: {} }], ...spec },
  })

interface Lease {
  readonly metadata: { readonly name: string }
  readonly spec?: { readonly holderIdentity?: string }
}

describe('of three replicas', () => {
  let stage: Stage
  let watch: SecretWatch
  let replicas: RunningOperator[]
  /** Whoever was killed or stopped, by name, with the shards that were its own. */
  const lost = new Map<string, readonly number[]>()

  before(async () => {
    stage = await Stage.open({ audit: true, rbac: [`--shards=${SHARDS}`] })
    watch = await SecretWatch.open(stage)
    await stage.apply(together(...NAMESPACES.map((name) => labelledNamespace(name))))
    const orders = NAMESPACES.flatMap((namespace) => [
      generator({ namespace, name: NAME }),
      externalSecret({ namespace, name: NAME, generator: NAME }),
    ])
    await stage.apply(together(...orders))
    replicas = await Promise.all(Array.from({ length: REPLICAS }, () => stage.startOperator(FLAGS)))
  })
  after(async () => {
    await watch?.[Symbol.asyncDispose]()
    await stage?.[Symbol.asyncDispose]()
  })

  /** By shard, who holds it. */
  async function holders(): Promise<ReadonlyMap<number, string>> {
    const { items } = (await stage.get<{ items: Lease[] }>('leases', '-n', 'everpull')) ?? { items: [] }
    const held = items.flatMap(({ metadata, spec }): [number, string][] => {
      const shard = /^everpull-shard-(\d+)$/.exec(metadata.name)?.[1]
      return shard === undefined ? [] : [[Number(shard), spec?.holderIdentity ?? '']]
    })
    return new Map(held.filter(([, holder]) => holder !== ''))
  }

  const nameOf = (replica: RunningOperator): string => {
    const line = replica.log.find(
      ({ message, lease }) => message === 'leading' && String(lease).includes('-shard-'),
    )
    return String(line?.['identity'])
  }

  const heldBy = (held: ReadonlyMap<number, string>, replica: RunningOperator): readonly number[] =>
    [...held].flatMap(([shard, holder]) => (holder === nameOf(replica) ? [shard] : []))

  /** Waits until these replicas hold everything, as evenly as it goes. */
  const balanced = (among: readonly RunningOperator[]): Promise<ReadonlyMap<number, string>> =>
    eventually(
      `${among.length} replicas hold the shards evenly`,
      async () => {
        const held = await holders()
        const counts = among.map((replica) => heldBy(held, replica).length)
        const isEven = Math.max(...counts) - Math.min(...counts) <= 1
        return isEven && counts.reduce((sum, one) => sum + one, 0) === SHARDS ? held : undefined
      },
      LIMIT_MS,
    )

  const isRight = ({ data }: { readonly data: Readonly<Record<string, string>> }): boolean =>
    data['password'] !== undefined && data['password'] !== 'edited'

  /** Its holder may be another by the time it is put right. */
  async function repaired(namespace: string): Promise<void> {
    const data = { password: Buffer.from('edited').toString('base64') }
    await watch.edited(namespace, NAME, { data }, isRight, LIMIT_MS)
  }

  const readyWhere = (
    kind: string,
    { namespace, name }: { readonly namespace: string; readonly name: string },
    isIt: (condition: Condition) => boolean,
  ): Promise<Condition> =>
    eventually(
      `${kind} ${namespace}/${name} says so`,
      async () => {
        const ready = await stage.ready(kind, namespace, name)
        return ready !== undefined && isIt(ready) ? ready : undefined
      },
      LIMIT_MS,
    )

  const namespacesOf = (shards: readonly number[]): readonly string[] =>
    NAMESPACES.filter((name) => shards.includes(shardOfNamespace(name, SHARDS)))

  it('each takes a part, and everything is served', async () => {
    await Promise.all(
      NAMESPACES.map((namespace) => watch.where(namespace, NAME, 'is written', isRight, LIMIT_MS)),
    )
    const held = await balanced(replicas)
    assert.equal(held.size, SHARDS)
    for (const replica of replicas) assert.equal(heldBy(held, replica).length, SHARDS / REPLICAS)
    for (const replica of replicas) await replica.ready()
  })

  it('an order outside of namespaces is served in those of every shard', async () => {
    const namespaces = { names: NAMESPACES }
    await stage.apply(together(integration, login('ClusterRegistryLogin', { name: SPREAD }, { namespaces })))
    const isWritten = ({ data }: { readonly data: object }): boolean => '.dockerconfigjson' in data
    await Promise.all(NAMESPACES.map((name) => watch.where(name, SPREAD, 'is written', isWritten, LIMIT_MS)))
  })

  it('who wants a Secret of another shard’s order yields to it', async () => {
    await stage.apply(login('RegistryLogin', RIVAL))
    const { message } = await readyWhere('registrylogin', RIVAL, ({ status }) => status === 'False')
    assert.match(message, new RegExp(`ClusterRegistryLogin .*${SPREAD}`))
  })

  it('an integration knows who uses it in other shards', async () => {
    const used = await eventually(
      'the integration tells of both its users',
      async () => {
        const found = await stage.get<{ status?: { usedBy?: { count?: number } } }>(
          'ecrintegration',
          'default',
        )
        return found?.status?.usedBy?.count === 2 ? found.status.usedBy : undefined
      },
      LIMIT_MS,
    )
    assert.ok(JSON.stringify(used).includes(RIVAL.name))
  })

  it('what belonged to one that is killed is repaired by the others', async () => {
    const held = await balanced(replicas)
    const [killed, ...others] = replicas
    assert.ok(killed !== undefined)
    const orphaned = namespacesOf(heldBy(held, killed))
    assert.equal(orphaned.length, (2 * SHARDS) / REPLICAS)
    lost.set(nameOf(killed), heldBy(held, killed))
    killed.signal('SIGKILL')
    await Promise.all(orphaned.map(repaired))
    replicas = others
    await balanced(replicas)
  })

  it('one that comes takes its part, and what it takes is not written anew', async () => {
    const versions = NAMESPACES.map((namespace) => watch.get(namespace, NAME)?.metadata.resourceVersion)
    replicas = [...replicas, await stage.startOperator(FLAGS)]
    await eventually(
      'it takes a shard',
      () => nameOf(replicas.at(-1) as RunningOperator) !== 'undefined',
      LIMIT_MS,
    )
    await balanced(replicas)
    assert.deepEqual(
      NAMESPACES.map((namespace) => watch.get(namespace, NAME)?.metadata.resourceVersion),
      versions,
    )
  })

  it('one that is stopped past its leases writes nothing when it continues, and takes its part again', async () => {
    const held = await balanced(replicas)
    const [stopped, ...others] = replicas
    assert.ok(stopped !== undefined)
    const orphaned = namespacesOf(heldBy(held, stopped))
    lost.set(nameOf(stopped), heldBy(held, stopped))
    stopped.signal('SIGSTOP')
    await Promise.all(orphaned.map(repaired))
    await balanced(others)
    stopped.signal('SIGCONT')
    await balanced(replicas)
    assert.equal(stopped.child.exitCode, null)
  })

  it('one that is told to end hands over', async () => {
    const [ended, ...others] = replicas
    assert.equal(await ended?.stop(), 0)
    await balanced(others)
    await Promise.all(NAMESPACES.map(repaired))
  })

  it('what a lost one held is another’s within the lease and two retry periods', async (t) => {
    const requests = await auditedRequests(stage.sandbox.folder)
    const taken = takeOvers(requests, { shards: SHARDS, leaseMs: LEASE_MS, retryMs: LONGEST_RETRY_MS })
    for (const [from, shards] of lost) {
      for (const shard of shards) {
        const one = taken.findLast((each) => each.from === from && each.shard === shard)
        assert.ok(one !== undefined, `shard ${shard} of ${from} was taken by nobody`)
        const { tookMs, limitMs, lateMs } = one
        t.diagnostic(`shard ${shard} was taken after ${tookMs} ms; this machine may add ${lateMs} ms`)
        assert.ok(tookMs <= limitMs, `shard ${shard} after ${tookMs} ms, and not ${limitMs}`)
      }
    }
  })

  it('none wrote a Secret or a status of a shard that another held, or that was no longer its own', async () => {
    const requests = await auditedRequests(stage.sandbox.folder)
    const violations = shardWritesByOthers(requests, {
      shards: SHARDS,
      leaseMs: LEASE_MS,
      isSpread: ({ resource, name }) => resource === 'secrets' && name === SPREAD,
    })
    assert.deepEqual(
      violations.map(({ what }) => what),
      [],
    )
    const writers = requests
      .filter(({ resource, verb }) => resource === 'secrets' && verb !== 'get')
      .map(agentName)
    assert.ok(new Set(writers).size >= REPLICAS)
  })
})
