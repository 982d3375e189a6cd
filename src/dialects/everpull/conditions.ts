// This file is about conditions as every kind of this API tells them.
import { z } from 'zod'
import { type Instant, rfc3339 } from '../../base/clock.ts'

export const time = z.string().meta({ format: 'date-time' })

const condition = z.object({
  type: z.string().max(316).describe('What it is about.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether it holds.'),
  reason: z.string().max(1024).describe('Why, in one word.'),
  message: z.string().max(32_768).describe('Why, and what to do.'),
  lastTransitionTime: time.describe('When the status last changed.'),
  observedGeneration: z.int().min(0).optional().describe('The generation of the object this was said about.'),
})
export type Condition = z.infer<typeof condition>

export const conditions = z
  .array(condition)
  .max(32)
  .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] })

/** What is to be said. */
export type Said = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>

const typeOf = (one: unknown): unknown =>
  typeof one === 'object' && one !== null && 'type' in one ? one.type : undefined

/** The conditions that stand in a status, which nobody has validated. */
export const standing = (status: unknown): readonly unknown[] =>
  typeof status === 'object' && status !== null && 'conditions' in status && Array.isArray(status.conditions)
    ? status.conditions
    : []

export const conditionOf = (status: unknown, type: string): Condition | undefined =>
  condition.safeParse(standing(status).find((one) => typeOf(one) === type)).data

/**
 * All conditions as they are to stand: those said, each keeping its time while its status stays; and those of others.
 * Types that are `ours` and not said go. Each stays in its place, as several may write the same list.
 */
export function told(
  status: unknown,
  said: readonly Said[],
  ours: readonly string[],
  { at, generation }: { readonly at: Instant; readonly generation: number },
): readonly unknown[] {
  const now = new Map(
    said.map((one) => [one.type, dated(one, conditionOf(status, one.type), at, generation)] as const),
  )
  const mine = new Set([...ours, ...now.keys()])
  const kept = standing(status).flatMap((one) => {
    const type = String(typeOf(one))
    if (!mine.has(type)) return [one]
    const here = now.get(type)
    now.delete(type)
    return here === undefined ? [] : [here]
  })
  return [...kept, ...now.values()]
}

const dated = (
  { type, status, reason, message }: Said,
  before: Condition | undefined,
  at: Instant,
  generation: number,
): Condition => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: before?.status === status ? before.lastTransitionTime : rfc3339(at),
  observedGeneration: generation,
})
