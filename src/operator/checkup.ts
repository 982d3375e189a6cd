// This file is about looking at every object as the operator would, without writing or asking AWS anything.
import type { Clock, Instant } from '../base/clock.ts'
import { rfc3339 } from '../base/clock.ts'
import type { DialectName, Looked, Translation } from '../dialects/dialect.ts'
import { readImprint } from '../engine/imprint.ts'
import { deliveryAnnotation } from '../model/delivery.ts'
import { type Ref, type SecretRef, secretKey } from '../model/ref.ts'
import type { Resource } from '../model/resource.ts'
import type { KindChecked, ObjectChecked } from './commands.ts'
import { dormancy } from './dormancy.ts'
import { translateFully } from './full-translation.ts'
import type { Served } from './reconcile.ts'
import type { WorldSources } from './world.ts'

export interface CheckupParts {
  readonly served: ReadonlyMap<string, Served>
  readonly sources: WorldSources
  readonly fetch: (ref: Ref, signal: AbortSignal) => Promise<Looked>
  /** One annotation of a Secret; undefined when it, or the Secret, is not there. */
  readonly readAnnotation: (secret: SecretRef, annotation: string) => Promise<string | undefined>
  readonly takeOver: ReadonlySet<DialectName>
  readonly clock: Clock
}

/** One object, with what the operator makes of it. */
interface Checked {
  readonly asked: Resource
  readonly served: Served
  readonly translation: Translation
}

export const checkKinds = (served: ReadonlyMap<string, Served>): readonly KindChecked[] =>
  [...served.values()].map(({ dialect, watch }) => ({
    kind: `${watch.kind.kind}.${watch.kind.group}`,
    dialect: dialect.name,
    ...(watch.type === undefined ? {} : { version: watch.type.version }),
  }))

export async function checkObjects(
  parts: CheckupParts,
  name: string | undefined,
  signal: AbortSignal,
): Promise<readonly ObjectChecked[]> {
  const looked: Checked[] = []
  for (const served of parts.served.values()) {
    for (const asked of served.watch.list()) {
      if (asked.deletingSince !== undefined) continue
      looked.push({ asked, served, translation: await translateFully(asked, served.dialect, parts, signal) })
    }
  }
  const now = parts.clock.now()
  const foreign = foreignNamespaces(parts, looked, now)
  const wanted = looked.filter(({ asked }) => name === undefined || asked.ref.name === name)
  return Promise.all(wanted.map((one) => checkOne(parts, one, foreign, now)))
}

/** Namespaces where another controller keeps an object; a new object there may still be its. */
function foreignNamespaces(
  parts: CheckupParts,
  looked: readonly Checked[],
  now: Instant,
): ReadonlySet<string> {
  const kept = looked.filter((one) => dormantOf(parts, one, false, now) !== undefined)
  return new Set(kept.map(({ asked }) => asked.ref.namespace))
}

function dormantOf(parts: CheckupParts, one: Checked, hasForeignController: boolean, now: Instant) {
  const { asked, served, translation } = one
  if (parts.takeOver.has(served.dialect.name)) return undefined
  return dormancy(asked, served.dialect.statusManager, translation, { hasForeignController }, now)
}

async function checkOne(
  parts: CheckupParts,
  one: Checked,
  foreign: ReadonlySet<string>,
  now: Instant,
): Promise<ObjectChecked> {
  const { asked, translation } = one
  const { kind, namespace, name } = asked.ref
  const object = { kind, namespace, name, targets: targetsOf(translation).map(secretKey) }
  const dormant = dormantOf(parts, one, foreign.has(namespace), now)
  if (dormant !== undefined) return { ...object, state: 'dormant', because: dormant.because }
  const expiries = await Promise.all(
    targetsOf(translation).map((target) => expiryOf(parts, asked.ref, target, now)),
  )
  const first =
    expiries.every((at) => at !== undefined) && expiries.length > 0 ? Math.min(...expiries) : undefined
  const expiresAt = first === undefined ? {} : { expiresAt: rfc3339(first as Instant) }
  const because = problemOf(one, first, now)
  return because === undefined
    ? { ...object, state: 'served', ...expiresAt }
    : { ...object, state: 'failing', because, ...expiresAt }
}

const targetsOf = (translation: Translation): readonly SecretRef[] => {
  if (translation.is === 'order') return translation.deliveries.map(({ target }) => target)
  return translation.is === 'unready' ? translation.targets : []
}

/** When the login this object left in the Secret dies; undefined when it left none. */
async function expiryOf(
  parts: CheckupParts,
  orderedBy: Ref,
  target: SecretRef,
  now: Instant,
): Promise<number | undefined> {
  const text = await parts.readAnnotation(target, deliveryAnnotation(orderedBy))
  const imprint = readImprint(text, now)
  return imprint === undefined ? undefined : Math.min(...imprint.logins.map((life) => life.expiresAt))
}

function problemOf(
  { asked, translation }: Checked,
  expiresAt: number | undefined,
  now: Instant,
): string | undefined {
  if (translation.is !== 'order') return translation.fault.message
  const told = notReady(asked.status)
  if (told !== undefined) return told
  if (expiresAt === undefined) return 'its Secret holds no login of ours: is the operator running?'
  return expiresAt <= now ? 'the login in its Secret is dead: is the operator running?' : undefined
}

interface Condition {
  readonly type?: unknown
  readonly status?: unknown
  readonly message?: unknown
}

/** The message of a condition Ready that is false, as every API that has conditions spells it. */
function notReady(status: unknown): string | undefined {
  const { conditions } = (status ?? {}) as { conditions?: unknown }
  if (!Array.isArray(conditions)) return undefined
  const ready = (conditions as readonly Condition[]).find(({ type }) => type === 'Ready')
  if (ready?.status !== 'False') return undefined
  return typeof ready.message === 'string' ? ready.message : 'it is not ready'
}
