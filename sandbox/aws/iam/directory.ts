// This file is about IAM's directory: creating, finding and changing users, roles, keys and policies.
import { roleId, secretAccessKey, userId, userKeyId } from '../identifiers.ts'
import type { AccessKey, Ledger, Role, User } from '../ledger.ts'
import { AwsError } from '../protocol/aws-error.ts'
import { managedPolicies } from './managed-policies.ts'
import { type PolicyDocument, readPolicy } from './policy-document.ts'
import type { Principal } from './principal.ts'

export interface NewUser {
  readonly account: string
  readonly name: string
  readonly policies?: Readonly<Record<string, PolicyDocument>>
  /** ARNs of managed policies. */
  readonly attached?: readonly string[]
  /** Where a key pair must be a known one; otherwise `createAccessKey` makes one. */
  readonly keys?: readonly { readonly id: string; readonly secret: string }[]
  /** Default `aws`. */
  readonly partition?: string
}
export interface NewRole {
  readonly account: string
  readonly name: string
  readonly trust: PolicyDocument
  readonly policies?: Readonly<Record<string, PolicyDocument>>
  readonly attached?: readonly string[]
  /** 3600 to 43200; default 3600. */
  readonly maxSessionSeconds?: number
  /** Begins and ends with a slash; default `/`. */
  readonly path?: string
  /** Default `aws`. */
  readonly partition?: string
}

/** Whether somebody may not, whatever the policies say: as an organization's service control policy does. */
export type Denial = (principal: Principal, action: string, resource: string) => boolean

/** Users and roles by ARN. Creating what exists replaces its policies and keeps its id and keys. */
export interface Directory {
  createUser(user: NewUser): User
  createRole(role: NewRole): Role
  createPolicy(account: string, name: string, document: PolicyDocument): string
  createAccessKey(userArn: string): AccessKey
  setAccessKeyActive(keyId: string, active: boolean): void
  deleteAccessKey(keyId: string): void
  /** Null removes the policy. */
  putPolicy(holderArn: string, name: string, document: PolicyDocument | null): void
  attachPolicy(holderArn: string, policyArn: string): void
  setTrust(roleArn: string, trust: PolicyDocument): void
  delete(arn: string): void
  user(arn: string): User | undefined
  role(arn: string): Role | undefined
  /** Names are unique in an account, whatever the path; the partition is `aws` unless given. */
  roleNamed(account: string, name: string, partition?: string): Role | undefined
  userOfKey(keyId: string): { user: User; key: AccessKey } | undefined
  policiesOf(principal: Principal): readonly PolicyDocument[]
  /** A managed policy by ARN, AWS's own or a customer's; throws NoSuchEntity. */
  managed(arn: string): PolicyDocument
  readonly denies: Denial
}

const noSuch = (what: string, arn: string): AwsError =>
  new AwsError('NoSuchEntity', 404, `The ${what} with name ${arn.split('/').at(-1)} cannot be found.`)

const read = (policies: Readonly<Record<string, PolicyDocument>> = {}): Record<string, PolicyDocument> =>
  Object.fromEntries(Object.entries(policies).map(([name, p]) => [name, readPolicy(p, 'identity')]))

