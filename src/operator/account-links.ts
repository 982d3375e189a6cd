// This file is about what a service account links: its lists as they are, what of them is ours, and what has to change.
//
// What we put into a list is recorded in an annotation, one per orderer, in the write that puts it there: whoever takes
// it off again, after a crash or another day, takes off that and nothing that was there before.
import { canonicalJson } from '../base/canonical-json.ts'
import type { KubeObject } from '../kube/resource.ts'
import { DELIVERY_PREFIX, deliveryAnnotation } from '../model/delivery.ts'
import type { AccountList, Accounts, Link } from '../model/link.ts'
import { type Ref, refKey } from '../model/ref.ts'
import { selects } from '../model/selector.ts'

const LISTS = ['imagePullSecrets', 'secrets'] as const satisfies readonly AccountList[]

/** One list entry, kept as others wrote it. */
type Entry = Readonly<Record<string, unknown>>
type Lists = Readonly<Record<AccountList, readonly Entry[]>>

/** Names of Secrets, by the list that names them or is to. */
export type LinkedSecrets = Readonly<Record<AccountList, ReadonlySet<string>>>

/** What one orderer has put into the lists of an account. */
export interface LinkRecord {
  readonly annotation: string
  /** The orderer, as `refKey` spells it. */
  readonly by: string
  readonly linked: LinkedSecrets
}

/** What is kept of a service account: it holds names only, so that it is followed whole. */
export interface Account extends Lists {
  readonly namespace: string
  readonly name: string
  readonly resourceVersion: string
  readonly isDeleting: boolean
  readonly labels: Readonly<Record<string, string>>
  readonly records: readonly LinkRecord[]
}

export const accountKey = ({ namespace, name }: Pick<Account, 'namespace' | 'name'>): string =>
  `${namespace}/${name}`

const LINKS_PREFIX = 'everpull.dev/links-'

/** `everpull.dev/links-<16 hex>`: one annotation per orderer. */
export const linksAnnotation = (by: Ref): string =>
  LINKS_PREFIX + deliveryAnnotation(by).slice(DELIVERY_PREFIX.length)

const NO_LABELS: Account['labels'] = {}
const NO_ENTRIES: readonly Entry[] = []
const NO_RECORDS: readonly LinkRecord[] = []

export function asAccount(raw: KubeObject): Account {
  const { metadata } = raw
  const records = Object.entries(metadata.annotations ?? {}).flatMap(asRecord)
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    resourceVersion: metadata.resourceVersion ?? '',
    isDeleting: metadata.deletionTimestamp !== undefined,
    labels: metadata.labels ?? NO_LABELS,
    imagePullSecrets: (raw['imagePullSecrets'] as readonly Entry[] | undefined) ?? NO_ENTRIES,
    secrets: (raw['secrets'] as readonly Entry[] | undefined) ?? NO_ENTRIES,
    records: records.length === 0 ? NO_RECORDS : records,
  }
}

