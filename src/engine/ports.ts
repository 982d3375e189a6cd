// This file is about what the engine needs from the world, as interfaces that operator/adapters fill.
import type { SecretData, SecretText } from '../base/secret-text.ts'
import type { Orderer } from '../model/delivery.ts'
import type { Fault } from '../model/fault.ts'
import type { Identity } from '../model/identity.ts'
import type { Login, TokenScope } from '../model/login.ts'
import type { Probe, Verdict } from '../model/probe.ts'
import type { SecretRef } from '../model/ref.ts'
import type { Owner } from '../model/resource.ts'
import type { TemplateObject } from '../model/shape.ts'

export interface Identified {
  readonly is: 'identified'
  /** A digest of every authentication input, credential values included: what logins are shared by. */
  readonly key: string
}

export interface Logins {
  /** Reads the credentials an identity names (from cache while they are unchanged) and digests them. Never asks AWS. */
  identify(identity: Identity, signal: AbortSignal): Promise<Identified | Fault>
  /** One GetAuthorizationToken with that identity; the caller sees to single flight and pacing. */
  mint(identity: Identity, scope: TokenScope, signal: AbortSignal): Promise<Minted | Fault>
}

export interface Minted {
  readonly is: 'minted'
  readonly login: Login
}

export interface Prober {
  /**
   * Tries everything that a probe names, in its order, with credentials asked for anew: what AWS refuses is a step of
   * the verdict. Lasts minutes at the worst; throws only the signal's reason.
   */
  probe(probe: Probe, signal: AbortSignal): Promise<Verdict>
}

/** Waits for something slow, AWS above all, without keeping others from being worked on. */
export type Aside = <T>(slow: Promise<T>) => Promise<T>

/** What one fieldManager owns, by name, from managedFields. */
export interface OwnedFields {
  readonly data: ReadonlySet<string>
  readonly labels: ReadonlySet<string>
  readonly annotations: ReadonlySet<string>
}

/** A Secret as read whole. */
export interface CurrentSecret {
  readonly is: 'secret'
  readonly ref: SecretRef
  readonly uid: string
  readonly resourceVersion: string
  readonly type: string
  readonly immutable: boolean
  readonly deleting: boolean
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly owners: readonly Owner[]
  readonly finalizers: readonly string[]
  readonly data: SecretData
  ownedBy(fieldManager: string): OwnedFields
}

/**
 * The Secret wanted, whole. Without `replaces` it is created; with it, it replaces exactly that version. Without a uid it
 * was not read: a write that the API server takes for invalid is answered as moved, as another look may tell why.
 */
export interface SecretWrite {
  readonly ref: SecretRef
  readonly fieldManager: string
  readonly replaces?: { readonly uid?: string; readonly resourceVersion: string }
  readonly type: string
  readonly immutable: boolean
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly owners: readonly Owner[]
  readonly finalizers: readonly string[]
  readonly data: SecretData
}

export interface Written {
  readonly is: 'written'
  readonly resourceVersion: string
  /** Somebody on the way, a webhook for one, has added labels, annotations, owners or finalizers of their own. */
  readonly isAltered: boolean
}

/** Somebody was faster: read again and decide anew. */
export interface Moved {
  readonly is: 'moved'
}

export type Glance =
  | { readonly resourceVersion: string; readonly annotations: readonly string[] }
  | 'absent'
  | 'unknown'

export interface SecretStore {
  /** What the watch last saw; 'absent' when it saw none; 'unknown' when nothing is watched. Costs no request. */
  glance(ref: SecretRef): Glance
  read(ref: SecretRef, signal: AbortSignal): Promise<CurrentSecret | 'absent' | Fault>
  write(wanted: SecretWrite, signal: AbortSignal): Promise<Written | Moved | Fault>
  /** Deletes exactly that version. */
  remove(secret: CurrentSecret, signal: AbortSignal): Promise<'removed' | Moved | Fault>
  /** The Secrets carrying this annotation, as far as the watch has seen. Costs no request. */
  carrying(annotation: string): readonly SecretRef[]
  /** The annotations of deliveries, by name, that there are on Secrets, as far as the watch has seen. Costs no request. */
  marks(): Iterable<string>
  /** The Secrets of a namespace with this label, of those labels that dialects name; none where nothing is watched. */
  labelled(label: string, value: string, namespace: string): readonly SecretRef[]
}

export interface Orderers {
  /**
   * Whether that very object is there and not being deleted, by the API server and not by the watch, which is a moment
   * behind. One request.
   */
  isStaying(orderer: Orderer, signal: AbortSignal): Promise<boolean | Fault>
}

/** What an object that holds templates has under its keys. */
export interface TemplateTexts {
  readonly is: 'texts'
  /** 'binary': it is no UTF-8. */
  get(key: string): SecretText | 'binary' | undefined
}

export interface Sources {
  /** From cache while the watch shows the version that was read. */
  read(object: TemplateObject, signal: AbortSignal): Promise<TemplateTexts | 'absent' | Fault>
}
