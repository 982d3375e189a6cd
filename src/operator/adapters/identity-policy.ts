// This file is about what the operator's flags let objects ask for: its own AWS identity, and service accounts' tokens.
import { type Fault, fault } from '../../model/fault.ts'
import type { CredentialSource } from '../../model/identity.ts'
import { type SecretRef, secretKey } from '../../model/ref.ts'

interface AccountName {
  readonly namespace: string
  readonly name: string
}

export interface IdentityPolicy {
  /** `--ambient-credentials` */
  readonly ambient:
    | { readonly is: 'allow' }
    | { readonly is: 'deny' }
    | { readonly is: 'namespaces'; readonly namespaces: readonly string[] }
  /** `--service-account-identities` */
  readonly serviceAccounts:
    | { readonly is: 'none' }
    | { readonly is: 'all' }
    | { readonly is: 'named'; readonly accounts: readonly AccountName[] }
  /** What the API server takes for itself, as far as known: no token for it is ever asked for. */
  readonly apiAudiences: () => Promise<readonly string[]>
}

/** The API server's own audiences in clusters that were set up the usual way. */
const USUAL_API_AUDIENCES: ReadonlySet<string> = new Set(
  [
    'kubernetes.default.svc',
    'kubernetes.default.svc.cluster.local',
    'kubernetes.default',
    'kubernetes',
  ].flatMap((name) => [name, `https://${name}`, `https://${name}/`]),
)

/** `keptIn` is the Secret that holds the operator's identity, where one does. */
export function ambientRefusal(
  { ambient }: IdentityPolicy,
  namespace: string,
  keptIn?: SecretRef,
): Fault | undefined {
  switch (ambient.is) {
    case 'allow':
      return undefined
    case 'deny':
      return refusedAmbient(namespace, [], keptIn)
    case 'namespaces':
      return ambient.namespaces.includes(namespace)
        ? undefined
        : refusedAmbient(namespace, ambient.namespaces, keptIn)
  }
}

function refusedAmbient(namespace: string, allowed: readonly string[], keptIn: SecretRef | undefined): Fault {
  const value = [...allowed, namespace].join(',')
  const instead =
    keptIn === undefined ? ': name credentials in the spec, or' : ` (Secret ${secretKey(keptIn)}):`
  return fault(
    'ambient-denied',
    `namespace ${namespace} may not use the operator's own AWS identity${instead} start the operator with --ambient-credentials=namespaces=${value}`,
  )
}

export async function serviceAccountRefusal(
  policy: IdentityPolicy,
  asked: Extract<CredentialSource, { is: 'service-account' }>,
): Promise<Fault | undefined> {
  const { serviceAccounts } = policy
  const isAllowed =
    serviceAccounts.is === 'all' ||
    (serviceAccounts.is === 'named' && serviceAccounts.accounts.some((a) => same(a, asked)))
  if (!isAllowed) return serviceAccountDenied(policy, asked)
  const ofServer = await policy.apiAudiences()
  const own = asked.audiences.find((a) => USUAL_API_AUDIENCES.has(a) || ofServer.includes(a))
  const text = `service account ${asked.namespace}/${asked.name}`
  if (own !== undefined) {
    const because = `audience "${own}" is the API server's own, and such a token could be used against this cluster`
    return fault('service-account-unusable', `no token is asked for ${text}: ${because}`)
  }
  // Without an audience the API server would put in its own.
  return asked.audiences.length > 0
    ? undefined
    : fault('service-account-unusable', `no token is asked for ${text}: no audience is named`)
}

/** Names the flag with the value it needs; also what a forbidden request for a token comes to. */
export function serviceAccountDenied({ serviceAccounts }: IdentityPolicy, asked: AccountName): Fault {
  const named = serviceAccounts.is === 'named' ? serviceAccounts.accounts.filter((a) => !same(a, asked)) : []
  const value = [...named, asked].map((a) => `${a.namespace}/${a.name}`).join(',')
  return fault(
    'service-account-denied',
    `the operator may not ask for tokens of service account ${asked.namespace}/${asked.name}: start it, and apply what "everpull rbac" prints, with --service-account-identities=${value}`,
  )
}

const same = (a: AccountName, b: AccountName): boolean => a.namespace === b.namespace && a.name === b.name
