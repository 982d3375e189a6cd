// This file is about the field types that the kinds of this API share: patterns, durations, selectors, rules between fields.
import { z } from 'zod'
import { type Duration, formatDuration, parseDuration } from '../../base/duration.ts'
import { isRegionName } from '../../model/registry.ts'

/** As `x-kubernetes-validations` wants it. */
export interface Rule {
  readonly rule: string
  readonly message: string
}

/** What the API server checks itself; whoever reads a stored object needs the same as a refinement. */
export const ruled = <T extends z.ZodType>(schema: T, ...rules: readonly Rule[]): T =>
  schema.meta({ 'x-kubernetes-validations': rules })

const given = (members: object, names: readonly string[]): number =>
  names.filter((name) => (members as Readonly<Record<string, unknown>>)[name] !== undefined).length

const listed = (names: readonly string[]): string => `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`

/** An object of which exactly one of these members must be given. */
export function exactlyOneOf<T extends z.ZodObject>(
  schema: T,
  names: readonly (keyof T['shape'] & string)[],
): T {
  const message = `give exactly one of ${listed(names)}`
  const rule = `[${names.map((name) => `has(self.${name})`).join(', ')}].exists_one(is, is)`
  return ruled(
    schema.refine((members) => given(members as object, names) === 1, message),
    { rule, message },
  )
}

/** A name in which `*` stands for any characters and `?` for one. */
export const namePattern = (): z.ZodString =>
  z
    .string()
    .min(1)
    .max(253)
    .regex(/^[-a-z0-9.*?]+$/)

/** Whether AWS has such a region is for AWS to say. */
export const regionName = () =>
  z
    .string()
    .min(1)
    .max(63)
    .regex(/^[a-z0-9][a-z0-9_-]*$/)
    .refine(isRegionName, 'must be the name of an AWS region such as eu-west-1')

const DURATION = /^([0-9]+([.][0-9]+)?(ns|us|ms|s|m|h))+$/

/** In Go's notation, and within these bounds. */
export function goDuration(least: Duration, most: Duration) {
  const message = `must be a duration from ${formatDuration(least)} to ${formatDuration(most)}`
  const isWithin = (text: string): boolean => {
    const read = parseDuration(text)
    return read !== undefined && read >= least && read <= most
  }
  const [from, to] = [least, most].map((bound) => `duration('${bound / 1000}s')`)
  return ruled(z.string().min(1).max(32).regex(DURATION).refine(isWithin, message), {
    rule: `duration(self) >= ${from} && duration(self) <= ${to}`,
    message,
  })
}

const requirement = z.object({
  key: z.string().max(317).describe('The label.'),
  operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']).describe('How its value is compared.'),
  values: z.array(z.string().max(63)).max(64).optional().describe('For In and NotIn.'),
})

/** As everywhere in Kubernetes: all of it must hold; nothing in it selects everything. */
export const labelSelector = () =>
  z
    .object({
      matchLabels: z.record(z.string(), z.string().max(63)).optional().describe('Labels with their values.'),
      matchExpressions: z.array(requirement).max(64).optional().describe('Rules about labels.'),
    })
    .meta({ 'x-kubernetes-map-type': 'atomic' })
