// This file is about random templates: small programs that use the language in every combination.
import { type Random, seededRandom } from '../../src/base/random.ts'

/** The data every random template is rendered with. */
export const DATA: Readonly<Record<string, string>> = {
  username: 'AWS',
  password: 'eyJwYXls/+="q"\n<&>',
  proxy_endpoint: 'https://123456789012.dkr.ecr.eu-west-1.amazonaws.com',
  expires_at: '1716350400',
  json: '{"a":{"b":"c","n":12345678,"f":1.5,"z":null,"l":[1,"x",true]},"password":"s3cr3t","n":5}',
  list: 'a,b,c',
  empty: '',
  multi: 'l1\nl2\n',
  uni: 'héllo→🎉',
  number: '42',
  spaced: '  two words ',
  'ca.crt': 'CERT',
}

type Type = 'string' | 'int' | 'int64' | 'float' | 'bool' | 'list' | 'dict' | 'any'
/** A function by the types of its parameters and what it gives; `...` repeats the last. */
type Signature = readonly [name: string, params: string, gives: Type]

const FUNCTIONS: readonly Signature[] = [
  ['printf "%s:%s"', 'any any', 'string'],
  ['printf "%v|%d|%q"', 'any any any', 'string'],
  ['printf "%5s|%-6v|%05d"', 'any any any', 'string'],
  ['printf "%x|%X|%+d|%#v"', 'any any any any', 'string'],
  ['printf "%.2f|%8.3e|%g"', 'any any any', 'string'],
  ['printf "%[2]v %[1]T"', 'any any', 'string'],
  ['printf "%*d|%.*s"', 'int any int string', 'string'],
  ['printf "%c|%U|%t|%o|%b"', 'any any any any any', 'string'],
  ['printf "%6.2v|%+q|% x|%#x"', 'any any any any', 'string'],
  ['print', 'any any any', 'string'],
  ['println', 'any any', 'string'],
  ['len', 'any', 'int'],
  ['index', 'list int', 'any'],
  ['index', 'dict string', 'any'],
  ['index', 'any any', 'any'],
  ['html', 'any', 'string'],
  ['js', 'any', 'string'],
  ['urlquery', 'any', 'string'],
  ['not', 'any', 'bool'],
  ['and', 'any any', 'any'],
  ['or', 'any any', 'any'],
  ['eq', 'any any', 'bool'],
  ['eq', 'string string string', 'bool'],
  ['ne', 'any any', 'bool'],
  ['lt', 'int int', 'bool'],
  ['le', 'any any', 'bool'],
  ['gt', 'string string', 'bool'],
  ['ge', 'float float', 'bool'],
  ['upper', 'string', 'string'],
  ['lower', 'string', 'string'],
  ['title', 'string', 'string'],
  ['untitle', 'string', 'string'],
  ['swapcase', 'string', 'string'],
  ['snakecase', 'string', 'string'],
  ['kebabcase', 'string', 'string'],
  ['camelcase', 'string', 'string'],
  ['initials', 'string', 'string'],
  ['trim', 'string', 'string'],
  ['trimAll', 'string string', 'string'],
  ['trimPrefix', 'string string', 'string'],
  ['trimSuffix', 'string string', 'string'],
  ['contains', 'string string', 'bool'],
  ['hasPrefix', 'string string', 'bool'],
  ['hasSuffix', 'string string', 'bool'],
  ['replace', 'string string string', 'string'],
  ['trunc', 'int string', 'string'],
  ['substr', 'int int string', 'string'],
  ['repeat', 'small string', 'string'],
  ['indent', 'small string', 'string'],
  ['nindent', 'small string', 'string'],
  ['wrap', 'small string', 'string'],
  ['wrapWith', 'small string string', 'string'],
  ['abbrev', 'int string', 'string'],
  ['abbrevboth', 'int int string', 'string'],
  ['quote', 'any any', 'string'],
  ['squote', 'any any', 'string'],
  ['cat', 'any any', 'string'],
  ['plural "one" "many"', 'int', 'string'],
  ['toString', 'any', 'string'],
  ['toStrings', 'any', 'list'],
  ['split', 'string string', 'any'],
  ['splitn', 'string int string', 'any'],
  ['splitList', 'string string', 'list'],
  ['join', 'string any', 'string'],
  ['sortAlpha', 'any', 'list'],
  ['b64enc', 'string', 'string'],
  ['b64dec', 'string', 'string'],
  ['b32enc', 'string', 'string'],
  ['b32dec', 'string', 'string'],
  ['sha256sum', 'string', 'string'],
  ['adler32sum', 'string', 'string'],
  ['default', 'any any', 'any'],
  ['empty', 'any', 'bool'],
  ['coalesce', 'any any any', 'any'],
  ['all', 'any any', 'bool'],
  ['any', 'any any', 'bool'],
  ['ternary', 'any any bool', 'any'],
  ['fromJson', 'string', 'any'],
  ['mustFromJson', 'string', 'any'],
  ['toJson', 'any', 'string'],
  ['toPrettyJson', 'any', 'string'],
  ['toRawJson', 'any', 'string'],
  ['list', 'any any', 'list'],
  ['dict', 'string any string any', 'dict'],
  ['get', 'dict string', 'any'],
  ['set', 'dict string any', 'dict'],
  ['unset', 'dict string', 'dict'],
  ['hasKey', 'dict string', 'bool'],
  ['pluck', 'string dict dict', 'list'],
  ['pick', 'dict string string', 'dict'],
  ['omit', 'dict string string', 'dict'],
  ['merge', 'dict dict', 'dict'],
  ['mergeOverwrite', 'dict dict', 'dict'],
  ['dig', 'string string any dict', 'any'],
  ['deepCopy', 'dict', 'dict'],
  ['append', 'list any', 'list'],
  ['prepend', 'list any', 'list'],
  ['first', 'any', 'any'],
  ['last', 'list', 'any'],
  ['rest', 'list', 'list'],
  ['initial', 'list', 'list'],
  ['reverse', 'list', 'list'],
  ['uniq', 'list', 'list'],
  ['compact', 'list', 'list'],
  ['without', 'list any', 'list'],
  ['has', 'any list', 'bool'],
  ['slice', 'list int int', 'any'],
  ['chunk', 'small list', 'list'],
  ['concat', 'list list', 'list'],
  ['deepEqual', 'any any', 'bool'],
  ['int', 'any', 'int'],
  ['int64', 'any', 'int64'],
  ['float64', 'any', 'float'],
  ['atoi', 'string', 'int'],
  ['toDecimal', 'any', 'int64'],
  ['add', 'any any', 'int64'],
  ['add1', 'any', 'int64'],
  ['sub', 'any any', 'int64'],
  ['mul', 'any any', 'int64'],
  ['div', 'any any', 'int64'],
  ['mod', 'any any', 'int64'],
  ['max', 'any any', 'int64'],
  ['min', 'any any', 'int64'],
  ['maxf', 'any any', 'float'],
  ['minf', 'any any', 'float'],
  ['addf', 'any any', 'float'],
  ['subf', 'any any', 'float'],
  ['mulf', 'any any', 'float'],
  ['divf', 'any any', 'float'],
  ['ceil', 'any', 'float'],
  ['floor', 'any', 'float'],
  ['round', 'any small', 'float'],
  ['until', 'small', 'list'],
  ['untilStep', 'small small small', 'list'],
  ['seq', 'small small', 'string'],
  ['regexMatch', 'regex string', 'bool'],
  ['regexFind', 'regex string', 'string'],
  ['regexFindAll', 'regex string int', 'list'],
  ['regexReplaceAll', 'regex string replacement', 'string'],
  ['regexReplaceAllLiteral', 'regex string string', 'string'],
  ['regexSplit', 'regex string int', 'list'],
  ['regexQuoteMeta', 'string', 'string'],
  ['date', 'layout date', 'string'],
  ['dateInZone', 'layout date zone', 'string'],
  ['htmlDate', 'date', 'string'],
  ['toDate', 'layout time', 'any'],
  ['unixEpoch (toDate "2006-01-02"', 'time)', 'string'],
  ['date "2006-01-02T15:04:05Z07:00" (toDate "2006-01-02 15:04"', 'time)', 'string'],
  ['duration', 'any', 'string'],
  ['durationRound', 'duration', 'string'],
  ['semverCompare', 'constraint version', 'bool'],
  ['semver', 'version', 'any'],
  ['typeOf', 'any', 'string'],
  ['kindOf', 'any', 'string'],
  ['kindIs', 'string any', 'bool'],
  ['base', 'string', 'string'],
  ['dir', 'string', 'string'],
  ['clean', 'string', 'string'],
  ['ext', 'string', 'string'],
]

