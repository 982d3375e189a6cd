// This file is about dictionaries: building, reading, changing, merging them.
import type { Budget } from '../budget.ts'
import { CallError } from '../errors.ts'
import { fn, type Func, type FuncTable, variadic } from '../func.ts'
import {
  Complex,
  dict,
  GoMap,
  GoSlice,
  isStruct,
  isTrue,
  list,
  strings,
  typeName,
  type Value,
} from '../values.ts'
import { textOf } from './strings.ts'
import { NO_VERSION, Version } from './versions.ts'

function makeDict(args: readonly Value[], budget: Budget): GoMap {
  budget.step(1)
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
  const odd = keys.find((key) => typeof key !== 'string')
  if (odd !== undefined)
    throw new CallError(`interface conversion: interface {} is ${typeName(odd)}, not string`)
  for (const key of keys as readonly string[]) {
    const found: Value | undefined = asMap(value).entries.get(key)
    if (found === undefined) return args.at(-2) ?? null
    value = found
  }
  return value
}

/** What mergo takes for a value that is not there yet. */
const isVoid = (v: Value): boolean => !isTrue(v) && !(v instanceof Complex) && !isStruct(v)

/** Go refuses to merge a map or a struct into what a pointer points to. */
class Unmergeable extends Error {}

/** Merges two values that are maps inside, or one of them. */
function mergeInside(old: Value, fresh: Value, overwrite: boolean, budget: Budget): void {
  if (old instanceof GoMap && fresh instanceof GoMap) {
    if (!old.isNil) budget.nest(() => mergeInto(old, fresh, overwrite, budget))
  } else if (
    isStruct(old) &&
    old.kind === 'ptr' &&
    !overwrite &&
    !(isStruct(fresh) && fresh.kind === 'ptr')
  ) {
    throw new Unmergeable()
  }
}

/** Merges as mergo: values of `from` fill what is empty in `into`, or replace it; maps merge inside. */
function mergeInto(into: GoMap, from: GoMap, overwrite: boolean, budget: Budget): void {
  for (const key of from.keys()) {
    budget.step(1)
    const fresh = from.entries.get(key) ?? null
    const old = into.entries.get(key) ?? null
    const isMissing = !into.entries.has(key)
    if (fresh === null && !overwrite) continue
    if (into.element === 'string' && typeof fresh !== 'string') {
      throw new CallError('reflect: the value is not assignable to type string')
    }
    if (fresh instanceof GoMap || isStruct(fresh)) mergeInside(old, fresh, overwrite, budget)
    const merged = fresh instanceof GoMap && old instanceof GoMap && !isVoid(old)
    if (!merged && (overwrite || isMissing || isVoid(old))) into.entries.set(key, fresh)
  }
}

function merge(into: GoMap, others: readonly GoMap[], overwrite: boolean, budget: Budget): GoMap {
  const target = into.isNil && others.some((from) => !from.isNil) ? dict(new Map()) : into
  for (const from of others) mergeInto(target, from, overwrite, budget)
  return target
}

type Merging = (into: GoMap, others: readonly GoMap[], budget: Budget) => Value

const mustMerge =
  (overwrite: boolean): Merging =>
  (into, others, budget) => {
    try {
      return merge(into, others, overwrite, budget)
    } catch (error) {
      if (error instanceof Unmergeable) throw new CallError('src and dst must be of same type')
      throw error
    }
  }

/** Without `must` what cannot be merged is no error but an empty text. */
const orNothing =
  (overwrite: boolean): Merging =>
  (into, others, budget) => {
    try {
      return merge(into, others, overwrite, budget)
    } catch (error) {
      if (error instanceof Unmergeable) return ''
      throw error
    }
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
  // The library copies no private fields: nothing is left of a version.
  if (v instanceof Version) return NO_VERSION
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

const merging = (merged: Merging): Func =>
  variadic(['map'], 'map', ([into], others, { budget }) => merged(into, others, budget))
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
  ['merge', merging(orNothing(false))],
  ['mustMerge', merging(mustMerge(false))],
  ['mergeOverwrite', merging(orNothing(true))],
  ['mustMergeOverwrite', merging(mustMerge(true))],
  ['dig', variadic([], 'any', (_, args) => dig(args))],
  ['deepCopy', copy],
  ['mustDeepCopy', copy],
])
