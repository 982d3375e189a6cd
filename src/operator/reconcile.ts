// This file is about one object's pass: translate, deliver, tell, and say when to look again.
import type { Clock, Instant } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Random } from '../base/random.ts'
import type { Dialect, DialectName, Looked, Translation, Warning } from '../dialects/dialect.ts'
import type { Claims } from '../engine/claims.ts'
import { deliver } from '../engine/deliver.ts'
import { type EngineParts, targetOf } from '../engine/pass.ts'
import type { Aside } from '../engine/ports.ts'
import { releaseAll, releaseOthers, servingOf } from '../engine/release.ts'
import type { Answer, Failed } from '../model/answer.ts'
import type { Delivery, Orderer } from '../model/delivery.ts'
import { type Fault, FAULTS } from '../model/fault.ts'
import { type Ref, refKey, refText, type SecretRef } from '../model/ref.ts'
import type { Resource } from '../model/resource.ts'
import type { Dependencies } from './dependencies.ts'
import { type Dormant, dormancy } from './dormancy.ts'
import type { KindWatch } from './kind-watch.ts'
import type { Publisher } from './publish.ts'
import type { ReadModel } from './read-model.ts'
import { nextLook } from './retry.ts'
import { translateFully } from './full-translation.ts'
import { kindKey, type WorldSources } from './world.ts'

export interface Served {
  readonly dialect: Dialect
  readonly watch: KindWatch
}

export interface ReconcileParts {
  readonly served: ReadonlyMap<string, Served>
  readonly sources: WorldSources
  /** Reads what a translation found unread. */
  readonly fetch: (ref: Ref, signal: AbortSignal) => Promise<Looked>
  /** Takes finalizers off an object that is being deleted. */
  readonly takeFinalizersOff: (asked: Resource, served: Served, signal: AbortSignal) => Promise<void>
  /** Dialects whose objects are served at once, whoever wrote their status. */
  readonly takeOver: ReadonlySet<DialectName>
  readonly engine: EngineParts
  readonly claims: Claims
  readonly dependencies: Dependencies
  readonly publisher: Publisher
  readonly readModel: ReadModel
  readonly lookAgain: (key: string) => void
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/** How a pass ended, and when to look again; no time means that only a change matters. */
export interface Passed {
  readonly is: 'done' | 'failed'
  readonly nextAt?: Instant | undefined
}

const DONE: Passed = { is: 'done' }

interface Outcome {
  readonly answers: readonly Answer[]
  readonly warnings: readonly Warning[]
}

export class Reconciler {
  readonly #parts: ReconcileParts
  /** By namespace: objects that a foreign controller looks after. */
  readonly #foreign = new Map<string, Set<string>>()
  readonly #failures = new Map<string, { count: number; words: string }>()

  constructor(parts: ReconcileParts) {
    this.#parts = parts
  }

  /** One pass over the object named by a work key. */
  async run(key: string, signal: AbortSignal, aside: Aside): Promise<Passed> {
    const ref = refOf(key)
    const served = this.#parts.served.get(kindKey(ref))
    const asked = served?.watch.get(ref)
    if (served === undefined || asked === undefined) return this.#gone(key, ref, signal)
    if (asked.deletingSince !== undefined) {
      await this.#parts.takeFinalizersOff(asked, served, signal)
      return DONE
    }
    const translation = await this.#translate(key, asked, served.dialect, signal)
    const dormant = this.#dormant(key, asked, served, translation)
    if (dormant !== undefined) return { is: 'done', nextAt: dormant.until }
    return this.#tell(key, asked, served, await this.#answer(asked, translation, signal, aside))
  }

  #dormant(key: string, asked: Resource, served: Served, translation: Translation): Dormant | undefined {
    const { takeOver, clock, readModel } = this.#parts
    const { name, statusManager } = served.dialect
    if (takeOver.has(name)) return undefined
    const around = this.#foreign.get(asked.ref.namespace)
    const hasForeignController = [...(around ?? [])].some((other) => other !== key)
    const dormant = dormancy(asked, statusManager, translation, { hasForeignController }, clock.now())
    if (dormant === undefined) {
      around?.delete(key)
      return undefined
    }
    if (asked.statusWriters.length > 0) this.#foreign.set(asked.ref.namespace, (around ?? new Set()).add(key))
    readModel.record({ ref: asked.ref, dialect: name, answers: [], dormant })
    return dormant
  }