const LITERALS: Readonly<Record<string, readonly string[]>> = {
  string: [
    '"a"',
    '""',
    '"x y"',
    '","',
    '"b\\"c"',
    '`raw`',
    '"é→"',
    '"1.50"',
    '"010"',
    '"true"',
    '"FirstName2xx"',
    '"HTTP_server-Name"',
    '"k"',
    '"a.b/c"',
    '"YWJj"',
    '"MFRGG==="',
    '"YQ="',
    '"YQ=x"',
    '"Y\\nQ=\\n=\\n"',
    '"MY======"',
    '"MY====="',
    '"MFR=====A"',
    '"YWJj\\n"',
    '"[1,2]"',
    '"{\\"k\\":[1,null,{\\"x\\":1e3}]}"',
    '"\\t\\x41\\u00e9"',
    '.username',
    '.password',
    '.list',
    '.uni',
    '.multi',
    '.empty',
    '.number',
    '.spaced',
    '.json',
    '.proxy_endpoint',
    '.expires_at',
    '$.username',
    '"<b>&\'"',
  ],
  int: [
    '0',
    '1',
    '2',
    '-1',
    '7',
    '42',
    '0x1F',
    "'a'",
    '1000000',
    '3',
    '1e3',
    '(len .list)',
    '017',
    '0b11',
    '-5',
  ],
  small: ['0', '1', '2', '3', '5', '9', '-2'],
  int64: ['(int64 3)', '(add 1 2)', '(int64 .number)', '(int64 -7)'],
  float: [
    '1.5',
    '0.0',
    '-2.25',
    '1e21',
    '3.14159',
    '100000.0',
    '1e-7',
    '123456789.0',
    '(float64 "2.5")',
    '2.5',
    '0.5',
  ],
  bool: ['true', 'false'],
  list: [
    '(list 1 "a" true)',
    '(list)',
    '(splitList "," .list)',
    '(list 1.5 nil "x")',
    '(until 3)',
    '(list (list 1) (dict "k" 1))',
    '(list 3 1 2)',
  ],
  dict: [
    '(dict "k" 1 "a" "v")',
    '(dict)',
    '(fromJson .json)',
    '(dict "k" (dict "a" 1))',
    '(dict "x" nil "k" (list 1))',
    '.',
    '(dict "k" "" "n" 0)',
  ],
  regex: [
    '"[a-z]+"',
    '"a(x*)b|l"',
    '"^h"',
    '"(?P<n>\\\\d)(\\\\d)?"',
    '","',
    '"x*"',
    '"(?i)A"',
    '"[[:alpha:]]"',
    '"\\\\pL"',
    '"("',
    '"(l+)(o?)"',
    '"\\\\s"',
    '""',
    '"$"',
    '"\\\\b"',
  ],
  replacement: ['"$1"', '"${1}W"', '"$1W"', '"<$n>"', '"$$"', '"$"', '"${"', '"x"', '"${n}-$2"', '"$0"'],
  layout: [
    '"2006-01-02"',
    '"15:04:05.000"',
    '"Jan _2 Mon 06 3PM"',
    '"Monday January 2 2006 03:04:05 pm MST"',
    '"2006-01-02T15:04:05Z07:00"',
    '"002 __2 1 5 4 -0700 Z0700"',
    '"2006-01-02 15:04"',
    '"literal"',
  ],
  date: [
    '(int64 .expires_at)',
    '0',
    '(toDate "2006-01-02" "2024-02-29")',
    '(int64 -62135596800)',
    '1700000000',
  ],
  time: [
    '"2024-02-29"',
    '"2023-02-29"',
    '"2024-02-29 10:11"',
    '"1:2"',
    '"10:11:12.5"',
    '"2024-05-22T04:00:00Z"',
    '"2024-05-22T04:00:00+02:00"',
    '"x"',
    '"Feb 29 2024"',
  ],
  zone: ['"UTC"', '"Local"', '""', '"Nowhere/Here"', '"Asia/Kolkata"', '"America/New_York"'],
  duration: ['"90m"', '"25h"', '"800h"', '"1s"', '"x"', '"9000h"', '""'],
  constraint: [
    '">=1.2.0"',
    '"~1.2"',
    '"^1"',
    '"1.x"',
    '"!=1.3.0"',
    '">1 <2 || 3"',
    '"1.2 - 1.4"',
    '"*"',
    '"=>1.2, <=1.4.0"',
    '"x"',
    '"^0.2.3"',
    '"<1.2.0-0"',
    '"!=1.x"',
    '"~>0.0.0"',
  ],
  version: [
    '"1.2.3"',
    '"v1.3.0"',
    '"2"',
    '"0.2.5"',
    '"1.4.0-rc.1"',
    '"1.2"',
    '"x"',
    '"1.2.3+meta"',
    '"3.0.0"',
    '"01.2.3"',
  ],
  any: [
    'nil',
    '.',
    '1',
    '"s"',
    'true',
    '2.5',
    '(list 1)',
    '(dict "k" 1)',
    '.username',
    '(fromJson .json)',
    '$',
    '(fromJson .json).a',
    '(add 1 2)',
  ],
}
const TYPES: readonly Type[] = ['string', 'int', 'int64', 'float', 'bool', 'list', 'dict', 'any']
const DEEPEST = 3

