// This file is about making service accounts name the Secrets ordered, and taking off again what we put there.
//
// Guarantees: a list only ever gains our entries at its end and loses them again; it is written at the version it was
// read at, and read again where somebody was faster. What is ours is recorded in the same write. In the steady state no
// request is made: the watch shows the lists.
import type { Clock } from '../base/clock.ts'
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
  concerns,
  isLinked,
  type LinkChange,
  linkChange,
  wantedOf,
} from './account-links.ts'
import type { AccountWatch } from './account-watch.ts'
import { LostLinks } from './lost-links.ts'
import { placesOf, WantedLinks } from './wanted-links.ts'

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
  /** False for a Secret that is not there yet: no account names it anew, and those that do are left. Absent: all are. */
  readonly stands?: (secret: SecretRef) => boolean
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

/** Whoever makes or rewrites an account does so a few times at once. */
const ATTEMPTS = 8
/** Accounts written at once for one orderer: it may have thousands, and others are served meanwhile. */
const CONCURRENCY = 8
export class Links {
  readonly #parts: LinksParts
  readonly #wanted = new WantedLinks()
  /** What we know to be newer than what the watch shows, as long as it shows that. */
  readonly #ahead = new Map<string, { readonly account: Account; readonly shown: string | undefined }>()
  readonly #lost: LostLinks
  #isSweepOwed = false

  constructor(parts: LinksParts) {
    this.#parts = parts
    this.#lost = new LostLinks(parts.clock)
  }

  /** Makes the links true, and takes off what the orderer linked before and no longer wants. */
  async serve(by: Ref, links: readonly Link[], options: LinkOptions): Promise<LinksMade> {
    const { accounts } = this.#parts
    this.#wanted.state(by, links)
    if (links.length === 0 && accounts.reflector === undefined) return { linked: [], ...this.#unlisted() }
    await accounts.open()
    const trouble = this.#look()
    if (trouble !== undefined) {
      const linked = links.map(({ secret, at }) => unmade(secret, { ...trouble, at }))
      return { linked, ...(links.length === 0 ? this.#unlisted() : {}) }
    }
    const problems = new Map<Account, Fault>()
    await inParallel(this.#concerned(by, links), async (account) => {
      const problem = await this.#make(by, account, links, options)
      if (problem !== undefined) problems.set(account, problem)
    })
    return this.#answer(links, problems)
  }

  /** What was linked before this term is there, or may be, as long as nobody has seen the accounts. */
  #unlisted(): Pick<LinksMade, 'trouble'> {
    const trouble = this.#isSweepOwed ? this.#parts.accounts.trouble() : undefined
    return trouble === undefined ? {} : { trouble }
  }

  /** Whether accounts name Secrets for it, as far as they are followed. */
  has(by: Ref): boolean {
    return this.#parts.accounts.linkedBy(refKey(by)).length > 0
  }

  /** Namespaces in which anybody has linked something, as far as accounts are followed. */
  linkedIn(): readonly string[] {
    return this.#parts.accounts.linkedIn()
  }

  /** Takes off all that an orderer has linked. What the watch does not show yet brings its orderer back. */
  async release(by: Ref, options: LinkOptions): Promise<Fault | undefined> {
    this.#lost.forget(by)
    return (await this.serve(by, [], options)).trouble
  }

  /** Everybody who has linked something looks again, those above all who went while nobody was there to see it. */
  async sweep(signal: AbortSignal): Promise<void> {
    const { accounts } = this.#parts
    this.#isSweepOwed = true
    if (!(await accounts.mayHaveRecords(signal))) {
      this.#isSweepOwed = false
      return
    }
    await accounts.open()
    if (this.#look() !== undefined) void this.#lookOnceListed(signal)
  }

  async #lookOnceListed(signal: AbortSignal): Promise<void> {
    await this.#parts.accounts.listed(signal).catch(() => {})
    if (!signal.aborted) this.#look()
  }

  /** Sweeps as soon as there is something to see: without the right to look, that is when it is given. */
  #look(): Fault | undefined {
    const { accounts, lookAgain } = this.#parts
    const trouble = accounts.trouble()
    if (!this.#isSweepOwed || trouble !== undefined) return trouble
    this.#isSweepOwed = false
    for (const key of accounts.linking()) lookAgain(key)
    return undefined
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
    return this.#wanted.concernedBy(now, before).map((key) => ({ key, namespace }))
  }

  /** Accounts that may have to change, in namespaces that are not on their way out. */
  #concerned(by: Ref, links: readonly Link[]): readonly Account[] {
    const { accounts } = this.#parts
    const chosen = [...placesOf(links)].flatMap((namespace) =>
      accounts.inNamespace(namespace).filter((account) => links.some((link) => concerns(link, account))),
    )
    const all = new Set([...chosen, ...accounts.linkedBy(refKey(by))])
    return [...all].filter((account) => !this.#isLeft(account))
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
        const change = linkChange(account, by, wantedOf(account, madeOf(by, account, links, options)))
        if (change === undefined) return undefined
        const contested = this.#lost.contested(by, account, change)
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
    this.#lost.note(by, account, change)
    this.#parts.log.info('changed the links of a service account', {
      object: refText(by),
      account: accountKey(account),
    })
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

function missingOf(accounts: Accounts, there: readonly Account[]): readonly string[] {
  if (accounts.is !== 'named') return []
  const names = new Set(there.map(({ name }) => name))
  return [...new Set(accounts.names)].filter((name) => !names.has(name))
}

/** Those that are made for the account, or that have been. */
function madeOf(
  by: Ref,
  account: Account,
  links: readonly Link[],
  { stands = () => true }: LinkOptions,
): readonly Link[] {
  const linked = account.records.find((record) => record.by === refKey(by))?.linked
  const isLinked = ({ secret, lists }: Link): boolean => lists.some((list) => linked?.[list].has(secret.name))
  return links.filter((link) => stands(link.secret) || isLinked(link))
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values()
  const lane = async (): Promise<void> => {
    for (const item of left) await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, items.length) }, lane))
}
