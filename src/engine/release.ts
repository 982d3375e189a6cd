// This file is about letting go: of Secrets an orderer no longer writes, and of orderers that are gone.
import type { Serving } from '../model/answer.ts'
import { deliveryAnnotation, type Orderer } from '../model/delivery.ts'
import { type Fault, fault } from '../model/fault.ts'
import { type Ref, type SecretRef, secretKey } from '../model/ref.ts'
import { isOrderer } from './compose.ts'
import { diesAt, type Held } from './held.ts'
import { type Imprint, readImprint } from './imprint.ts'
import type { EngineParts } from './pass.ts'
import type { CurrentSecret, Moved, Written } from './ports.ts'

/** The fieldManager that takes our annotation off; it comes to own nothing. */
const RELEASING_MANAGER = 'everpull'
/** Somebody else wrote between our read and our write: read again, at most this often. */
const ATTEMPTS = 4

/**
 * The orderer now writes elsewhere: what it controls under other names is deleted, and what it merged into
 * loses our annotation. Keys merged into a Secret of somebody else stay, as its users are still pulling with them.
 */
export async function releaseOthers(
  parts: EngineParts,
  by: Orderer,
  wanted: readonly SecretRef[],
  signal: AbortSignal,
): Promise<readonly SecretRef[] | Fault> {
  const keep = new Set(wanted.map(secretKey))
  const others = leftBy(parts, by.ref).filter((ref) => !keep.has(secretKey(ref)))
  for (const ref of others) {
    const problem = await change(parts, ref, signal, async (secret) => {
      const isOurs = secret.owners.some((owner) => owner.uid === by.uid && owner.controller === true)
      return isOurs ? parts.store.remove(secret, signal) : takeAnnotationOff(parts, by.ref, secret, signal)
    })
    if (problem !== undefined) return problem
  }
  return others
}

/** The orderer is gone: the garbage collector takes what it controlled, we take our annotation off the rest. */
export async function releaseAll(
  parts: EngineParts,
  by: Ref,
  signal: AbortSignal,
): Promise<readonly Fault[]> {
  const problems: Fault[] = []
  for (const ref of leftBy(parts, by)) {
    const problem = await change(parts, ref, signal, async (secret) =>
      secret.owners.some((owner) => isOrderer(by, owner))
        ? 'kept'
        : takeAnnotationOff(parts, by, secret, signal),
    )
    if (problem !== undefined) problems.push(problem)
  }
  return problems
}

/**
 * Where an orderer left its mark: what the watch shows, and what is remembered where nothing is watched. A mark in
 * another namespace was copied there by somebody and is none of ours.
 */
function leftBy({ store, memory }: EngineParts, by: Ref): readonly SecretRef[] {
  const known = [
    ...store.carrying(deliveryAnnotation(by)),
    ...memory.ofOrderer(by).map(({ target }) => target),
  ]
  const here = known.filter((ref) => by.namespace === '' || ref.namespace === by.namespace)
  return [...new Map(here.map((ref) => [secretKey(ref), ref])).values()]
}

type Changed = 'kept' | 'removed' | Written | Moved | Fault

/** Reads a Secret and changes it as it was read, again while somebody else is faster. */
async function change(
  parts: EngineParts,
  ref: SecretRef,
  signal: AbortSignal,
  make: (secret: CurrentSecret) => Promise<Changed>,
): Promise<Fault | undefined> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const secret = await parts.store.read(ref, signal)
    if (secret === 'absent') return undefined
    if (secret.is === 'fault') return secret
    const changed = await make(secret)
    if (typeof changed === 'string' || changed.is === 'written') return undefined
    if (changed.is === 'fault') return changed
  }
  return fault('kube-conflict', `Secret ${ref.name} keeps being changed by somebody else`)
}

async function takeAnnotationOff(
  parts: EngineParts,
  by: Ref,
  secret: CurrentSecret,
  signal: AbortSignal,
): Promise<Changed> {
  const { [deliveryAnnotation(by)]: mark, ...annotations } = secret.annotations
  if (mark === undefined) return 'kept'
  const { ref, uid, resourceVersion, type, immutable, labels, owners, finalizers, data } = secret
  const replaces = { uid, resourceVersion }
  const fieldManager = RELEASING_MANAGER
  return parts.store.write(
    { ref, fieldManager, replaces, type, immutable, labels, annotations, owners, finalizers, data },
    signal,
  )
}

/**
 * What an orderer still serves although it could not even be translated (its generator is missing, say).
 * From memory, or after a restart from the annotation on the Secrets it would write.
 */
export async function servingOf(
  parts: EngineParts,
  by: Ref,
  targets: readonly SecretRef[],
  signal: AbortSignal,
): Promise<Serving | undefined> {
  const now = parts.clock.now()
  const remembered = parts.memory.ofOrderer(by)
  const candidates = remembered.length > 0 ? remembered : targets.map((target) => ({ target }))
  for (const candidate of candidates) {
    const imprint = await standing(parts, by, candidate, signal)
    const until = imprint === undefined ? undefined : diesAt(imprint)
    if (until === undefined || until <= now) continue
    return { until, since: parts.memory.failingSince(by, candidate.target, now) }
  }
  return undefined
}

/** What of ours stands in the Secret, as far as that can be told without knowing what was ordered. */
async function standing(
  parts: EngineParts,
  by: Ref,
  { target, held }: { readonly target: SecretRef; readonly held?: Held },
  signal: AbortSignal,
): Promise<Imprint | undefined> {
  const glance = parts.store.glance(target)
  if (glance === 'absent') return undefined
  if (typeof glance === 'object' && glance.resourceVersion === held?.resourceVersion) return held.imprint
  const secret = await parts.store.read(target, signal)
  if (secret === 'absent') return undefined
  if (held !== undefined || secret.is === 'fault') return held?.imprint
  return readImprint(secret.annotations[deliveryAnnotation(by)], parts.clock.now())
}
