// This file is about the functions of the template language: how one is declared.
import type { Budget } from './budget.ts'
import type { GoMap, Struct, Value } from './values.ts'

/** Go's type of a parameter; `value` is reflect.Value, which takes the same as `any`. */
export interface Kinds {
  string: string
  int: bigint
  float64: number
  bool: boolean
  any: Value
  value: Value
  map: GoMap
  time: Struct
}
export type Param = keyof Kinds
type Args<P extends readonly Param[]> = { [I in keyof P]: Kinds[P[I]] }

/** What a function may use besides its arguments. */
export interface Scene {
  readonly budget: Budget
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** A key the data lack is nil and no error. */
  readonly forgives: boolean
  /** Bcrypt, which takes some 80 ms; while a rendering is rehearsed, a text of the same length. */
  hash(this: void, password: string): string
}

/** Arity and argument types are checked before `call` runs. */
export interface Func {
  readonly params: readonly Param[]
  readonly rest?: Param
  /** `and` and `or` stop evaluating arguments at the one that decides. */
  readonly shortCircuit?: 'and' | 'or'
  /** Its answer changes though its arguments do not: with the time, or with a salt drawn each time. */
  readonly readsClock?: true
  /** It may ask for hashes: a rendering with it is rehearsed, so that they are drawn only if it succeeds. */
  readonly isSlow?: true
  call(args: readonly Value[], scene: Scene): Value
}
export type FuncTable = ReadonlyMap<string, Func>

/** What a function is looked up in: the ones there are, and why some are not. */
export interface Vocabulary {
  readonly functions: FuncTable
  readonly refused: ReadonlyMap<string, string>
}

/** A function with a fixed number of parameters; the scene comes after them. */
export function fn<const P extends readonly Param[]>(
  params: P,
  body: (...args: [...Args<P>, Scene]) => Value,
): Func {
  const call = body as (...args: unknown[]) => Value
  return { params, call: (args, scene) => call(...args, scene) }
}

/** A function that takes any number of further arguments of one type. */
export function variadic<const P extends readonly Param[], const R extends Param>(
  params: P,
  rest: R,
  body: (fixed: Args<P>, others: readonly Kinds[R][], scene: Scene) => Value,
): Func {
  const call = body as (fixed: unknown, others: unknown, scene: Scene) => Value
  const n = params.length
  return { params, rest, call: (args, scene) => call(args.slice(0, n), args.slice(n), scene) }
}

/** The same function, charged for looking at every character of its string arguments. */
export const perCharacter = (func: Func): Func => ({
  ...func,
  call: (args, scene) => {
    for (const arg of args) if (typeof arg === 'string') scene.budget.characters(arg.length)
    return func.call(args, scene)
  },
})
