// This file is about objects that an order owns: what is ordered, and how each of them fares.
import type { Fault } from './fault.ts'
import type { Readiness } from './readiness.ts'
import type { Ref } from './ref.ts'

/** One object as ordered. It is controlled by the orderer and goes with it. */
export interface Manifest {
  readonly ref: Ref
  /** Exactly these: others are taken off. */
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  /** The whole spec. What the API server fills in beyond it is left as it is. */
  readonly spec: unknown
  /** The spec as it is found where the API server has filled in its defaults; the same object for all of an order. */
  readonly filled?: unknown
  /** Members of the spec that are Go durations: "1h" and "60m" are the same. */
  readonly durations?: readonly string[]
}

export type ChildAnswer =
  /** It is there as ordered. */
  | { readonly is: 'standing'; readonly child: Ref; readonly readiness: Readiness }
  /** One of that name is there that this order does not control. */
  | { readonly is: 'taken'; readonly child: Ref }
  /** Its namespace is being deleted, or gone. */
  | { readonly is: 'homeless'; readonly child: Ref }
  | { readonly is: 'failed'; readonly child: Ref; readonly fault: Fault }
