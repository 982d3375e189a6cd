// This file is about all that ExternalSecrets ever said of themselves while a test ran, not only what they say at the end.
import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { systemRandom } from '../../src/base/random.ts'
import type { KubeClient } from '../../src/kube/client.ts'
import { type Reflector, startReflector } from '../../src/kube/reflector.ts'
import type { KubeObject } from '../../src/kube/resource.ts'
import { adminClient } from './admin-client.ts'
import type { Condition, Stage } from './stage.ts'

export const EXTERNAL_SECRETS = {
  group: 'external-secrets.io',
  version: 'v1',
  plural: 'externalsecrets',
  kind: 'ExternalSecret',
  namespaced: true,
}

interface Conditioned extends KubeObject {
  readonly status?: { readonly conditions?: readonly Condition[] }
}

export class ConditionWatch implements AsyncDisposable {
  readonly #client: KubeClient
  readonly #reflector: Reflector<Condition>
  readonly #said = new Map<string, Condition[]>()

  private constructor(client: KubeClient) {
    this.#client = client
    this.#reflector = startReflector<Condition>({
      client,
      clock: systemClock,
      random: systemRandom,
      log: silentLog,
      type: EXTERNAL_SECRETS,
      keep: (raw: Conditioned) => raw.status?.conditions?.find(({ type }) => type === 'Ready'),
      same: (before, now) => before.status === now.status && before.message === now.message,
    })
    this.#reflector.store.subscribe((change) => {
      if (change.type === 'upsert') this.#note(change.object.name, change.now)
    })
  }

  static async open(stage: Stage): Promise<ConditionWatch> {
    const watch = new ConditionWatch(await adminClient(stage))
    await watch.#reflector.settled()
    return watch
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reflector.stop()
    await this.#client.close()
  }

  /** What the object of that name has said so far, each thing once. */
  said(name: string): readonly Condition[] {
    return this.#said.get(name) ?? []
  }

  /** Resolves in the turn in which the object says so, or at once if that is what it says now. */
  saying(
    name: string,
    what: string,
    isSo: (ready: Condition) => boolean,
    limitMs = 20_000,
  ): Promise<Condition> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const now = this.said(name).at(-1)
        if (now === undefined || !isSo(now)) return
        leave()
        clearTimeout(limit)
        resolve(now)
      }
      const leave = this.#reflector.store.subscribe(look)
      const limit = setTimeout(() => {
        leave()
        reject(
          new Error(`${name} did not say ${what} within ${limitMs} ms: ${JSON.stringify(this.said(name))}`),
        )
      }, limitMs)
      look()
    })
  }

  #note(name: string, ready: Condition): void {
    this.#said.set(name, [...this.said(name), ready])
  }
}
