// This file is about one object's pass: translate, deliver, tell, and say when to look again.
import type { Clock, Instant } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Random } from '../base/random.ts'
import type { Circumstances, Dialect, Looked, Share, Translation } from '../dialects/dialect.ts'
import type { Claims } from '../engine/claims.ts'
import { type EngineParts, targetOf } from '../engine/pass.ts'
import type { Aside } from '../engine/ports.ts'
import { releaseAll, removeOwned } from '../engine/release.ts'
import type { Failed } from '../model/answer.ts'
import type { Fault } from '../model/fault.ts'
import type { Kind, KindName } from '../model/kind.ts'
import { KubeError } from '../kube/error.ts'
import { type Ref, refKey, refText, secretAsRef } from '../model/ref.ts'
import type { Resource } from '../model/resource.ts'
import type { Dependencies } from './dependencies.ts'
import type { Dormant } from './dormancy.ts'
import type { Finalizers } from './finalizers.ts'
import type { ForeignControllers } from './foreign-controllers.ts'
import { Fulfilment, type Fulfilled } from './fulfilment.ts'
import type { KindWatch } from './kind-watch.ts'
import { childKeys, type Family, type Parents } from './parents.ts'
import { EXPIRY_ASSUMED, PassLog } from './pass-log.ts'
import type { Probes } from './probes.ts'
import type { Publisher } from './publish.ts'
import type { ReadModel } from './read-model.ts'
import type { Links } from './links.ts'
import { nextLook } from './retry.ts'
import { isShare, orderOf } from './shares.ts'
import type { Spreads } from './spreads.ts'
import { translateFully } from './full-translation.ts'
import { LendingEnded, whileLent } from './while-lent.ts'
import { kindKey, look, type Looking, type WorldSources } from './world.ts'

export interface Served {
  readonly dialect: Dialect
  readonly watch: KindWatch
}

export interface ReconcileParts {
  readonly served: ReadonlyMap<string, Served>
  readonly sources: WorldSources
  /** Reads what a translation found unread. */
  readonly fetch: (ref: Ref, signal: AbortSignal) => Promise<Looked>
  /** Follows a kind that a translation found unlisted. */
  readonly open: (kind: KindName) => Promise<void>
  /** Whether an object that is not to be seen is there, for others to serve. Throws `KubeError`. */
  readonly isUnselected: (ref: Ref, signal: AbortSignal) => Promise<boolean>
  readonly parents: Parents
  readonly spreads: Spreads
  readonly probes: Probes
  readonly links: Links
  readonly finalizers: Finalizers
  readonly foreign: ForeignControllers
  readonly engine: EngineParts
  readonly claims: Claims
  readonly dependencies: Dependencies
  readonly publisher: Publisher
  readonly readModel: ReadModel
  readonly lookAgain: (key: string) => void
  /** Whether everything there was when the term began has been looked at once. */
  readonly isCaughtUp: () => boolean
  /** Whether a kind's definition is being deleted: nothing may hold its objects up then. */
  readonly isLeaving: (kind: Kind) => Promise<boolean>
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/** How a pass ended, and when to look again; no time means that only a change matters. */
export interface Passed {
  readonly is: 'done' | 'failed'
  readonly nextAt?: Instant | undefined
}

/** Whoever it was that linked, taking off is done in our own name. */
const LINKS_MANAGER = 'everpull'
const DONE: Passed = { is: 'done' }
/** The watch is a moment behind whoever was faster. */
const OVERTAKEN_RETRY_MS = 100
/** A list that comes late wakes everybody on it; those who are not on it wait for it here. */
const UNLISTED_RETRY_MS = 5000
/** How long one that lends an identity waits for all who may use it to say so. */
const USERS_RETRY_MS = 1000

interface Outcome extends Partial<Family>, Fulfilled {
  readonly shares?: readonly Share[] | undefined
  readonly circumstances?: Circumstances | undefined
}

export class Reconciler {
  readonly #parts: ReconcileParts
  readonly #passLog: PassLog
  readonly #fulfilment: Fulfilment

