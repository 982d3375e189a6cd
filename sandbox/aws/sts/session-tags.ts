// This file is about session tags: those asked for, and those inherited from the session that asks.
import type { Principal } from '../iam/principal.ts'
import { AwsError, validationError } from '../protocol/aws-error.ts'
import type { Input } from '../protocol/input.ts'

export interface SessionTags {
  /** Asked for now; these need sts:TagSession. */
  readonly own: Readonly<Record<string, string>>
  /** Keys that sessions assumed from the new one inherit. */
  readonly transitive: readonly string[]
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_know */
const MOST_TAGS = 50
const KEY = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u
const VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** Members of a list in the query protocol: `Tags.member.1.Key`. */
const numbered = (input: Input, prefix: string): readonly string[] =>
  Object.keys(input).flatMap((name) => {
    const number = new RegExp(`^${prefix}\\.member\\.(\\d+)(?:\\.Key)?$`).exec(name)?.[1]
    return number === undefined ? [] : [number]
  })

const invalid = (message: string): AwsError => new AwsError('InvalidParameterValue', 400, message)

function checkTag(key: string, value: string): void {
  if (!KEY.test(key))
    throw validationError(
      `1 validation error detected: Value '${key}' at 'tags.1.member.key' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+`,
    )
  if (!VALUE.test(value))
    throw validationError(
      "1 validation error detected: Value at 'tags.1.member.value' failed to satisfy constraint: Member must have length less than or equal to 256",
    )
  if (key.toLowerCase().startsWith('aws:')) throw invalid('Tag keys may not start with the aws: prefix.')
}

/** Throws ValidationError and InvalidParameterValue. */
export function readSessionTags(input: Input): SessionTags {
  const tags = numbered(input, 'Tags').map(
    (n) => [textOf(input[`Tags.member.${n}.Key`]), textOf(input[`Tags.member.${n}.Value`])] as const,
  )
  if (tags.length > MOST_TAGS)
    throw validationError(
      `1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to ${MOST_TAGS}`,
    )
  for (const [key, value] of tags) checkTag(key, value)
  if (new Set(tags.map(([key]) => key.toLowerCase())).size < tags.length)
    throw invalid('Duplicate tag keys found. Please note that Tag keys are case insensitive.')
  const own = Object.fromEntries(tags)
  const transitive = numbered(input, 'TransitiveTagKeys').map((n) =>
    textOf(input[`TransitiveTagKeys.member.${n}`]),
  )
  if (transitive.some((key) => own[key] === undefined))
    throw invalid('The specified transitive tag key must be included in the requested tags.')
  return { own, transitive }
}

export const NO_TAGS: SessionTags = { own: {}, transitive: [] }

/** All tags of the new session: a transitive tag of the asking one goes with it and cannot be set anew. */
export function inherit(asking: Principal, asked: SessionTags): Pick<Principal, 'tags' | 'transitiveTags'> {
  const handed = asking.transitiveTags ?? []
  if (handed.some((key) => asked.own[key] !== undefined))
    throw invalid(
      'One of the specified transitive tag keys cannot be set because it conflicts with a transitive tag key from the calling session.',
    )
  const inherited = Object.fromEntries(handed.map((key) => [key, asking.tags?.[key] ?? '']))
  const tags = { ...inherited, ...asked.own }
  if (Object.keys(tags).length === 0) return {}
  return { tags, transitiveTags: [...handed, ...asked.transitive] }
}