/** Makes templates from a seed: the same seed gives the same templates. */
export class TemplateMaker {
  readonly #random: Random
  #variables: string[] = []

  constructor(seed: number) {
    this.#random = seededRandom(seed)
  }

  make(): string {
    this.#variables = []
    const parts = 1 + Math.floor(this.#random() * 3)
    return Array.from({ length: parts }, () => this.#statement(2)).join('')
  }

  #pick<T>(from: readonly T[]): T {
    const picked = from[Math.floor(this.#random() * from.length)]
    if (picked === undefined) throw new Error('nothing to pick from')
    return picked
  }

  #chance(share: number): boolean {
    return this.#random() < share
  }

  #action(inner: string): string {
    const left = this.#chance(0.1) ? '{{- ' : this.#pick(['{{ ', '{{', '{{\n'])
    const right = this.#chance(0.1) ? ' -}}' : this.#pick([' }}', '}}', '\t}}'])
    return `${left}${inner}${inner.endsWith('}') ? ' ' : ''}${right}`
  }

  #statement(depth: number): string {
    const r = this.#random()
    if (r < 0.12) return this.#pick(['text ', '\n  ', '"{}" ', ' é ', '{ { '])
    if (r < 0.16) return this.#pick(['{{/* c */}}', '{{- /* c */ -}}', '{{/*a*/ -}} '])
    if (r < 0.68 || depth === 0) return this.#action(this.#pipeline())
    if (r < 0.78) return this.#branch('if', depth)
    if (r < 0.84) return this.#branch('with', depth)
    if (r < 0.93) return this.#loop(depth)
    if (r < 0.97) return this.#declaration()
    return this.#definition(depth)
  }

