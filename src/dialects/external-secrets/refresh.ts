// This file is about how fresh an ExternalSecret asks its Secret to be.
import { duration, parseDuration } from '../../base/duration.ts'
import type { Receipt } from '../../model/answer.ts'
import type { Cadence } from '../../model/cadence.ts'
import type { Resource } from '../../model/resource.ts'
import { FORCE_ANNOTATIONS, OWN_FORCE_ANNOTATION } from './marks.ts'
import type { ExternalSecretSpec } from './schema.ts'
import { closedText, windowsOf } from './sync-windows.ts'

/** Why a Secret is never renewed by itself; undefined when it is. Ends "… will not be renewed because ". */
export function onlyOnce({ refreshPolicy, refreshInterval }: ExternalSecretSpec): string | undefined {
  if (refreshPolicy === 'OnChange') return 'spec.refreshPolicy is OnChange'
  const interval = parseDuration(refreshInterval) ?? 0
  return interval <= 0 ? `spec.refreshInterval is ${refreshInterval}` : undefined
}

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
 * With an interval of zero or less the upstream annotation forces nothing, as upstream; our own always does. The
 * interval is capped by the login's life elsewhere.
 */
export function cadenceOf(asked: Resource, spec: ExternalSecretSpec): Cadence {
  const because = onlyOnce(spec)
  const isPeriodic = spec.refreshPolicy !== 'OnChange'
  const names =
    because !== undefined && isPeriodic
      ? [OWN_FORCE_ANNOTATION]
      : [...FORCE_ANNOTATIONS, OWN_FORCE_ANNOTATION]
  const force = forceOf(asked.annotations, names)
  const forced = force === undefined ? {} : { force }
  if (because !== undefined) return { is: 'once', because, ...forced }
  const windows = windowsOf(spec)
  return {
    is: 'renewed',
    interval: duration(parseDuration(spec.refreshInterval) ?? 0),
    ...(windows === undefined ? {} : { windows }),
    ...forced,
  }
}
