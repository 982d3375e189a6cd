// This file is about the rights that an election takes.
import type { AccessOptions, Grant } from './access.ts'

/** The lease of the leader election; its name is part of the right to it. */
export const LEASE_NAME = 'everpull'

export function leaseGrants({ leaseNamespace, serviceAccount }: AccessOptions): readonly Grant[] {
  const here = {
    role: 'lease' as const,
    feature: 'election' as const,
    namespace: leaseNamespace ?? serviceAccount.namespace,
    group: 'coordination.k8s.io',
    resources: ['leases'],
  }
  return [
    { ...here, verbs: ['create'] },
    { ...here, verbs: ['get', 'update'], names: [LEASE_NAME] },
  ]
}
