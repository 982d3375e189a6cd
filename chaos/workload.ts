// This file is about what a seed has the operators serve: orders of every dialect, beside what belongs to others.
import type { Random } from '../src/base/random.ts'

export interface Workload {
  /** Those that hold orders; all of the seed's own, named after it. */
  readonly namespaces: readonly string[]
  /** Deletes the namespace with all that is in it; resolves once it is gone. Invariants know from then on. */
  deleteNamespace(namespace: string): Promise<void>
  /** Makes it and its orders again. */
  restoreNamespace(namespace: string): Promise<void>
  /** Tells the invariants that orders are being taken away (their Secrets may go), until `reapply`. */
  expectLoss(): void
  /** Whatever orders are missing are applied again; after definitions were removed and restored. */
  reapply(): Promise<void>
  /** One edit of the workload's own choice, of what is somebody else's or of what is the operator's; says what it was. */
  edit(random: Random): Promise<string>
  /** The Secrets that orders keep, for hands that edit them. */
  readonly kept: readonly { readonly namespace: string; readonly name: string }[]
  /** A merge patch by somebody's hand, in the metadata or data of a Secret that an order keeps; the invariants know whose it is. */
  editByHand(secret: { readonly namespace: string; readonly name: string }, patch: object): Promise<void>
  /** Deletes a Secret that an order keeps, by somebody's hand. */
  deleteByHand(secret: { readonly namespace: string; readonly name: string }): Promise<void>
  /** ARN of the principals whose keys the seed's orders use. */
  readonly principals: readonly string[]
  /** Their access keys, for taking them back: `admin('PUT', '/access-keys', {id, active: false})`. */
  readonly accessKeyIds: readonly string[]
}
