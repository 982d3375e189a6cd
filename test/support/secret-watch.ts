// This file is about watching Secrets as the admin, to tell when exactly one became what it should be.
import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { systemRandom } from '../../src/base/random.ts'
import type { KubeClient } from '../../src/kube/client.ts'
import { type Reflector, startReflector } from '../../src/kube/reflector.ts'
import { SECRETS, type SecretObject } from '../../src/kube/resource.ts'
import { deleteObject, getObject, mergePatch } from '../../src/kube/writes.ts'
import { adminClient } from './admin-client.ts'
import type { SecretSeen, Stage } from './stage.ts'

/** What one edit by hand led to. */
export interface Repair {
  readonly secret: SecretSeen
  /** Milliseconds from the answer to the edit until the watch showed the Secret as wanted. */
  readonly took: number
}

type IsRight = (secret: SecretSeen) => boolean

const WATCHER = 'somebody'

export class SecretWatch implements AsyncDisposable {
  readonly #client: KubeClient
  readonly #reflector: Reflector<SecretSeen>
  readonly #history = new Map<string, (SecretSeen | undefined)[]>()

  private constructor(client: KubeClient, reflector: Reflector<SecretSeen>) {
    this.#client = client
    this.#reflector = reflector
    reflector.store.subscribe((change) => {
      if (change.type === 'synced') return
      const { namespace = '', name } = change.object
      const now = change.type === 'upsert' ? change.now : undefined
      this.#history.set(`${namespace}/${name}`, [...this.history(namespace, name), now])
    })
  }

  static async open(stage: Stage): Promise<SecretWatch> {
    const client = await adminClient(stage)
    const reflector = startReflector<SecretSeen>({
      client,
      clock: systemClock,
      random: systemRandom,
      log: silentLog,
      type: SECRETS,
      keep: (raw) => asSeen(raw),
    })
    await reflector.settled()
    return new SecretWatch(client, reflector)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reflector.stop()
    await this.#client.close()
  }

  get(namespace: string, name: string): SecretSeen | undefined {
    return this.#reflector.store.get({ namespace, name })
  }

  /** All that the Secret has been since the watch was opened; undefined where it was deleted. */
  history(namespace: string, name: string): readonly (SecretSeen | undefined)[] {
    return this.#history.get(`${namespace}/${name}`) ?? []
  }

  /** Resolves in the turn in which the watch first shows the Secret as wanted. */
  where(
    namespace: string,
    name: string,
    what: string,
    isRight: IsRight,
    limitMs = 30_000,
  ): Promise<SecretSeen> {
    const { store } = this.#reflector
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const now = this.get(namespace, name)
        if (now === undefined || !isRight(now)) return
        leave()
        clearTimeout(limit)
        resolve(now)
      }
      const leave = store.subscribe(look)
      const limit = setTimeout(() => {
        leave()
        reject(new Error(`not within ${limitMs} ms: Secret ${namespace}/${name} ${what}`))
      }, limitMs)
      look()
    })
  }

  /** Edits a Secret by merge patch, and waits until somebody has put it right. */
  async edited(
    namespace: string,
    name: string,
    patch: object,
    isRight: IsRight,
    limitMs?: number,
  ): Promise<Repair> {
    const options = { fieldManager: WATCHER }
    const { metadata } = await mergePatch(this.#client, SECRETS, { namespace, name }, { ...patch }, options)
    // What the watch shows of earlier versions, which were right too, counts for nothing.
    const edited = BigInt(metadata.resourceVersion ?? '0')
    return this.#repair(
      namespace,
      name,
      (now) => BigInt(now.metadata.resourceVersion) > edited && isRight(now),
      limitMs,
    )
  }

  /** Deletes a Secret, and waits until somebody has made it anew. */
  async deleted(namespace: string, name: string, isRight: IsRight): Promise<Repair> {
    const { metadata } = await getObject(this.#client, SECRETS, { namespace, name })
    await deleteObject(this.#client, SECRETS, { namespace, name })
    return this.#repair(namespace, name, (now) => now.metadata.uid !== metadata.uid && isRight(now))
  }

  async #repair(namespace: string, name: string, isRight: IsRight, limitMs?: number): Promise<Repair> {
    const answered = performance.now()
    const secret = await this.where(namespace, name, 'is right again', isRight, limitMs)
    return { secret, took: performance.now() - answered }
  }
}

function asSeen({ metadata, type = '', data = {} }: SecretObject): SecretSeen {
  const decoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()])
  const seen = { metadata, type, data: Object.fromEntries(decoded) as Record<string, string> }
  return seen as SecretSeen
}
