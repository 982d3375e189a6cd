// This file is about following the service accounts that are linked, or that were: only once somebody links.
//
// An account holds names and no values, so it is followed whole: what it lists is known without a request, at a start and
// after every change.
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Random } from '../base/random.ts'
import type { KubeClient } from '../kube/client.ts'
import type { Reflector, ReflectorOptions, StartReflector } from '../kube/reflector.ts'
import { SERVICE_ACCOUNTS } from '../kube/resource.ts'
import { type Fault, fault } from '../model/fault.ts'
import { type Account, accountKey, asAccount } from './account-links.ts'

export interface AccountWatchParts {
  readonly client: KubeClient
  readonly startReflector: StartReflector
  /** Those served; undefined: all of them. */
  readonly namespaces: readonly string[] | undefined
  readonly onChange: (now: Account | undefined, before: Account | undefined) => void
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

export class AccountWatch {
  readonly #parts: AccountWatchParts
  #reflector: Reflector<Account> | undefined
  /** Accounts with records, by orderer and then by account. */
  readonly #recorded = new Map<string, Map<string, Account>>()

  constructor(parts: AccountWatchParts) {
    this.#parts = parts
  }

  /** Undefined until they are followed. */
  get reflector(): Reflector<Account> | undefined {
    return this.#reflector
  }

  /** Follows them from now on; resolves when they are listed, or cannot be. */
  async open(): Promise<void> {
    this.#reflector ??= this.#follow()
    await this.#reflector.settled()
  }

  /** Why nothing is known of them. */
  trouble(): Fault | undefined {
    if (this.#reflector?.store.synced === true) return undefined
    const phase = this.#reflector?.phase()
    if (phase?.is === 'forbidden') {
      const words = `service accounts cannot be listed: ${phase.error.message} (apply the output of "everpull rbac")`
      return fault('kube-forbidden', words)
    }
    const why = phase?.is === 'failing' ? phase.error.message : 'they are still being listed'
    return fault('kube-unavailable', `service accounts cannot be listed: ${why}`)
  }

  get(namespace: string, name: string): Account | undefined {
    return this.#reflector?.store.get({ namespace, name })
  }

  inNamespace(namespace: string): readonly Account[] {
    return this.#reflector?.store.inNamespace(namespace) ?? []
  }

  /** Accounts in which the orderer has linked something; it is named as `refKey` spells it. */
  linkedBy(by: string): readonly Account[] {
    return [...(this.#recorded.get(by)?.values() ?? [])]
  }

  /** Everybody who has linked something, as `refKey` spells them. */
  linking(): readonly string[] {
    return [...this.#recorded.keys()]
  }

  /** Namespaces of accounts that somebody has linked something in. */
  linkedIn(): readonly string[] {
    const accounts = [...this.#recorded.values()].flatMap((each) => [...each.values()])
    return [...new Set(accounts.map(({ namespace }) => namespace))]
  }

  /** Resolves when they are listed, though nobody may list them yet; rejects when called off. Follow them first. */
  async listed(signal: AbortSignal): Promise<void> {
    if (this.#reflector !== undefined) await synced(this.#reflector, signal)
  }

  /**
   * Whether anybody may have linked anything, read once without following: most clusters link nothing. True also where
   * it cannot be told.
   */
  async mayHaveRecords(signal: AbortSignal): Promise<boolean> {
    if (this.#reflector !== undefined) return true
    const reflector = this.#start({ keep: (raw) => onlyLinked(asAccount(raw)) })
    try {
      await listed(reflector, signal)
      return !reflector.store.synced || reflector.store.size > 0
    } finally {
      await reflector.stop()
    }
  }

  async stop(): Promise<void> {
    await this.#reflector?.stop()
  }

  #follow(): Reflector<Account> {
    const reflector = this.#start({ keep: asAccount })
    reflector.store.subscribe((change) => {
      if (change.type === 'synced') return
      const now = change.type === 'upsert' ? change.now : undefined
      this.#index(now, change.before)
      this.#parts.onChange(now, change.before)
    })
    return reflector
  }

  #start({ keep }: Pick<ReflectorOptions<Account>, 'keep'>): Reflector<Account> {
    const { onChange: _, startReflector, ...rest } = this.#parts
    return startReflector<Account>({
      ...rest,
      type: SERVICE_ACCOUNTS,
      keep,
      same: (before, now) => before.resourceVersion === now.resourceVersion,
    })
  }

  #index(now: Account | undefined, before: Account | undefined): void {
    for (const { by } of before?.records ?? []) {
      const accounts = this.#recorded.get(by)
      if (before !== undefined) accounts?.delete(accountKey(before))
      if (accounts?.size === 0) this.#recorded.delete(by)
    }
    if (now === undefined) return
    for (const { by } of now.records) {
      const accounts = this.#recorded.get(by) ?? new Map<string, Account>()
      this.#recorded.set(by, accounts.set(accountKey(now), now))
    }
  }
}

const onlyLinked = (account: Account): Account | undefined =>
  account.records.length === 0 ? undefined : account

/** Waits through what passes; without the right to look there is nothing to wait for. */
async function listed(reflector: Reflector<Account>, signal: AbortSignal): Promise<void> {
  await reflector.settled()
  if (reflector.phase().is !== 'forbidden') await synced(reflector, signal)
}

async function synced(reflector: Reflector<Account>, signal: AbortSignal): Promise<void> {
  if (reflector.store.synced) return
  signal.throwIfAborted()
  await new Promise<void>((resolve, reject) => {
    const stopListening = reflector.store.subscribe(({ type }) => {
      if (type !== 'synced') return
      stopListening()
      resolve()
    })
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
