// This file is about objects that an order owns: made, changed and deleted until they are what was ordered.
//
// What is there is taken from the watches. Where the watch is behind, the API server says so (AlreadyExists, Conflict,
// NotFound), and the object is read and judged again. What a child is after a write is what the API server, with its
// defaults and webhooks, makes of the order: where that is not as ordered, it is no reason to write it again.
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { type Breathe, breather } from '../kube/breath.ts'
import type { KubeClient } from '../kube/client.ts'
import {
  isAlreadyExists,
  isConflict,
  isNamespaceMissing,
  isNamespaceTerminating,
  isNotFound,
} from '../kube/error.ts'
import { apiVersionOf, type KubeObject, type ResourceType } from '../kube/resource.ts'
import { createObject, deleteObject, getObject, jsonPatch } from '../kube/writes.ts'
import type { ChildAnswer, Manifest } from '../model/child.ts'
import type { Orderer } from '../model/delivery.ts'
import { type Fault, fault } from '../model/fault.ts'
import { controllerIn, isOrderer, ownersWith } from '../model/owner.ts'
import { type Ref, refKey, refText } from '../model/ref.ts'
import { readinessOf } from '../model/readiness.ts'
import type { Resource } from '../model/resource.ts'
import { type ChildStep, type Essences, stepFor, surplus } from './child-plan.ts'
import { ConfirmedChildren, type DigestOrder, digestFor } from './confirmed-children.ts'
import type { Offspring } from './offspring.ts'
import { asResource } from './raw-object.ts'
import type { Served } from './reconcile.ts'
import { kindKey } from './world.ts'

/** An order's children are written this many at a time, so that one order leaves room for others. */
const WIDTH = 10
/** Somebody else wrote between our read and our write: read again, at most this often. */
const ATTEMPTS = 4

export interface ChildrenParts {
  readonly served: ReadonlyMap<string, Served>
  readonly offspring: Offspring
  readonly client: KubeClient
  /** What a failed request means to a user. */
  readonly faultOf: (error: unknown, doing: string) => Fault
  readonly clock: Clock
  readonly log: Log
}

type OfChild = Extract<ChildStep, { child: Resource }>

/** What was done to children in one pass. */
type Tally = Record<'created' | 'updated' | 'deleted', number>

interface Pass {
  readonly by: Orderer
  readonly fieldManager: string
  readonly signal: AbortSignal
  readonly tally: Tally
  readonly digest: DigestOrder
}

export class Children {
  readonly #parts: ChildrenParts
  readonly #confirmed = new ConfirmedChildren()
  readonly #essences: Essences = new WeakMap()

  constructor(parts: ChildrenParts) {
    this.#parts = parts
  }

  owned(by: Ref): readonly Resource[] {
    return this.#parts.offspring.of(by)
  }

  /** What somebody who looks after the order would do now, one text each. */
  lacking(by: Orderer, wanted: readonly Manifest[]): readonly string[] {
    const steps = wanted.map((manifest) => stepFor(by, manifest, this.#find(manifest.ref), this.#essences))
    return [
      ...steps.flatMap((step) =>
        step.is === 'create' || step.is === 'update' ? [`${step.is} ${refKey(step.manifest.ref)}`] : [],
      ),
      ...surplus(this.owned(by.ref), wanted).map(({ ref }) => `delete ${refKey(ref)}`),
    ]
  }

  /** One answer a manifest, in their order, and one for each that should be gone and is not. */
  async keep(
    by: Orderer,
    wanted: readonly Manifest[],
    fieldManager: string,
    signal: AbortSignal,
  ): Promise<readonly ChildAnswer[]> {
    const tally: Tally = { created: 0, updated: 0, deleted: 0 }
    const pass = { by, fieldManager, signal, tally, digest: digestFor(by) }
    const breathe = breather(this.#parts.clock)
    const answers = await inParallel(wanted, breathe, (manifest) => this.#bringAbout(pass, manifest))
    // Where the new one does not stand, the old one stays.
    const lacking = new Set(answers.filter(isLacking).map(({ child }) => child.namespace))
    const left = surplus(this.owned(by.ref), wanted).filter(({ ref }) => !lacking.has(ref.namespace))
    const problems = await inParallel(left, breathe, (child) => this.#delete(pass, child))
    if (tally.created + tally.updated + tally.deleted > 0) {
      this.#parts.log.info('brought what an object owns up to date', { object: refText(by.ref), ...tally })
    }
    return [...answers, ...problems.filter((problem) => problem !== undefined)]
  }

  /** Forgets what a child became that is gone. */
  gone(child: Ref): void {
    this.#confirmed.gone(child)
  }

  #find(ref: Ref): Resource | undefined {
    return this.#parts.served.get(kindKey(ref))?.watch.getAny(ref)
  }

  async #bringAbout(pass: Pass, manifest: Manifest): Promise<ChildAnswer> {
    const child = manifest.ref
    const type = this.#parts.served.get(kindKey(child))?.watch.type
    if (type === undefined) return uninstalled(child)
    const shown = this.#find(child)
    if (shown !== undefined && this.#confirmed.isRight(shown, pass.digest(manifest))) {
      return standing(child, shown)
    }
    let step = this.#stepFor(pass, manifest, shown)
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#take(pass, type, step)
      } catch (error) {
        if (isNamespaceTerminating(error) || isNamespaceMissing(error)) return { is: 'homeless', child }
        // The watch has yet to learn that the definition is gone, or the server that it is there.
        if (isNotFound(error) && step.is === 'create') return unserved(child)
        const isBehind = isAlreadyExists(error) || isConflict(error) || isNotFound(error)
        if (!isBehind || attempt === ATTEMPTS) return this.#failed(child, error, 'writing')
      }
      try {
        step = this.#stepFor(pass, manifest, await this.#read(type, child, pass.signal))
      } catch (error) {
        return this.#failed(child, error, 'reading')
      }
    }
  }

  #stepFor({ by }: Pass, manifest: Manifest, found: Resource | undefined): ChildStep {
    return stepFor(by, manifest, found, this.#essences)
  }

  async #take(pass: Pass, type: ResourceType, step: ChildStep): Promise<ChildAnswer> {
    const child = step.manifest.ref
    const order = pass.digest(step.manifest)
    switch (step.is) {
      case 'refuse':
        return { is: 'taken', child }
      case 'keep':
        this.#confirmed.right(step.child, order)
        return standing(child, step.child)
      case 'confirm':
      case 'update':
        if (this.#confirmed.isWritten(step.child, order)) this.#confirmed.right(step.child, order)
        else await this.#update(pass, type, step)
        return standing(child, step.child)
      case 'create':
        await this.#create(pass, type, step.manifest)
        return { is: 'standing', child, readiness: { is: 'unknown' } }
    }
  }

  async #create(pass: Pass, type: ResourceType, manifest: Manifest): Promise<void> {
    const { ref, labels, annotations, spec } = manifest
    const { namespace, name } = ref
    const ownerReferences = ownersWith(pass.by)
    const made = await createObject<KubeObject>(
      this.#parts.client,
      type,
      {
        apiVersion: apiVersionOf(type),
        kind: type.kind,
        metadata: { namespace, name, labels, annotations, ownerReferences },
        spec,
      },
      { fieldManager: pass.fieldManager, signal: pass.signal },
    )
    pass.tally.created += 1
    this.#confirmed.written(asResource(type, apiVersionOf(type), made), pass.digest(manifest))
  }

