// This file is about the status an object already has, as far as it can be read: nobody has validated it.
import { z } from 'zod'

const text = z.string().optional().catch(undefined)

const condition = z.object({ status: text, reason: text, message: text, lastTransitionTime: text })
export type StandingCondition = z.infer<typeof condition>

export interface Before {
  readonly raw: Readonly<Record<string, unknown>>
  readonly refreshTime: string | undefined
  readonly syncedResourceVersion: string | undefined
  readonly conditions: readonly unknown[]
  readonly ready: StandingCondition | undefined
}

const standing = z
  .object({
    refreshTime: text,
    syncedResourceVersion: text,
    conditions: z.array(z.unknown()).catch([]).default([]),
  })
  .catch({ refreshTime: undefined, syncedResourceVersion: undefined, conditions: [] })

const isReady = (condition: unknown): boolean =>
  typeof condition === 'object' && condition !== null && 'type' in condition && condition.type === 'Ready'

/** In its place, or at the end; conditions of others stay as they are. */
export function withCondition(
  all: readonly unknown[],
  ready: Readonly<Record<string, unknown>>,
): readonly unknown[] {
  return all.some(isReady) ? all.map((one) => (isReady(one) ? ready : one)) : [...all, ready]
}

const ofReady = z.looseObject({ type: z.literal('Ready') })

export function readBefore(status: unknown): Before {
  const read = standing.parse(status ?? {})
  const ready = read.conditions.find((one) => ofReady.safeParse(one).success)
  return {
    raw: typeof status === 'object' && status !== null ? { ...status } : {},
    refreshTime: read.refreshTime,
    syncedResourceVersion: read.syncedResourceVersion,
    conditions: read.conditions,
    ready: condition.safeParse(ready).data,
  }
}
