// This file is about living beside the systems we replace: whose object is it, by who last wrote its status (pure).
//
// An object whose status a foreign controller wrote last is left alone until that controller is a minute late, with its
// renewal or with its answer to a change of the object or its target. A new object waits that minute only where a foreign controller is alive.
import type { Instant } from '../base/clock.ts'
import { formatDuration } from '../base/duration.ts'
import type { Translation } from '../dialects/dialect.ts'
import { permittedTimes } from '../engine/sync-windows.ts'
import type { Cadence } from '../model/cadence.ts'
import type { Resource } from '../model/resource.ts'

/** How late a foreign controller may be. */
const GRACE_MS = 60_000
/** A foreign renewal is expected within its interval, but never later than this. */
const LONGEST_RENEWAL_MS = 8 * 3_600_000

/** How often a foreign controller looks whether windows have opened: external-secrets every seven minutes. */
const BEHIND_WINDOWS_MS = 7 * 60_000

export interface Dormant {
  readonly until: Instant
  readonly because: string
}

export interface Surroundings {
  /** A foreign controller is known to work in the object's namespace. */
  readonly hasForeignController: boolean
  /** Since when a target has been other than the foreign controller left it, and it has said nothing since. */
  readonly targetChangedAt: Instant | undefined
}

/** Why the object is left to its own controller, and until when; undefined when it is ours. */
export function dormancy(
  asked: Resource,
  statusManager: string,
  translation: Translation,
  { hasForeignController, targetChangedAt }: Surroundings,
  now: Instant,
): Dormant | undefined {
  if (asked.statusWriters.length === 0 && hasForeignController) {
    return lasting(asked.createdAt + GRACE_MS, 'another controller works here and may still answer', now)
  }
  const foreign = foreignWriter(asked, statusManager)
  if (foreign === undefined) return undefined
  const told = intervalOf(translation)
  const interval = Math.min(told ?? LONGEST_RENEWAL_MS, LONGEST_RENEWAL_MS)
  const renewal = permitted((foreign.at + interval) as Instant, translation, now) + GRACE_MS
  // managedFields tell whole seconds: an answer in the same second as the change is an answer.
  const isAnswered = asked.changedAt < foreign.at + 1000
  const unanswered = [
    ...(isAnswered ? [] : [asked.changedAt]),
    ...(targetChangedAt === undefined ? [] : [targetChangedAt]),
  ]
  const until = Math.min(renewal, ...unanswered.map((at) => at + GRACE_MS))
  const often = told === undefined ? '' : ` and renews it every ${formatDuration(told)}`
  return lasting(until, `${foreign.manager} looks after it${often}`, now)
}

/** An object that is being deleted is its own controller's to let go of, for a minute. */
export function leaving(asked: Resource, statusManager: string, now: Instant): Dormant | undefined {
  const foreign = foreignWriter(asked, statusManager)
  if (foreign === undefined || asked.deletingSince === undefined) return undefined
  return lasting(asked.deletingSince + GRACE_MS, `${foreign.manager} is about to let go of it`, now)
}

const lasting = (until: number, because: string, now: Instant): Dormant | undefined =>
  now < until ? { until: until as Instant, because } : undefined

/**
 * Whoever wrote the status last, unless that was us. managedFields tell whole seconds: in the same second it was them, for
 * they are alive then, and of two that are it is us who can yield.
 */
export function foreignWriter(asked: Resource, statusManager: string) {
  const latest = Math.max(...asked.statusWriters.map(({ at }) => at))
  return asked.statusWriters.find(({ manager, at }) => at === latest && manager !== statusManager)
}

/**
 * When what is due at `t` may be renewed. Behind closed windows upstream looks again every few minutes, so that it comes
 * late to their opening; where they never open nobody is late.
 */
function permitted(t: Instant, translation: Translation, now: Instant): number {
  const times = cadencesOf(translation).map((cadence) => {
    const windows = cadence.is === 'renewed' ? cadence.windows : undefined
    const opens = permittedTimes(windows).next(t)
    if (opens === undefined) return now + LONGEST_RENEWAL_MS
    return opens === t ? t : opens + BEHIND_WINDOWS_MS
  })
  return Math.min(...times, ...(times.length === 0 ? [t] : []))
}

function intervalOf(translation: Translation): number | undefined {
  const intervals = cadencesOf(translation).flatMap((cadence) =>
    cadence.is === 'renewed' && cadence.interval !== undefined && cadence.interval > 0
      ? [cadence.interval]
      : [],
  )
  const resync = translation.is === 'order' ? translation.resync : undefined
  const all = resync !== undefined && resync > 0 ? [...intervals, resync] : intervals
  return all.length === 0 ? undefined : Math.min(...all)
}

/** Also of what cannot be ordered for now: its controller goes on as long as it can. */
function cadencesOf(translation: Translation): readonly Cadence[] {
  switch (translation.is) {
    case 'order':
      return translation.deliveries.map(({ cadence }) => cadence)
    case 'unready':
      return translation.cadence === undefined ? [] : [translation.cadence]
    case 'invalid':
      return []
  }
}
