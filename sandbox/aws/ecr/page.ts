// This file is about lists that ECR answers in pages.
import { invalidParameter } from '../protocol/aws-error.ts'
import { type Input, optionalText } from '../protocol/input.ts'

const DEFAULT_LENGTH = 100
const MOST = 1000

const violated = (member: string, constraint: string): Error =>
  invalidParameter(`Invalid parameter at '${member}' failed to satisfy constraint: '${constraint}'`)

function lengthOf(input: Input, longest: number): number {
  const value = input['maxResults']
  if (value === undefined || value === null) return Math.min(DEFAULT_LENGTH, longest)
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1)
    throw violated('maxResults', 'Member must have value greater than or equal to 1')
  if (value > longest) throw violated('maxResults', `Member must have value less than or equal to ${longest}`)
  return value
}

/** Tokens are opaque to clients: the index of the next item, in base64. */
const tokenOf = (next: number): string => Buffer.from(JSON.stringify({ next })).toString('base64')

function startOf(input: Input): number {
  const token = optionalText(input, 'nextToken')
  if (token === undefined) return 0
  try {
    const { next } = JSON.parse(Buffer.from(token, 'base64').toString('utf8')) as { next?: unknown }
    if (typeof next === 'number') return next
  } catch {
    // Told below like every other token nobody here gave out.
  }
  throw violated('nextToken', 'Member must be a token of an earlier answer')
}

/** The page that `maxResults` and `nextToken` ask for; throws InvalidParameterException. */
export function pageOf<T>(
  input: Input,
  all: readonly T[],
  longest = MOST,
): { readonly items: readonly T[]; readonly next: { readonly nextToken?: string } } {
  const start = startOf(input)
  const end = start + lengthOf(input, longest)
  return { items: all.slice(start, end), next: end < all.length ? { nextToken: tokenOf(end) } : {} }
}

/** Those who name what they want get it whole. */
export function refusePaging(input: Input, named: string): void {
  if (input['maxResults'] !== undefined || input['nextToken'] !== undefined)
    throw violated(named, `Member cannot be given together with maxResults or nextToken`)
}