/** Anybody may have written it: what is not of our making is no record. */
function asRecord([annotation, text]: readonly [string, string]): readonly LinkRecord[] {
  if (!annotation.startsWith(LINKS_PREFIX)) return []
  const said = parsed(text)
  const by = said['by']
  if (typeof by !== 'string') return []
  const ref = refOfKey(by)
  // Under two spellings one orderer would be worked on twice at once.
  if (refKey(ref) !== by || linksAnnotation(ref) !== annotation) return []
  const linked = { imagePullSecrets: namesIn(said, 'imagePullSecrets'), secrets: namesIn(said, 'secrets') }
  return [{ annotation, by, linked }]
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

function refOfKey(key: string): Ref {
  const [group = '', kind = '', namespace = '', name = ''] = key.split('/')
  return { group, kind, namespace, name }
}

function namesIn(said: Readonly<Record<string, unknown>>, list: AccountList): ReadonlySet<string> {
  const names = said[list]
  return new Set(Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [])
}

/** Whether the link is about this account. */
export const concerns = ({ secret, accounts }: Link, account: Account): boolean =>
  secret.namespace === account.namespace && isChosen(account, accounts)

function isChosen(account: Account, accounts: Accounts): boolean {
  switch (accounts.is) {
    case 'named':
      return accounts.names.includes(account.name)
    case 'selected':
      return selects(accounts.selector, account.labels)
    case 'all':
      return true
  }
}

/** What the account is to name, by the links that choose it. */
export function wantedOf(account: Account, links: readonly Link[]): LinkedSecrets {
  const chosen = links.filter((link) => concerns(link, account))
  const of = (list: AccountList): ReadonlySet<string> =>
    new Set(chosen.flatMap(({ secret, lists }) => (lists.includes(list) ? [secret.name] : [])))
  return { imagePullSecrets: of('imagePullSecrets'), secrets: of('secrets') }
}

/** Whether the account names the Secret in all the lists ordered. */
export const isLinked = (account: Account, { secret, lists }: Pick<Link, 'secret' | 'lists'>): boolean =>
  lists.every((list) => presentIn(account, list).has(secret.name))

/** An object reference may name another namespace, where no account of this one finds a Secret. */
const presentIn = (account: Account, list: AccountList): ReadonlySet<string> =>
  new Set(
    account[list].flatMap(({ name, namespace }) =>
      typeof name === 'string' && (namespace === undefined || namespace === account.namespace) ? [name] : [],
    ),
  )

export interface LinkChange {
  /** A JSON merge patch: it replaces lists whole, and so needs the version of the account that it was made from. */
  readonly patch: Readonly<Record<string, unknown>>
  /** Secrets that were linked by us before, and that somebody has taken off. */
  readonly restored: readonly string[]
}

/** What has to be written so that the account names what the orderer wants; undefined where it is as it should be. */
export function linkChange(account: Account, by: Ref, wanted: LinkedSecrets): LinkChange | undefined {
  const annotation = linksAnnotation(by)
  const mine = account.records.find((record) => record.annotation === annotation)
  const others = account.records.filter((record) => record !== mine)
  const changes = LISTS.map((list) => listChange(account, list, mine, others, wanted[list]))
  const recorded = recordText(by, changes)
  const isRecorded =
    recorded ===
    (mine === undefined
      ? null
      : recordText(
          by,
          LISTS.map((list) => ({ list, ours: mine.linked[list] })),
        ))
  const written = changes.filter(({ isChanged }) => isChanged)
  if (isRecorded && written.length === 0) return undefined
  return {
    patch: {
      ...Object.fromEntries(written.map(({ list, entries }) => [list, entries])),
      ...(isRecorded ? {} : { metadata: { annotations: { [annotation]: recorded } } }),
    },
    restored: [...new Set(changes.flatMap(({ restored }) => restored))],
  }
}

interface ListChange {
  readonly list: AccountList
  readonly entries: readonly Entry[]
  readonly isChanged: boolean
  /** What of the list is ours from now on. */
  readonly ours: ReadonlySet<string>
  readonly restored: readonly string[]
}

/** A Secret that another of our orderers has linked is both's: it stays until neither wants it. */
function listChange(
  account: Account,
  list: AccountList,
  mine: LinkRecord | undefined,
  others: readonly LinkRecord[],
  wanted: ReadonlySet<string>,
): ListChange {
  const before = mine?.linked[list] ?? new Set<string>()
  const theirs = new Set(others.flatMap(({ linked }) => [...linked[list]]))
  const present = presentIn(account, list)
  const added = [...wanted].filter((name) => !present.has(name))
  const removed = [...before].filter((name) => !wanted.has(name) && !theirs.has(name) && present.has(name))
  const kept = removed.reduce<readonly Entry[]>(withoutOne, account[list])
  const isOurs = (name: string): boolean => before.has(name) || theirs.has(name) || !present.has(name)
  return {
    list,
    entries: [...kept, ...added.map((name) => ({ name }))],
    isChanged: added.length > 0 || kept.length < account[list].length,
    ours: new Set([...wanted].filter(isOurs)),
    restored: added.filter((name) => before.has(name)),
  }
}

/** We write the name and nothing else: an entry that says more is of somebody else's making. */
function withoutOne(entries: readonly Entry[], name: string): readonly Entry[] {
  const found = entries.findIndex((entry) => entry['name'] === name && Object.keys(entry).length === 1)
  return found < 0 ? entries : entries.toSpliced(found, 1)
}

function recordText(by: Ref, lists: readonly Pick<ListChange, 'list' | 'ours'>[]): string | null {
  const linked = lists.filter(({ ours }) => ours.size > 0)
  if (linked.length === 0) return null
  const members = linked.map(({ list, ours }) => [list, [...ours].toSorted()] as const)
  return canonicalJson({ by: refKey(by), ...Object.fromEntries(members) })
}
