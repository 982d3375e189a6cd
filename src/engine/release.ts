// This file is about letting go: of Secrets an orderer no longer writes, and of orderers that are gone.
import { SecretData } from '../base/secret-text.ts'
import type { Serving } from '../model/answer.ts'
import { deliveryAnnotation, type Orderer } from '../model/delivery.ts'
import type { Fault } from '../model/fault.ts'
import { type Ref, type SecretRef, secretKey } from '../model/ref.ts'
import { diesAt } from './held.ts'
import { readImprint } from './imprint.ts'
import type { EngineParts } from './deliver.ts'
import type { CurrentSecret } from './ports.ts'

/** The fieldManager that takes our annotation off; it comes to own nothing. */
const RELEASING_MANAGER = 'everpull'

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
  const others = parts.store.carrying(deliveryAnnotation(by.ref)).filter((ref) => !keep.has(secretKey(ref)))
  for (const ref of others) {
    const result = await releaseOne(parts, by, ref, signal)
    if (result !== undefined) return result
  }
  return others
}

/** The orderer is gone: the garbage collector takes what it controlled, we take our annotation off the rest. */
export async function releaseAll(parts: EngineParts, by: Ref, signal: AbortSignal): Promise<void> {
  for (const ref of parts.store.carrying(deliveryAnnotation(by))) {
    const secret = await parts.store.read(ref, signal)
    if (secret === 'absent' || secret.is === 'fault') continue
    const isControlled = secret.owners.some((owner) => owner.kind === by.kind && owner.name === by.name)
    if (!isControlled) await takeAnnotationOff(parts, by, secret, signal)
  }
}

async function releaseOne(
  parts: EngineParts,
  by: Orderer,
  ref: SecretRef,
  signal: AbortSignal,
): Promise<Fault | undefined> {
  const secret = await parts.store.read(ref, signal)
  if (secret === 'absent') return undefined
  if (secret.is === 'fault') return secret
  const isOurs = secret.owners.some((owner) => owner.uid === by.uid && owner.controller === true)
  const result = isOurs
    ? await parts.store.remove(secret, signal)
    : await takeAnnotationOff(parts, by.ref, secret, signal)
  return typeof result === 'object' && result.is === 'fault' ? result : undefined
}

function takeAnnotationOff(parts: EngineParts, by: Ref, secret: CurrentSecret, signal: AbortSignal) {
  const { [deliveryAnnotation(by)]: _gone, ...annotations } = secret.annotations
  return parts.store.write(
    {
      ref: secret.ref,
      fieldManager: RELEASING_MANAGER,
      replaces: { uid: secret.uid, resourceVersion: secret.resourceVersion },
      type: secret.type,
      immutable: secret.immutable,
      labels: secret.labels,
      annotations,
      owners: secret.owners,
      finalizers: secret.finalizers,
      data: new SecretData(secret.data.reveal()),
    },
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
  for (const [key, held] of remembered) {
    const until = diesAt(held.imprint)
    if (until > now) return { until, since: parts.memory.failingSince(key, by, held, now) }
  }
  if (remembered.length > 0) return undefined
  for (const ref of targets) {
    const secret = await parts.store.read(ref, signal)
    if (secret === 'absent' || secret.is === 'fault') continue
    const imprint = readImprint(secret.annotations[deliveryAnnotation(by)], now)
    if (imprint === undefined || diesAt(imprint) <= now) continue
    const held = { imprint, resourceVersion: secret.resourceVersion, expiryAssumed: false }
    const key = `${by.group}/${by.kind}/${by.namespace}/${by.name} ${secretKey(ref)}`
    return { until: diesAt(imprint), since: parts.memory.failingSince(key, by, held, now) }
  }
  return undefined
}
