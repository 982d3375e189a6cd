// This file is about dictionaries: building, reading, changing, merging them.
import type { Budget } from '../budget.ts'
import { CallError } from '../errors.ts'
import { fn, type FuncTable, variadic } from '../func.ts'
import { dict, GoMap, GoSlice, isStruct, isTrue, list, strings, typeName, type Value } from '../values.ts'
import { textOf } from './strings.ts'

function makeDict(args: readonly Value[], budget: Budget): GoMap {
  const entries = new Map<string, Value>()
  for (let i = 0; i < args.length; i += 2) {
    entries.set(textOf(args[i] ?? null, budget), i + 1 < args.length ? (args[i + 1] ?? null) : '')
  }
  return dict(entries)
}

function writable(map: GoMap): Map<string, Value> {
  if (map.isNil) throw new CallError('assignment to entry in nil map')
  return map.entries
}

function set(map: GoMap, key: string, value: Value): GoMap {
  writable(map).set(key, value)
  return map
}

function unset(map: GoMap, key: string): GoMap {
  map.entries.delete(key)
  return map
}

const picked = (map: GoMap, keep: (key: string) => boolean): GoMap =>
  dict(new Map([...map.entries].filter(([key]) => keep(key))))

function asMap(v: Value): GoMap {
  if (v instanceof GoMap && v.element === 'interface {}') return v
  throw new CallError(`interface conversion: interface {} is ${typeName(v)}, not map[string]interface {}`)
}

function dig(args: readonly Value[]): Value {
  if (args.length < 3) throw new CallError('dig needs at least three arguments')
  const keys = args.slice(0, -2)
  let value: Value = asMap(args.at(-1) ?? null)
  for (const key of keys) {
    if (typeof key !== 'string') throw new CallError(`interface conversion: ${typeName(key)}, not string`)
    const found: Value | undefined = asMap(value).entries.get(key)
    if (found === undefined) return args.at(-2) ?? null
    value = found
  }
  return value
}

/** What mergo takes for a value that is not there yet. */
const isVoid = (v: Value | undefined): boolean =>
  v === undefined || v === null || (!isTrue(v) && !isStruct(v))

/** Merges as mergo: values of `from` fill what is empty in `into`, or replace it; maps merge inside. */
function mergeInto(into: GoMap, from: GoMap, overwrite: boolean, budget: Budget): void {
  for (const [key, fresh] of from.entries) {
    budget.step(1)
    const old = into.entries.get(key)
    if (fresh === null) {
      if (overwrite) into.entries.set(key, null)
      continue
    }
    if (old instanceof GoMap && fresh instanceof GoMap && !isVoid(old)) {
      budget.nest(() => mergeInto(old, fresh, overwrite, budget))
    } else if (overwrite ? !(fresh instanceof GoSlice && isVoid(fresh)) || isVoid(old) : isVoid(old)) {
      into.entries.set(key, fresh)
    }
  }
}

function merge(into: GoMap, others: readonly GoMap[], overwrite: boolean, budget: Budget): GoMap {
  const target = into.isNil ? dict(new Map()) : into
  for (const from of others) mergeInto(target, from, overwrite, budget)
  return target
}

/** A copy that shares nothing that can be changed. */
function deepCopy(v: Value, budget: Budget): Value {
  budget.step(1)
  if (v instanceof GoMap) {
    return budget.nest(() => {
      const copies = [...v.entries].map(([key, value]) => [key, deepCopy(value, budget)] as const)
      return new GoMap(v.element, new Map(copies), v.isNil)
    })
  }
  if (!(v instanceof GoSlice)) return v
  return budget.nest(
    () =>
      new GoSlice(
        v.element,
        v.items.map((item) => deepCopy(item, budget)),
        v.isNil,
      ),
  )
}

const mergeFill = variadic(['map'], 'map', ([into], others, { budget }) => merge(into, others, false, budget))
const mergeOver = variadic(['map'], 'map', ([into], others, { budget }) => merge(into, others, true, budget))
const copy = fn(['any'], (v, { budget }) => {
  if (v === null) throw new CallError('cannot copy nil')
  return deepCopy(v, budget)
})

export const DICTS: FuncTable = new Map([
  ['dict', variadic([], 'any', (_, args, { budget }) => makeDict(args, budget))],
  ['get', fn(['map', 'string'], (map, key) => map.entries.get(key) ?? (map.entries.has(key) ? null : ''))],
  ['set', fn(['map', 'string', 'any'], set)],
  ['unset', fn(['map', 'string'], unset)],
  ['hasKey', fn(['map', 'string'], (map, key) => map.entries.has(key))],
  [
    'pluck',
    variadic(['string'], 'map', ([key], maps) =>
      list(maps.filter((map) => map.entries.has(key)).map((map) => map.entries.get(key) ?? null)),
    ),
  ],
  // Go's order here is random; byte order is one of the orders it may give.
  ['keys', variadic([], 'map', (_, maps) => strings(maps.flatMap((map) => map.keys())))],
  ['values', fn(['map'], (map) => list(map.keys().map((key) => map.entries.get(key) ?? null)))],
  ['pick', variadic(['map'], 'string', ([map], keys) => picked(map, (key) => keys.includes(key)))],
  ['omit', variadic(['map'], 'string', ([map], keys) => picked(map, (key) => !keys.includes(key)))],
  ['merge', mergeFill],
  ['mustMerge', mergeFill],
  ['mergeOverwrite', mergeOver],
  ['mustMergeOverwrite', mergeOver],
  ['dig', variadic([], 'any', (_, args) => dig(args))],
  ['deepCopy', copy],
  ['mustDeepCopy', copy],
])
