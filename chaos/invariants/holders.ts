// This file is about the seventh invariant: nobody writes who does not hold the work at that moment.
import type { AuditedRequest } from '../../sandbox/control-plane/audit-log.ts'
import { shardWritesByOthers } from '../../test/support/shard-writes.ts'
import type { Broken, History } from '../history.ts'

const NAME = 'holders'
const READING: ReadonlySet<string> = new Set(['get', 'list', 'watch'])
/** What candidates write too. */
const NOT_THE_WORK: ReadonlySet<string> = new Set(['leases', 'events'])
/** The name of the lease that says who works. */
const LEASE = 'everpull'

/**
 * Of one lease: each write must be by whoever wrote the lease last, by the order in which the API server took them.
 * The lease is written at the version it was read at, so a success is a proof that it was free, expired or one's own.
 * A request counts from when it came in: the API server may take it up before the lease moves on, and finish it after.
 */
export function holders(history: History): readonly Broken[] {
  switch (history.sharing) {
    case 'alone':
      return []
    case 'standby':
      return writesByOthers(history)
    case 'shards':
      return shardsByOthers(history)
  }
}

/** What is ordered outside of namespaces is the first shard's, wherever its Secrets are. */
function shardsByOthers({ audit, replicas, spreadSecret }: History): readonly Broken[] {
  const violations = shardWritesByOthers(audit, {
    shards: replicas.length,
    who: ({ user }) => user,
    replicas: new Set(replicas.map(({ user }) => user)),
    isSpread: ({ resource, name }) => resource === 'secrets' && name === spreadSecret,
  })
  return violations.map(({ what }) => ({ invariant: NAME, what }))
}

function writesByOthers(history: History): readonly Broken[] {
  const users = new Set(history.replicas.map(({ user }) => user))
  const ours = history.audit.filter(({ user }) => users.has(user)).toSorted((a, b) => a.at - b.at)
  const terms = ours.filter((request) => isLeaseWrite(request)).toSorted((a, b) => a.until - b.until)
  return ours.filter(isWork).flatMap((request) => {
    const last = terms.findLast(({ until }) => until <= request.at)
    const holder = last === undefined || last.holder === '' ? undefined : last.user
    // A term that began while the request came in is its writer's own.
    const isOwn = terms.some(
      ({ user, at, until }) => user === request.user && at <= request.at && until >= request.at,
    )
    if (holder === request.user || isOwn) return []
    const { user, verb, resource, namespace, name, at } = request
    return [
      {
        invariant: NAME,
        what: `${user} did ${verb} ${resource} ${namespace}/${name} at ${new Date(at).toISOString()}, when the lease was held by ${holder ?? 'nobody'}`,
      },
    ]
  })
}

const isLeaseWrite = ({ resource, name, verb, status }: AuditedRequest): boolean =>
  resource === 'leases' && name === LEASE && !READING.has(verb) && status < 300

const isWork = ({ verb, resource, status }: AuditedRequest): boolean =>
  !READING.has(verb) &&
  status < 300 &&
  resource !== '' &&
  !NOT_THE_WORK.has(resource) &&
  !resource.startsWith('self')
