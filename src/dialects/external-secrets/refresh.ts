// This file is about how fresh an ExternalSecret asks its Secret to be.
import { type Instant, parseInstant } from '../../base/clock.ts'
import { duration, parseDuration } from '../../base/duration.ts'
import type { Receipt } from '../../model/answer.ts'
import type { Cadence } from '../../model/cadence.ts'
import type { Resource } from '../../model/resource.ts'
import { FORCE_ANNOTATIONS, OWN_FORCE_ANNOTATION, syncedVersion } from './marks.ts'
import type { ExternalSecretSpec } from './schema.ts'
import { readBefore } from './standing-status.ts'
import { closedText, windowsOf } from './sync-windows.ts'

/** Why a Secret is never renewed by itself; undefined when it is. Ends "… will not be renewed because ". */
export const onlyOnce = (spec: ExternalSecretSpec): string | undefined =>
  spec.target.immutable === true ? 'spec.target.immutable is true' : notPeriodic(spec)

function notPeriodic({ refreshPolicy, refreshInterval }: ExternalSecretSpec): string | undefined {
  if (refreshPolicy !== undefined && refreshPolicy !== 'Periodic')
    return `spec.refreshPolicy is ${refreshPolicy}`
  const interval = parseDuration(refreshInterval) ?? 0
  return interval <= 0 ? `spec.refreshInterval is ${refreshInterval}` : undefined
}

/** Upstream then looks at neither spec nor metadata again: written once, it is at most mended. */
const ignoresChanges = (spec: ExternalSecretSpec): boolean =>
  notPeriodic(spec) !== undefined && spec.refreshPolicy !== 'OnChange'

/** What is asked for later has no effect on what was written. */
export const isSetForGood = (spec: ExternalSecretSpec): boolean =>
  spec.target.immutable === true || ignoresChanges(spec)

/** Why the login written will not be followed by another before it dies. Ends "… a login that will not be renewed ". */
export function unrenewed(spec: ExternalSecretSpec, receipt: Receipt): string | undefined {
  const once = onlyOnce(spec)
  return once === undefined ? closedText(spec, receipt) : `because ${once}`
}

function forceOf(annotations: Resource['annotations'], names: readonly string[]): string | undefined {
  const given = names.flatMap((name) => {
    const value = annotations[name] ?? ''
    return value === '' ? [] : [`${name}=${value}`]
  })
  return given.length === 0 ? undefined : given.join(' ')
}

/**
 * With an interval of zero or less, or CreatedOnce, the upstream annotation forces nothing, as upstream; our own always
 * does. The interval is capped by the login's life elsewhere.
 */
export function cadenceOf(asked: Resource, spec: ExternalSecretSpec): Cadence {
  const because = notPeriodic(spec)
  const isIgnoring = ignoresChanges(spec)
  const names = isIgnoring ? [OWN_FORCE_ANNOTATION] : [...FORCE_ANNOTATIONS, OWN_FORCE_ANNOTATION]
  const force = forceOf(asked.annotations, names)
  const forced = force === undefined ? {} : { force }
  if (because !== undefined) {
    return { is: 'once', because, ...forced, ...(isIgnoring ? { ignoresChanges: true } : {}) }
  }
  const windows = windowsOf(spec)
  return {
    is: 'renewed',
    interval: duration(parseDuration(spec.refreshInterval) ?? 0),
    ...(windows === undefined ? {} : { windows }),
    ...forced,
  }
}

/**
 * When the object, as it stands, was last synced by whoever served it: upstream's own rule for not refreshing it, read
 * the other way round. What is refreshed in intervals may be due all the same; our own force is unknown upstream.
 */
export function fulfilledAt(asked: Resource, spec: ExternalSecretSpec): Instant | undefined {
  const { refreshTime, syncedResourceVersion = '' } = readBefore(asked.status)
  const at = parseInstant(refreshTime)
  if (at === undefined || syncedResourceVersion === '') return undefined
  const mayDiffer = ignoresChanges(spec) && asked.annotations[OWN_FORCE_ANNOTATION] === undefined
  return mayDiffer || syncedResourceVersion === syncedVersion(asked) ? at : undefined
}
