// This file is about the proof that shards are exclusive: what the API server's audit log says of who wrote, and who held.
import type { AuditedRequest } from '../../sandbox/control-plane/audit-log.ts'
import { cutName, LEASE_NAME, shardLease } from '../../src/model/lease-names.ts'
import { FIRST_SHARD, shardOfNamespace } from '../../src/operator/shards.ts'

export interface ShardWritesOptions {
  readonly shards: number
  readonly leaseName?: string
  /** Who asks; by what it calls itself, unless told: the last word of its user agent is the name it holds leases under. */
  readonly who?: (request: AuditedRequest) => string
  /** Who is a replica; whoever has ever written a lease of a shard, unless told. */
  readonly replicas?: ReadonlySet<string>
  /** Whether a write in a namespace is for an order outside of namespaces; none is unless told. */
  readonly isSpread?: (request: AuditedRequest) => boolean
  /**
   * How long a lease lasts that nobody renews: a write that came in later is judged too, though nobody had taken it yet.
   * Not for where an API server is stopped: it takes up afterwards what was sent, and called off, long before.
   */
  readonly leaseMs?: number
}

/** A Secret or status written by a replica that did not hold the object's shard, or no longer, when the request came in. */
export interface ShardViolation {
  readonly request: AuditedRequest
  readonly who: string
  readonly shard: number
  /** Whose the shard was; '' for nobody's. */
  readonly holder: string
  /** For an assertion. */
  readonly what: string
}

const READING: ReadonlySet<string> = new Set(['get', 'list', 'watch'])

export const agentName = ({ agent }: AuditedRequest): string => agent.split(' ').at(-1) ?? ''

/**
 * All of them.
 *
 * A lease is written at the version it was read at, so that a success proves that it was free, expired or the writer's
 * own: between two successes it is whose the first of them says. While one is being answered it may be either's. A request
 * counts from when it came in, as nothing keeps the API server from finishing later what it has begun. A lease runs from
 * when the last renewal was answered at the latest; that of the whole installation, from anybody's.
 */
export function shardWritesByOthers(
  requests: readonly AuditedRequest[],
  {
    shards,
    leaseName = LEASE_NAME,
    who = agentName,
    isSpread = () => false,
    leaseMs = Number.POSITIVE_INFINITY,
    ...options
  }: ShardWritesOptions,
): readonly ShardViolation[] {
  const changes = changesOf(requests, who)
  const names = Array.from({ length: shards }, (_none, shard) => shardLease(leaseName, shard))
  const replicas =
    options.replicas ?? new Set(names.flatMap((name) => (changes.get(name) ?? []).map(({ by }) => by)))
  const cut = changes.get(leaseName) ?? []
  return requests.filter(isWork).flatMap((request) => {
    const by = who(request)
    if (!replicas.has(by)) return []
    const shard = isSpread(request) ? FIRST_SHARD : shardOf(request, shards)
    const own = changes.get(shardLease(leaseName, shard)) ?? []
    const isOurs = (change: LeaseChange): boolean => change.by === by && change.holder !== ''
    const because =
      whyNot(own, request, isOurs, leaseMs, (holder) => `when shard ${shard} was held by ${holder}`) ??
      whyNot(
        cut,
        request,
        ({ holder }) => holder === cutName(shards),
        leaseMs,
        () => 'while the work was cut otherwise',
      )
    return because === undefined ? [] : [violation(request, by, shard, lastHolder(own, request), because)]
  })
}

interface LeaseChange {
  readonly by: string
  readonly holder: string
  readonly at: number
  readonly until: number
}

/** Successful writes of each lease, by its name, in the order of their answers. */
function changesOf(
  requests: readonly AuditedRequest[],
  who: (request: AuditedRequest) => string,
): ReadonlyMap<string, readonly LeaseChange[]> {
  const writes = requests.filter(
    ({ resource, verb, status }) => resource === 'leases' && !READING.has(verb) && status < 300,
  )
  const changes = writes.map((request) => {
    const { holder = '', name, at, until } = request
    return { lease: name, by: who(request), holder, at, until }
  })
  return Map.groupBy(
    changes.toSorted((a, b) => a.until - b.until),
    ({ lease }) => lease,
  )
}

const isWork = ({ verb, resource, status }: AuditedRequest): boolean =>
  !READING.has(verb) && status < 300 && (resource === 'secrets' || resource.endsWith('/status'))

const shardOf = ({ namespace }: AuditedRequest, shards: number): number =>
  namespace === '' ? FIRST_SHARD : shardOfNamespace(namespace, shards)

/** By the last change that was over when the request came in, or one that was under way; undefined where it was held. */
function whyNot(
  changes: readonly LeaseChange[],
  { at }: AuditedRequest,
  isIt: (change: LeaseChange) => boolean,
  leaseMs: number,
  heldBy: (holder: string) => string,
): string | undefined {
  if (changes.some((change) => change.at <= at && change.until >= at && isIt(change))) return undefined
  const last = changes.findLast(({ until }) => until <= at)
  if (last === undefined || !isIt(last)) return heldBy(last?.holder || 'nobody')
  const late = at - last.until - leaseMs
  return late > 0 ? `${late} ms after its lease had run out` : undefined
}

const lastHolder = (changes: readonly LeaseChange[], { at }: AuditedRequest): string =>
  changes.findLast(({ until }) => until <= at)?.holder ?? ''

function violation(
  request: AuditedRequest,
  who: string,
  shard: number,
  holder: string,
  because: string,
): ShardViolation {
  const { verb, resource, namespace, name, at } = request
  const what = `${who} did ${verb} ${resource} ${namespace}/${name} at ${new Date(at).toISOString()}, ${because}`
  return { request, who, shard, holder, what }
}
