// This file is about making service accounts name the Secrets ordered, and taking off again what we put there.
//
// Guarantees: a list only ever gains our entries at its end and loses them again; it is written at the version it was
// read at, and read again where somebody was faster. What is ours is recorded in the same write. In the steady state no
// request is made: the watch shows the lists.
import type { Clock, Instant } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { KubeClient } from '../kube/client.ts'
import { isConflict, isNotFound } from '../kube/error.ts'
import { type KubeObject, SERVICE_ACCOUNTS } from '../kube/resource.ts'
import { getObject, mergePatch } from '../kube/writes.ts'
import { type Fault, fault } from '../model/fault.ts'
import type { Accounts, Link, Linked } from '../model/link.ts'
import { type Ref, refKey, refText, type SecretRef } from '../model/ref.ts'
import {
  type Account,
  accountKey,
  asAccount,
  isChosen,
  isLinked,
  type LinkChange,
  linkChange,
  wantedOf,
} from './account-links.ts'
import type { AccountWatch } from './account-watch.ts'

export interface LinksParts {
  /** Writes only while we lead. */
  readonly client: KubeClient
  readonly accounts: AccountWatch
  /** A namespace that is being deleted is left as it is. */
  readonly isTerminating: (namespace: string) => boolean
  readonly faultOf: (error: unknown, doing: string) => Fault
  readonly lookAgain: (key: string) => void
  readonly clock: Clock
  readonly log: Log
}

export interface LinkOptions {
  readonly fieldManager: string
  /** Only this namespace is looked at, and the links are those of it. Absent: they are all that the orderer has. */
  readonly within?: string
  readonly signal: AbortSignal
}

export interface LinksMade {
  /** One a link, in their order. */
  readonly linked: readonly Linked[]
  /** What keeps us from taking off what no link asks for any more. */
  readonly trouble?: Fault
}

/** Somebody who is to look again because of what became of an account. */
export interface LinkWake {
  /** The orderer's work key. */
  readonly key: string
  readonly namespace: string
}

/** Of an orderer in one namespace. */
interface Wanted {
  readonly by: Ref
  readonly links: readonly Link[]
}

/** Whoever makes or rewrites an account does so a few times at once. */
const ATTEMPTS = 8
/** Accounts written at once for one orderer: it may have thousands, and others are served meanwhile. */
const CONCURRENCY = 8
/** So often within a minute a link is put back: by then it is no mistake, and whoever takes it off is asked to stop. */
const PATIENCE = { times: 5, withinMs: 60_000 } as const

export class Links {
  readonly #parts: LinksParts
  /** By namespace, then by orderer. */
  readonly #wanted = new Map<string, Map<string, Wanted>>()
  /** What we know to be newer than what the watch shows, as long as it shows that. */
  readonly #ahead = new Map<string, { readonly account: Account; readonly shown: string | undefined }>()
  /** When links were put back lately, by orderer and account. */
  readonly #restored = new Map<string, readonly Instant[]>()

  constructor(parts: LinksParts) {
    this.#parts = parts
  }

