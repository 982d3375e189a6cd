// This file is about the rewrite operation `merge`: values that are JSON objects, made into one.
import { canonicalJson } from '../../base/canonical-json.ts'
import type { Value } from '../../model/shape.ts'
import { formatFloat } from '../../template/floats.ts'
import type { Operation, Values } from './rewrite.ts'

type Merge = NonNullable<Operation['merge']>

interface Merged {
  readonly members: ReadonlyMap<string, unknown>
  readonly conflicts: readonly string[]
}

const literal = (text: string): Value => ({ is: 'literal', text })

/** The merged values; a text says why there are none. */
export function merge(operation: Merge, values: Values): Values | string {
  const merged = mergeAll(operation, values)
  if (typeof merged === 'string') return merged
  const { members, conflicts } = merged
  if (operation.conflictPolicy !== 'Ignore' && conflicts.length > 0) {
    return `merge failed with conflicts: ${conflicts.join(', ')}`
  }
  if (operation.strategy === 'Extract') {
    return new Map([...members].map(([key, member]) => [key, literal(memberText(member))]))
  }
  if (operation.into === '') return "merge failed with missing 'into' field"
  return new Map([...values, [operation.into, literal(goJson(Object.fromEntries(members)))]])
}

function mergeAll(operation: Merge, values: Values): Merged | string {
  const members = new Map<string, unknown>()
  const conflicts: string[] = []
  for (const key of mergingOrder(operation, values)) {
    const value = values.get(key)
    if (value === undefined) {
      if (operation.priorityPolicy === 'IgnoreNotFound') continue
      return `merge failed with key ${JSON.stringify(key)} not found in input map`
    }
    const parsed = membersOf(value)
    if (parsed === undefined) return `merge failed with failed to unmarshal JSON: ${flawOf(key, value)}`
    for (const [name, member] of parsed) {
      if (members.has(name)) conflicts.push(name)
      members.set(name, member)
    }
  }
  return { members, conflicts }
}

/** What has priority comes last, and so wins. */
function mergingOrder({ priority = [] }: Merge, values: Values): readonly string[] {
  const others = [...values.keys()].filter((key) => !priority.includes(key))
  return [...others.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))), ...priority]
}

/** No field of a login is a JSON object, whatever it holds. */
const flawOf = (key: string, value: Value): string =>
  `the value of key ${JSON.stringify(key)} is no JSON object${value.is === 'login' ? ': it is what the generator gives' : ''}`

function membersOf(value: Value): readonly (readonly [string, unknown])[] | undefined {
  if (value.is === 'login') return undefined
  let parsed: unknown
  try {
    parsed = JSON.parse(value.text)
  } catch {
    return undefined
  }
  if (parsed === null) return []
  return typeof parsed === 'object' && !Array.isArray(parsed) ? Object.entries(parsed) : undefined
}

function memberText(member: unknown): string {
  if (typeof member === 'string') return member
  if (member === null) return ''
  if (typeof member === 'number') return formatFloat(member, 'f', -1).replace(/^\+/, '')
  return typeof member === 'boolean' ? String(member) : goJson(member, true)
}

/** As encoding/json writes it. */
function goJson(value: unknown, escapesHtml = false): string {
  const special = escapesHtml ? /[<>&\u2028\u2029]/g : /[\u2028\u2029]/g
  return canonicalJson(value).replaceAll(
    special,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
