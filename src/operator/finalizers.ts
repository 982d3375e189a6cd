// This file is about the finalizers of orders: set before there is anything to clean up, taken off when it is cleaned up.
//
// Each change is a JSON merge patch of the list alone, so that no field of the spec becomes ours, and carries the version
// it was read at, so that a finalizer somebody adds meanwhile survives. Whoever is overtaken has to look again: a status
// written meanwhile brings nobody back by itself.
import type { Log } from '../base/log.ts'
import type { Translation } from '../dialects/dialect.ts'
import { type EngineParts, targetOf } from '../engine/pass.ts'
import type { Aside } from '../engine/ports.ts'
import { removeOwned } from '../engine/release.ts'
import type { KubeClient } from '../kube/client.ts'
import { isConflict, isNotFound } from '../kube/error.ts'
import { mergePatch } from '../kube/writes.ts'
import type { Failed } from '../model/answer.ts'
import { ordererOf } from '../model/delivery.ts'
import type { Fault } from '../model/fault.ts'
import { type Ref, refKey, refText, secretKey } from '../model/ref.ts'
import type { Resource } from '../model/resource.ts'
import type { Served } from './reconcile.ts'

export interface FinalizerParts {
  readonly client: KubeClient
  readonly faultOf: (error: unknown, doing: string) => Fault
  readonly engine: EngineParts
  readonly log: Log
}

/** The object as it now is, `overtaken` where it has changed since it was read, or what stood in the way. */
type Changed = Resource | 'overtaken' | Fault

/** Nothing of ours keeps the object, or something does that has to be tried again. */
type Left =
  | { readonly is: 'free' | 'overtaken' }
  | ({ readonly is: 'held back' } & Pick<Failed, 'fault' | 'doing'>)

export class Finalizers {
  readonly #parts: FinalizerParts
  /** Those held in this term. One from before is left, as it may be of the system this dialect replaces. */
  readonly #held = new Map<string, string>()

  constructor(parts: FinalizerParts) {
    this.#parts = parts
  }

  /** Held before anything is written that deletion has to see to; taken off again when it no longer has. */
  async serve(
    asked: Resource,
    served: Served,
    translation: Translation,
    signal: AbortSignal,
  ): Promise<Changed> {
    if (translation.is !== 'order') return asked
    const key = refKey(asked.ref)
    const { finalizer } = translation
    if (finalizer !== undefined) {
      this.#held.set(key, finalizer)
      return this.#hold(asked, served, finalizer, signal)
    }
    const before = this.#held.get(key)
    if (before === undefined) return asked
    const dropped = await this.#drop(asked, served, [before], signal)
    if (dropped !== 'overtaken' && !('code' in dropped)) this.#held.delete(key)
    return dropped
  }

  /** Secrets that have to go first, then the finalizers that hold the object back. */
  async letLeave(
    asked: Resource,
    served: Served,
    translation: Translation,
    signal: AbortSignal,
    aside?: Aside,
  ): Promise<Left> {
    const problem = await this.#removeOwned(asked, translation, signal, aside)
    if (problem !== undefined) return { is: 'held back', fault: problem, doing: 'deleting' }
    const { releases } = translation.is === 'order' ? translation : {}
    const dropped = await this.#drop(asked, served, releases ?? served.watch.kind.finalizers ?? [], signal)
    if (dropped === 'overtaken') return { is: 'overtaken' }
    return 'code' in dropped ? { is: 'held back', fault: dropped } : { is: 'free' }
  }

  forget(ref: Ref): void {
    this.#held.delete(refKey(ref))
  }

  /** Only what is held back by the finalizer: without it, the garbage collector was to see to the Secret. */
  async #removeOwned(
    asked: Resource,
    translation: Translation,
    signal: AbortSignal,
    aside?: Aside,
  ): Promise<Fault | undefined> {
    if (translation.is === 'invalid' || translation.finalizer === undefined) return undefined
    if (!asked.finalizers.includes(translation.finalizer)) return undefined
    const { engine, log } = this.#parts
    const named = translation.is === 'order' ? translation.deliveries.map(targetOf) : translation.targets
    const removed = await removeOwned(engine, ordererOf(asked), named, signal, aside)
    if ('code' in removed) return removed
    for (const target of removed) {
      log.info('deleted a Secret', { object: refText(asked.ref), target: secretKey(target) })
    }
    return undefined
  }

  async #hold(asked: Resource, served: Served, name: string, signal: AbortSignal): Promise<Changed> {
    if (asked.finalizers.includes(name)) return asked
    return this.#set(asked, served, [...asked.finalizers, name], signal)
  }

  async #drop(
    asked: Resource,
    served: Served,
    names: readonly string[],
    signal: AbortSignal,
  ): Promise<Changed> {
    const finalizers = asked.finalizers.filter((name) => !names.includes(name))
    if (finalizers.length === asked.finalizers.length) return asked
    return this.#set(asked, served, finalizers, signal)
  }

  async #set(
    asked: Resource,
    { dialect, watch }: Served,
    finalizers: readonly string[],
    signal: AbortSignal,
  ): Promise<Changed> {
    const { type } = watch
    // With its definition gone nobody can be asked, and nothing is left to clean up after.
    if (type === undefined) return asked
    const { namespace, name } = asked.ref
    const only = { uid: asked.uid, resourceVersion: asked.resourceVersion }
    const options = { fieldManager: dialect.statusManager, metadataOnly: true, only, signal }
    const object = type.namespaced ? { namespace, name } : { name }
    try {
      const patch = { metadata: { finalizers } }
      const { metadata } = await mergePatch(this.#parts.client, type, object, patch, options)
      return { ...asked, finalizers, resourceVersion: metadata.resourceVersion ?? asked.resourceVersion }
    } catch (error) {
      if (isConflict(error) || isNotFound(error)) return 'overtaken'
      return this.#parts.faultOf(error, `changing the finalizers of ${refText(asked.ref)}`)
    }
  }
}
