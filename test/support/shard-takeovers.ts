// This file is about how long shards went unserved: what the API server's audit log says of leases that ran out, and who took them.
import type { AuditedRequest } from '../../sandbox/control-plane/audit-log.ts'
import { LEASE_NAME, replicaLease, shardLease } from '../../src/model/lease-names.ts'
import { agentName } from './shard-writes.ts'

export interface TakeOversOptions {
  readonly shards: number
  readonly leaseName?: string
  readonly leaseMs: number
  /** As it is set, with the jitter that is added to it at most. */
  readonly retryMs: number
}

/** A shard that was held by a replica of which nothing more was heard, and then by another. */
export interface TakeOver {
  readonly shard: number
  readonly from: string
  readonly by: string
  /** From the last that was heard of the one to the lease being the other's. */
  readonly tookMs: number
  /** The lease and two retry periods, and `lateMs`. */
  readonly limitMs: number
  /**
   * What this machine added to the two periods: as much as the slowest of the taker's looks was late in that time, and
   * twice the slowest answer to it, as it reads the lease and then writes it.
   */
  readonly lateMs: number
}

/**
 * Of leases that were not given back.
 *
 * A replica renews its shards and its own place among the others; it counts as lost when the last of these has stood
 * still for the length of a lease. The others look at all of them every retry period: within one they have seen the last
 * renewal, and within one after it has run out they see that it has.
 */
export function takeOvers(
  requests: readonly AuditedRequest[],
  options: TakeOversOptions,
): readonly TakeOver[] {
  const { shards, leaseName = LEASE_NAME } = options
  const writes = requests
    .filter(({ resource, verb, status }) => resource === 'leases' && WRITING.has(verb) && status < 300)
    .toSorted((a, b) => a.until - b.until)
  const indices = Array.from({ length: shards }, (_none, index) => index)
  const counted = new Set(indices.flatMap((i) => [shardLease(leaseName, i), replicaLease(leaseName, i)]))
  return indices.flatMap((shard) => {
    const changes = writes.filter(({ name }) => name === shardLease(leaseName, shard))
    return changes.flatMap((taken, index) => {
      const before = changes[index - 1]
      if (before === undefined || (before.holder ?? '') === '') return []
      if (agentName(before) === agentName(taken)) return []
      const last = writes.findLast(
        (one) => counted.has(one.name) && one.until <= taken.until && agentName(one) === agentName(before),
      )
      return last === undefined ? [] : [takeOver(requests, shard, last, taken, options)]
    })
  })
}

const WRITING: ReadonlySet<string> = new Set(['create', 'update', 'patch'])

function takeOver(
  requests: readonly AuditedRequest[],
  shard: number,
  last: AuditedRequest,
  taken: AuditedRequest,
  { leaseMs, retryMs }: TakeOversOptions,
): TakeOver {
  const by = agentName(taken)
  const later = requests.filter((one) => agentName(one) === by && one.until >= last.at)
  const looks = later
    .filter(({ resource, verb }) => resource === 'leases' && verb === 'list')
    .map(({ at }) => at)
    .toSorted((a, b) => a - b)
  // The look after it tells whether the taker was late at the end.
  const looked = looks.slice(0, looks.filter((at) => at <= taken.until).length + 1)
  const paces = looked.map((at, index) => at - (looked[index - 1] ?? last.at))
  const answers = later
    .filter(({ verb, at }) => verb !== 'watch' && at <= taken.until)
    .map(({ at, until }) => until - at)
  const lateMs = 2 * Math.max(0, ...paces.map((pace) => pace - retryMs)) + 2 * Math.max(0, ...answers)
  const tookMs = taken.until - last.until
  return { shard, from: agentName(last), by, tookMs, limitMs: leaseMs + 2 * retryMs + lateMs, lateMs }
}
