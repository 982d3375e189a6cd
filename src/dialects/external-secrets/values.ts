// This file is about the values an ExternalSecret collects: what its generators give, under the names its rewrites make.
import { type Fault, fault } from '../../model/fault.ts'
import type { Entry, KeyValues, Value } from '../../model/shape.ts'
import type { Warning } from '../dialect.ts'
import { type Means, type Operation, rewrite, type Values } from './rewrite.ts'

/** What one member of dataFrom collects. */
export interface Source {
  /** "spec.dataFrom[1]" */
  readonly at: string
  readonly entries: readonly Entry[]
  readonly rewrites: readonly Operation[]
}

export type Collected =
  | { readonly is: 'values'; readonly values: KeyValues; readonly warnings: readonly Warning[] }
  | { readonly is: 'invalid'; readonly fault: Fault }

/** Nobody has more; one takes up to a millisecond, every time the order is looked at. */
const MOST_REWRITES = 200

/** In list order, later values overwriting earlier ones of the same key, as upstream; which the user is told. */
export function collect(sources: readonly Source[], means: Means): Collected {
  const tooMany = tooManyRewrites(sources)
  if (tooMany !== undefined) return { is: 'invalid', fault: tooMany }
  const entries: Entry[] = []
  const warnings: Warning[] = []
  const owners = new Map<string, string>()
  for (const source of sources) {
    const named = nameAll(source, means)
    if ('code' in named) return { is: 'invalid', fault: named }
    warnings.push(...named.warnings, ...overwriting(source.at, named.values, owners))
    for (const [key, value] of named.values) {
      entries.push({ key, value })
      owners.set(key, source.at)
    }
  }
  return { is: 'values', values: { is: 'key-values', entries }, warnings }
}

function tooManyRewrites(sources: readonly Source[]): Fault | undefined {
  let count = 0
  for (const { at, rewrites } of sources) {
    count += rewrites.length
    if (count > MOST_REWRITES) {
      const message = `spec.dataFrom has more than ${MOST_REWRITES} rewrite operations in all`
      return fault('spec-invalid', message, `${at}.rewrite`)
    }
  }
  return undefined
}

interface Named {
  readonly values: Values
  readonly warnings: readonly Warning[]
}

function nameAll({ at, entries, rewrites }: Source, means: Means): Named | Fault {
  const given = new Map<string, Value>(entries.map(({ key, value }) => [key, value]))
  const rewritten = rewrite(rewrites, given, means)
  if (rewritten.is === 'refused') {
    const message = `error applying rewrite to keys: ${rewritten.message}`
    return fault('spec-invalid', message, `${at}.rewrite[${rewritten.step}]`)
  }
  const { values, clashes } = rewritten
  const flaw = [...values.keys()].map(keyFlaw).find((found) => found !== undefined)
  if (flaw !== undefined) {
    const message = `invalid secret keys (TIP: use rewrite or conversionStrategy to change keys): ${flaw}`
    return fault('spec-invalid', message, rewrites.length === 0 ? at : `${at}.rewrite`)
  }
  const kept = new Map([...values].filter(([key]) => key !== ''))
  return { values: kept, warnings: [...clashing(at, clashes), ...dropping(at, values.has(''))] }
}

const LONGEST_KEY = 253

/** Upstream's own check, which lets letters and digits of any script pass; the API server refuses to store those. */
function keyFlaw(key: string): string | undefined {
  const { length } = Buffer.from(key)
  if (length > LONGEST_KEY) {
    return `key has length ${length} but max is ${LONGEST_KEY}: (following is truncated): ${key.slice(0, LONGEST_KEY)}`
  }
  const wrong = /[^\p{L}\p{N}\-._]/u.exec(key)
  return wrong === null
    ? undefined
    : `key has invalid character ${wrong[0]}, only alphanumeric, '-', '.' and '_' are allowed: ${key}`
}

const clashing = (at: string, clashes: readonly string[]): readonly Warning[] =>
  clashes.map((key) => ({
    reason: 'KeyClash',
    message: `${at}.rewrite gives several keys the name "${key}": the last of them in alphabetical order has it, the others are lost`,
  }))

const dropping = (at: string, isDropped: boolean): readonly Warning[] =>
  isDropped
    ? [{ reason: 'KeyDropped', message: `${at}.rewrite leaves nothing of a key's name: that key is dropped` }]
    : []

function overwriting(at: string, values: Values, owners: ReadonlyMap<string, string>): readonly Warning[] {
  const lost = Map.groupBy(
    [...values.keys()].filter((key) => owners.has(key)),
    (key) => owners.get(key) ?? '',
  )
  return [...lost].map(([owner, keys]) => ({
    reason: 'KeysOverwritten',
    message: `${at} overwrites ${keys.join(', ')} of ${owner}: give them other names with rewrite where both are wanted`,
  }))
}
