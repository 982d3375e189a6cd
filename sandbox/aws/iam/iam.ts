// This file is about IAM's own API, as far as a guide to users, roles, keys and policies needs it.
import type { Call, Operation, Operations, Output } from '../call.ts'
import type { AccessKey, Role, User } from '../ledger.ts'
import { AwsError } from '../protocol/aws-error.ts'
import { boundedNumber, optionalText, requiredText, textMatching } from '../protocol/input.ts'
import { requireAccess } from './access.ts'
import type { Directory } from './directory.ts'
import { type PolicyDocument, readPolicy } from './policy-document.ts'
import type { Principal } from './principal.ts'

type Asked = { readonly call: Call; readonly caller: Principal }

const alreadyExists = (what: string, name: string): AwsError =>
  new AwsError('EntityAlreadyExists', 409, `${what} with name ${name} already exists.`)

const noSuch = (what: string, name: string): AwsError =>
  new AwsError('NoSuchEntity', 404, `The ${what} with name ${name} cannot be found.`)

const userOutput = ({ name, id, arn, createdAt }: User): Output => ({
  Path: '/',
  UserName: name,
  UserId: id,
  Arn: arn,
  CreateDate: new Date(createdAt),
})
const roleOutput = ({ name, id, arn, createdAt, trust, maxSessionSeconds }: Role): Output => ({
  Path: '/',
  RoleName: name,
  RoleId: id,
  Arn: arn,
  CreateDate: new Date(createdAt),
  AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(trust)),
  MaxSessionDuration: maxSessionSeconds,
})
const keyStatus = (owner: User, key: AccessKey): Output => ({
  UserName: owner.name,
  AccessKeyId: key.id,
  Status: key.active ? 'Active' : 'Inactive',
  CreateDate: new Date(key.createdAt),
})

const NAME = /^[\w+=,.@-]{1,64}$/

function findUser(directory: Directory, { call, caller }: Asked): User {
  const given = optionalText(call.input, 'UserName')
  const arn = given === undefined ? caller.holder : `arn:aws:iam::${caller.account}:user/${given}`
  const found = directory.user(arn)
  if (found === undefined) throw noSuch('user', given ?? arn)
  return found
}

function findRole(directory: Directory, { call, caller }: Asked): Role {
  const name = requiredText(call.input, 'RoleName')
  const found = directory.roleNamed(caller.account, name)
  if (found === undefined) throw noSuch('role', name)
  return found
}

function createUser(directory: Directory, { call, caller }: Asked): Output {
  const name = textMatching(call.input, 'UserName', NAME)
  if (directory.user(`arn:aws:iam::${caller.account}:user/${name}`) !== undefined)
    throw alreadyExists('User', name)
  return { User: userOutput(directory.createUser({ account: caller.account, name })) }
}

/** Characters without white space: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const MOST_CHARACTERS = { trust: 2048, managed: 6144, role: 10_240, user: 2048 } as const

function readBounded(text: string, kept: keyof typeof MOST_CHARACTERS): PolicyDocument {
  const most = MOST_CHARACTERS[kept]
  if (text.replaceAll(/\s/g, '').length > most)
    throw new AwsError('LimitExceeded', 409, `Maximum policy size of ${most} bytes exceeded`)
  return readPolicy(text, kept === 'trust' ? 'trust' : 'identity')
}

function createRole(directory: Directory, { call, caller }: Asked): Output {
  const name = textMatching(call.input, 'RoleName', NAME)
  if (directory.roleNamed(caller.account, name) !== undefined) throw alreadyExists('Role', name)
  const trust = readBounded(requiredText(call.input, 'AssumeRolePolicyDocument'), 'trust')
  const path = optionalText(call.input, 'Path') ?? '/'
  const maxSessionSeconds = boundedNumber(call.input, 'MaxSessionDuration', 3600, 43_200) ?? 3600
  const role = directory.createRole({ account: caller.account, name, trust, path, maxSessionSeconds })
  return { Role: roleOutput(role) }
}

/** AWS allows a user two keys, so that one can be rotated. */
const KEYS_PER_USER = 2

