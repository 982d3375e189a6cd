// This file is about fulfilling what an object was translated into: its deliveries, then the links and probes beside them.
import type { Clock, Instant } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Translation, Warning } from '../dialects/dialect.ts'
import type { Claims } from '../engine/claims.ts'
import { deliver } from '../engine/deliver.ts'
import { type EngineParts, targetOf } from '../engine/pass.ts'
import type { Aside } from '../engine/ports.ts'
import { mayLetGo, releaseOthers, servingOf } from '../engine/release.ts'
import { type Answer, type Failed, failed } from '../model/answer.ts'
import { type Delivery, type Orderer, ordererOf } from '../model/delivery.ts'
import { type Fault, FAULTS } from '../model/fault.ts'
import type { Link, Linked } from '../model/link.ts'
import type { Verdict } from '../model/probe.ts'
import { type Ref, refKey, refText, secretKey, type SecretRef } from '../model/ref.ts'
import type { Resource } from '../model/resource.ts'
import type { Links } from './links.ts'
import type { Probes } from './probes.ts'

export interface FulfilmentParts {
  readonly engine: EngineParts
  readonly claims: Claims
  readonly probes: Probes
  readonly links: Links
  readonly lookAgain: (key: string) => void
  readonly clock: Clock
  readonly log: Log
}

export interface Fulfilled {
  readonly answers: readonly Answer[]
  readonly warnings: readonly Warning[]
  readonly links?: readonly Linked[] | undefined
  /** What keeps service accounts from being linked as ordered. */
  readonly unlinked?: readonly Fault[] | undefined
  readonly verdicts?: readonly Verdict[] | undefined
  /** When something beside the deliveries is to be looked at again. */
  readonly lookAt?: Instant | undefined
}

type Order = Extract<Translation, { is: 'order' }>
type Unready = Extract<Translation, { is: 'unready' }>

export class Fulfilment {
  readonly #parts: FulfilmentParts

  constructor(parts: FulfilmentParts) {
    this.#parts = parts
  }

  async fulfil(
    asked: Resource,
    fieldManager: string,
    translation: Translation,
    { signal, aside }: { readonly signal: AbortSignal; readonly aside: Aside },
  ): Promise<Fulfilled> {
    switch (translation.is) {
      case 'order':
        return this.#order(asked, fieldManager, translation, signal, aside)
      case 'unready':
        return {
          answers: [await this.#unready(asked, translation, signal)],
          warnings: [],
        }
      case 'invalid':
        // Nothing is ordered any more: whoever yielded to it may go on.
        this.claim(asked.ref, [])
        return { answers: [{ ...this.failed(translation.fault), isFinal: true }], warnings: [] }
    }
  }

  /** States what an object claims, and has those look again whose standing may have changed with it. */
  claim(by: Ref, deliveries: readonly Delivery[]): void {
    for (const rival of this.#parts.claims.state(by, deliveries)) this.#parts.lookAgain(refKey(rival))
  }

  failed(fault: Fault): Failed {
    return failed(fault, this.#parts.clock.now())
  }

  async #order(
    asked: Resource,
    fieldManager: string,
    order: Order,
    signal: AbortSignal,
    aside: Aside,
  ): Promise<Fulfilled> {
    const answers = await this.#deliverAll(asked, order.deliveries, signal, aside)
    const probed = await this.#parts.probes.serve(asked.ref, order.probes, signal, aside)
    const linked = await this.#link(asked.ref, order.links, answers, { fieldManager, signal })
    return { answers, warnings: order.warnings, ...probed, ...linked }
  }

  /** An account names a Secret once that stands; what it named before stays while the Secret is in trouble. */
  async #link(
    by: Ref,
    wanted: readonly Link[] | undefined,
    answers: readonly Answer[],
    options: { readonly fieldManager: string; readonly signal: AbortSignal },
  ): Promise<Pick<Fulfilled, 'links' | 'unlinked'>> {
    const { links } = this.#parts
    if (wanted === undefined && !links.has(by)) return {}
    const standing = new Set(answers.flatMap(standingIn))
    const stands = (secret: SecretRef): boolean => standing.has(secretKey(secret))
    const { linked, trouble } = await links.serve(by, wanted ?? [], { ...options, stands })
    const unlinked = [...linked.map(({ fault }) => fault), trouble].filter((one) => one !== undefined)
    return { unlinked, ...(wanted === undefined ? {} : { links: linked }) }
  }

  async #deliverAll(
    asked: Resource,
    deliveries: readonly Delivery[],
    signal: AbortSignal,
    aside: Aside,
  ): Promise<readonly Answer[]> {
    const { engine } = this.#parts
    this.claim(asked.ref, deliveries)
    const answers: Answer[] = []
    for (const delivery of deliveries) answers.push(await deliver(engine, delivery, signal, aside))
    if (!mayLetGo(engine, deliveries, answers)) return answers
    return answers.concat(await this.#letGo(ordererOf(asked), deliveries, signal, aside))
  }

  /** What it wrote under other names is let go of, once it stands under the new one. */
  async #letGo(
    by: Orderer,
    deliveries: readonly Delivery[],
    signal: AbortSignal,
    aside: Aside,
  ): Promise<readonly Answer[]> {
    const { engine, log, clock } = this.#parts
    const released = await releaseOthers(engine, by, deliveries, signal, aside)
    if ('code' in released) {
      const isDeleting = deliveries.some(({ target }) => target.owner === 'controller')
      return [{ ...this.failed(released), ...(isDeleting ? { doing: 'deleting-orphans' } : {}) }]
    }
    engine.memory.forget(by.ref, deliveries.map(targetOf))
    for (const { target } of released) {
      log.info('let go of a Secret', {
        object: refText(by.ref),
        target: `${target.namespace}/${target.name}`,
      })
    }
    const at = clock.now()
    return released.flatMap(({ target, isDeleted }) =>
      isDeleted ? [{ is: 'orphan-deleted', target, at }] : [],
    )
  }

  async #unready(
    asked: Resource,
    { fault: cause, targets, through }: Unready,
    signal: AbortSignal,
  ): Promise<Failed> {
    const answer = this.failed(cause)
    if (!FAULTS[cause.code].obtaining) return answer
    const serving = await servingOf(this.#parts.engine, asked.ref, targets, signal)
    if (serving === undefined) return answer
    if (through !== undefined) this.#parts.claims.presume(asked.ref, through)
    return { ...answer, serving }
  }
}

function standingIn(answer: Answer): readonly string[] {
  if (answer.is === 'receipt') return [secretKey(answer.target)]
  const isServing = answer.is === 'failed' && answer.serving !== undefined && answer.target !== undefined
  return isServing ? [secretKey(answer.target)] : []
}
