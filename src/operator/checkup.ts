// This file is about looking at every object as the operator would, without writing or asking AWS anything.
import type { Clock, Instant } from '../base/clock.ts'
import { rfc3339 } from '../base/clock.ts'
import type { Looked, Translation } from '../dialects/dialect.ts'
import { isEmpty } from '../engine/emptied.ts'
import { diesAt } from '../engine/held.ts'
import { readImprint } from '../engine/imprint.ts'
import { permittedTimes } from '../engine/sync-windows.ts'
import { type Delivery, deliveryAnnotation } from '../model/delivery.ts'
import type { DialectName } from '../model/dialect-name.ts'
import type { KindName } from '../model/kind.ts'
import type { Want } from '../model/login.ts'
import { type Ref, refText, type SecretRef, secretKey } from '../model/ref.ts'
import { readinessOf } from '../model/readiness.ts'
import type { Resource } from '../model/resource.ts'
import type { ObjectChecked, WarningTold } from './commands.ts'
import { ForeignControllers } from './foreign-controllers.ts'
import { translateFully } from './full-translation.ts'
import { Offspring } from './offspring.ts'
import type { Served } from './reconcile.ts'
import type { WorldSources } from './world.ts'

export interface CheckupParts {
  readonly served: ReadonlyMap<string, Served>
  readonly sources: WorldSources
  readonly fetch: (ref: Ref, signal: AbortSignal) => Promise<Looked>
  readonly open: (kind: KindName) => Promise<void>
  readonly readAnnotations: (
    secret: SecretRef,
  ) => Promise<Readonly<Record<string, string>> | 'absent' | 'forbidden'>
  readonly takeOver: ReadonlySet<DialectName>
  readonly clock: Clock
}

/** One object, with what the operator makes of it. */
interface Checked {
  readonly asked: Resource
  readonly served: Served
  readonly translation: Translation
}

export async function checkObjects(
  parts: CheckupParts,
  name: string | undefined,
  signal: AbortSignal,
): Promise<{ readonly objects: readonly ObjectChecked[]; readonly warnings: readonly WarningTold[] }> {
  const looked: Checked[] = []
  // Secrets are not watched for a look, so that nobody is known to have changed one.
  const { takeOver, clock } = parts
  const offspring = new Offspring([...parts.served.values()].map(({ watch }) => watch.kind))
  const parents = { owned: (by: Ref) => offspring.of(by), lacking: () => [] }
  const foreign = new ForeignControllers({ takeOver, clock, glance: () => 'unknown', parents })
  for (const served of parts.served.values()) {
    for (const asked of served.watch.list()) {
      foreign.note(asked, undefined, served.dialect)
      offspring.note(asked, undefined)
      if (asked.deletingSince !== undefined || (name ?? asked.ref.name) !== asked.ref.name) continue
      looked.push({ asked, served, translation: await translateFully(asked, served.dialect, parts, signal) })
    }
  }
  const objects = await Promise.all(looked.map((one) => checkOne(parts, one, foreign)))
  return { objects, warnings: looked.flatMap(warningsOf) }
}

/** Their status says them too, where there is one and the operator runs as whoever asks is told it does. */
const warningsOf = ({ asked, translation }: Checked): readonly WarningTold[] =>
  translation.is === 'order'
    ? translation.warnings.map(({ reason, message }) => ({ object: refText(asked.ref), reason, message }))
    : []

async function checkOne(
  parts: CheckupParts,
  one: Checked,
  foreign: ForeignControllers,
): Promise<ObjectChecked> {
  const { asked, served, translation } = one
  const { kind, namespace, name } = asked.ref
  const kept = keptBy(translation)
  const object = { kind, namespace, name, targets: kept.map(({ target }) => secretKey(target)) }
  const dormant = foreign.judge(asked, served.dialect, translation)
  if (dormant !== undefined) {
    // Whoever thinks of taking it over wants to know what that would come to.
    const refused = translation.is === 'invalid' ? `; it would be refused: ${translation.fault.message}` : ''
    return { ...object, state: 'dormant', because: `${dormant.because}${refused}` }
  }
  const now = parts.clock.now()
  const found = await Promise.all(kept.map((each) => findLogin(parts, asked.ref, each, now)))
  const expiries = found.flatMap((login) => (typeof login === 'number' ? [login] : []))
  const missing = mayHoldNone(translation) ? undefined : found.find((login) => typeof login === 'string')
  const expiresAt = Math.min(...expiries) as Instant
  const expiry =
    missing === undefined && expiries.length > 0
      ? { expiresAt: rfc3339(expiresAt) }
      : expiryTold(translation, asked.status)
  const because = problemOf(one) ?? missing ?? (expiresAt <= now ? deadText(translation, now) : undefined)
  return because === undefined
    ? { ...object, state: 'served', ...expiry }
    : { ...object, state: 'failing', because, ...expiry }
}

