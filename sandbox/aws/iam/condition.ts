// This file is about a statement's Condition: every operator and key in it must hold.
import { type ConditionBlock, listOf } from './policy-document.ts'
import { matchesPattern } from './wildcard.ts'

/** Condition keys in lower case (`sts:externalid`) and their values; an absent key is absent. */
export type RequestContext = ReadonlyMap<string, readonly string[]>

export const requestContext = (entries: Readonly<Record<string, OneValue>>): RequestContext =>
  new Map(
    Object.entries(entries).flatMap(([key, value]) =>
      value === undefined ? [] : [[key.toLowerCase(), typeof value === 'string' ? [value] : value] as const],
    ),
  )
type OneValue = string | readonly string[] | undefined

type Comparison = (wanted: string, actual: string) => boolean
const same: Comparison = (wanted, actual) => wanted === actual
const sameIgnoringCase: Comparison = (wanted, actual) => wanted.toLowerCase() === actual.toLowerCase()

interface Operator {
  readonly compare: Comparison
  /** A negated operator holds when no listed value matches, and when the key is absent. */
  readonly negated: boolean
}
const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ['StringEquals', { compare: same, negated: false }],
  ['StringNotEquals', { compare: same, negated: true }],
  ['StringEqualsIgnoreCase', { compare: sameIgnoringCase, negated: false }],
  ['StringNotEqualsIgnoreCase', { compare: sameIgnoringCase, negated: true }],
  ['StringLike', { compare: matchesPattern, negated: false }],
  ['StringNotLike', { compare: matchesPattern, negated: true }],
  ['ArnEquals', { compare: matchesPattern, negated: false }],
  ['ArnNotEquals', { compare: matchesPattern, negated: true }],
  ['ArnLike', { compare: matchesPattern, negated: false }],
  ['ArnNotLike', { compare: matchesPattern, negated: true }],
  ['Bool', { compare: sameIgnoringCase, negated: false }],
])

const FORM = /^(?:(ForAnyValue|ForAllValues):)?([A-Za-z]+?)(IfExists)?$/

function keyHolds(
  operatorName: string,
  wanted: readonly string[],
  actual: readonly string[] | undefined,
): boolean {
  const form = FORM.exec(operatorName)
  if (form?.[2] === 'Null') return wanted.some((w) => (w === 'true') === (actual === undefined))
  const operator = OPERATORS.get(form?.[2] ?? '')
  if (operator === undefined) return false
  if (actual === undefined) return operator.negated || form?.[3] !== undefined || form?.[1] === 'ForAllValues'
  const matches = (value: string): boolean => wanted.some((w) => operator.compare(w, value))
  const holds = (value: string): boolean => matches(value) !== operator.negated
  return form?.[1] === 'ForAllValues' || operator.negated ? actual.every(holds) : actual.some(holds)
}

/** True when every key of every operator holds; an operator this emulator does not know never holds. */
export function conditionHolds(condition: ConditionBlock | undefined, context: RequestContext): boolean {
  return Object.entries(condition ?? {}).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) =>
      keyHolds(operator, listOf(wanted).map(String), context.get(key.toLowerCase())),
    ),
  )
}
