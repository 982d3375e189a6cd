// This file is about who asked AWS for an ExternalSecret, as the identity of a login of our own API.
import type { IdentityFields, RoleFields } from '../dialects/everpull/identity-schema.ts'
import type { Bench } from './convert-bench.ts'
import type { NamespacesFields, Remarks } from './convert-draft.ts'
import { at, type Fields, fieldsAt, isFields, listAt, textAt } from './convert-manifests.ts'

/** A generator of ECR logins. */
export interface Generator {
  readonly spec: Fields
  readonly text: string
}

/** Where an object is served: one namespace, or those chosen. */
export interface Served {
  readonly namespaces: NamespacesFields
  /** Absent: it is spread over several. */
  readonly namespace?: string
}

type AskerFields = { readonly identity: IdentityFields; readonly assumeRoles?: RoleFields[] }

/** A text instead says why it cannot be turned. */
export function askerFor(
  { spec, text }: Generator,
  served: Served,
  bench: Bench,
  remarks: Remarks,
): AskerFields | string {
  const role = textAt(spec, 'role')
  const assumeRoles = role === undefined || role === '' ? {} : { assumeRoles: [{ roleArn: role }] }
  const key = at(spec, 'auth', 'secretRef')
  if (isFields(key)) return { identity: { accessKey: accessKeyFrom(key, served, remarks) }, ...assumeRoles }
  const account = at(spec, 'auth', 'jwt', 'serviceAccountRef')
  if (isFields(account)) {
    return { identity: { serviceAccount: accountFrom(account, served, remarks) }, ...assumeRoles }
  }
  if (at(spec, 'auth', 'jwt') !== undefined) return `${text} has auth.jwt without a serviceAccountRef`
  const region = textAt(spec, 'region') ?? ''
  const name = bench.integrations.use({
    auth: role === undefined || role === '' ? { ambient: {} } : { iamRole: { roleArn: role } },
    region: region === '' ? (bench.hints.region ?? 'us-east-1') : region,
    registries: [],
    namespaces: served.namespaces,
    notes: [
      `${text} asked as External Secrets itself did: give the operator of Everpull that identity in AWS too`,
    ],
  })
  return { identity: { integration: { name } } }
}

const IN_EACH = (what: string): string =>
  `External Secrets looked for ${what} in each namespace; here there is one, in the namespace of the operator`

function accessKeyFrom(
  auth: Fields,
  { namespace }: Served,
  remarks: Remarks,
): NonNullable<IdentityFields['accessKey']> {
  const ref = (field: string): Fields => fieldsAt(auth, field)
  const [id, secret, token] = [
    ref('accessKeyIDSecretRef'),
    ref('secretAccessKeySecretRef'),
    ref('sessionTokenSecretRef'),
  ]
  const secretName = textAt(secret, 'name') ?? textAt(id, 'name') ?? 'aws'
  for (const other of [id, token]) {
    const name = textAt(other, 'name')
    if (name !== undefined && name !== secretName) {
      remarks.leave(`the access key stands in two Secrets, ${secretName} and ${name}: put it into one`)
    }
  }
  if (namespace === undefined) remarks.leave(IN_EACH(`Secret ${secretName}`))
  const [idKey, secretKey, tokenKey] = [textAt(id, 'key'), textAt(secret, 'key'), textAt(token, 'key')]
  return {
    secretName,
    ...(idKey === undefined ? {} : { accessKeyIdKey: idKey }),
    ...(secretKey === undefined ? {} : { secretAccessKeyKey: secretKey }),
    ...(tokenKey === undefined ? {} : { sessionTokenKey: tokenKey }),
  }
}

function accountFrom(
  ref: Fields,
  { namespace }: Served,
  remarks: Remarks,
): NonNullable<IdentityFields['serviceAccount']> {
  const name = textAt(ref, 'name') ?? 'default'
  if (namespace === undefined) remarks.leave(IN_EACH(`service account ${name}`))
  remarks.note(
    `tokens of service account ${name} are asked for: start the operator with --service-account-identities`,
  )
  const more = listAt(ref, 'audiences').filter((audience) => typeof audience === 'string')
  return more.length === 0 ? { name } : { name, audiences: [...new Set(['sts.amazonaws.com', ...more])] }
}
