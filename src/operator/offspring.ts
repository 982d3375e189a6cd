// This file is about which objects are controlled by which: parents come back when one of their children changes.
import type { Kind } from '../model/kind.ts'
import { controllerIn, groupOf } from '../model/owner.ts'
import { type Ref, refKey } from '../model/ref.ts'
import type { Resource } from '../model/resource.ts'
import { kindKey } from './world.ts'

export class Offspring {
  /** Kinds that own others. */
  readonly #parents: ReadonlyMap<string, Kind>
  readonly #children = new Map<string, Map<string, Resource>>()

  constructor(kinds: readonly Kind[]) {
    const parents = kinds.filter((kind) => kind.children !== undefined)
    this.#parents = new Map(parents.map((kind) => [kindKey(kind), kind]))
  }

  /** Keeps track; returns the work keys of the parents it has and had. */
  note(now: Resource | undefined, before: Resource | undefined): readonly string[] {
    if (this.#parents.size === 0) return []
    const is = now === undefined ? undefined : this.#parentOf(now)
    const was = before === undefined ? undefined : this.#parentOf(before)
    if (was !== undefined && before !== undefined) this.#drop(was, before)
    if (is !== undefined && now !== undefined) {
      const children = this.#children.get(is) ?? new Map<string, Resource>()
      this.#children.set(is, children.set(refKey(now.ref), now))
    }
    return [...new Set([is, was])].filter((key) => key !== undefined)
  }

  of(parent: Ref): readonly Resource[] {
    return [...(this.#children.get(refKey(parent))?.values() ?? [])]
  }

  isParent(kind: Pick<Kind, 'group' | 'kind'>): boolean {
    return this.#parents.has(kindKey(kind))
  }

  #parentOf({ ref, owners }: Resource): string | undefined {
    const controller = controllerIn(owners)
    if (controller === undefined) return undefined
    const group = groupOf(controller)
    const kind = this.#parents.get(kindKey({ group, kind: controller.kind }))
    if (kind === undefined) return undefined
    const namespace = kind.namespaced ? ref.namespace : ''
    return refKey({ group, kind: kind.kind, namespace, name: controller.name })
  }

  #drop(parent: string, child: Resource): void {
    const children = this.#children.get(parent)
    children?.delete(refKey(child.ref))
    if (children?.size === 0) this.#children.delete(parent)
  }
}