  async #answer(
    asked: Resource,
    translation: Translation,
    signal: AbortSignal,
    aside: Aside,
  ): Promise<Outcome> {
    switch (translation.is) {
      case 'order':
        return {
          answers: await this.#deliverAll(asked, translation.deliveries, signal, aside),
          warnings: translation.warnings,
        }
      case 'unready':
        return {
          answers: [await this.#unready(asked, translation.fault, translation.targets, signal)],
          warnings: [],
        }
      case 'invalid':
        return { answers: [failed(translation.fault, this.#parts.clock.now())], warnings: [] }
    }
  }

  #translate(key: string, asked: Resource, dialect: Dialect, signal: AbortSignal): Promise<Translation> {
    const { sources, fetch, dependencies } = this.#parts
    const onTouched = (touched: ReadonlySet<string>): void => dependencies.state(key, touched)
    return translateFully(asked, dialect, { sources, fetch, onTouched }, signal)
  }

  async #deliverAll(
    asked: Resource,
    deliveries: readonly Delivery[],
    signal: AbortSignal,
    aside: Aside,
  ): Promise<readonly Answer[]> {
    const { claims, engine, lookAgain } = this.#parts
    for (const rival of claims.state(asked.ref, deliveries)) lookAgain(refKey(rival))
    const answers: Answer[] = []
    for (const delivery of deliveries) answers.push(await deliver(engine, delivery, signal, aside))
    if (answers.some((answer) => answer.is === 'failed')) return answers
    const problem = await this.#letGo(ordererOf(asked), deliveries, signal)
    return problem === undefined ? answers : [...answers, failed(problem, this.#parts.clock.now())]
  }

  /** What it wrote under other names is let go of, once it stands under the new one. */
  async #letGo(
    by: Orderer,
    deliveries: readonly Delivery[],
    signal: AbortSignal,
  ): Promise<Fault | undefined> {
    const { engine, log } = this.#parts
    const targets = deliveries.map(targetOf)
    engine.memory.forget(by.ref, targets)
    const released = await releaseOthers(engine, by, targets, signal)
    if ('code' in released) return released
    for (const ref of released) {
      log.info('let go of a Secret', { object: refText(by.ref), target: `${ref.namespace}/${ref.name}` })
    }
    return undefined
  }

  async #unready(
    asked: Resource,
    cause: Fault,
    targets: readonly SecretRef[],
    signal: AbortSignal,
  ): Promise<Failed> {
    const answer = failed(cause, this.#parts.clock.now())
    if (!FAULTS[cause.code].obtaining) return answer
    const serving = await servingOf(this.#parts.engine, asked.ref, targets, signal)
    return serving === undefined ? answer : { ...answer, serving }
  }

  #tell(key: string, asked: Resource, served: Served, outcome: Outcome): Passed {
    const { answers, warnings } = outcome
    const { publisher, readModel, clock, random } = this.#parts
    const type = served.watch.type
    const failures = this.#note(key, asked.ref, answers)
    if (answers.some((answer) => answer.is === 'failed' && answer.fault.code === 'not-leading')) return DONE
    if (type !== undefined) publisher.publish({ asked, type, dialect: served.dialect, answers, warnings })
    readModel.record({ ref: asked.ref, dialect: served.dialect.name, answers })
    const nextAt = nextLook(answers, failures, clock.now(), random())
    return { is: answers.some((answer) => answer.is === 'failed') ? 'failed' : 'done', nextAt }
  }

  /** Counts failures in a row, and logs what changed: written, failing (once per cause), recovered. */
  #note(key: string, ref: Ref, answers: readonly Answer[]): number {
    const { log } = this.#parts
    const object = refText(ref)
    for (const answer of answers) {
      if (answer.is !== 'receipt' || answer.wrote === 'none') continue
      log.info(answer.wrote === 'created' ? 'created a Secret' : 'updated a Secret', {
        object,
        target: `${answer.target.namespace}/${answer.target.name}`,
        expiresAt: new Date(Math.min(...answer.logins.map((l) => l.expiresAt))).toISOString(),
      })
    }
    const failure = answers.find((answer) => answer.is === 'failed')
    const before = this.#failures.get(key)
    if (failure === undefined) {
      if (before !== undefined) log.info('recovered', { object })
      this.#failures.delete(key)
      return 0
    }
    const words = `${failure.fault.code} ${failure.fault.message}`
    if (before?.words !== words) {
      log.warn(failure.fault.message, {
        object,
        fault: failure.fault.code,
        serving: failure.serving !== undefined,
      })
    }
    const count = (before?.count ?? 0) + 1
    this.#failures.set(key, { count, words })
    return count - 1
  }

  async #gone(key: string, ref: Ref, signal: AbortSignal): Promise<Passed> {
    const { claims, dependencies, engine, publisher, readModel, lookAgain, log } = this.#parts
    for (const rival of claims.state(ref, [])) lookAgain(refKey(rival))
    dependencies.state(key, new Set())
    engine.memory.forget(ref)
    publisher.forget(key)
    readModel.remove(ref)
    this.#failures.delete(key)
    this.#foreign.get(ref.namespace)?.delete(key)
    for (const { code, message } of await releaseAll(engine, ref, signal)) {
      log.warn(`what a deleted object left on a Secret stays there: ${message}`, {
        object: refText(ref),
        fault: code,
      })
    }
    return DONE
  }
}

/** A work key is a Ref as `refKey` spells it; none of its parts can hold a slash. */
export function refOf(key: string): Ref {
  const [group = '', kind = '', namespace = '', name = ''] = key.split('/')
  return { group, kind, namespace, name }
}

const ordererOf = (asked: Resource): Orderer => ({
  ref: asked.ref,
  apiVersion: asked.apiVersion,
  uid: asked.uid,
  createdAt: asked.createdAt,
})

const failed = (cause: Fault, at: Instant): Failed => ({ is: 'failed', fault: cause, at })