function createAccessKey(directory: Directory, asked: Asked): Output {
  const user = findUser(directory, asked)
  if (user.keys.length >= KEYS_PER_USER)
    throw new AwsError('LimitExceeded', 409, `Cannot exceed quota for AccessKeysPerUser: ${KEYS_PER_USER}`)
  const key = directory.createAccessKey(user.arn)
  return { AccessKey: { ...keyStatus(user, key), SecretAccessKey: key.secret } }
}

function createPolicy(directory: Directory, { call, caller }: Asked): Output {
  const name = textMatching(call.input, 'PolicyName', /^[\w+=,.@-]{1,128}$/)
  const document = readBounded(requiredText(call.input, 'PolicyDocument'), 'managed')
  const Arn = directory.createPolicy(caller.account, name, document)
  return { Policy: { PolicyName: name, Arn, Path: '/', DefaultVersionId: 'v1', IsAttachable: true } }
}

const done: Output = {}

/** The four ways to give policies, for users and for roles alike. */
function policyOperations(directory: Directory): Record<string, (asked: Asked) => Output> {
  const holders = {
    User: { holder: (asked: Asked) => findUser(directory, asked).arn, kept: 'user' },
    Role: { holder: (asked: Asked) => findRole(directory, asked).arn, kept: 'role' },
  } as const
  return Object.fromEntries(
    Object.entries(holders).flatMap(([kind, { holder, kept }]): [string, (asked: Asked) => Output][] => [
      [
        `Attach${kind}Policy`,
        (asked) => {
          directory.attachPolicy(holder(asked), requiredText(asked.call.input, 'PolicyArn'))
          return done
        },
      ],
      [
        `Detach${kind}Policy`,
        (asked) => {
          directory.putPolicy(holder(asked), requiredText(asked.call.input, 'PolicyArn'), null)
          return done
        },
      ],
      [
        `Put${kind}Policy`,
        (asked) => {
          const { input } = asked.call
          const document = readBounded(requiredText(input, 'PolicyDocument'), kept)
          directory.putPolicy(holder(asked), requiredText(input, 'PolicyName'), document)
          return done
        },
      ],
      [
        `Delete${kind}Policy`,
        (asked) => {
          directory.putPolicy(holder(asked), requiredText(asked.call.input, 'PolicyName'), null)
          return done
        },
      ],
    ]),
  )
}

/** Every operation asks for the right of its own name on `*`. */
export function iamOperations(directory: Directory): Operations {
  const table: Record<string, (asked: Asked) => Output> = {
    ...policyOperations(directory),
    CreateUser: (asked) => createUser(directory, asked),
    GetUser: (asked) => ({ User: userOutput(findUser(directory, asked)) }),
    DeleteUser: (asked) => {
      directory.delete(findUser(directory, asked).arn)
      return done
    },
    CreateRole: (asked) => createRole(directory, asked),
    GetRole: (asked) => ({ Role: roleOutput(findRole(directory, asked)) }),
    DeleteRole: (asked) => {
      directory.delete(findRole(directory, asked).arn)
      return done
    },
    UpdateAssumeRolePolicy: (asked) => {
      const trust = readBounded(requiredText(asked.call.input, 'PolicyDocument'), 'trust')
      directory.setTrust(findRole(directory, asked).arn, trust)
      return done
    },
    CreatePolicy: (asked) => createPolicy(directory, asked),
    CreateAccessKey: (asked) => createAccessKey(directory, asked),
    ListAccessKeys: (asked) => {
      const user = findUser(directory, asked)
      return { AccessKeyMetadata: user.keys.map((key) => keyStatus(user, key)), IsTruncated: false }
    },
    UpdateAccessKey: ({ call }) => {
      const active = requiredText(call.input, 'Status') === 'Active'
      directory.setAccessKeyActive(requiredText(call.input, 'AccessKeyId'), active)
      return done
    },
    DeleteAccessKey: ({ call }) => {
      directory.deleteAccessKey(requiredText(call.input, 'AccessKeyId'))
      return done
    },
  }
  const guarded = Object.entries(table).map(([name, run]): [string, Operation] => [
    name,
    (call) => run({ call, caller: requireAccess(directory, call, `iam:${name}`) }),
  ])
  return Object.fromEntries(guarded)
}
