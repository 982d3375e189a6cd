// This file is about a Kubernetes object as dialects see it: no transport, no managedFields beyond who wrote the status.
import { instant, type Instant } from '../base/clock.ts'
import type { Ref } from './ref.ts'

/** Who last wrote the status subresource, read from managedFields; how foreign controllers are noticed. */
export interface StatusWriter {
  readonly manager: string
  readonly at: Instant
}

/** An owner as the object names it: of the same namespace, or of none. */
export interface Owner {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean
  readonly blockOwnerDeletion?: boolean
}

export interface Resource {
  readonly ref: Ref
  /** As read, e.g. "external-secrets.io/v1beta1". */
  readonly apiVersion: string
  readonly uid: string
  readonly resourceVersion: string
  readonly generation: number
  readonly createdAt: Instant
  /** When anything that its controller answers was last written, read from managedFields: not status, finalizers, owners. */
  readonly changedAt: Instant
  /** Set while the object waits for finalizers. */
  readonly deletingSince?: Instant
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly finalizers: readonly string[]
  /** Absent: none. */
  readonly owners?: readonly Owner[]
  readonly statusWriters: readonly StatusWriter[]
  /** As stored: nobody has validated it yet. Absent for kinds read by metadata only. */
  readonly spec?: unknown
  readonly status?: unknown
}

/** An object of which no more is known than its name: one that nobody has stored, or that was read by metadata alone. */
export const bareResource = (ref: Ref, apiVersion: string): Resource => ({
  ref,
  apiVersion,
  uid: '',
  resourceVersion: '',
  generation: 0,
  createdAt: instant(0),
  changedAt: instant(0),
  labels: {},
  annotations: {},
  finalizers: [],
  statusWriters: [],
})
