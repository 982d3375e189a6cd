// This file is about tokens of service accounts: which ones objects ask for, and which ones the operator had issued.
import { auditedRequests } from '../../../sandbox/control-plane/audit-log.ts'
import { OPERATOR_USER } from '../deeds.ts'
import type { Stage } from '../stage.ts'
import type { Manifest } from './manifests.ts'

interface AccountAsked {
  readonly name: string
  readonly audiences?: readonly string[]
}
interface Asking {
  readonly identity?: { readonly serviceAccount?: AccountAsked }
  readonly auth?: { readonly jwt?: { readonly serviceAccountRef?: AccountAsked } }
}

const AUDIENCE = 'sts.amazonaws.com'
const textOf = (namespace: string, name: string, audiences: readonly string[]): string =>
  `${namespace}/${name} for ${audiences.join(', ')}`

/** "mallory/puller for sts.amazonaws.com", of the object's own namespace whatever it says; none where it names no account. */
export function tokensAskedBy({ metadata: { namespace = '' }, spec }: Manifest): readonly string[] {
  const { identity, auth } = (spec ?? {}) as Asking
  const direct = identity?.serviceAccount
  const byGenerator = auth?.jwt?.serviceAccountRef
  return [
    ...(direct === undefined ? [] : [textOf(namespace, direct.name, direct.audiences ?? [AUDIENCE])]),
    ...(byGenerator === undefined
      ? []
      : [textOf(namespace, byGenerator.name, [AUDIENCE, ...(byGenerator.audiences ?? [])])]),
  ]
}

export interface TokenIssued {
  readonly account: string
  readonly audiences: readonly string[]
  readonly text: string
}

/** All that the operator asked the API server for, granted or not. */
export async function tokensRequested(stage: Stage): Promise<readonly TokenIssued[]> {
  const requests = await auditedRequests(stage.sandbox.folder)
  return requests
    .filter(({ user, resource }) => user === OPERATOR_USER && resource === 'serviceaccounts/token')
    .map(({ namespace, name, audiences = [] }) => ({
      account: `${namespace}/${name}`,
      audiences,
      text: textOf(namespace, name, audiences),
    }))
}
