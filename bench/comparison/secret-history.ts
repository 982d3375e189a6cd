// This file is about what each Secret held and when, as one watch on whole Secrets told it.
import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { systemRandom } from '../../src/base/random.ts'
import type { KubeClient } from '../../src/kube/client.ts'
import { type Reflector, startReflector } from '../../src/kube/reflector.ts'
import { type KubeObject, SECRETS } from '../../src/kube/resource.ts'
import { inParallel } from '../in-parallel.ts'
import { MANAGED } from '../secret-watch.ts'
import type { Held, Minted, Wanted } from './minted.ts'

interface Sighting extends Held {
  /** Milliseconds on the monotonic clock. */
  readonly at: number
}

/** Wanted contents by `namespace/name` of the Secret. */
export type Wishes = ReadonlyMap<string, Wanted>

const CHECKS_IN_FLIGHT = 8
const LOOK_EVERY_MS = 100

export class SecretHistory {
  readonly #reflector: Reflector<Held>
  readonly #sightings = new Map<string, Sighting[]>()

  private constructor(client: KubeClient) {
    this.#reflector = startReflector({
      client,
      type: SECRETS,
      labelSelector: MANAGED,
      keep: heldIn,
      clock: systemClock,
      random: systemRandom,
      log: silentLog,
    })
  }

  static async open(client: KubeClient): Promise<SecretHistory> {
    const history = new SecretHistory(client)
    await history.#reflector.settled()
    history.#reflector.store.subscribe((change) => {
      if (change.type !== 'upsert') return
      const key = `${change.object.namespace}/${change.object.name}`
      const sightings = history.#sightings.get(key)
      const sighting = { ...change.now, at: performance.now() }
      if (sightings === undefined) history.#sightings.set(key, [sighting])
      else sightings.push(sighting)
    })
    return history
  }

  /** What was seen until now counts no longer. */
  forget(): void {
    this.#sightings.clear()
  }

  /**
   * When each wished-for Secret was first seen right, once all are. Contents are judged when every Secret has been
   * seen with a new one, so that judging disturbs nothing that is measured.
   * @throws after `limitMs`, with how many were right
   */
  async allRight(wishes: Wishes, minted: Minted, limitMs: number): Promise<ReadonlyMap<string, number>> {
    const end = performance.now() + limitMs
    const right = new Map<string, number>()
    for (;;) {
      await this.#untilSeen(wishes, minted, right, end)
      await inParallel([...wishes], CHECKS_IN_FLIGHT, async ([key, wanted]) => {
        if (!right.has(key)) await this.#judge(key, wanted, minted, right)
      })
      if (right.size === wishes.size) return right
      if (performance.now() > end)
        throw new Error(`only ${right.size} of ${wishes.size} Secrets were right within ${limitMs} ms`)
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
    }
  }

  async #judge(key: string, wanted: Wanted, minted: Minted, right: Map<string, number>): Promise<void> {
    for (const sighting of this.#sightings.get(key) ?? [])
      if (await minted.isRight(sighting, wanted)) {
        right.set(key, sighting.at)
        return
      }
  }

  /** Until every Secret was seen with what is not of the past. */
  async #untilSeen(
    wishes: Wishes,
    minted: Minted,
    right: ReadonlyMap<string, number>,
    end: number,
  ): Promise<void> {
    const left = new Set([...wishes.keys()].filter((key) => !right.has(key)))
    for (;;) {
      for (const key of left)
        if (this.#sightings.get(key)?.some(({ password }) => !minted.isPast(password))) left.delete(key)
      if (left.size === 0 || performance.now() > end) return
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
    }
  }

  stop(): Promise<void> {
    return this.#reflector.stop()
  }
}

interface DockerConfig {
  readonly auths: Readonly<Record<string, { readonly auth: string }>>
}

/** A Secret that holds no docker config of one host holds nothing right. */
export function heldIn({ data }: KubeObject): Held {
  const text = Buffer.from((data as Record<string, string> | undefined)?.[KEY] ?? '', 'base64').toString()
  try {
    const [[host, { auth }], more] = Object.entries((JSON.parse(text) as DockerConfig).auths) as [
      [string, { auth: string }],
      unknown,
    ]
    const [user, password = ''] = Buffer.from(auth, 'base64').toString().split(':')
    return more === undefined && user === 'AWS' ? { host, password } : NOTHING
  } catch {
    return NOTHING
  }
}

const KEY = '.dockerconfigjson'
const NOTHING: Held = { host: '', password: '' }
