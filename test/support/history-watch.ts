// This file is about all that the objects of a kind ever said of themselves while a test ran, not only what they say at the end.
import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { systemRandom } from '../../src/base/random.ts'
import type { KubeClient } from '../../src/kube/client.ts'
import { type Reflector, type ReflectorOptions, startReflector } from '../../src/kube/reflector.ts'
import { adminClient } from './admin-client.ts'
import type { Stage } from './stage.ts'

/** Which objects, what of them is what they say, and when that is nothing new. */
export interface Listening<T extends object>
  extends Pick<ReflectorOptions<T>, 'type' | 'namespaces' | 'keep' | 'same'> {
  /** How long something is waited for, unless told. */
  readonly limitMs: number
}

export class HistoryWatch<T extends object> implements AsyncDisposable {
  readonly #client: KubeClient
  readonly #reflector: Reflector<T>
  readonly #limitMs: number
  readonly #said = new Map<string, T[]>()

  private constructor(client: KubeClient, { limitMs, ...listening }: Listening<T>) {
    this.#client = client
    this.#limitMs = limitMs
    this.#reflector = startReflector<T>({
      client,
      clock: systemClock,
      random: systemRandom,
      log: silentLog,
      ...listening,
    })
    this.#reflector.store.subscribe((change) => {
      if (change.type === 'upsert') this.#note(change.object.name, change.now)
    })
  }

  static async open<T extends object>(stage: Stage, listening: Listening<T>): Promise<HistoryWatch<T>> {
    const watch = new HistoryWatch(await adminClient(stage), listening)
    await watch.#reflector.settled()
    return watch
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reflector.stop()
    await this.#client.close()
  }

  /** What the object of that name has said so far, each thing once in a row. */
  said(name: string): readonly T[] {
    return this.#said.get(name) ?? []
  }

  /** Resolves in the turn in which the object says so, or at once if that is what it says now. */
  saying(name: string, what: string, isSo: (now: T) => boolean, limitMs = this.#limitMs): Promise<T> {
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
          new Error(`not within ${limitMs} ms: ${name} ${what}; it said ${JSON.stringify(this.said(name))}`),
        )
      }, limitMs)
      look()
    })
  }

  #note(name: string, said: T): void {
    this.#said.set(name, [...this.said(name), said])
  }
}
