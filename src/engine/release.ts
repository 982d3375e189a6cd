// This file is about letting go: of Secrets an orderer no longer writes, and of orderers that are gone.
import { SecretData } from '../base/secret-text.ts'
import type { Answer, Serving } from '../model/answer.ts'
import { type Delivery, deliveryAnnotation, type Orderer } from '../model/delivery.ts'
import { type Fault, fault } from '../model/fault.ts'
import { type Ref, type SecretRef, secretKey } from '../model/ref.ts'
import type { MergedHosts } from '../model/shape.ts'
import { controllerIn, isOrderer } from '../model/owner.ts'
import { diesAt, type Held } from './held.ts'
import { type Imprint, readImprint } from './imprint.ts'
import { hostsLeaving } from './leaving-hosts.ts'
import { readMark } from './mark.ts'
import { type EngineParts, type Pass, targetOf } from './pass.ts'
import type { Aside, CurrentSecret, Moved, Written } from './ports.ts'
import { put } from './put.ts'
import { dropHosts } from './render/config-hosts.ts'

/** The fieldManager that takes our annotation off; it comes to own nothing. */
const RELEASING_MANAGER = 'everpull'
/** Somebody else wrote between our read and our write: read again, at most this often. */
const ATTEMPTS = 4

/** A Secret that was let go of. */
export interface Released {
  readonly target: SecretRef
  readonly isDeleted: boolean
}

/**
 * The orderer now writes elsewhere, or otherwise. While it owns what it writes, what was made for it under other names is
 * deleted; all else keeps its data, as its users are still pulling with it, and loses our annotation.
 */
export async function releaseOthers(
  parts: EngineParts,
  by: Orderer,
  wanted: readonly Delivery[],
  signal: AbortSignal,
  aside: Aside = (slow) => slow,
): Promise<readonly Released[] | Fault> {
  const released: Released[] = []
  // One that stands in the way keeps none of the others.
  const problems: Fault[] = []
  for (const target of otherSecrets(parts, by.ref, wanted)) {
    let isDeleted = false
    const problem = await change(parts, target, { signal, aside }, async (secret) => {
      // Somebody's finalizer still holds it: it has been told before.
      if (secret.deleting) return 'kept'
      isDeleted = isOrphan(secret, by, wanted)
      return isDeleted ? parts.store.remove(secret, signal) : takeOff(parts, by.ref, secret, signal)
    })
    if (problem === undefined) released.push({ target, isDeleted })
    else problems.push(problem)
  }
  return problems[0] ?? released
}

/**
 * Whether to let go of the others although some of what is wanted fails, its answers in the order of the deliveries: all
 * that fails must have stood already, as else it may be there to stand in for them.
 */
export const mayLetGo = (
  parts: Pick<EngineParts, 'store' | 'memory'>,
  wanted: readonly Delivery[],
  answers: readonly Answer[],
): boolean => wanted.every((delivery, i) => answers[i]?.is !== 'failed' || hasStood(parts, delivery))

function hasStood({ store, memory }: Pick<EngineParts, 'store' | 'memory'>, delivery: Delivery): boolean {
  const { ref } = delivery.orderedBy
  const target = targetOf(delivery)
  const glance = store.glance(target)
  return typeof glance === 'object'
    ? glance.annotations.includes(deliveryAnnotation(ref))
    : glance === 'unknown' && memory.get(ref, target) !== undefined
}

function otherSecrets(parts: EngineParts, by: Ref, wanted: readonly Delivery[]): readonly SecretRef[] {
  const orphans = wanted.flatMap(({ target: { orphans, namespace } }) =>
    orphans === undefined ? [] : parts.store.labelled(orphans.label, orphans.value, namespace),
  )
  const keep = new Set(wanted.map((delivery) => secretKey(targetOf(delivery))))
  return distinct([...leftBy(parts, by), ...orphans]).filter((ref) => !keep.has(secretKey(ref)))
}

/** It is controlled by this very orderer, or labelled as made for it and controlled by nobody else. */
function isOrphan(secret: CurrentSecret, by: Orderer, wanted: readonly Delivery[]): boolean {
  const controller = controllerIn(secret.owners)
  return wanted.some(({ target: { owner, orphans } }) => {
    if (owner === 'none') return false
    if (controller?.uid === by.uid) return true
    const isLabelled = orphans !== undefined && secret.labels[orphans.label] === orphans.value
    return isLabelled && (controller === undefined || isOrderer(by.ref, controller))
  })
}

