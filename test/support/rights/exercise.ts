// This file is about exercises: each makes the operator use one feature, and ends when that has worked.
import { EVENTS, SECRETS, SERVICE_ACCOUNTS, type ResourceType } from '../../../src/kube/resource.ts'
import { APPS, type Json, type RightsBench, type Seen } from './bench.ts'
import { until } from './until.ts'

export interface Exercise {
  readonly name: string
  /** What it cannot do without, as `rightOf` spells it. */
  readonly takes: readonly string[]
  /** What goes on without one of them: these steps are reached all the same. */
  readonly anyway?: Readonly<Record<string, string>>
  /** Resolves when it has worked; rejects when it is called off. */
  readonly run: (at: Trial) => Promise<void>
}

/** One run of an exercise: until it is called off, or for a while where nobody would. */
export class Trial {
  readonly bench: RightsBench
  readonly id: string
  /** What it has come to so far. */
  readonly steps: string[] = []
  readonly #signal: AbortSignal | undefined

  constructor(bench: RightsBench, exercise: Pick<Exercise, 'name'>, signal?: AbortSignal) {
    this.bench = bench
    this.id = bench.name(exercise.name)
    this.#signal = signal
  }

  /** Until it is so, or this is called off. */
  async until<T>(what: string, look: () => T | Promise<T>): Promise<NonNullable<Exclude<T, false>>> {
    const seen = await until(`${this.id}: ${what}`, look, this.#signal)
    this.steps.push(what)
    return seen
  }

  secret(
    name: string,
    isRight: (data: Readonly<Record<string, string>>) => boolean = () => true,
    { namespace = APPS, what = 'its Secret is written' } = {},
  ): Promise<Seen> {
    return this.until(what, async () => {
      const found = await this.bench.get(SECRETS, { namespace, name })
      return found !== undefined && isRight(found.data ?? {}) ? found : undefined
    })
  }

  /** A condition, or the phase of kinds that have none. */
  async ready(type: ResourceType, name: string, namespace?: string): Promise<void> {
    await this.until('its status says that it is ready', async () => {
      const at = namespace === undefined ? { name } : { namespace, name }
      const { conditions = [], phase } = (await this.bench.get(type, at))?.status ?? {}
      return phase === 'Updated' || conditions.some((one) => one.type === 'Ready' && one.status === 'True')
    })
  }

  async account(name: string, annotations: Json = {}): Promise<void> {
    await this.bench.create(SERVICE_ACCOUNTS, {
      metadata: { namespace: APPS, name, annotations: annotations as Record<string, string> },
    })
  }

  /** How often each event about an object was told. */
  async events(name: string): Promise<readonly number[]> {
    const events = await this.bench.list(EVENTS, APPS)
    return events
      .filter((one) => (one as unknown as EventSeen).involvedObject.name === name)
      .map((one) => (one as unknown as EventSeen).count ?? 1)
  }
}

interface EventSeen {
  readonly involvedObject: { readonly name: string }
  readonly count?: number
}