  /** Carries the version it was judged by. A write that changes nothing leaves the object as it is. */
  async #update(pass: Pass, type: ResourceType, { manifest, child }: OfChild): Promise<void> {
    const { by, fieldManager, signal, tally } = pass
    const { ref, labels, annotations, spec } = manifest
    const { namespace, name } = ref
    const set = (path: string, value: unknown) => ({ op: 'add', path, value }) as const
    const steps = [
      set('/metadata/resourceVersion', child.resourceVersion),
      set('/metadata/labels', labels),
      set('/metadata/annotations', annotations),
      set('/metadata/ownerReferences', ownersWith(by, child.owners)),
      set('/spec', spec),
    ]
    const options = { fieldManager, signal }
    const now = await jsonPatch<KubeObject>(this.#parts.client, type, { namespace, name }, steps, options)
    if (now.metadata.resourceVersion !== child.resourceVersion) tally.updated += 1
    this.#confirmed.written(asResource(type, apiVersionOf(type), now), pass.digest(manifest))
  }

  async #delete(pass: Pass, child: Resource): Promise<ChildAnswer | undefined> {
    const type = this.#parts.served.get(kindKey(child.ref))?.watch.type
    if (type === undefined) return undefined
    try {
      await this.#deleteOwned(pass, type, child)
      return undefined
    } catch (error) {
      return isNotFound(error) ? undefined : this.#failed(child.ref, error, 'deleting')
    }
  }

  /** Not what somebody has taken away from the orderer meanwhile, nor another of that name. */
  async #deleteOwned({ by, signal, tally }: Pass, type: ResourceType, child: Resource): Promise<void> {
    const { namespace, name } = child.ref
    let now: Resource | undefined = child
    for (
      let attempt = 1;
      now?.uid === child.uid && isOrderer(by.ref, controllerIn(now.owners));
      attempt += 1
    ) {
      const only = { uid: now.uid, resourceVersion: now.resourceVersion }
      try {
        await deleteObject(this.#parts.client, type, { namespace, name }, { only, signal })
        tally.deleted += 1
        return
      } catch (error) {
        if (!isConflict(error) || attempt === ATTEMPTS) throw error
      }
      now = await this.#read(type, child.ref, signal)
    }
  }

  async #read(type: ResourceType, ref: Ref, signal: AbortSignal): Promise<Resource | undefined> {
    const { namespace, name } = ref
    try {
      const raw = await getObject(this.#parts.client, type, { namespace, name }, { signal })
      return asResource(type, apiVersionOf(type), raw)
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }

  #failed(child: Ref, error: unknown, doing: string): ChildAnswer {
    return { is: 'failed', child, fault: this.#parts.faultOf(error, `${doing} ${refText(child)}`) }
  }
}

const standing = (child: Ref, { status, deletingSince }: Resource): ChildAnswer => ({
  is: 'standing',
  child,
  readiness: deletingSince === undefined ? readinessOf(status) : { is: 'unknown' },
})

/** The kind's arrival brings the orders back. */
const uninstalled = (child: Ref): ChildAnswer => ({
  is: 'failed',
  child,
  fault: fault('reference-missing', `${child.kind} is not installed`),
})

/** A server that starts is none that nothing but a new definition could help. */
const unserved = (child: Ref): ChildAnswer => ({
  is: 'failed',
  child,
  fault: fault('kube-unavailable', `${child.kind} is not served`),
})

const isLacking = ({ is }: ChildAnswer): boolean => is === 'taken' || is === 'failed'

/** In the order of the items. */
async function inParallel<T, R>(
  items: readonly T[],
  breathe: Breathe,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results = new Map<number, R>()
  const rest = items.entries()
  const worker = async (): Promise<void> => {
    for (const [i, item] of rest) {
      results.set(i, await work(item))
      await breathe()
    }
  }
  await Promise.all(Array.from({ length: Math.min(WIDTH, items.length) }, worker))
  return items.flatMap((_item, i) => (results.has(i) ? [results.get(i) as R] : []))
}
