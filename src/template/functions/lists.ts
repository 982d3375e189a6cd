// This file is about lists: building, cutting, searching them.
import type { Budget } from '../budget.ts'
import { CallError } from '../errors.ts'
import { fn, type Func, type FuncTable, variadic } from '../func.ts'
import {
  Complex,
  GoMap,
  GoSlice,
  integerOf,
  isInteger,
  isStruct,
  kindName,
  list,
  strings,
  typeName,
  type Value,
} from '../values.ts'
import { sameTime } from './dates.ts'
import { isEmpty } from './logic.ts'
import { castInt } from './numbers.ts'
import { textOf, textsOf } from './strings.ts'

/** A list argument, refused by kind when it is none. */
function itemsOf(v: Value, refusal: string): readonly Value[] {
  if (v instanceof GoSlice) return v.items
  throw new CallError(`${refusal} ${v === null ? 'nil' : kindName(v)}`)
}

function sameEntries(a: GoMap, b: GoMap, budget: Budget): boolean {
  if (a.isNil !== b.isNil || a.entries.size !== b.entries.size) return false
  return [...a.entries].every(([key, value]) => {
    const other = b.entries.get(key)
    return other !== undefined && deepEqual(value, other, budget)
  })
}

function sameItems(a: GoSlice, b: GoSlice, budget: Budget): boolean {
  if (a.isNil !== b.isNil || a.items.length !== b.items.length) return false
  return a.items.every((item, i) => deepEqual(item, b.items[i] ?? null, budget))
}

/** As reflect.DeepEqual: equal in type and in value, all the way down. */
export function deepEqual(a: Value, b: Value, budget: Budget): boolean {
  budget.step(1)
  if (typeName(a) !== typeName(b)) return false
  if (a instanceof GoMap && b instanceof GoMap) return budget.nest(() => sameEntries(a, b, budget))
  if (a instanceof GoSlice && b instanceof GoSlice) return budget.nest(() => sameItems(a, b, budget))
  if (isInteger(a) && isInteger(b)) return integerOf(a) === integerOf(b)
  if (a instanceof Complex && b instanceof Complex) return a.re === b.re && a.im === b.im
  if (isStruct(a) && isStruct(b)) {
    return a.fields === undefined || b.fields === undefined
      ? sameTime(a, b)
      : sameEntries(a.fields, b.fields, budget)
  }
  return a === b
}

const within = (items: readonly Value[], wanted: Value, budget: Budget): boolean =>
  items.some((item) => deepEqual(wanted, item, budget))

function unique(items: readonly Value[], budget: Budget): Value {
  const kept: Value[] = []
  for (const item of items) if (!within(kept, item, budget)) kept.push(item)
  return list(kept)
}

function slice(v: Value, bounds: readonly Value[]): Value {
  const items = itemsOf(v, 'list should be type of slice or array but')
  if (items.length === 0) return null
  const start = Number(castInt(bounds[0] ?? 0n))
  const end = bounds[1] === undefined ? items.length : Number(castInt(bounds[1]))
  if (start < 0 || end > items.length || start > end) throw new CallError('slice index out of bounds')
  return new GoSlice(v instanceof GoSlice ? v.element : 'interface {}', items.slice(start, end))
}

function chunk(size: bigint, v: Value, budget: Budget): Value {
  const items = itemsOf(v, 'Cannot chunk type')
  const n = Number(size)
  const count = Math.floor((items.length - 1) / n) + 1
  const chunks: Value[] = []
  for (let i = 0; i < count; i++) {
    // Go's own arithmetic, which a negative size follows as far as it leads.
    const length = i === count - 1 ? items.length % n || n : n
    if (!(length >= 0)) throw new CallError('runtime error: makeslice: len out of range')
    budget.step(1)
    chunks.push(list(items.slice(i * n, i * n + length)))
  }
  if (!(count >= 0)) throw new CallError('runtime error: makeslice: len out of range')
  return new GoSlice('[]interface {}', chunks)
}

