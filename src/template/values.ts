// This file is about the values of a template: Go's types, kept apart because Go refuses to mix them.

/** Go's integers other than int, which is a plain bigint here. */
export class SizedInt {
  readonly type: 'int64' | 'uint64' | 'uint8'
  readonly value: bigint
  constructor(type: SizedInt['type'], value: bigint) {
    this.type = type
    this.value = value
  }
}

export class Complex {
  readonly re: number
  readonly im: number
  constructor(re: number, im: number) {
    this.re = re
    this.im = im
  }
}

/** A map with string keys. Always a Map inside, so no key ("__proto__") can mean anything but itself. */
export class GoMap {
  readonly element: 'interface {}' | 'string'
  readonly entries: Map<string, Value>
  /** Go's nil map prints and reads as an empty one, but cannot be written to. */
  readonly isNil: boolean
  constructor(element: GoMap['element'], entries: Map<string, Value>, isNil = false) {
    this.element = element
    this.entries = entries
    this.isNil = isNil
  }
  /** The keys in byte order, the only order Go promises. */
  keys(): string[] {
    return [...this.entries.keys()].toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  }
}

export class GoSlice {
  readonly element: 'interface {}' | 'string' | 'int' | '[]interface {}'
  readonly items: readonly Value[]
  /** Go's nil slice prints as an empty one, but is `null` in JSON. */
  readonly isNil: boolean
  constructor(element: GoSlice['element'], items: readonly Value[], isNil = false) {
    this.element = element
    this.items = items
    this.isNil = isNil
  }
}

/** A value of a type with methods (time.Time, *semver.Version): opaque to everything but its own functions. */
export interface Struct {
  readonly typeName: string
  readonly kind: 'struct' | 'ptr'
  /** What Go's String method gives: the printed form. */
  text(): string
  /** What encoding/json writes, before quoting. */
  jsonText(): string
  /** Whether Go's type has a String method, which %v and %s ask. */
  readonly isStringer: boolean
  /** What %d and the like are given instead; undefined where it cannot be told. */
  readonly fields: GoMap | undefined
  /** What Go's GoString method gives, where there is one. */
  sourceText?(): string
}

/** string = byte string, bigint = int, number = float64, null = nil. */
export type Value = null | boolean | number | bigint | string | SizedInt | Complex | GoMap | GoSlice | Struct

export const isInteger = (v: Value): v is bigint | SizedInt => typeof v === 'bigint' || v instanceof SizedInt
export const integerOf = (v: bigint | SizedInt): bigint => (typeof v === 'bigint' ? v : v.value)
export const int64 = (n: bigint): SizedInt => new SizedInt('int64', BigInt.asIntN(64, n))
export const list = (items: readonly Value[]): GoSlice => new GoSlice('interface {}', items)
export const strings = (items: readonly string[]): GoSlice => new GoSlice('string', items)
export const dict = (entries: Map<string, Value>): GoMap => new GoMap('interface {}', entries)
export const isStruct = (v: Value): v is Struct => typeof v === 'object' && v !== null && 'typeName' in v

/** The type as Go's %T names it. */
export function typeName(v: Value): string {
  if (v === null) return '<nil>'
  if (typeof v === 'string') return 'string'
  if (typeof v === 'bigint') return 'int'
  if (typeof v === 'number') return 'float64'
  if (typeof v === 'boolean') return 'bool'
  if (v instanceof SizedInt) return v.type
  if (v instanceof GoMap) return `map[string]${v.element}`
  if (v instanceof GoSlice) return `[]${v.element}`
  return v instanceof Complex ? 'complex128' : v.typeName
}

/** The kind as Go's reflect names it. */
export function kindName(v: Value): string {
  if (v === null) return 'invalid'
  if (v instanceof GoMap) return 'map'
  if (v instanceof GoSlice) return 'slice'
  return isStruct(v) ? v.kind : typeName(v)
}

/** Whether `if` takes the value for true: not the zero of its type, not empty. */
export function isTrue(v: Value): boolean {
  if (v instanceof GoMap) return v.entries.size > 0
  if (v instanceof GoSlice) return v.items.length > 0
  if (v instanceof SizedInt) return v.value !== 0n
  if (v instanceof Complex) return v.re !== 0 || v.im !== 0
  return typeof v === 'number' ? v !== 0 : Boolean(v)
}
