// This file is about the sync windows of an ExternalSecret: when its Secret may be renewed, and what they come to.
import { type Instant, rfc3339 } from '../../base/clock.ts'
import { parseDuration } from '../../base/duration.ts'
import type { Receipt } from '../../model/answer.ts'
import type { SyncWindows } from '../../model/cadence.ts'
import { parseSchedule } from '../../model/schedule.ts'
import type { Warning } from '../dialect.ts'
import type { Problem } from './problem.ts'
import type { ExternalSecretSpec } from './schema.ts'

type Windowed = Pick<ExternalSecretSpec, 'syncWindows'>

export function windowsOf({ syncWindows }: Windowed): SyncWindows | undefined {
  if (syncWindows === undefined) return undefined
  const windows = syncWindows.windows.flatMap(({ schedule, duration: text }) => {
    const duration = parseDuration(text)
    return duration === undefined ? [] : [{ schedule, duration }]
  })
  return { kind: syncWindows.kind, windows }
}

const places = ({ syncWindows }: Windowed) =>
  (syncWindows?.windows ?? []).map((window, i) => ({ ...window, at: `spec.syncWindows.windows[${i}]` }))

/** Each is looked at several times a pass, and whoever may create objects decides how many there are. */
const MOST_WINDOWS = 100

/** Upstream cannot even read an object whose duration is none. */
export function windowProblems(spec: Windowed): readonly Problem[] {
  const all = places(spec)
  const at = 'spec.syncWindows.windows'
  if (all.length > MOST_WINDOWS) {
    return [{ at, message: `${at} has ${all.length} windows: no more than ${MOST_WINDOWS} are read` }]
  }
  return all
    .filter(({ duration }) => parseDuration(duration) === undefined)
    .map(({ at, duration }) => ({
      at: `${at}.duration`,
      message: `${at}.duration: "${duration}" is no duration: write it as "2h", "1h30m" or "90s"`,
    }))
}

/** What upstream passes over in silence: windows of what is never renewed (`once` says why), and those that never open. */
export function windowWarnings(spec: Windowed, once: string | undefined): readonly Warning[] {
  if (spec.syncWindows === undefined) return []
  if (once !== undefined) {
    return [{ reason: 'FieldIgnored', message: `spec.syncWindows has no effect: ${once}` }]
  }
  return places(spec).flatMap(({ at, schedule: text }) => {
    const schedule = parseSchedule(text)
    if (schedule.is !== 'flawed') return []
    const message = `${at}.schedule "${text}" ${schedule.because}: that window never opens`
    return [{ reason: 'WindowNeverOpens', message }]
  })
}

/** Where the login dies before its windows let it be renewed. Continues "a login that will not be renewed". */
export function closedText({ syncWindows }: Windowed, { logins, nextAt }: Receipt): string | undefined {
  if (syncWindows === undefined || logins.length === 0) return undefined
  if (nextAt === undefined) return 'because spec.syncWindows never permits it'
  const dies = Math.min(...logins.map(({ expiresAt }) => expiresAt)) as Instant
  return nextAt > dies ? `before ${rfc3339(nextAt)} because spec.syncWindows permits it only then` : undefined
}
