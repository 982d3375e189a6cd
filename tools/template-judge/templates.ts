// This file is about random templates: small programs that use the language in every combination.
import { seededRandom } from '../../src/base/random.ts'
import { Literals } from './literals.ts'
import { COSTLY, FUNCTIONS, type Signature, TYPES, type Type } from './words.ts'

/** How deep calls stand in calls. */
const DEEPEST = 3

const COMMENTS = [
  '{{/* c */}}',
  '{{- /* c */ -}}',
  '{{/*a*/ -}} ',
  '{{/* {{ } */}}',
  '{{- /**/}}',
  '{{/* a\n b */}}',
]
const TEXTS = ['text ', '\n  ', '"{}" ', ' é ', '{ { ', '}} ', '{', '\t\r\n', "'`\\", '{\n"a": ']
const VARIABLES = ['$x', '$y', '$z', '$long_Name1', '$é']

const takes = ([, params]: Signature): string | undefined => params.split(' ').at(-1)

/** Makes templates from a seed: the same seed gives the same templates. */
export class TemplateMaker {
  readonly #literals: Literals
  #variables: string[] = []
  /** Names of the bodies that may be called here: only those defined before, so that none calls itself. */
  #bodies: string[] = []

  constructor(seed: number) {
    this.#literals = new Literals(seededRandom(seed))
  }

  make(): string {
    this.#variables = []
    this.#bodies = []
    const definitions = this.#chance(0.1) ? this.#definition() : ''
    const parts = 1 + this.#literals.below(3)
    const made = definitions + this.#repeat(parts, () => this.#statement(2))
    return this.#chance(0.03) ? this.#literals.mutated(made) : made
  }

