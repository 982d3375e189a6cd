// This file is about decisions: truth, comparison, defaults.
import { CallError } from '../errors.ts'
import { fn, type FuncTable, variadic } from '../func.ts'
import {
  Complex,
  GoMap,
  GoSlice,
  integerOf,
  isInteger,
  isStruct,
  isTrue,
  kindName,
  typeName,
  type Value,
} from '../values.ts'
import { identicalTime } from './dates.ts'

type BasicKind = 'bool' | 'int' | 'uint' | 'float' | 'complex' | 'string' | 'other'

function basicKind(v: Value): BasicKind {
  if (typeof v === 'string') return 'string'
  if (typeof v === 'boolean') return 'bool'
  if (typeof v === 'number') return 'float'
  if (isInteger(v)) return typeof v === 'bigint' || v.type === 'int64' ? 'int' : 'uint'
  return v instanceof Complex ? 'complex' : 'other'
}

const incompatible = (a: Value, b: Value): CallError =>
  new CallError(`incompatible types for comparison: ${typeName(a)} and ${typeName(b)}`)

const isNil = (v: Value): boolean => v === null || ((v instanceof GoMap || v instanceof GoSlice) && v.isNil)

/** Maps and slices compare with nil only. */
function sameOther(a: Value, b: Value): boolean {
  const comparable = a === null || b === null || kindName(a) === kindName(b)
  if (!comparable) throw new CallError(`non-comparable types ${typeName(a)}, ${typeName(b)}`)
  if (isNil(a) || isNil(b)) return isNil(a) === isNil(b)
  if (!isStruct(b)) throw new CallError(`non-comparable type ${typeName(b)}`)
  return a === b || identicalTime(a, b)
}

function equal(a: Value, b: Value): boolean {
  const kinds = [basicKind(a), basicKind(b)]
  if (isInteger(a) && isInteger(b)) return integerOf(a) === integerOf(b)
  if (kinds[0] !== kinds[1]) {
    if (a !== null && b !== null) throw incompatible(a, b)
    return false
  }
  if (a instanceof Complex && b instanceof Complex) return a.re === b.re && a.im === b.im
  return kinds[0] === 'other' ? sameOther(a, b) : a === b
}

function less(a: Value, b: Value): boolean {
  const kind = basicKind(a)
  if (kind === 'other' || basicKind(b) === 'other') throw new CallError('invalid type for comparison')
  if (isInteger(a) && isInteger(b)) return integerOf(a) < integerOf(b)
  if (kind !== basicKind(b)) throw incompatible(a, b)
  if (typeof a === 'number' && typeof b === 'number') return a < b
  if (typeof a === 'string' && typeof b === 'string') return a < b
  throw new CallError('invalid type for comparison')
}

const atMost = (a: Value, b: Value): boolean => less(a, b) || equal(a, b)

/** Empty as sprig's `default` means it: like `if`, but a value with methods is never empty. */
export const isEmpty = (v: Value): boolean => !isTrue(v)

export const LOGIC: FuncTable = new Map([
  ['and', { ...variadic(['value'], 'value', () => null), shortCircuit: 'and' }],
  ['or', { ...variadic(['value'], 'value', () => null), shortCircuit: 'or' }],
  ['not', fn(['value'], (v) => !isTrue(v))],
  [
    'eq',
    variadic(['value'], 'value', ([a], others) => {
      if (others.length === 0) throw new CallError('missing argument for comparison')
      return others.some((b) => equal(a, b))
    }),
  ],
  ['ne', fn(['value', 'value'], (a, b) => !equal(a, b))],
  ['lt', fn(['value', 'value'], less)],
  ['le', fn(['value', 'value'], atMost)],
  ['gt', fn(['value', 'value'], (a, b) => !atMost(a, b))],
  ['ge', fn(['value', 'value'], (a, b) => !less(a, b))],
  [
    'default',
    variadic(['any'], 'any', ([fallback], [given]) => (isEmpty(given ?? null) ? fallback : (given ?? null))),
  ],
  ['empty', fn(['any'], isEmpty)],
  ['coalesce', variadic([], 'any', (_, values) => values.find((v) => !isEmpty(v)) ?? null)],
  ['all', variadic([], 'any', (_, values) => !values.some(isEmpty))],
  ['any', variadic([], 'any', (_, values) => values.some((v) => !isEmpty(v)))],
  ['ternary', fn(['any', 'any', 'bool'], (yes, no, which) => (which ? yes : no))],
  [
    'fail',
    fn(['string'], () => {
      // What the template says here may hold a value of the data; where it says it is in the message anyway.
      throw new CallError('the template calls fail')
    }),
  ],
])
