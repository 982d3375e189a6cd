// This file is about the kinds of object a dialect reads, and the definition (CRD) of those it brings along.
import type { z } from 'zod'
import type { KindSeries } from './series.ts'

export interface Column {
  readonly name: string
  readonly type: 'string' | 'integer' | 'date' | 'boolean'
  readonly jsonPath: string
  readonly description?: string
  readonly priority?: number
}

export interface KindVersion {
  readonly name: string
  readonly storage: boolean
  readonly deprecated?: boolean
  /** The whole object below apiVersion, kind and metadata: an object schema with `spec` and maybe `status`. */
  readonly schema: z.ZodType
  readonly columns: readonly Column[]
  readonly selectableFields?: readonly string[]
}

/** What a CustomResourceDefinition needs beyond the kind's name; `everpull crds` prints it. */
export interface Definition {
  readonly singular: string
  readonly listKind: string
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly labels?: Readonly<Record<string, string>>
  /** Storage version included; newest first. */
  readonly versions: readonly KindVersion[]
}

export interface Kind {
  readonly group: string
  readonly kind: string
  readonly plural: string
  readonly namespaced: boolean
  /** Versions we can read, preferred first. */
  readonly versions: readonly string[]
  /** `ordered`: translated and answered with a status. `referred`: only looked at by translations. */
  readonly use: 'ordered' | 'referred'
  /** `metadata`: never more than PartialObjectMetadata leaves the API server (Secrets, service accounts). */
  readonly reads: 'whole' | 'metadata'
  /** Absent for kinds the API server itself brings. */
  readonly definition?: Definition
  /** Finalizers of ours or of the system this dialect replaces, which we take off when such an object is deleted. */
  readonly finalizers?: readonly string[]
  /** Series of its objects under the names that users of the system it comes from know. */
  readonly series?: KindSeries
  /** Absent: every object of the kind. */
  readonly chosen?: Chosen
  /** What orders of this kind own: objects of these kinds are made, changed and deleted. */
  readonly children?: readonly KindName[]
  /** Orders of this kind may have service accounts name their Secrets. */
  readonly links?: true
  /** Some are made for a test only, and deleted when that is long over: those with this label set to true and such a name. */
  readonly tests?: { readonly label: string; readonly namePrefix: string }
  /** Objects of this kind lend identities (`Identity.through`): none goes before it is known who uses it. */
  readonly lends?: true
  /** What the system this dialect replaces leaves on other objects for each of this kind; taken off. */
  readonly leaves?: Traces
}

/** Objects of a kind that others make for another purpose: some of them, in one namespace, are orders by their labels. */
export interface Chosen {
  /** Which namespace is the installation's to say. */
  readonly within: 'argocd'
  /** As in a query. */
  readonly labelSelector: string
  /** What each of them consents with: one of these labels, with this value. */
  readonly optIn: Readonly<Record<string, string>>
  /** Keys of `data` that are no secrets: these are seen, as `spec.data`, in plain text; no others. */
  readonly dataKeys: readonly string[]
}

/** Whether every order is one in its home (`Chosen.within`): Secrets elsewhere are then nobody's business. */
export function isOrderedAtHome(kinds: readonly Kind[]): boolean {
  const ordered = kinds.filter(({ use }) => use === 'ordered')
  return ordered.length > 0 && ordered.every(({ chosen }) => chosen !== undefined)
}

export type KindName = Pick<Kind, 'group' | 'kind' | 'plural'>

export interface Traces {
  /** A cluster-scoped kind, read by metadata. */
  readonly on: KindName
  /** The finalizer is this and the name of the object it stands for. */
  readonly finalizerPrefix: string
}

export const SECRET: Kind = {
  group: '',
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
  versions: ['v1'],
  use: 'referred',
  reads: 'metadata',
}

export const SERVICE_ACCOUNT: Kind = {
  group: '',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  namespaced: true,
  versions: ['v1'],
  use: 'referred',
  reads: 'metadata',
}

export const CONFIG_MAP: Kind = {
  group: '',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
  versions: ['v1'],
  use: 'referred',
  reads: 'metadata',
}

export const NAMESPACE: Kind = {
  group: '',
  kind: 'Namespace',
  plural: 'namespaces',
  namespaced: false,
  versions: ['v1'],
  use: 'referred',
  reads: 'metadata',
}
