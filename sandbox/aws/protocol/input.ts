// This file is about the members of a request, read with the checks AWS itself makes.
import { invalidParameter, validationError } from './aws-error.ts'

/** Members as JSON values; the query protocol's are all strings. */
export type Input = Readonly<Record<string, unknown>>

export function optionalText(input: Input, member: string): string | undefined {
  const value = input[member]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw validationError(`${member} must be a string`)
  return value
}

const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1)

const violation = (value: string, member: string, constraint: string): ReturnType<typeof validationError> =>
  validationError(
    `1 validation error detected: Value ${value === 'null' ? value : `'${value}'`} at '${lowerFirst(member)}' failed to satisfy constraint: ${constraint}`,
  )

export function requiredText(input: Input, member: string): string {
  const value = optionalText(input, member)
  if (value === undefined || value === '') throw violation('null', member, 'Member must not be null')
  return value
}

export function textMatching(input: Input, member: string, pattern: RegExp): string {
  const value = requiredText(input, member)
  if (!pattern.test(value))
    throw violation(value, member, `Member must satisfy regular expression pattern: ${pattern.source}`)
  return value
}

/** A whole number within bounds; undefined where it was not given. */
export function boundedNumber(input: Input, member: string, least: number, most: number): number | undefined {
  const text = input[member]
  if (text === undefined) return undefined
  const value = Number(text)
  if (!Number.isInteger(value)) throw validationError(`${member} must be an integer`)
  if (value < least)
    throw violation(String(value), member, `Member must have value greater than or equal to ${least}`)
  if (value > most)
    throw violation(String(value), member, `Member must have value less than or equal to ${most}`)
  return value
}

export function textList(input: Input, member: string): string[] {
  const value = input[member]
  if (value === undefined || value === null) return []
  if (!Array.isArray(value) || value.some((v) => typeof v !== 'string'))
    throw invalidParameter(
      `Invalid parameter at '${member}' failed to satisfy constraint: 'Member must be a list of strings'`,
    )
  return value as string[]
}
