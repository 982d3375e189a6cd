// This file is about orderers that went while nobody looked: their marks on Secrets tell who they were.
import { type Clock, pause } from '../base/clock.ts'
import { deliveryAnnotation } from '../model/delivery.ts'
import { type Ref, refKey, type SecretRef } from '../model/ref.ts'
import { readMark } from './mark.ts'
import type { SecretStore } from './ports.ts'

/** A Secret that could not be read is tried again as late as that: nobody waits for it. */
const RETRY_MS = 30_000

export interface LeftBehindParts {
  readonly store: SecretStore
  readonly clock: Clock
}

/**
 * Whoever has left a mark on a Secret that it does not own and is gone, each once: `releaseAll` takes off what it left.
 * `orderers` are those there are: only marks of others are read, one Secret at a time. `isGone` must not say so of a kind
 * that is not served, or not listed yet. Ends once every mark has been read, however long the API server is away.
 */
export async function* leftBehind(
  { store, clock }: LeftBehindParts,
  orderers: Iterable<Ref>,
  isGone: (by: Ref) => boolean,
  signal: AbortSignal,
): AsyncGenerator<Ref> {
  const told = new Set<string>()
  let unread = strangers(store, orderers)
  while (unread.length > 0) {
    const again: Left[] = []
    for (const left of unread) {
      signal.throwIfAborted()
      const secret = await store.read(left.target, signal)
      if (secret === 'absent') continue
      if (secret.is === 'fault') {
        again.push(left)
        continue
      }
      const { by } = readMark(left.annotation, secret.annotations[left.annotation])
      if (by === undefined || !isAt(by, left.target) || told.has(refKey(by)) || !isGone(by)) continue
      told.add(refKey(by))
      yield by
    }
    unread = again
    if (unread.length > 0) await pause(clock, RETRY_MS, signal)
  }
}

interface Left {
  readonly annotation: string
  readonly target: SecretRef
}

function strangers(store: SecretStore, orderers: Iterable<Ref>): readonly Left[] {
  const unknown = new Set(store.marks())
  for (const ref of orderers) unknown.delete(deliveryAnnotation(ref))
  return [...unknown].flatMap((annotation) =>
    store.carrying(annotation).map((target) => ({ annotation, target })),
  )
}

/** A mark in another namespace was copied there by somebody. */
const isAt = (by: Ref, { namespace }: SecretRef): boolean => by.namespace === '' || by.namespace === namespace
