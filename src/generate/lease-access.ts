// This file is about the rights that an election takes.
import { LEASE_NAME, replicaLease, shardLease } from '../model/lease-names.ts'
import type { AccessOptions, Grant } from './access.ts'

/** The leases of shards are read together, to tell which replicas live: a name cannot narrow the right to list. */
export function leaseGrants(options: AccessOptions): readonly Grant[] {
  const { leaseNamespace, leaseName = LEASE_NAME, serviceAccount, shards = 1 } = options
  const here = {
    role: 'lease' as const,
    namespace: leaseNamespace ?? serviceAccount.namespace,
    group: 'coordination.k8s.io',
    resources: ['leases'],
  }
  const elected: readonly Grant[] = [
    { ...here, feature: 'election', verbs: ['create'] },
    { ...here, feature: 'election', verbs: ['get', 'update'], names: [leaseName] },
  ]
  if (shards === 1) return elected
  const indices = Array.from({ length: shards }, (_none, index) => index)
  const shardLeases = indices.map((index) => shardLease(leaseName, index))
  const replicaLeases = indices.map((index) => replicaLease(leaseName, index))
  return [
    ...elected,
    { ...here, feature: 'sharding', verbs: ['list'] },
    { ...here, feature: 'sharding', verbs: ['get', 'update'], names: shardLeases },
    { ...here, feature: 'sharding', verbs: ['update'], names: replicaLeases },
  ]
}
