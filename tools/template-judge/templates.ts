// This file is about random templates: small programs that use the language in every combination.
import { type Random, seededRandom } from '../../src/base/random.ts'
import { FUNCTIONS, LITERALS, TYPES, type Type } from './words.ts'

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
