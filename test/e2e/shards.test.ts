// This file is about three replicas that share the work by shards: each object has one owner, also when replicas come and go.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { auditedRequests } from '../../sandbox/control-plane/audit-log.ts'
import { shardOfNamespace } from '../../src/operator/shards.ts'
import { eventually } from '../support/eventually.ts'
import { externalSecret, generator, labelledNamespace, together } from '../support/orders.ts'
import { SecretWatch } from '../support/secret-watch.ts'
import { agentName, shardWritesByOthers } from '../support/shard-writes.ts'
import { type RunningOperator, Stage } from '../support/stage.ts'

const SHARDS = 6
const REPLICAS = 3
/** Two for each shard, by what their names come to. */
const NAMESPACES = Array.from({ length: SHARDS }, (_none, shard) => namesIn(shard)).flat()
const NAME = 'login'
const FLAGS = [
  '--leader-elect',
  `--shards=${SHARDS}`,
  '--lease-duration=1500ms',
  '--renew-deadline=1s',
  '--retry-period=300ms',
]
/** The lease as it is written, in whole seconds, two retries, and what a busy machine adds. */
const TAKE_OVER_MS = 2000 + 2 * 360 + 15_000
const LIMIT_MS = 60_000

function namesIn(shard: number): readonly string[] {
  const names = Array.from({ length: 200 }, (_none, number) => `team-${number}`)
  return names.filter((name) => shardOfNamespace(name, SHARDS) === shard).slice(0, 2)
}

interface Lease {
  readonly metadata: { readonly name: string }
  readonly spec?: { readonly holderIdentity?: string }
}

describe('of three replicas', () => {
  let stage: Stage
  let watch: SecretWatch
  let replicas: RunningOperator[]

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
    await watch[Symbol.asyncDispose]()
    await stage[Symbol.asyncDispose]()
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
    const { took } = await watch.edited(namespace, NAME, { data }, isRight)
    assert.ok(took <= TAKE_OVER_MS, `${namespace} after ${took} ms`)
  }

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

  it('what belonged to one that is killed is repaired by the others within the lease', async () => {
    const held = await balanced(replicas)
    const [killed, ...others] = replicas
    assert.ok(killed !== undefined)
    const orphaned = namespacesOf(heldBy(held, killed))
    assert.equal(orphaned.length, (2 * SHARDS) / REPLICAS)
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

  it('none wrote a Secret or a status of a shard that another held', async () => {
    const requests = await auditedRequests(stage.sandbox.folder)
    const violations = shardWritesByOthers(requests, { shards: SHARDS })
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
