// This file is about finalizers that a system we replace leaves on other objects: nobody else would take them off.
import type { Log } from '../base/log.ts'
import type { KubeClient } from '../kube/client.ts'
import { isInvalid, isNotFound } from '../kube/error.ts'
import type { ResourceType } from '../kube/resource.ts'
import { jsonPatch } from '../kube/writes.ts'
import type { Fault } from '../model/fault.ts'
import type { Kind, KindName, Traces } from '../model/kind.ts'
import { type Ref, refKey, refText } from '../model/ref.ts'
import type { Resource } from '../model/resource.ts'
import { kindKey } from './world.ts'

export interface LeftFinalizersParts {
  readonly kinds: readonly Kind[]
  readonly client: KubeClient
  readonly faultOf: (error: unknown, doing: string) => Fault
  readonly log: Log
}

/** One finalizer on one object. */
interface Left {
  readonly on: Resource
  readonly type: ResourceType
  readonly finalizer: string
}

/** It comes to own nothing. */
const FIELD_MANAGER = 'everpull'

type Leaving = Kind & { readonly leaves: Traces }

export class LeftFinalizers {
  readonly #parts: LeftFinalizersParts
  readonly #leaving: readonly Leaving[]
  /** By work key of what they stand for. */
  readonly #left = new Map<string, Map<string, Left>>()

  constructor(parts: LeftFinalizersParts) {
    this.#parts = parts
    this.#leaving = parts.kinds.filter((kind): kind is Leaving => kind.leaves !== undefined)
  }

  /** Keeps track; returns the work keys of those that have left something on the object. */
  note(now: Resource | undefined, before: Resource | undefined): readonly string[] {
    for (const [key, { on }] of before === undefined ? [] : this.#onIt(before)) {
      const left = this.#left.get(key)
      left?.delete(refKey(on.ref))
      if (left?.size === 0) this.#left.delete(key)
    }
    const found = now === undefined ? [] : this.#onIt(now)
    for (const [key, one] of found) {
      const left = this.#left.get(key) ?? new Map<string, Left>()
      this.#left.set(key, left.set(refKey(one.on.ref), one))
    }
    return found.map(([key]) => key)
  }

  /** Objects that cannot go because of it, one text each. */
  holdingUp(of: Ref): readonly string[] {
    const left = [...(this.#left.get(refKey(of))?.values() ?? [])]
    return left.flatMap(({ on }) => (on.deletingSince === undefined ? [] : [`release ${refKey(on.ref)}`]))
  }

  /** Takes off what the object has left; tells what stood in the way. */
  async takeOff(of: Ref, signal: AbortSignal): Promise<Fault | undefined> {
    for (const left of this.#left.get(refKey(of))?.values() ?? []) {
      const problem = await this.#remove(left, signal)
      if (problem !== undefined) return problem
      this.#parts.log.info('took off a finalizer that another controller left', {
        object: refText(of),
        on: refText(left.on.ref),
      })
    }
    return undefined
  }

  /** Fails where the finalizers are others by now: the watch brings that back. */
  async #remove({ on, type, finalizer }: Left, signal: AbortSignal): Promise<Fault | undefined> {
    const path = `/metadata/finalizers/${on.finalizers.indexOf(finalizer)}`
    const steps = [
      { op: 'test', path, value: finalizer },
      { op: 'remove', path },
    ] as const
    const options = { fieldManager: FIELD_MANAGER, metadataOnly: true, signal }
    try {
      await jsonPatch(this.#parts.client, type, { name: on.ref.name }, steps, options)
      return undefined
    } catch (error) {
      if (isNotFound(error) || isInvalid(error)) return undefined
      return this.#parts.faultOf(error, `taking a finalizer off ${refText(on.ref)}`)
    }
  }

  #onIt(on: Resource): readonly (readonly [string, Left])[] {
    return this.#leaving.flatMap(({ group, kind, leaves }) => {
      if (kindKey(leaves.on) !== kindKey(on.ref)) return []
      const type = typeOf(leaves.on, on)
      return on.finalizers
        .filter((finalizer) => finalizer.startsWith(leaves.finalizerPrefix))
        .map((finalizer) => {
          const name = finalizer.slice(leaves.finalizerPrefix.length)
          return [refKey({ group, kind, namespace: '', name }), { on, type, finalizer }] as const
        })
    })
  }
}

function typeOf({ group, kind, plural }: KindName, { apiVersion }: Resource): ResourceType {
  return { group, version: apiVersion.slice(apiVersion.indexOf('/') + 1), plural, kind, namespaced: false }
}
