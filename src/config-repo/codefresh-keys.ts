// This file is about the keys of a Codefresh integration: nobody outside has seen their exact names, so many spellings are taken.

/** What a key is about. */
export type Meaning =
  | 'role'
  | 'region'
  | 'access-key-id'
  | 'secret-access-key'
  | 'session-token'
  | 'external-id'
  | 'host'
  | 'account'

/** Letters and digits alone: role_arn, roleArn and ROLE-ARN are one, and so is each with AWS or ECR before it. */
const SPELLINGS: Readonly<Record<Meaning, readonly string[]>> = {
  role: [
    'role',
    'rolearn',
    'rolename',
    'iamrole',
    'iamrolearn',
    'iamrolename',
    'assumerole',
    'assumerolearn',
  ],
  region: ['region', 'regionname', 'defaultregion'],
  'access-key-id': ['accesskeyid', 'accesskey', 'keyid', 'accessid', 'username'],
  'secret-access-key': [
    'secretaccesskey',
    'secretkey',
    'accesskeysecret',
    'secretaccess',
    'accesssecret',
    'secret',
    'password',
  ],
  'session-token': ['sessiontoken', 'securitytoken'],
  'external-id': ['externalid'],
  host: ['host', 'hosturl', 'domain', 'registry', 'registryurl', 'registrydomain', 'registryhost', 'url'],
  account: ['account', 'accountid', 'accountnumber', 'registryid'],
}

const MEANINGS: ReadonlyMap<string, Meaning> = new Map(
  Object.entries(SPELLINGS).flatMap(([meaning, spellings]) =>
    spellings.map((spelling) => [spelling, meaning as Meaning] as const),
  ),
)

/** Undefined: nobody knows. */
export function meaningOf(key: string): Meaning | undefined {
  const plain = key.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
  return MEANINGS.get(plain) ?? MEANINGS.get(plain.replace(/^(aws|ecr|awsecr|cf)/, ''))
}

export interface KeyedValue {
  readonly key: string
  readonly value: string
}

export interface ReadKeys {
  readonly known: ReadonlyMap<Meaning, KeyedValue>
  /** Of one meaning there may be one key: the others, in the order they stand. */
  readonly doubled: readonly (KeyedValue & { readonly meaning: Meaning })[]
  /** Nobody knows what they are about. */
  readonly unknown: readonly string[]
}

/** Empty values are as good as none: role mode may leave the key of the other mode empty. */
export function readKeys(data: Readonly<Record<string, unknown>>): ReadKeys {
  const known = new Map<Meaning, KeyedValue>()
  const doubled: (KeyedValue & { meaning: Meaning })[] = []
  const unknown: string[] = []
  for (const [key, value] of flattened(data)) {
    const meaning = meaningOf(key)
    if (meaning === undefined) unknown.push(key)
    else if (known.has(meaning)) doubled.push({ key, value, meaning })
    else known.set(meaning, { key, value })
  }
  return { known, doubled, unknown }
}

/** Some objects keep all their fields as JSON under one key. */
const flattened = (data: Readonly<Record<string, unknown>>): readonly (readonly [string, string])[] =>
  Object.entries(data).flatMap(([key, value]) => {
    const text = textOf(value)
    if (text === undefined) return []
    const within = text.startsWith('{') ? objectIn(text) : undefined
    return within === undefined ? [[key, text] as const] : flattened(within)
  })

function textOf(value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  const text = String(value).trim()
  return text === '' ? undefined : text
}

function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>
  } catch {
    return undefined
  }
}