/**
 * Deletes, before the orderer itself goes, what it controls: the Secrets named, and those that bear its mark. The mark of
 * an owner counts where nobody controls the Secret any more: whoever lets an orderer's Secrets survive it takes the
 * reference off first.
 */
export async function removeOwned(
  parts: EngineParts,
  by: Orderer,
  named: readonly SecretRef[],
  signal: AbortSignal,
  aside: Aside = (slow) => slow,
): Promise<readonly SecretRef[] | Fault> {
  const removed: SecretRef[] = []
  for (const target of distinct([...named, ...leftBy(parts, by.ref)])) {
    const problem = await change(parts, target, { signal, aside }, async (secret) => {
      const controller = controllerIn(secret.owners)
      const isOwned = controller === undefined ? bearsOwnersMark(by.ref, secret) : controller.uid === by.uid
      if (!isOwned || secret.deleting) return 'kept'
      const outcome = await parts.store.remove(secret, signal)
      if (outcome === 'removed') removed.push(target)
      return outcome
    })
    if (problem !== undefined) return problem
  }
  return removed
}

/** One who never owned what it wrote is named in its mark. */
function bearsOwnersMark(by: Ref, { annotations }: CurrentSecret): boolean {
  const annotation = deliveryAnnotation(by)
  return annotation in annotations && readMark(annotation, annotations[annotation]).by === undefined
}

const distinct = (refs: readonly SecretRef[]): readonly SecretRef[] => [
  ...new Map(refs.map((ref) => [secretKey(ref), ref])).values(),
]

/** The orderer is gone: the garbage collector takes what it controlled, we take our annotation off the rest. */
export async function releaseAll(
  parts: EngineParts,
  by: Ref,
  signal: AbortSignal,
  aside: Aside = (slow) => slow,
): Promise<readonly Fault[]> {
  const problems: Fault[] = []
  for (const ref of leftBy(parts, by)) {
    const problem = await change(parts, ref, { signal, aside }, async (secret) =>
      secret.owners.some((owner) => isOrderer(by, owner)) ? 'kept' : takeOff(parts, by, secret, signal),
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
  return distinct(here)
}

type Changed = 'kept' | 'removed' | Written | Moved | Fault

/** Reads a Secret in its turn and changes it as it was read, again while somebody else is faster. */
function change(
  parts: EngineParts,
  ref: SecretRef,
  { signal, aside }: Pick<Pass, 'signal' | 'aside'>,
  make: (secret: CurrentSecret) => Promise<Changed>,
): Promise<Fault | undefined> {
  return parts.turns.take(ref, aside, () => changeInTurn(parts, ref, signal, make))
}

async function changeInTurn(
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

/** Our annotation, and the hosts we merged; what cannot be changed any more keeps them. */
async function takeOff(
  parts: EngineParts,
  by: Ref,
  secret: CurrentSecret,
  signal: AbortSignal,
): Promise<Changed> {
  const { [deliveryAnnotation(by)]: mark, ...annotations } = secret.annotations
  const { ref, uid, resourceVersion, type, immutable, labels, owners, finalizers } = secret
  const leaving = hostsLeaving(parts.claims, by, secret, parts.memory.get(by, ref))
  const data = leaving === undefined || immutable ? secret.data : withoutHosts(secret.data, leaving)
  if (mark === undefined && data === secret.data) return 'kept'
  const replaces = { uid, resourceVersion }
  const fieldManager = RELEASING_MANAGER
  const wanted = {
    ref,
    fieldManager,
    replaces,
    type,
    immutable,
    labels,
    annotations,
    owners,
    finalizers,
    data,
  }
  return put(parts, by, wanted, secret, signal)
}

function withoutHosts(data: SecretData, { key, hosts }: MergedHosts): SecretData {
  const value = data.reveal().get(key)
  const left = value === undefined ? undefined : dropHosts(value, hosts)
  return left === undefined || left === value ? data : new SecretData(new Map(data.reveal()).set(key, left))
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