  constructor(parts: ReconcileParts) {
    this.#parts = parts
    this.#fulfilment = new Fulfilment(parts)
    this.#passLog = new PassLog(parts.log)
  }

  /** One pass over the object named by a work key. */
  async run(key: string, signal: AbortSignal, aside: Aside): Promise<Passed> {
    const ref = refOf(key)
    const served = this.#parts.served.get(kindKey(ref))
    // Its order has not been looked at yet, and brings it back.
    if (served !== undefined && this.#parts.spreads.isUnstated(ref)) return DONE
    const asked = served === undefined ? undefined : this.#find(ref, served)
    if (served === undefined || asked === undefined) return this.#gone(key, ref, signal, aside)
    const translation = await this.#translate(key, asked, served.dialect, signal)
    const dormant = this.#parts.foreign.judge(asked, served.dialect, translation)
    if (dormant !== undefined) return this.#leaveAlone(key, asked, served, translation, dormant)
    if (asked.deletingSince !== undefined) {
      return this.#letLeave(key, asked, served, { translation, signal, aside })
    }
    const held = await this.#parts.finalizers.serve(asked, served, translation, signal)
    if (held === 'overtaken') return this.#soon()
    if ('code' in held) return this.#tellProblem(key, asked, served, { fault: held })
    const outcome = await this.#fulfil(held, served.dialect, translation, { signal, aside })
    if (outcome === 'overtaken') return this.#soon()
    const family = await this.#parts.parents.serve(held, translation, served.dialect.statusManager, signal)
    const shares = this.#parts.spreads.serve(held, translation)
    return this.#tell(key, held, served, {
      ...outcome,
      ...family,
      shares,
      circumstances: circumstancesOf(translation),
    })
  }

