// This file is about the hosts that an order wrote into a docker config others use too, and no longer wants there.
import { bareHost } from '../model/config-host.ts'
import { DELIVERY_PREFIX, deliveryAnnotation } from '../model/delivery.ts'
import { isSameRef, type Ref } from '../model/ref.ts'
import { type MergedHosts, mergedHosts, type Shape } from '../model/shape.ts'
import type { Claims } from './claims.ts'
import type { Held } from './held.ts'
import { readMark } from './mark.ts'
import type { CurrentSecret } from './ports.ts'

/**
 * What is to be taken out, by the mark on the Secret or else by what is remembered; what is wanted still, or somebody
 * else has written or is about to, stays. Undefined where nothing was merged.
 */
export function hostsLeaving(
  claims: Claims,
  by: Ref,
  secret: CurrentSecret,
  held: Pick<Held, 'imprint'> | undefined,
  wanted?: Shape,
): MergedHosts | undefined {
  const annotation = deliveryAnnotation(by)
  const before = readMark(annotation, secret.annotations[annotation]).merged ?? held?.imprint.merged
  if (before === undefined) return undefined
  const now = wanted === undefined ? undefined : mergedHosts(wanted)
  const mine = now?.key === before.key ? now.hosts : []
  const stay = new Set([...mine, ...hostsOfOthers(claims, by, secret, before.key)].map(bareHost))
  return { key: before.key, hosts: before.hosts.filter((host) => !stay.has(bareHost(host))) }
}

function hostsOfOthers(claims: Claims, by: Ref, secret: CurrentSecret, key: string): readonly string[] {
  const claimed = claims
    .on(secret.ref)
    .filter((claim) => !isSameRef(claim.by.ref, by) && claim.keys.includes(key))
    .flatMap(({ hosts = [] }) => hosts)
  const written = mergedByOthers(by, secret).filter((merged) => merged.key === key)
  return [...claimed, ...written.flatMap(({ hosts }) => hosts)]
}

/** By their marks. Most have none, and a Secret may have hundreds: only those that may are parsed. */
export function mergedByOthers(by: Ref, { annotations }: CurrentSecret): readonly MergedHosts[] {
  const mine = deliveryAnnotation(by)
  const found: MergedHosts[] = []
  for (const [annotation, text] of Object.entries(annotations)) {
    if (annotation === mine || !annotation.startsWith(DELIVERY_PREFIX) || !text.includes('"merged"')) continue
    const { merged } = readMark(annotation, text)
    if (merged !== undefined) found.push(merged)
  }
  return found
}