  #pick<T>(from: readonly T[]): T {
    return this.#literals.pick(from)
  }

  #chance(share: number): boolean {
    return this.#literals.chance(share)
  }

  #repeat(times: number, make: () => string): string {
    return Array.from({ length: times }, make).join('')
  }

  #action(inner: string): string {
    const left = this.#chance(0.1) ? '{{- ' : this.#pick(['{{ ', '{{', '{{\n'])
    const right = this.#chance(0.1) ? ' -}}' : this.#pick([' }}', '}}', '\t}}'])
    return `${left}${inner}${inner.endsWith('}') ? ' ' : ''}${right}`
  }

  /** A bare keyword between delimiters. */
  #keyword(word: string): string {
    return this.#pick([`{{ ${word} }}`, `{{ ${word} }}`, `{{${word}}}`, `{{- ${word} -}}`, `{{ ${word} -}}`])
  }

  #statement(depth: number): string {
    const r = this.#literals.below(100)
    if (r < 12) return this.#pick(TEXTS)
    if (r < 16) return this.#chance(0.02) ? this.#pick(COSTLY) : this.#pick(COMMENTS)
    if (r < 68 || depth === 0) return this.#action(this.#pipeline())
    if (r < 77) return this.#branch('if', depth)
    if (r < 84) return this.#branch('with', depth)
    if (r < 93) return this.#loop(depth)
    if (r < 98) return this.#declaration()
    return this.#inclusion(depth)
  }

  /** What stands inside a block; variables declared there end with it. */
  #body(depth: number, declared: readonly string[] = []): string {
    const before = this.#variables.length
    this.#variables.push(...declared)
    const body = this.#repeat(1 + this.#literals.below(2), () => this.#statement(depth - 1))
    this.#variables.length = before
    return body
  }

  #branch(kind: 'if' | 'with', depth: number): string {
    const declared = this.#chance(0.2) ? [this.#pick(VARIABLES)] : []
    const head = declared.map((name) => `${name} := `).join('') + this.#pipeline()
    const body = this.#body(depth, declared)
    const chained = this.#chance(0.2)
      ? `{{ else ${kind} ${this.#pipeline()} }}${this.#body(depth, declared)}`
      : ''
    const otherwise = this.#chance(0.4) ? this.#keyword('else') + this.#body(depth, declared) : ''
    return this.#action(`${kind} ${head}`) + body + chained + otherwise + this.#keyword('end')
  }

  #loop(depth: number): string {
    const over = this.#chance(0.7)
      ? this.#operand(this.#pick(['list', 'dict', 'small']), 1)
      : this.#pipeline()
    const names = this.#pick([[], ['$v'], ['$i', '$v']])
    const assigns =
      names.length > 0 && names.every((name) => this.#variables.includes(name)) && this.#chance(0.5)
    const head = names.length === 0 ? '' : `${names.join(', ')} ${assigns ? '=' : ':='} `
    const exit = this.#chance(0.2)
      ? `{{ if ${this.#operand('bool', 1)} }}${this.#keyword(this.#pick(['break', 'continue']))}{{ end }}`
      : ''
    const body = this.#body(depth, names)
    const otherwise = this.#chance(0.2) ? this.#keyword('else') + this.#body(depth) : ''
    return `{{ range ${head}${over} }}${exit}[{{ . }}]${body}${otherwise}${this.#keyword('end')}`
  }

  #declaration(): string {
    const name = this.#pick(VARIABLES)
    const sign = this.#variables.includes(name) && this.#chance(0.5) ? '=' : ':='
    const text = this.#action(`${name} ${sign} ${this.#pipeline()}`)
    this.#variables.push(name)
    return `${text}{{ ${name} }}`
  }

  /** Bodies before the text; the second may call the first. */
  #definition(): string {
    return this.#repeat(1 + this.#literals.below(2), () => {
      const name = this.#pick(['t', 'u', 'k'])
      const body = this.#separately(() => this.#body(1))
      if (name !== 'k') this.#bodies.push(name)
      return `${this.#pick(['{{ define', '{{define', '{{- define'])} "${name}" }}${body}{{ end }}\n`
    })
  }

  /** A body of its own knows no variables of ours. */
  #separately(make: () => string): string {
    const outer = this.#variables
    this.#variables = []
    const made = make()
    this.#variables = outer
    return made
  }

  #inclusion(depth: number): string {
    const dot = this.#operand('any', 1)
    if (this.#chance(0.4))
      return `{{ block "b" ${dot} }}${this.#separately(() => this.#body(depth))}{{ end }}`
    const name = this.#pick([...this.#bodies, ...this.#bodies, 'none'])
    return `{{ template ${this.#pick([`"${name}"`, `\`${name}\``])}${this.#chance(0.2) ? '' : ` ${dot}`} }}`
  }

  #pipeline(): string {
    const type = this.#pick(TYPES)
    let text = this.#operandOrCall(type)
    let gives: Type = type
    for (let n = 0; n < 2 && this.#chance(0.35); n++) {
      const next = this.#pipedCall(gives)
      text += ` | ${next.text}`
      gives = next.gives
    }
    return text
  }

  #operandOrCall(type: Type): string {
    if (this.#chance(0.6)) return this.#call(this.#giving(type), 1)
    const operand = this.#operand(type, 1)
    return operand === 'nil' ? '"nil"' : operand
  }

  #giving(type: Type): Signature {
    return this.#pick(FUNCTIONS.filter(([, , gives]) => type === 'any' || gives === type))
  }

  /** A call that takes what comes down the pipeline as its last argument, which mostly fits. */
  #pipedCall(given: Type): { text: string; gives: Type } {
    const fits = (f: Signature): boolean => takes(f) === given || takes(f) === 'any'
    const open = FUNCTIONS.filter(([, params]) => !params.includes('"'))
    const signature = this.#pick(this.#chance(0.9) ? open.filter(fits) : open)
    const [name, params, gives] = signature
    const [, ...last] = params.split(' ').toReversed()
    const closes = params.includes(')') || params === ''
    const fewer: Signature = closes ? signature : [name, last.toReversed().join(' '), gives]
    return { text: this.#call(fewer, 1), gives }
  }

  #call([name, params]: Signature, depth: number): string {
    const kinds = params === '' ? [] : params.split(' ')
    const args = kinds.map((kind) => {
      const [, plain = '', close = ''] = /^([^)]*)(\).*)?$/.exec(kind) ?? []
      return (plain === '' ? '' : this.#operand(plain, depth)) + close
    })
    const arity = this.#literals.below(100)
    if (arity === 0) args.push(this.#operand('any', DEEPEST))
    if (arity === 1 && !params.includes(')')) args.pop()
    return [name, ...args].join(' ')
  }

  #operand(kind: string, depth: number): string {
    if (kind.startsWith('"')) return kind
    if (this.#chance(0.03)) return this.#operand(this.#pick(TYPES), depth)
    if (this.#variables.length > 0 && this.#chance(0.12)) return this.#pick(this.#variables)
    const type = TYPES.find((t) => t === kind)
    if (type !== undefined && depth < DEEPEST && this.#chance(0.3))
      return `(${this.#call(this.#giving(type), depth + 1)})`
    return this.#literals.of(kind)
  }
}