  #body(depth: number): string {
    const before = this.#variables.length
    const body = Array.from({ length: 1 + Math.floor(this.#random() * 2) }, () =>
      this.#statement(depth - 1),
    ).join('')
    this.#variables.length = before
    return body
  }

  #branch(kind: 'if' | 'with', depth: number): string {
    const chained = this.#chance(0.2) ? `{{ else ${kind} ${this.#pipeline()} }}${this.#body(depth)}` : ''
    const otherwise = this.#chance(0.4) ? `{{ else }}${this.#body(depth)}` : ''
    return `${this.#action(`${kind} ${this.#pipeline()}`)}${this.#body(depth)}${chained}${otherwise}{{ end }}`
  }

  #loop(depth: number): string {
    const over = this.#chance(0.7)
      ? this.#operand(this.#pick(['list', 'dict', 'small']), 1)
      : this.#pipeline()
    const names = this.#pick([[], ['$v'], ['$i', '$v']])
    const before = this.#variables.length
    this.#variables.push(...names)
    const exit = this.#chance(0.2)
      ? `{{ if ${this.#operand('bool', 1)} }}{{ ${this.#pick(['break', 'continue'])} }}{{ end }}`
      : ''
    const body = this.#body(depth)
    this.#variables.length = before
    const otherwise = this.#chance(0.2) ? `{{ else }}${this.#body(depth)}` : ''
    const head = names.length === 0 ? '' : `${names.join(', ')} := `
    return `{{ range ${head}${over} }}${exit}[{{ . }}]${body}${otherwise}{{ end }}`
  }

