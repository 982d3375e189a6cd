// This file is about service accounts that name a Secret, so that whatever runs or builds as them finds it.
import type { Fault } from './fault.ts'
import type { SecretRef } from './ref.ts'
import type { Selector } from './selector.ts'

/** The lists of a service account that name Secrets: for pulling images, and for whatever it may mount. */
export type AccountList = 'imagePullSecrets' | 'secrets'

/** Which service accounts of the Secret's namespace. */
export type Accounts =
  | { readonly is: 'named'; readonly names: readonly string[] }
  | { readonly is: 'selected'; readonly selector: Selector }
  | { readonly is: 'all' }

export interface Link {
  readonly secret: SecretRef
  readonly accounts: Accounts
  readonly lists: readonly AccountList[]
  /** The place in the orderer's spec. */
  readonly at: string
}

/** How one link fares. */
export interface Linked {
  readonly secret: SecretRef
  /** The accounts that name the Secret as ordered. */
  readonly accounts: readonly string[]
  /** Accounts named in the order that are not there; they are linked as soon as they appear. */
  readonly missing: readonly string[]
  /** What keeps it from being made, where something does. */
  readonly fault?: Fault
}