export function createDirectory(ledger: Ledger, denies: Denial): Directory {
  const { book } = ledger
  const user = (arn: string): User | undefined => book.users[arn]
  const role = (arn: string): Role | undefined => book.roles[arn]
  const existingUser = (arn: string): User => {
    const found = user(arn)
    if (found === undefined) throw noSuch('user', arn)
    return found
  }
  const holder = (arn: string): User | Role => {
    const found = user(arn) ?? role(arn)
    if (found === undefined) throw noSuch('user or role', arn)
    return found
  }
  const managed = (arn: string): PolicyDocument => {
    const found =
      book.policies[arn] ?? managedPolicies.get(arn.replace(/^arn:aws[a-z-]*:iam::aws:policy\//, ''))
    if (found === undefined)
      throw new AwsError('NoSuchEntity', 404, `Policy ${arn} does not exist or is not attachable.`)
    return found
  }
  const attachedOf = (arns: readonly string[] = []): Record<string, PolicyDocument> =>
    Object.fromEntries(arns.map((arn) => [arn, managed(arn)]))
  const userOfKey = (keyId: string): { user: User; key: AccessKey } | undefined => {
    for (const found of Object.values(book.users)) {
      const key = found.keys.find((k) => k.id === keyId)
      if (key !== undefined) return { user: found, key }
    }
    return undefined
  }
  const addKey = (owner: User, key: AccessKey): AccessKey => {
    if (owner.keys.every((k) => k.id !== key.id)) owner.keys.push(key)
    ledger.recordSecret({ kind: 'secret-access-key', value: key.secret, holder: owner.arn })
    return key
  }
  const saved = <T>(value: T): T => {
    ledger.save()
    return value
  }
  return {
    createUser({ account, name, policies, attached, keys = [], partition = 'aws' }) {
      const arn = `arn:${partition}:iam::${account}:user/${name}`
      const before = user(arn)
      const created: User = {
        arn,
        account,
        name,
        id: before?.id ?? userId(),
        createdAt: before?.createdAt ?? Date.now(),
        policies: { ...read(policies), ...attachedOf(attached) },
        keys: before?.keys ?? [],
      }
      book.users[arn] = created
      for (const key of keys) addKey(created, { ...key, createdAt: Date.now(), active: true })
      return saved(created)
    },
    createRole(asked) {
      const { account, name, trust, policies, attached } = asked
      const { maxSessionSeconds = 3600, path = '/', partition = 'aws' } = asked
      const arn = `arn:${partition}:iam::${account}:role${path}${name}`
      const created: Role = {
        arn,
        account,
        name,
        id: role(arn)?.id ?? roleId(),
        createdAt: role(arn)?.createdAt ?? Date.now(),
        trust: readPolicy(trust, 'trust'),
        policies: { ...read(policies), ...attachedOf(attached) },
        maxSessionSeconds,
      }
      book.roles[arn] = created
      return saved(created)
    },
    createPolicy(account, name, document) {
      const arn = `arn:aws:iam::${account}:policy/${name}`
      book.policies[arn] = readPolicy(document, 'identity')
      return saved(arn)
    },
    createAccessKey(userArn) {
      return saved(
        addKey(existingUser(userArn), {
          id: userKeyId(),
          secret: secretAccessKey(),
          createdAt: Date.now(),
          active: true,
        }),
      )
    },
    setAccessKeyActive(keyId, active) {
      const found = userOfKey(keyId)
      if (found === undefined) throw noSuch('Access Key', keyId)
      found.key.active = active
      ledger.save()
    },
    deleteAccessKey(keyId) {
      const found = userOfKey(keyId)
      if (found === undefined) throw noSuch('Access Key', keyId)
      found.user.keys.splice(found.user.keys.indexOf(found.key), 1)
      ledger.save()
    },
    putPolicy(holderArn, name, document) {
      const { policies } = holder(holderArn)
      if (document === null) delete policies[name]
      else policies[name] = readPolicy(document, 'identity')
      ledger.save()
    },
    attachPolicy(holderArn, policyArn) {
      holder(holderArn).policies[policyArn] = managed(policyArn)
      ledger.save()
    },
    setTrust(roleArn, trust) {
      const found = role(roleArn)
      if (found === undefined) throw noSuch('role', roleArn)
      found.trust = readPolicy(trust, 'trust')
      ledger.save()
    },
    delete(arn) {
      delete book.users[arn]
      delete book.roles[arn]
      delete book.policies[arn]
      ledger.save()
    },
    user,
    role,
    roleNamed: (account, name, partition = 'aws') =>
      Object.values(book.roles).find(
        (r) => r.account === account && r.name === name && r.arn.startsWith(`arn:${partition}:`),
      ),
    userOfKey,
    policiesOf: (principal) =>
      Object.values((user(principal.holder) ?? role(principal.holder))?.policies ?? {}),
    managed,
    denies,
  }
}
