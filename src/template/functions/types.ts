// This file is about asking a value for its type.
import { fn, type FuncTable } from '../func.ts'
import { kindName, typeName } from '../values.ts'

export const TYPES: FuncTable = new Map([
  ['typeOf', fn(['any'], typeName)],
  ['typeIs', fn(['string', 'any'], (name, v) => typeName(v) === name)],
  ['typeIsLike', fn(['string', 'any'], (name, v) => typeName(v) === name || typeName(v) === `*${name}`)],
  ['kindOf', fn(['any'], kindName)],
  ['kindIs', fn(['string', 'any'], (name, v) => kindName(v) === name)],
])
