// This file is about what may leave in a log line: no secrets, no bytes, no foreign error innards, nothing endless.
import { SecretText } from '../base/secret-text.ts'

const HIDDEN = '[redacted]'
/** Deep enough for our own fields; a foreign object deeper than that is noise. */
const DEEPEST = 5
/** A line carries at most a few of these and stays below the 16 KiB at which container runtimes split lines. */
const LONGEST = 2048

/** Names under which libraries keep credentials; our own secrets are SecretText and need no name. */
const SECRET_NAME =
  /password|passwd|secret(?!.*(name|namespace|ref)$)|token(?!.*(life|scope|at|in)$)|authorization|credential|accesskey|private.?key|cookie|dockerconfigjson/i

/** A copy that JSON can show to anybody. */
export function fitForLog(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return members(fields, 1)
}

function members(value: object, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([name, v]) => [name, hides(name, v) ? HIDDEN : fit(v, depth)]),
  )
}

/** Counts and switches are never credentials, and references are objects whose members are looked at one by one. */
const hides = (name: string, value: unknown): boolean =>
  (typeof value === 'string' || value instanceof Uint8Array || Array.isArray(value)) && SECRET_NAME.test(name)

function fit(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof SecretText) return HIDDEN
  if (value instanceof Error) return errorFields(value, depth)
  if (value instanceof Uint8Array) return `[${value.byteLength} bytes]`
  if (value instanceof Date) return value.toJSON()
  if (depth >= DEEPEST) return '[…]'
  if (Array.isArray(value)) return value.map((v) => fit(v, depth + 1))
  if (value instanceof Map) return members(Object.fromEntries(value), depth + 1)
  if (value instanceof Set) return fit([...value], depth)
  return members(value, depth + 1)
}

/** Errors of HTTP clients drag requests along, headers and all: only what names the failure is kept. */
function errorFields(error: Error, depth: number): Record<string, unknown> {
  const { code } = error as { code?: unknown }
  return {
    type: error.name,
    message: fit(error.message, depth),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    stack: fit(error.stack, depth),
    ...(error.cause === undefined || depth >= DEEPEST ? {} : { cause: fit(error.cause, depth + 1) }),
  }
}
