// This file is about service accounts whose AWS roles are used: watched only once an object names one, and only where allowed.
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Random } from '../base/random.ts'
import type { Looked } from '../dialects/dialect.ts'
import type { KubeClient } from '../kube/client.ts'
import type { Reflector, StartReflector } from '../kube/reflector.ts'
import { SERVICE_ACCOUNTS } from '../kube/resource.ts'
import { fault } from '../model/fault.ts'
import { SERVICE_ACCOUNT } from '../model/kind.ts'
import type { Ref } from '../model/ref.ts'
import type { Resource } from '../model/resource.ts'
import { asResource } from './raw-object.ts'

/** Which service accounts the operator may act for: `--service-account-identities[=NS/NAME,…]`. */
export type AllowedAccounts =
  | { readonly is: 'none' }
  | { readonly is: 'all' }
  | {
      readonly is: 'named'
      readonly accounts: readonly { readonly namespace: string; readonly name: string }[]
    }

export interface ServiceAccountParts {
  readonly allowed: AllowedAccounts
  readonly client: KubeClient
  readonly startReflector: StartReflector
  readonly namespaces: readonly string[] | undefined
  readonly onChange: (ref: Ref) => void
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/** One watch over all accounts in scope, or one a named account: RBAC by name admits no other. */
export class ServiceAccounts {
  readonly #parts: ServiceAccountParts
  readonly #reflectors = new Map<string, Reflector<Resource>>()

  constructor(parts: ServiceAccountParts) {
    this.#parts = parts
  }

  get(ref: Ref): Looked {
    if (!this.#isAllowed(ref)) return { is: 'denied', fault: deniedFault(ref) }
    const reflector = this.#reflectors.get(this.#watchKey(ref))
    const resource = reflector?.store.get({ namespace: ref.namespace, name: ref.name })
    if (resource !== undefined) return { is: 'present', resource }
    return reflector?.store.synced === true && reflector.phase().is !== 'forbidden'
      ? { is: 'absent' }
      : this.#notSeen(reflector, ref)
  }

  /** Starts the watch that shows this account, if it does not run yet, and waits for its first list. */
  async fetch(ref: Ref): Promise<Looked> {
    const key = this.#watchKey(ref)
    const reflector = this.#reflectors.get(key) ?? this.#start(ref)
    this.#reflectors.set(key, reflector)
    await reflector.settled()
    return this.get(ref)
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#reflectors.values()].map((reflector) => reflector.stop()))
  }

  #notSeen(reflector: Reflector<Resource> | undefined, ref: Ref): Looked {
    const phase = reflector?.phase()
    const what = `ServiceAccount ${ref.name} cannot be read`
    if (phase?.is === 'forbidden') {
      const words = `${what}: ${phase.error.message} (apply the output of "everpull rbac" with --service-account-identities)`
      return { is: 'denied', fault: fault('service-account-denied', words) }
    }
    return phase?.is === 'failing'
      ? { is: 'denied', fault: fault('reference-unreadable', `${what}: ${phase.error.message}`) }
      : { is: 'unread' }
  }

  #isAllowed(ref: Ref): boolean {
    const { allowed } = this.#parts
    if (allowed.is !== 'named') return allowed.is === 'all'
    return allowed.accounts.some((a) => a.namespace === ref.namespace && a.name === ref.name)
  }

  #watchKey(ref: Ref): string {
    return this.#parts.allowed.is === 'all' ? '' : `${ref.namespace}/${ref.name}`
  }

  #start(ref: Ref): Reflector<Resource> {
    const { allowed, client, startReflector, namespaces, clock, random, log, onChange } = this.#parts
    const reflector = startReflector<Resource>({
      client,
      type: SERVICE_ACCOUNTS,
      metadataOnly: true,
      namespaces: allowed.is === 'all' ? namespaces : [ref.namespace],
      fieldSelector: allowed.is === 'all' ? undefined : `metadata.name=${ref.name}`,
      keep: (raw) => asResource(SERVICE_ACCOUNT, 'v1', raw),
      clock,
      random,
      log,
    })
    reflector.store.subscribe((change) => {
      if (change.type === 'upsert') onChange(change.now.ref)
      if (change.type === 'delete') onChange(change.before.ref)
    })
    return reflector
  }
}

const deniedFault = (ref: Ref) =>
  fault(
    'service-account-denied',
    `the operator may not act for service accounts: start it with --service-account-identities=${ref.namespace}/${ref.name} (and apply the matching output of "everpull rbac")`,
  )
