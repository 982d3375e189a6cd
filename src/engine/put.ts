// This file is about a write to a Secret and those who share it: what does not concern them brings none of them back.
import { canonicalJson } from '../base/canonical-json.ts'
import { DELIVERY_PREFIX } from '../model/delivery.ts'
import type { Fault } from '../model/fault.ts'
import { isSameRef, type Ref, type SecretRef } from '../model/ref.ts'
import type { Claim } from './claims.ts'
import type { Held } from './held.ts'
import type { EngineParts } from './pass.ts'
import type { CurrentSecret, Moved, SecretWrite, Written } from './ports.ts'
import { changedHosts } from './render/config-hosts.ts'

/** Writes a Secret for an orderer in place of the one that was read; undefined: there was none, or it is replaced unread. Whoever calls has the turn at it. */
export async function put(
  parts: EngineParts,
  by: Ref,
  wanted: SecretWrite,
  read: CurrentSecret | undefined,
  signal: AbortSignal,
): Promise<Written | Moved | Fault> {
  const written = await parts.store.write(wanted, signal)
  if (written.is !== 'written') return written
  // What is not watched is never shown.
  if (parts.store.glance(wanted.ref) !== 'unknown') parts.versions.wrote(wanted.ref, written.resourceVersion)
  if (read !== undefined) carryOver(parts, by, wanted, read, written.resourceVersion)
  return written
}

/** The newest version that anything is known of; 'absent' and 'unknown' as in a glance. */
export function newestVersion({ versions, store }: EngineParts, target: SecretRef): string {
  const glance = store.glance(target)
  return versions.newest(target) ?? (typeof glance === 'object' ? glance.resourceVersion : glance)
}

/** What others held in the version replaced they hold in the new one, unless something of theirs may have changed. */
function carryOver(
  { claims, memory }: EngineParts,
  by: Ref,
  wanted: SecretWrite,
  read: CurrentSecret,
  version: string,
): void {
  const claimants = claims.on(wanted.ref).filter((claim) => !isSameRef(claim.by.ref, by))
  if (claimants.length === 0) return
  const stamps = new Set(claimants.flatMap(({ stamp }) => stamp ?? []))
  if (!isSameAround(wanted, read, stamps)) return
  const changed = changesIn(wanted, read)
  const isStale = (stamp: string): boolean =>
    changed.keys.size > 0 && wanted.annotations[stamp] === read.annotations[stamp]
  for (const claim of claimants) {
    const held = memory.get(claim.by.ref, wanted.ref)
    if (held?.resourceVersion !== read.resourceVersion) continue
    if (concerns(changed, claim, held) || (claim.stamp !== undefined && isStale(claim.stamp))) continue
    memory.advance(claim.by.ref, wanted.ref, version)
  }
}

interface Changes {
  readonly keys: ReadonlySet<string>
  /** Those of a docker config under this key. */
  readonly hosts: (key: string) => ReadonlySet<string>
}

function concerns({ keys: changed, hosts }: Changes, claim: Claim, { imprint }: Held): boolean {
  if (changed.size === 0) return false
  if (claim.isWhole || imprint.names?.data.some((key) => changed.has(key)) === true) return true
  const key = claim.keys.find((one) => changed.has(one))
  if (key === undefined || claim.hosts === undefined) return key !== undefined
  const others = hosts(key)
  return claim.hosts.some((host) => others.has(host))
}

function changesIn(wanted: SecretWrite, read: CurrentSecret): Changes {
  const before = read.data.reveal()
  const after = wanted.data.reveal()
  const gone = [...before.keys()].filter((key) => !after.has(key))
  const other = [...after].filter(([key, value]) => before.get(key)?.equals(value) !== true)
  return {
    keys: new Set([...gone, ...other.map(([key]) => key)]),
    hosts: (key) => changedHosts(before.get(key), after.get(key)),
  }
}

/** Nothing differs but data, stamps over it, and the marks of deliveries. */
function isSameAround(wanted: SecretWrite, read: CurrentSecret, stamps: ReadonlySet<string>): boolean {
  const isOurs = (key: string): boolean => key.startsWith(DELIVERY_PREFIX) || stamps.has(key)
  const around = ({ type, immutable, labels, annotations, owners }: SecretWrite | CurrentSecret): string => {
    const others = Object.entries(annotations).filter(([key]) => !isOurs(key))
    return canonicalJson({ type, immutable, labels, annotations: Object.fromEntries(others), owners })
  }
  return around(wanted) === around(read)
}