function concat(lists: readonly Value[], budget: Budget): Value {
  const joined: Value[] = []
  for (const v of lists) {
    if (!(v instanceof GoSlice)) throw new CallError(`Cannot concat type ${kindName(v)} as list`)
    budget.step(v.items.length)
    for (const item of v.items) joined.push(item)
  }
  return new GoSlice('interface {}', joined, joined.length === 0)
}

const NIL_LIST = new GoSlice('interface {}', [], true)

function sortAlpha(v: Value, budget: Budget): Value {
  if (!(v instanceof GoSlice)) return strings([textOf(v, budget)])
  const texts = textsOf(v, budget)
  budget.step(texts.length * 4)
  return strings(texts.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)))
}

/** A function under its name and, as sprig has most of the list, under its `must` name too. */
function both(name: string, func: Func): [string, Func][] {
  return [
    [name, func],
    [`must${name.charAt(0).toUpperCase()}${name.slice(1)}`, func],
  ]
}

/** A function of one list; it sees the items. */
const ofList = (refusal: string, body: (items: readonly Value[], budget: Budget) => Value): Func =>
  fn(['any'], (v, { budget }) => body(itemsOf(v, refusal), budget))

const append = (refusal: string, body: (items: readonly Value[], v: Value) => Value[]): Func =>
  fn(['any', 'any'], (v, item, { budget }) => {
    const items = itemsOf(v, refusal)
    budget.step(items.length / 8)
    return list(body(items, item))
  })

const push = append('Cannot push on type', (items, v) => [...items, v])
const makeList = variadic([], 'any', (_, items) => list(items))

export const LISTS: FuncTable = new Map<string, Func>([
  ['list', makeList],
  ['tuple', makeList],
  ...both('append', push),
  ...both('push', push),
  ...both(
    'prepend',
    append('Cannot prepend on type', (items, v) => [v, ...items]),
  ),
  ...both(
    'first',
    ofList('Cannot find first on type', (items) => items[0] ?? null),
  ),
  ...both(
    'last',
    ofList('Cannot find last on type', (items) => items.at(-1) ?? null),
  ),
  ...both(
    'rest',
    ofList('Cannot find rest on type', (items) => (items.length === 0 ? NIL_LIST : list(items.slice(1)))),
  ),
  ...both(
    'initial',
    ofList('Cannot find initial on type', (items) =>
      items.length === 0 ? NIL_LIST : list(items.slice(0, -1)),
    ),
  ),
  ...both(
    'reverse',
    ofList('Cannot find reverse on type', (items) => list(items.toReversed())),
  ),
  ...both(
    'compact',
    ofList('Cannot compact on type', (items) => list(items.filter((item) => !isEmpty(item)))),
  ),
  ...both('uniq', ofList('Cannot find uniq on type', unique)),
  ...both(
    'without',
    variadic(['any'], 'any', ([v], omitted, { budget }) =>
      list(itemsOf(v, 'Cannot find without on type').filter((item) => !within(omitted, item, budget))),
    ),
  ),
  ...both(
    'has',
    fn(['any', 'any'], (wanted, v, { budget }) =>
      v === null ? false : within(itemsOf(v, 'Cannot find has on type'), wanted, budget),
    ),
  ),
  ...both(
    'slice',
    variadic(['any'], 'any', ([v], bounds) => slice(v, bounds)),
  ),
  ...both(
    'chunk',
    fn(['int', 'any'], (size, v, { budget }) => chunk(size, v, budget)),
  ),
  ['concat', variadic([], 'any', (_, lists, { budget }) => concat(lists, budget))],
  ['sortAlpha', fn(['any'], (v, { budget }) => sortAlpha(v, budget))],
  ['deepEqual', fn(['any', 'any'], (a, b, { budget }) => deepEqual(a, b, budget))],
])
