// This file is about the finalizers of orders: set before there is anything to clean up, taken off when it is cleaned up.
//
// Each change is a JSON merge patch of the list alone, so that no field of the spec becomes ours, and carries the version
// it was read at, so that a finalizer somebody adds meanwhile survives. Whoever is overtaken has to look again: a status
// written meanwhile brings nobody back by itself.
import type { KubeClient } from '../kube/client.ts'
import { isConflict, isNotFound } from '../kube/error.ts'
import { mergePatch } from '../kube/writes.ts'
import type { Fault } from '../model/fault.ts'
import { refText } from '../model/ref.ts'
import type { Resource } from '../model/resource.ts'
import type { Served } from './reconcile.ts'

export interface FinalizerParts {
  readonly client: KubeClient
  readonly faultOf: (error: unknown, doing: string) => Fault
}

/** The object as it now is, `overtaken` where it has changed since it was read, or what stood in the way. */
type Changed = Resource | 'overtaken' | Fault

export class Finalizers {
  readonly #parts: FinalizerParts

  constructor(parts: FinalizerParts) {
    this.#parts = parts
  }

  async hold(asked: Resource, served: Served, name: string, signal: AbortSignal): Promise<Changed> {
    if (asked.finalizers.includes(name)) return asked
    return this.#set(asked, served, [...asked.finalizers, name], signal)
  }

  async drop(
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
