// This file is about watching the objects of one kind as the admin, to tell when exactly one became what it should be.
import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { systemRandom } from '../../src/base/random.ts'
import type { KubeClient } from '../../src/kube/client.ts'
import { type Reflector, startReflector } from '../../src/kube/reflector.ts'
import type { KubeObject, ObjectName, ResourceType } from '../../src/kube/resource.ts'

export class ObjectWatch<T extends KubeObject> implements AsyncDisposable {
  readonly #reflector: Reflector<T>

  private constructor(reflector: Reflector<T>) {
    this.#reflector = reflector
  }

  static async open<T extends KubeObject>(client: KubeClient, type: ResourceType): Promise<ObjectWatch<T>> {
    const reflector = startReflector<T>({
      client,
      clock: systemClock,
      random: systemRandom,
      log: silentLog,
      type,
      // A copy of its own, as the one given must not be kept.
      keep: (raw) => structuredClone(raw) as T,
    })
    await reflector.settled()
    return new ObjectWatch(reflector)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reflector.stop()
  }

  get(object: ObjectName): T | undefined {
    return this.#reflector.store.get(object)
  }

  list(): readonly T[] {
    return this.#reflector.store.list()
  }

  /** Resolves in the turn in which the watch first shows the object as wanted. */
  async where(object: ObjectName, what: string, isRight: (now: T) => boolean, limitMs = 30_000): Promise<T> {
    const found = (): T | undefined => {
      const now = this.get(object)
      return now !== undefined && isRight(now) ? now : undefined
    }
    return this.#until(found, `${this.#named(object)} ${what}`, () => this.get(object), limitMs)
  }

  async gone(object: ObjectName, limitMs = 30_000): Promise<void> {
    const isGone = (): true | undefined => (this.get(object) === undefined ? true : undefined)
    await this.#until(isGone, `${this.#named(object)} is gone`, () => this.get(object), limitMs)
  }

  #named({ namespace = '', name }: ObjectName): string {
    return `${namespace}/${name}`
  }

  #until<R>(look: () => R | undefined, what: string, last: () => unknown, limitMs: number): Promise<R> {
    const { store } = this.#reflector
    return new Promise((resolve, reject) => {
      const check = (): void => {
        const found = look()
        if (found === undefined) return
        leave()
        clearTimeout(limit)
        resolve(found)
      }
      const leave = store.subscribe(check)
      const limit = setTimeout(() => {
        leave()
        reject(new Error(`not within ${limitMs} ms: ${what}; last seen: ${JSON.stringify(last())}`))
      }, limitMs)
      check()
    })
  }
}
