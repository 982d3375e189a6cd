// This file is about the grammar of pipelines: commands, their operands, and the variables they declare.
import type { Func, Vocabulary } from './func.ts'
import type { CommandNode, Operand, PipeNode, VariableNode } from './nodes.ts'
import { nodeText } from './nodes.ts'
import { parseChar, parseNumber } from './numbers.ts'
import { quote, unquote } from './quote.ts'
import type { Scope } from './scope.ts'
import type { Token, TokenKind } from './token.ts'
import type { TokenStream } from './token-stream.ts'

const OPERANDS: ReadonlySet<TokenKind> = new Set<TokenKind>([
  'bool',
  'char',
  'dot',
  'field',
  'identifier',
  'number',
  'nil',
  'raw-string',
  'string',
  'variable',
  'left-paren',
])

export class PipelineParser {
  readonly #tokens: TokenStream
  readonly #scope: Scope
  readonly #vocabulary: Vocabulary
  readonly #fields = new Set<string>()
  readonly #functions = new Set<string>()

  constructor(tokens: TokenStream, scope: Scope, vocabulary: Vocabulary) {
    this.#tokens = tokens
    this.#scope = scope
    this.#vocabulary = vocabulary
  }

  /** The first names of the fields asked so far of the data itself. */
  get fields(): ReadonlySet<string> {
    return this.#fields
  }

  get functions(): ReadonlySet<string> {
    return this.#functions
  }

  /** All of it and its end; `context` is what it belongs to, for whoever has to mend it. */
  parse(context: string, end: 'right-delimiter' | 'right-paren'): PipeNode {
    const { at } = this.#tokens.peekNonSpace()
    const { variables, assigns } = this.#declarations(context)
    const commands: CommandNode[] = []
    for (;;) {
      const token = this.#tokens.nextNonSpace()
      if (token.kind === end) break
      if (!OPERANDS.has(token.kind)) this.#tokens.unexpected(token, context)
      this.#tokens.back(token)
      commands.push(this.#command())
    }
    this.#checkCommands(commands, context)
    return { is: 'pipe', at, assigns, variables, commands }
  }

  #checkCommands(commands: readonly CommandNode[], context: string): void {
    if (commands.length === 0) this.#tokens.fail(`missing value for ${context}`)
    const constant = /^(bool|dot|nil|number|string)$/
    const stage = commands.findIndex((c, i) => i > 0 && constant.test(c.operands[0].is))
    if (stage > 0) this.#tokens.fail(`non executable command in pipeline stage ${stage + 1}`)
  }

  /** `$x :=`, `$x =` and, for range, `$i, $x :=`. */
  #declarations(context: string): { variables: VariableNode[]; assigns: boolean } {
    const variables: VariableNode[] = []
    for (;;) {
      const variable = this.#tokens.nextNonSpace()
      if (variable.kind !== 'variable') {
        this.#tokens.back(variable)
        return { variables, assigns: false }
      }
      const after = this.#tokens.next()
      const sign = after.kind === 'space' ? this.#tokens.nextNonSpace() : after
      const declared = sign.kind === 'declare' || sign.kind === 'assign'
      const listed = sign.kind === 'punctuation' && sign.text === ','
      if (!declared && !listed) {
        this.#tokens.back(variable, after, after === sign ? undefined : sign)
        return { variables, assigns: false }
      }
      variables.push({ is: 'variable', at: variable.at, name: variable.text, names: [] })
      this.#scope.declare(variable.text)
      if (declared) return { variables, assigns: sign.kind === 'assign' }
      if (context !== 'range' || variables.length > 1)
        this.#tokens.fail(`too many declarations in ${context}`)
      if (!/^(variable|right-delimiter|right-paren)$/.test(this.#tokens.peekNonSpace().kind)) {
        this.#tokens.fail('range can only initialize variables')
      }
    }
  }

  #command(): CommandNode {
    const { at } = this.#tokens.peekNonSpace()
    const operands: Operand[] = []
    for (;;) {
      this.#tokens.peekNonSpace()
      const operand = this.#operand()
      if (operand !== undefined) operands.push(operand)
      const token = this.#tokens.next()
      if (token.kind === 'space') continue
      if (token.kind === 'right-delimiter' || token.kind === 'right-paren') this.#tokens.back(token)
      else if (token.kind !== 'pipe') this.#tokens.unexpected(token, 'operand')
      break
    }
    const [first, ...rest] = operands
    if (first === undefined) this.#tokens.fail('empty command')
    return { is: 'command', at, operands: [first, ...rest] }
  }

  /** A term with the fields asked of it. */
  #operand(): Operand | undefined {
    const base = this.#term()
    if (base === undefined) return undefined
    const { kind, at } = this.#tokens.peek()
    if (kind !== 'field') return base
    const names: string[] = []
    while (this.#tokens.peek().kind === 'field') names.push(this.#tokens.next().text.slice(1))
    if (base.is === 'field') return { ...base, at, names: [...base.names, ...names] }
    if (base.is === 'variable') {
      if (base.name === '$' && this.#scope.dollarIsData) this.#fields.add(names[0] ?? '')
      return { ...base, at, names }
    }
    if (/^(bool|string|number|nil|dot)$/.test(base.is)) {
      this.#tokens.fail(`unexpected . after term ${quote(nodeText(base))}`)
    }
    return { is: 'chain', at, base, names }
  }

  #term(): Operand | undefined {
    const token = this.#tokens.nextNonSpace()
    const { kind, at, text } = token
    if (kind === 'identifier') return { is: 'identifier', at, name: text, func: this.#function(text) }
    if (kind === 'dot' || kind === 'nil') return { is: kind, at }
    if (kind === 'variable') return this.#variable(token)
    if (kind === 'field') return this.#field(token)
    if (kind === 'bool') return { is: 'bool', at, value: text === 'true' }
    if (kind === 'char' || kind === 'number') return this.#number(token)
    if (kind === 'string' || kind === 'raw-string') {
      return { is: 'string', at, quoted: text, value: unquote(text) ?? this.#tokens.fail('invalid syntax') }
    }
    if (kind === 'left-paren') {
      return this.#scope.deeper(() => this.parse('parenthesized pipeline', 'right-paren'))
    }
    this.#tokens.back(token)
    return undefined
  }

  #variable({ at, text }: Token): Operand {
    if (!this.#scope.knows(text)) this.#tokens.fail(`undefined variable ${quote(text)}`)
    return { is: 'variable', at, name: text, names: [] }
  }

  #field({ at, text }: Token): Operand {
    const name = text.slice(1)
    if (this.#scope.dotIsData) this.#fields.add(name)
    return { is: 'field', at, names: [name] }
  }

  #number({ kind, at, text }: Token): Operand {
    if (kind === 'char') {
      const value = parseChar(text) ?? this.#tokens.fail(`malformed character constant: ${text}`)
      return { is: 'number', at, text, value }
    }
    const value = parseNumber(text)
    if (typeof value === 'string') this.#tokens.fail(`${value}: ${quote(text)}`)
    return { is: 'number', at, text, value }
  }

  #function(name: string): Func {
    const func = this.#vocabulary.functions.get(name)
    if (func === undefined) {
      const why = this.#vocabulary.refused.get(name)
      this.#tokens.fail(
        `function ${quote(name)} not defined${why === undefined ? '' : ` (${why})`}`,
        'function',
      )
    }
    this.#functions.add(name)
    return func
  }
}