  async #fulfil(
    asked: Resource,
    dialect: Dialect,
    translation: Translation,
    { signal, aside }: { readonly signal: AbortSignal; readonly aside: Aside },
  ): Promise<Fulfilled | 'overtaken'> {
    const { sources, fetch, open } = this.#parts
    const again = (): Promise<Translation> => translateFully(asked, dialect, { sources, fetch, open }, signal)
    const options = { signal, aside: whileLent(translation, again, aside) }
    try {
      return await this.#fulfilment.fulfil(asked, dialect.statusManager, translation, options)
    } catch (error) {
      if (error instanceof LendingEnded) return 'overtaken'
      throw error
    }
  }

  /** A share of an order is the order as if it lived there. */
  #find(ref: Ref, { watch }: Served): Resource | undefined {
    return isShare(ref, watch.kind) ? this.#parts.spreads.resource(ref, watch) : watch.get(ref)
  }

  #soon(wait = OVERTAKEN_RETRY_MS): Passed {
    return { is: 'done', nextAt: (this.#parts.clock.now() + wait) as Instant }
  }

  #tellProblem(
    key: string,
    asked: Resource,
    served: Served,
    { fault, doing }: Pick<Failed, 'fault' | 'doing'>,
    circumstances?: Circumstances,
  ): Passed {
    const answer = { ...this.#fulfilment.failed(fault), ...(doing === undefined ? {} : { doing }) }
    return this.#tell(key, asked, served, { answers: [answer], warnings: [], circumstances })
  }

  /**
   * States what an object claims before anything is written: who wins a Secret must not depend on who is looked at
   * first. What cannot be told without reading is stated in its own pass.
   */
  survey(key: string): void {
    const ref = refOf(key)
    const { served, sources, foreign, claims } = this.#parts
    const found = served.get(kindKey(ref))
    const asked = found?.watch.get(ref)
    if (found === undefined || asked === undefined || asked.deletingSince !== undefined) return
    const translation = found.dialect.translate(asked, look(sources, new Map()))
    if (translation.is !== 'order' || foreign.judge(asked, found.dialect, translation) !== undefined) return
    claims.note(ref, translation.deliveries)
  }

  /** Comes back when its controller is late, or when its target changes. */
  #leaveAlone(
    key: string,
    asked: Resource,
    { dialect }: Served,
    translation: Translation,
    dormant: Dormant,
  ): Passed {
    // It writes nothing while it is somebody else's: nobody has to yield to it.
    this.#fulfilment.claim(asked.ref, [])
    const targets = translation.is === 'order' ? translation.deliveries.map(targetOf) : []
    this.#parts.dependencies.add(
      key,
      targets.map((target) => refKey(secretAsRef(target))),
    )
    this.#parts.dependencies.add(key, childKeys(translation))
    this.#parts.readModel.record({ ref: asked.ref, dialect: dialect.name, answers: [], dormant })
    return { is: 'done', nextAt: dormant.until }
  }

  async #letLeave(
    key: string,
    asked: Resource,
    served: Served,
    {
      translation,
      signal,
      aside,
    }: { readonly translation: Translation; readonly signal: AbortSignal; readonly aside: Aside },
  ): Promise<Passed> {
    const { parents, finalizers, spreads, isLeaving, isCaughtUp } = this.#parts
    const { kind } = served.watch
    const holds = translation.is === 'order' ? translation.holds : undefined
    const isUncertain = kind.lends === true && !isCaughtUp()
    if ((holds !== undefined || isUncertain) && !(await isLeaving(kind))) {
      if (holds === undefined) return this.#soon(USERS_RETRY_MS)
      return this.#tellProblem(key, asked, served, { fault: holds }, circumstancesOf(translation))
    }
    const held = spreads.letGo(asked)
    if (held.is === 'leaving')
      return held.fault === undefined
        ? DONE
        : this.#tellProblem(key, asked, served, { fault: held.fault, doing: 'deleting' })
    // What cannot be taken off now is tried again when the object is gone, and is no reason to keep it.
    await parents.release(asked.ref, signal)
    const left = await finalizers.letLeave(asked, served, translation, signal, aside)
    switch (left.is) {
      case 'free':
        return DONE
      case 'overtaken':
        return this.#soon()
      case 'held back':
        return this.#tellProblem(key, asked, served, left)
    }
  }

  #translate(key: string, asked: Resource, dialect: Dialect, signal: AbortSignal): Promise<Translation> {
    const { sources, fetch, open, dependencies } = this.#parts
    const onLooked = ({ touched, selections }: Pick<Looking, 'touched' | 'selections'>): void =>
      dependencies.state(key, touched, selections)
    return translateFully(asked, dialect, { sources, fetch, open, onLooked }, signal)
  }

  #tell(key: string, asked: Resource, served: Served, outcome: Outcome): Passed {
    const { answers, links, troubles = [] } = outcome
    const unlinked = (outcome.unlinked ?? []).map((fault) => this.#fulfilment.failed(fault))
    const all = [...answers, ...troubles, ...unlinked]
    const isAssumed = answers.some((answer) => answer.is === 'receipt' && answer.expiryAssumed)
    const assumed = isAssumed ? [{ reason: 'ExpiryAssumed', message: EXPIRY_ASSUMED }] : []
    const warnings = [...outcome.warnings, ...assumed]
    const { publisher, readModel, clock, random } = this.#parts
    const type = served.watch.type
    const failures = this.#passLog.note(key, asked.ref, all)
    if (all.some((answer) => answer.is === 'failed' && answer.fault.code === 'not-leading')) return DONE
    const toldAt = this.#parts.spreads.waitsUntil(asked.ref)
    if (isShare(asked.ref, served.watch.kind)) {
      this.#parts.spreads.answered(asked.ref, answers, links ?? [])
    } else if (type !== undefined && toldAt === undefined) {
      const others = { at: clock.now(), ...outcome }
      publisher.publish({ asked, type, dialect: served.dialect, answers, warnings, others })
    }
    readModel.record({ ref: asked.ref, dialect: served.dialect.name, answers })
    const nextAt = nextLook(all, failures, clock.now(), random())
    return {
      is: all.some((answer) => answer.is === 'failed') ? 'failed' : 'done',
      nextAt: [nextAt, outcome.resyncAt, outcome.lookAt, toldAt].reduce(soonest),
    }
  }

  async #gone(key: string, ref: Ref, signal: AbortSignal, aside: Aside): Promise<Passed> {
    const { dependencies, publisher, readModel, parents, finalizers, probes } = this.#parts
    this.#fulfilment.claim(ref, [])
    dependencies.state(key, new Set())
    publisher.forget(key)
    readModel.remove(ref)
    finalizers.forget(ref)
    probes.forget(ref)
    const watch = this.#parts.served.get(kindKey(ref))?.watch
    // Nobody can tell yet who of the kind is there.
    if (watch?.type !== undefined && !watch.isSynced) return this.#soon(UNLISTED_RETRY_MS)
    const away = await this.#isAway(ref, signal)
    if (away !== 'gone')
      return away === 'unknown' ? this.#soon(UNLISTED_RETRY_MS) : this.#leftBehind(key, ref, [])
    // With its whole kind gone nobody saw it deleted: what it left on Secrets is there when it comes back.
    const left = watch?.type === undefined ? [] : await this.#takeOff(ref, signal, aside)
    parents.gone(ref)
    return this.#leftBehind(key, ref, left)
  }

  /** One that others are selected to serve has left nothing that is to be taken off; its shares are its own. */
  async #isAway(ref: Ref, signal: AbortSignal): Promise<'gone' | 'unselected' | 'unknown'> {
    const { served, isUnselected, log } = this.#parts
    const kind = served.get(kindKey(ref))?.watch.kind
    const order = kind !== undefined && isShare(ref, kind) ? orderOf(ref) : ref
    try {
      return (await isUnselected(order, signal)) ? 'unselected' : 'gone'
    } catch (error) {
      if (!(error instanceof KubeError)) throw error
      log.debug('nobody can tell whether an object is gone', { object: refText(ref), cause: error.message })
      return 'unknown'
    }
  }

  /** What is gone leaves its mark on Secrets, and finalizers in its name that keep others from going. */
  async #takeOff(ref: Ref, signal: AbortSignal, aside: Aside): Promise<readonly Fault[]> {
    const { engine, parents, spreads, served } = this.#parts
    const isLinking = served.get(kindKey(ref))?.watch.kind.links === true
    const owner = spreads.ownerOf(ref)
    const removed = owner === undefined ? [] : await removeOwned(engine, owner, [], signal, aside)
    const left = 'code' in removed ? [removed] : await releaseAll(engine, ref, signal, aside)
    const linked = isLinking
      ? await this.#parts.links.release(ref, { fieldManager: LINKS_MANAGER, signal })
      : undefined
    const held = await parents.release(ref, signal)
    return [...left, ...[linked, held].filter((problem) => problem !== undefined)]
  }

  /** What could not be taken off is tried again, until there is nothing more of it. */
  #leftBehind(key: string, ref: Ref, left: readonly Fault[]): Passed {
    const { engine, clock, random } = this.#parts
    this.#parts.spreads.left(ref, left[0])
    if (left.length === 0) {
      engine.memory.forget(ref)
      this.#passLog.forget(key)
      return DONE
    }
    const answers = left.map((fault) => this.#fulfilment.failed(fault))
    const failures = this.#passLog.note(key, ref, answers)
    return { is: 'failed', nextAt: nextLook(answers, failures, clock.now(), random()) }
  }
}

/** A work key is a Ref as `refKey` spells it; none of its parts can hold a slash. */
export function refOf(key: string): Ref {
  const [group = '', kind = '', namespace = '', name = ''] = key.split('/')
  return { group, kind, namespace, name }
}

const circumstancesOf = (translation: Translation): Circumstances | undefined =>
  translation.is === 'order' ? translation.circumstances : undefined

const soonest = (a: Instant | undefined, b: Instant | undefined): Instant | undefined =>
  a === undefined || b === undefined ? (a ?? b) : (Math.min(a, b) as Instant)
