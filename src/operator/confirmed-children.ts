// This file is about children that are known to be as ordered, so that nobody has to compare or write them again.
import { shortDigest } from '../base/canonical-json.ts'
import type { Manifest } from '../model/child.ts'
import type { Orderer } from '../model/delivery.ts'
import { type Ref, refKey } from '../model/ref.ts'
import type { Resource } from '../model/resource.ts'

/** Digests what is ordered of a child. */
export type DigestOrder = (manifest: Manifest) => string

/** For one pass: most manifests of an order say the same. One that is made anew under its name orders anew. */
export function digestFor({ uid }: Orderer): DigestOrder {
  let last: Manifest | undefined
  let digest = ''
  return (manifest) => {
    const { labels, annotations, spec } = manifest
    const isLike = last?.labels === labels && last.annotations === annotations && last.spec === spec
    if (!isLike) digest = shortDigest([uid, labels, annotations, spec])
    last = manifest
    return digest
  }
}

export class ConfirmedChildren {
  /** By child: what was written, and what it became. */
  readonly #written = new Map<string, { readonly order: string; readonly found: string }>()
  /** By child as the watch shows it: the order that it was found right for. */
  readonly #right = new WeakMap<Resource, string>()

  /** Whether that very version was found right for the order. */
  isRight(child: Resource, order: string): boolean {
    return this.#right.get(child) === order
  }

  right(child: Resource, order: string): void {
    this.#right.set(child, order)
  }

  /** Whether it is what the API server made of the order. */
  isWritten(child: Resource, order: string): boolean {
    const written = this.#written.get(refKey(child.ref))
    return written?.order === order && written.found === foundIn(child)
  }

  /** The order was written, and the child became that. */
  written(child: Resource, order: string): void {
    this.#written.set(refKey(child.ref), { order, found: foundIn(child) })
  }

  gone(child: Ref): void {
    this.#written.delete(refKey(child))
  }
}

/** What of a child is written by its order. */
const foundIn = ({ labels, annotations, owners, spec }: Resource): string =>
  shortDigest([labels, annotations, owners, spec])
