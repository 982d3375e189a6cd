// This file is about whom a Codefresh integration asks AWS as: a role or an access key, and what of them we can take over.
import type { EcrIntegrationSpec } from '../dialects/everpull/integration-schema.ts'
import { partitionIdOf } from '../model/registry.ts'
import type { ReadKeys } from './codefresh-keys.ts'
import type { CodefreshSecret } from './codefresh-secret.ts'
import { type KeyReference, SECRET_ACCESS_KEY } from './secret-manifests.ts'

type Auth = EcrIntegrationSpec['auth']

/** What there is to know of what was taken over, and what is left to do by hand. */
export interface Notes {
  readonly said: string[]
  readonly open: string[]
}

export interface AuthAsked {
  readonly name: string
  readonly keys: ReadKeys
  readonly secret: CodefreshSecret | undefined
  /** Of the role, where it is named without its ARN. */
  readonly account: string | undefined
  readonly region: string
}

const ACCESS_KEY_ID = 'aws_access_key_id'

/** Undefined: it says neither. */
export function authOf(asked: AuthAsked, notes: Notes): Auth | undefined {
  const { known } = asked.keys
  const role = known.get('role')
  const hasKeys = known.has('access-key-id') || known.has('secret-access-key') || asked.secret !== undefined
  if (role === undefined) return hasKeys ? { accessKey: accessKeyOf(asked, notes) } : undefined
  if (hasKeys) {
    notes.said.push(
      'it has a role and an access key: the role is taken and the key left out, as Codefresh assumes the role with the identity of its pod and ignores the key',
    )
  }
  const externalId = known.get('external-id')?.value
  return {
    iamRole: {
      roleArn: roleArn(role.value, asked, notes),
      ...(externalId === undefined ? {} : { externalId }),
    },
  }
}

/** Only an ARN works with STS, though Codefresh's form speaks of a name. */
function roleArn(role: string, { account, region }: AuthAsked, { said, open }: Notes): string {
  if (/^arn:aws[a-z-]*:iam::[0-9]{12}:role\/[!-~]+$/.test(role)) return role
  if (role.startsWith('arn:') || !/^[\w+=,.@/-]+$/.test(role)) {
    open.push(`${JSON.stringify(role)} is no role: write its ARN, arn:aws:iam::ACCOUNT:role/NAME`)
    return role
  }
  if (account === undefined) {
    open.push(`role ${role} is named without its account: say --account, or write its ARN`)
    return role
  }
  const arn = `arn:${partitionIdOf(region)}:iam::${account}:role/${role.replace(/^role\/|^\//, '')}`
  said.push(`role ${role} is named without its account: taken for ${arn}`)
  return arn
}

type AccessKey = NonNullable<Auth['accessKey']>

function accessKeyOf({ name, keys, secret }: AuthAsked, notes: Notes): AccessKey {
  const id = keys.known.get('access-key-id')
  const idKey = secret?.keys.get('access-key-id')
  return { ...referenceTo(name, secret, notes), ...idOf(id?.value, idKey, notes) }
}

function idOf(
  id: string | undefined,
  idKey: string | undefined,
  { said, open }: Notes,
): Pick<AccessKey, 'accessKeyId' | 'accessKeyIdKey'> {
  if (id !== undefined && /^[A-Z0-9]{16,128}$/.test(id)) {
    if (idKey !== undefined)
      said.push(`the access key id of the ConfigMap is taken, not the one under ${idKey}`)
    return { accessKeyId: id }
  }
  if (id !== undefined)
    open.push('the access key id of the ConfigMap is none: 16 or more capital letters and digits')
  if (idKey !== undefined) return idKey === ACCESS_KEY_ID ? {} : { accessKeyIdKey: idKey }
  if (id === undefined) open.push('no access key id was found: write auth.accessKey.accessKeyId')
  return {}
}

function referenceTo(name: string, secret: CodefreshSecret | undefined, { said, open }: Notes): KeyReference {
  const again = 'write it anew with integration edit --secret-access-key-file'
  if (secret === undefined) {
    open.push(`its secret was not found, and is taken for Secret ${name}: ${again} where there is none`)
    return { secretName: name }
  }
  const { secretName, secretNamespace, keys, found } = secret
  const key = keys.get('secret-access-key')
  const token = keys.get('session-token')
  if (key === undefined) open.push(`${found.from} has no key that could be the secret access key: ${again}`)
  if (secret.is === 'narrow')
    open.push(`${found.from} is sealed for one place only, and opens nowhere else: ${again}`)
  if (secret.is === 'clear') {
    open.push(
      `${found.from} holds its secret in the clear, for all to see who read the repository: revoke that key, make another, and ${again}`,
    )
  }
  // A Secret that is applied goes where the operator looks; one that is there stays where it is.
  const namespace = secret.is === 'there' ? secretNamespace : undefined
  if (namespace !== undefined) {
    said.push(
      `its secret stays where it is, Secret ${namespace}/${secretName}; the operator's own Git sync takes secrets of its own namespace only`,
    )
  }
  return {
    secretName,
    ...(namespace === undefined ? {} : { secretNamespace: namespace }),
    ...(key === undefined || key === SECRET_ACCESS_KEY ? {} : { secretAccessKeyKey: key }),
    ...(token === undefined ? {} : { sessionTokenKey: token }),
  }
}