  /** Makes the links true, and takes off what the orderer linked before and no longer wants. */
  async serve(by: Ref, links: readonly Link[], options: LinkOptions): Promise<LinksMade> {
    const { accounts } = this.#parts
    this.#remember(by, links, options.within)
    if (links.length === 0 && accounts.reflector === undefined) return { linked: [] }
    await accounts.open()
    const trouble = accounts.trouble()
    if (trouble !== undefined) {
      return { linked: links.map(({ secret, at }) => unmade(secret, { ...trouble, at })) }
    }
    const problems = new Map<Account, Fault>()
    await inParallel(this.#concerned(by, links, options.within), async (account) => {
      const problem = await this.#make(by, account, links, options)
      if (problem !== undefined) problems.set(account, problem)
    })
    return this.#answer(links, problems)
  }

  /** Takes off all that an orderer has linked, in some namespaces only where told. */
  async release(
    by: Ref,
    options: Omit<LinkOptions, 'within'>,
    among: (namespace: string) => boolean = () => true,
  ): Promise<Fault | undefined> {
    for (const namespace of [...this.#wanted.keys()].filter(among)) this.#forget(by, namespace)
    if (this.#parts.accounts.reflector === undefined) return undefined
    await this.#parts.accounts.open()
    const problems: Fault[] = []
    const left = this.#linkedBy(by).filter(({ namespace }) => among(namespace))
    await inParallel(left, async (account) => {
      const problem = await this.#make(by, account, [], options)
      if (problem !== undefined) problems.push(problem)
    })
    return problems[0]
  }

  /** Everybody who has linked something looks again, those above all who went while nobody was there to see it. */
  async sweep(signal: AbortSignal): Promise<void> {
    const { accounts, lookAgain } = this.#parts
    const linking = await accounts.survey(signal)
    if (linking.size === 0) return
    await accounts.open()
    for (const key of linking) lookAgain(key)
  }

  /** An account changed; tells who looks again: those it is not right for, and those whose answer it changes. */
  note(now: Account | undefined, before: Account | undefined): readonly LinkWake[] {
    const account = now ?? before
    if (account === undefined) return []
    const { namespace } = account
    const ahead = this.#ahead.get(accountKey(account))
    if (ahead !== undefined && ahead.shown !== now?.resourceVersion) this.#ahead.delete(accountKey(account))
    // While they are listed, whoever has wants waits for the end of it.
    if (this.#parts.accounts.trouble() !== undefined) return []
    const wanted = this.#wanted.get(namespace) ?? new Map<string, Wanted>()
    const concerned = [...wanted].filter(([, wants]) => isConcerned(wants, now, before)).map(([key]) => key)
    const known = new Set([...wanted.keys(), ...(before?.records ?? []).map(({ by }) => by)])
    const unknown = (now?.records ?? []).map(({ by }) => by).filter((by) => !known.has(by))
    return [...concerned, ...unknown].map((key) => ({ key, namespace }))
  }

  #remember(by: Ref, links: readonly Link[], within: string | undefined): void {
    const places = Map.groupBy(links, ({ secret }) => secret.namespace)
    const before = within === undefined ? [...this.#wanted.keys()] : [within]
    for (const namespace of before) if (!places.has(namespace)) this.#forget(by, namespace)
    for (const [namespace, members] of places) {
      const wanted = this.#wanted.get(namespace) ?? new Map<string, Wanted>()
      this.#wanted.set(namespace, wanted.set(refKey(by), { by, links: members }))
    }
  }

  #forget(by: Ref, namespace: string): void {
    const wanted = this.#wanted.get(namespace)
    wanted?.delete(refKey(by))
    if (wanted?.size === 0) this.#wanted.delete(namespace)
  }

  /** Accounts that may have to change, in namespaces that are not on their way out. */
  #concerned(by: Ref, links: readonly Link[], within: string | undefined): readonly Account[] {
    const chosen = [...Map.groupBy(links, ({ secret }) => secret.namespace)].flatMap(([namespace, members]) =>
      this.#parts.accounts
        .inNamespace(namespace)
        .filter((account) => members.some(({ accounts }) => isChosen(account, accounts))),
    )
    const linked = this.#linkedBy(by).filter(({ namespace }) => within === undefined || namespace === within)
    return [...new Set([...chosen, ...linked])].filter((account) => !this.#isLeft(account))
  }

  /** The watch may not show yet where we have only just linked. */
  #linkedBy(by: Ref): readonly Account[] {
    const { accounts } = this.#parts
    const shown = accounts.linkedBy(refKey(by))
    const unshown = [...this.#ahead.values()].flatMap(({ account }) => {
      const found = accounts.get(account.namespace, account.name)
      const isLinking = account.records.some((record) => record.by === refKey(by))
      return isLinking && found !== undefined ? [found] : []
    })
    return [...new Set([...shown, ...unshown])]
  }

  #isLeft(account: Account): boolean {
    return account.isDeleting || this.#parts.isTerminating(account.namespace)
  }

  /** Each account as it is now, read again whenever somebody was faster. */
  async #make(
    by: Ref,
    shown: Account,
    links: readonly Link[],
    options: LinkOptions,
  ): Promise<Fault | undefined> {
    let account: Account | undefined = this.#newest(shown)
    try {
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        if (account === undefined || this.#isLeft(account)) return undefined
        const change = linkChange(account, by, wantedOf(account, links))
        if (change === undefined) return undefined
        const contested = this.#contested(by, account, change)
        if (contested !== undefined) return contested
        if (await this.#write(by, account, change, options)) return undefined
        account = await this.#read(account, options)
      }
      return fault('kube-conflict', `service account ${accountKey(shown)} is written by others all the time`)
    } catch (error) {
      return isNotFound(error)
        ? undefined
        : this.#parts.faultOf(error, `linking service account ${accountKey(shown)}`)
    }
  }

  #newest(shown: Account): Account {
    const ahead = this.#ahead.get(accountKey(shown))
    return ahead?.shown === shown.resourceVersion ? ahead.account : shown
  }

  /** False where the account is no longer what the change was made from. */
  async #write(
    by: Ref,
    account: Account,
    change: LinkChange,
    { fieldManager, signal }: LinkOptions,
  ): Promise<boolean> {
    const only = { resourceVersion: account.resourceVersion }
    try {
      const options = { fieldManager, signal, only }
      this.#keep(await mergePatch(this.#parts.client, SERVICE_ACCOUNTS, account, change.patch, options))
    } catch (error) {
      if (isConflict(error)) return false
      throw error
    }
    if (change.restored.length > 0) this.#noteRestored(by, account)
    this.#parts.log.info('linked a service account', { object: refText(by), account: accountKey(account) })
    return true
  }

  async #read(account: Account, { signal }: LinkOptions): Promise<Account> {
    return this.#keep(await getObject(this.#parts.client, SERVICE_ACCOUNTS, account, { signal }))
  }

  #keep(raw: KubeObject): Account {
    const account = asAccount(raw)
    const shown = this.#parts.accounts.get(account.namespace, account.name)?.resourceVersion
    if (shown !== account.resourceVersion) this.#ahead.set(accountKey(account), { account, shown })
    return account
  }

  #contested(by: Ref, account: Account, { restored }: LinkChange): Fault | undefined {
    if (restored.length === 0 || this.#restoredLately(by, account).length < PATIENCE.times) return undefined
    const words = `service account ${accountKey(account)} keeps losing its link to Secret ${restored.join(', ')}: somebody takes it off whenever it is put back (a tool that applies the whole account should list the Secret, or leave the lists alone)`
    return fault('account-unlinked', words)
  }

  #restoredLately(by: Ref, account: Account): readonly Instant[] {
    const since = this.#parts.clock.now() - PATIENCE.withinMs
    return (this.#restored.get(contestKey(by, account)) ?? []).filter((at) => at > since)
  }

  #noteRestored(by: Ref, account: Account): void {
    const times = [...this.#restoredLately(by, account), this.#parts.clock.now()]
    this.#restored.set(contestKey(by, account), times)
  }

  #answer(links: readonly Link[], problems: ReadonlyMap<Account, Fault>): LinksMade {
    const isAsked = (account: Account): boolean => links.some((link) => concerns(link, account))
    const trouble = [...problems].find(([account]) => !isAsked(account))?.[1]
    return {
      linked: links.map((link) => this.#answerOne(link, problems)),
      ...(trouble === undefined ? {} : { trouble }),
    }
  }

  #answerOne(link: Link, problems: ReadonlyMap<Account, Fault>): Linked {
    const { secret, accounts, at } = link
    const there = this.#parts.accounts.inNamespace(secret.namespace)
    const linked = there.filter((account) => concerns(link, account) && isLinked(this.#newest(account), link))
    const problem = [...problems].find(([account]) => concerns(link, account))?.[1]
    return {
      secret,
      accounts: linked.map(({ name }) => name).toSorted(),
      missing: this.#parts.isTerminating(secret.namespace) ? [] : missingOf(accounts, there),
      ...(problem === undefined ? {} : { fault: { ...problem, at } }),
    }
  }
}

const unmade = (secret: SecretRef, problem: Fault): Linked => ({
  secret,
  accounts: [],
  missing: [],
  fault: problem,
})

const contestKey = (by: Ref, account: Account): string => `${refKey(by)} ${accountKey(account)}`

const concerns = ({ secret, accounts }: Link, account: Account): boolean =>
  secret.namespace === account.namespace && isChosen(account, accounts)

function missingOf(accounts: Accounts, there: readonly Account[]): readonly string[] {
  if (accounts.is !== 'named') return []
  const names = new Set(there.map(({ name }) => name))
  return [...new Set(accounts.names)].filter((name) => !names.has(name))
}

/** Accounts that come and go are told even where nothing has to be written. */
function isConcerned({ by, links }: Wanted, now: Account | undefined, before: Account | undefined): boolean {
  const isChosenBy = (account: Account): boolean => links.some((link) => concerns(link, account))
  if (now === undefined || before === undefined)
    return [now, before].some((one) => one !== undefined && isChosenBy(one))
  return linkChange(now, by, wantedOf(now, links)) !== undefined
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values()
  const lane = async (): Promise<void> => {
    for (const item of left) await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, items.length) }, lane))
}
