// This file is about the Lease object itself: what its record says, and the three requests an election makes.
import type { Instant } from '../base/clock.ts'
import type { Duration } from '../base/duration.ts'
import type { KubeClient } from './client.ts'
import { isNotFound } from './error.ts'
import type { KubeObject, ObjectName } from './resource.ts'
import { collectionPath, LEASES } from './resource.ts'
import { createObject, getObject, putObject } from './writes.ts'

export interface LeaseRecord {
  /** Absent or '' for nobody. */
  readonly holderIdentity?: string
  readonly leaseDurationSeconds?: number
  readonly acquireTime?: string
  readonly renewTime?: string
  readonly leaseTransitions?: number
}

export interface LeaseObject extends KubeObject {
  readonly spec?: LeaseRecord
}

export interface RequestLimits {
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
}

const FIELD_MANAGER = 'leader-election'

/** metav1.MicroTime wants exactly six fractional digits. */
export const microTime = (at: Instant): string => `${new Date(at).toISOString().slice(0, 23)}000Z`

/** The record as `identity` writes it, to take the lease or to renew it. */
export function heldBy(
  before: LeaseRecord | undefined,
  identity: string,
  duration: Duration,
  now: Instant,
): LeaseRecord {
  const isRenewal = before?.holderIdentity === identity
  const transitions = before?.leaseTransitions ?? 0
  return {
    ...before,
    holderIdentity: identity,
    leaseDurationSeconds: Math.max(1, Math.ceil(duration / 1000)),
    renewTime: microTime(now),
    acquireTime: isRenewal ? (before.acquireTime ?? microTime(now)) : microTime(now),
    leaseTransitions: isRenewal || before === undefined ? transitions : transitions + 1,
  }
}

/** The record of a lease that was given back. One second, as client-go: it must be valid without a holder, too. */
export const heldByNobody = (before: LeaseRecord | undefined, now: Instant): LeaseRecord => ({
  ...before,
  holderIdentity: '',
  leaseDurationSeconds: 1,
  renewTime: microTime(now),
  acquireTime: microTime(now),
})

/** Undefined when there is no such lease. */
export async function readLease(
  client: KubeClient,
  lease: ObjectName,
  limits: RequestLimits,
): Promise<LeaseObject | undefined> {
  try {
    return await getObject<LeaseObject>(client, LEASES, lease, limits)
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

/** Of several who find no lease one creates it; the others get AlreadyExists. */
export const createLease = (
  client: KubeClient,
  {
    namespace = 'default',
    name,
    labels,
  }: ObjectName & { readonly labels?: Readonly<Record<string, string>> },
  spec: LeaseRecord,
  limits: RequestLimits,
): Promise<LeaseObject> =>
  createObject<LeaseObject>(
    client,
    LEASES,
    {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { namespace, name, ...(labels === undefined ? {} : { labels }) },
      spec,
    },
    { fieldManager: FIELD_MANAGER, ...limits },
  )

/** Leases with a label, or of a name; read from what the server has, not from its cache. */
export async function listLeases(
  client: KubeClient,
  namespace: string,
  query: { readonly labelSelector: string } | { readonly fieldSelector: string },
  limits: RequestLimits,
): Promise<readonly LeaseObject[]> {
  const path = collectionPath(LEASES, namespace)
  const { items } = await client.request<{ items: readonly LeaseObject[] }>({
    method: 'GET',
    path,
    query,
    ...limits,
  })
  return items
}

/** Writes the record over the lease as it was read: a conflict if anybody wrote since. */
export function writeLease(
  client: KubeClient,
  lease: LeaseObject,
  spec: LeaseRecord,
  limits: RequestLimits,
): Promise<LeaseObject> {
  const { managedFields: _unsent, ...metadata } = lease.metadata
  return putObject<LeaseObject>(
    client,
    LEASES,
    { ...lease, metadata, spec },
    { fieldManager: FIELD_MANAGER, ...limits },
  )
}
