// This file is about letting anyone read the keys that service account tokens are signed with, as cloud clusters do.
import type { ApiClient } from './api-client.ts'

const NAME = 'everpull-sandbox-key-discovery'

/** AWS fetches an issuer's keys without credentials, so the sandbox's API server must give them to it. */
export async function allowKeyDiscovery(admin: ApiClient): Promise<void> {
  const { status, body } = await admin.call(
    'POST',
    '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: NAME },
      roleRef: {
        apiGroup: 'rbac.authorization.k8s.io',
        kind: 'ClusterRole',
        name: 'system:service-account-issuer-discovery',
      },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'system:unauthenticated' }],
    },
  )
  if (status !== 201 && status !== 409) throw new Error(`the API server refused ${NAME}: ${status} ${body}`)
}
