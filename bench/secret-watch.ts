// This file is about what happens to the Secrets while the bench looks: when each was written, and whether a login in one died.
import { systemClock } from '../src/base/clock.ts'
import { silentLog } from '../src/base/log.ts'
import { systemRandom } from '../src/base/random.ts'
import type { KubeClient } from '../src/kube/client.ts'
import { type Reflector, startReflector } from '../src/kube/reflector.ts'
import { type KubeObject, SECRETS } from '../src/kube/resource.ts'
import { DELIVERY_PREFIX } from '../src/model/delivery.ts'

export const MANAGED = 'reconcile.external-secrets.io/managed=true'

interface Life {
  readonly mintedAt: number
  readonly expiresAt: number
}

export class SecretWatch {
  readonly #reflector: Reflector<Life>
  #writes = 0
  #died = 0

  private constructor(client: KubeClient, labelSelector: string) {
    this.#reflector = startReflector({
      client,
      type: SECRETS,
      labelSelector,
      metadataOnly: true,
      keep: lifeIn,
      clock: systemClock,
      random: systemRandom,
      log: silentLog,
    })
  }

  static async open(client: KubeClient, labelSelector = MANAGED): Promise<SecretWatch> {
    const watch = new SecretWatch(client, labelSelector)
    await watch.#reflector.settled()
    watch.#reflector.store.subscribe((change) => {
      if (change.type !== 'upsert') return
      watch.#writes += 1
      if (change.before !== undefined && change.before.expiresAt < Date.now()) watch.#died += 1
    })
    return watch
  }

  /** Writes seen since it was opened. */
  get writes(): number {
    return this.#writes
  }

  /** Times that a Secret held a dead login, replaced since or not. */
  get died(): number {
    const now = Date.now()
    return this.#died + this.#reflector.store.list().filter(({ expiresAt }) => expiresAt < now).length
  }

  /** When as many Secrets as given hold a login minted after `since` (both by the wall clock), on the monotonic clock. */
  async allMintedAfter(since: number, count: number): Promise<number> {
    const { store } = this.#reflector
    const isFresh = ({ mintedAt }: Life): boolean => mintedAt >= since
    let fresh = store.list().filter(isFresh).length
    const done = Promise.withResolvers<number>()
    const check = (): void => {
      if (fresh >= count) done.resolve(performance.now())
    }
    const end = store.subscribe((change) => {
      if (change.type !== 'upsert' || !isFresh(change.now)) return
      if (change.before === undefined || !isFresh(change.before)) fresh += 1
      check()
    })
    check()
    return done.promise.finally(end)
  }

  /** When a Secret of that namespace holds a login, on the monotonic clock. */
  async writtenIn(namespace: string): Promise<number> {
    const { store } = this.#reflector
    const done = Promise.withResolvers<number>()
    const check = (): void => {
      if (store.inNamespace(namespace).length > 0) done.resolve(performance.now())
    }
    const end = store.subscribe(check)
    check()
    return done.promise.finally(end)
  }

  stop(): Promise<void> {
    return this.#reflector.stop()
  }
}

function lifeIn({ metadata }: KubeObject): Life {
  const mark = Object.entries(metadata.annotations ?? {}).find(([key]) => key.startsWith(DELIVERY_PREFIX))
  const { logins } = JSON.parse(mark?.[1] ?? '{"logins":[]}') as { logins: Record<keyof Life, string>[] }
  const [life] = logins
  return { mintedAt: Date.parse(life?.mintedAt ?? ''), expiresAt: Date.parse(life?.expiresAt ?? '') }
}
