// This file is about following one kind: list it, watch it, and never give up on either.
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Random } from '../base/random.ts'
import type { KubeClient } from './client.ts'
import type { KubeError } from './error.ts'
import type { KubeObject, ResourceType } from './resource.ts'
import type { Store } from './store.ts'

/** Where a reflector stands, for health and `check`. */
export type ReflectorPhase =
  | { readonly is: 'listing' }
  | { readonly is: 'watching' }
  /** The kind is not served (its CRD is missing); it is waited for. */
  | { readonly is: 'absent' }
  /** RBAC refuses list or watch; `error.message` is the server's own sentence. It keeps trying. */
  | { readonly is: 'forbidden'; readonly error: KubeError }
  /** Anything else that passes: 401, 429, 5xx, no connection. It keeps trying. */
  | { readonly is: 'failing'; readonly error: KubeError }
  | { readonly is: 'stopped' }

export interface ReflectorOptions<T> {
  readonly client: KubeClient
  readonly type: ResourceType
  /** One list and watch each; undefined is the whole cluster. */
  readonly namespaces?: readonly string[] | undefined
  readonly labelSelector?: string | undefined
  readonly fieldSelector?: string | undefined
  /** Ask for PartialObjectMetadata: metadata and nothing else. */
  readonly metadataOnly?: boolean | undefined
  /** What to remember of an object; undefined forgets it. `raw` must not be kept; its kind and apiVersion are the type's. */
  readonly keep: (raw: KubeObject) => T | undefined
  /** True when a new record tells nothing new: no change is emitted. */
  readonly same?: ((before: T, now: T) => boolean) | undefined
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly onPhase?: ((phase: ReflectorPhase, namespace: string | undefined) => void) | undefined
}

export interface Reflector<T> {
  readonly store: Store<T>
  /** The worst phase of its namespaces. */
  phase(): ReflectorPhase
  /** Resolves when every namespace is synced, or is known to be absent, forbidden or failing. */
  settled(): Promise<void>
  /** Cuts every wait short: something that stood in the way may have changed (a CRD appeared, RBAC was granted). */
  retryNow(): void
  stop(): Promise<void>
}
export type StartReflector = <T>(options: ReflectorOptions<T>) => Reflector<T>