  #declaration(): string {
    const name = this.#pick(['$x', '$y', '$z'])
    const sign = this.#variables.includes(name) && this.#chance(0.5) ? '=' : ':='
    const text = this.#action(`${name} ${sign} ${this.#pipeline()}`)
    this.#variables.push(name)
    return `${text}{{ ${name} }}`
  }

  #definition(depth: number): string {
    const outer = this.#variables
    this.#variables = []
    const body = this.#body(depth)
    this.#variables = outer
    if (this.#chance(0.5)) return `{{ block "b" ${this.#operand('any', 1)} }}${body}{{ end }}`
    return `{{ template ${this.#pick(['"t"', '`t`', '"none"'])} ${this.#operand('any', 1)} }}`
  }

  #pipeline(): string {
    let text = this.#operandOrCall(this.#pick(TYPES))
    for (let n = 0; n < 2 && this.#chance(0.35); n++) text += ` | ${this.#call(undefined, 1, true)}`
    return text
  }

  #operandOrCall(type: Type): string {
    if (this.#chance(0.6)) return this.#call(type, 1, false)
    const operand = this.#operand(type, 1)
    return operand === 'nil' ? '"nil"' : operand
  }

  #call(type: Type | undefined, depth: number, piped: boolean): string {
    const fitting = FUNCTIONS.filter(([, , gives]) => type === undefined || type === 'any' || gives === type)
    const [name, params] = this.#pick(fitting)
    const kinds = params.split(' ')
    if (piped && !params.includes(')')) kinds.pop()
    const args = kinds.map((kind) => {
      const close = kind.endsWith(')') ? ')' : ''
      return this.#operand(kind.replace(')', ''), depth) + close
    })
    return [name, ...args].join(' ')
  }

  #operand(kind: string, depth: number): string {
    if (this.#chance(0.04)) return this.#operand(this.#pick(TYPES), depth)
    if (this.#variables.length > 0 && this.#chance(0.15)) return this.#pick(this.#variables)
    const type = TYPES.find((t) => t === kind)
    if (type !== undefined && depth < DEEPEST && this.#chance(0.3))
      return `(${this.#call(type, depth + 1, false)})`
    return this.#pick(LITERALS[kind] ?? LITERALS['any'] ?? [])
  }
}