/** Of what is spread, or tested alone, as its status has it. */
function expiryTold(translation: Translation, status: unknown): { readonly expiresAt?: string } {
  const { expiresAt } = (status ?? {}) as { expiresAt?: unknown }
  const isElsewhere = translation.is === 'order' && translation.deliveries.length === 0
  return isElsewhere && typeof expiresAt === 'string' ? { expiresAt } : {}
}

const DEAD = 'the login in its Secret is dead'

function deadText(translation: Translation, now: Instant): string {
  const [delivery] = translation.is === 'order' ? translation.deliveries : []
  const unrenewed = delivery === undefined ? undefined : whyUnrenewed(delivery, now)
  return unrenewed === undefined
    ? `${DEAD}: is the operator running?`
    : `${DEAD}, and is not renewed ${unrenewed}`
}

function whyUnrenewed({ cadence, target }: Delivery, now: Instant): string | undefined {
  if (cadence.is === 'once') return `because ${cadence.because}`
  if (target.immutable === true) return 'because it is immutable'
  const next = permittedTimes(cadence.windows).next(now)
  if (next === undefined) return 'because its sync windows never permit it'
  return next > now ? `before ${rfc3339(next)} because its sync windows permit it only then` : undefined
}

/** Written by somebody else and left as it was, left to others, or without anything to be written. */
const mayHoldNone = (translation: Translation): boolean =>
  translation.is === 'order' &&
  translation.deliveries.every(
    ({ target, shape, fulfilledAt }) =>
      fulfilledAt !== undefined ||
      target.immutable === true ||
      (target.whenEmpty !== undefined && isEmpty(shape)),
  )

/** A Secret it keeps, and for which logins, as far as that is known. */
interface Kept {
  readonly target: SecretRef
  readonly logins?: readonly Want[]
}

const keptBy = (translation: Translation): readonly Kept[] => {
  if (translation.is === 'order') return translation.deliveries
  return translation.is === 'unready' ? translation.targets.map((target) => ({ target })) : []
}

/** When the login this object left in the Secret dies, or why nobody can tell. */
async function findLogin(
  parts: CheckupParts,
  orderedBy: Ref,
  { target, logins }: Kept,
  now: Instant,
): Promise<Instant | string> {
  const annotations = await parts.readAnnotations(target)
  const secret = `Secret ${secretKey(target)}`
  if (annotations === 'absent') return `${secret} does not exist: is the operator running?`
  if (annotations === 'forbidden') return `${secret} may not be read by whoever asks`
  const imprint = readImprint(annotations[deliveryAnnotation(orderedBy)], now, logins)
  const dies = imprint === undefined ? undefined : diesAt(imprint)
  return dies ?? `${secret} holds no login of ours: is the operator running?`
}

/** What the operator would say, or said. */
const problemOf = ({ asked, translation }: Checked): string | undefined =>
  translation.is === 'order'
    ? (notReady(asked.status) ?? unanswered(asked.status, translation))
    : translation.fault.message

/** What keeps no Secret itself is known by its status alone. */
function unanswered(status: unknown, { spread, probes = [] }: Order): string | undefined {
  const isTold = spread !== undefined || probes.length > 0
  return isTold && readinessOf(status).is === 'unknown'
    ? 'its status says nothing yet: is the operator running?'
    : undefined
}

type Order = Extract<Translation, { is: 'order' }>

/** A condition Ready that is false, as every API that has conditions spells it; one without has a phase at most. */
function notReady(status: unknown): string | undefined {
  const readiness = readinessOf(status)
  if (readiness.is === 'unready') return readiness.message === '' ? 'it is not ready' : readiness.message
  const { phase } = (status ?? {}) as { phase?: unknown }
  return phase === 'Failed' ? 'its phase is Failed: its events say why' : undefined
}
