// This file is about what a plain YAML scalar means to Go's yaml.v2: YAML 1.1 in its own reading.
import { parseFloat64, parseInt64, parseInteger, MAX_UINT64 } from './numbers.ts'
import { parseLayout } from './time-parse.ts'

/** What a scalar is; a time stays the text it is written as. */
export type Scalar =
  | { readonly is: 'null' }
  | { readonly is: 'bool'; readonly value: boolean }
  | { readonly is: 'int'; readonly value: bigint }
  | { readonly is: 'float'; readonly value: number }
  | { readonly is: 'time' | 'string' }

const STRING: Scalar = { is: 'string' }
const words = (scalar: Scalar, list: string): [string, Scalar][] =>
  list.split(' ').map((word) => [word, scalar])
const NAMED: ReadonlyMap<string, Scalar> = new Map([
  ...words({ is: 'bool', value: true }, 'y Y yes Yes YES true True TRUE on On ON'),
  ...words({ is: 'bool', value: false }, 'n N no No NO false False FALSE off Off OFF'),
  ...words({ is: 'null' }, '~ null Null NULL'),
  ...words({ is: 'float', value: Number.NaN }, '.nan .NaN .NAN'),
  ...words({ is: 'float', value: Number.POSITIVE_INFINITY }, '.inf .Inf .INF +.inf +.Inf +.INF'),
  ...words({ is: 'float', value: Number.NEGATIVE_INFINITY }, '-.inf -.Inf -.INF'),
  ['', { is: 'null' }],
])
/** Beside a name, only what begins like a number can be anything but text. */
const HINT = /^[0-9+\-.]/
const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/
const TIMES = [
  '2006-1-2T15:4:5.999999999Z07:00',
  '2006-1-2t15:4:5.999999999Z07:00',
  '2006-1-2 15:4:5.999999999',
  '2006-1-2',
]
/** No number or time is written longer. */
const LONGEST = 100

const isTime = (text: string): boolean =>
  /^[0-9]{4}-/.test(text) && TIMES.some((layout) => parseLayout(layout, text) !== undefined)

function integer(text: string): bigint | undefined {
  const signed = parseInt64(text)
  if (signed !== undefined) return signed
  const value = /^[0-9]/.test(text) ? parseInteger(text) : undefined
  return value !== undefined && value <= MAX_UINT64 ? value : undefined
}

function number(text: string): Scalar {
  if (isTime(text)) return { is: 'time' }
  const plain = text.replaceAll('_', '')
  const int = integer(plain)
  if (int !== undefined) return { is: 'int', value: int }
  const float = FLOAT.test(plain) ? parseFloat64(plain) : undefined
  return float === undefined ? STRING : { is: 'float', value: float }
}

/** What a plain scalar (a byte string) stands for. */
export function resolve(text: string): Scalar {
  const named = NAMED.get(text)
  if (named !== undefined) return named
  if (!HINT.test(text)) return STRING
  if (!text.startsWith('.')) return text.length > LONGEST && !FLOAT.test(text) ? STRING : number(text)
  const float = parseFloat64(text)
  return float === undefined ? STRING : { is: 'float', value: float }
}
