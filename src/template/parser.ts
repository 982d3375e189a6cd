// This file is about the grammar of a template: from tokens to trees, refusing what Go refuses.
import type { Func, FuncTable } from './func.ts'
import type { Token, TokenKind } from './lexer.ts'
import type {
  BranchNode,
  CommandNode,
  Operand,
  PipeNode,
  Statement,
  TemplateNode,
  VariableNode,
} from './nodes.ts'
import { nodeText } from './nodes.ts'
import { parseChar, parseNumber } from './numbers.ts'
import { quote, unquote } from './quote.ts'
import { TokenStream } from './token-stream.ts'

/** Every body a template defines, by name, its own among them. */
export interface Trees {
  readonly bodies: ReadonlyMap<string, readonly Statement[]>
  /** The first names of the fields it asks of its data outside `range`, `with` and `define`. */
  readonly fields: ReadonlySet<string>
  readonly functions: ReadonlySet<string>
}

/** What a function is looked up in: the ones there are, and why some are not. */
export interface Vocabulary {
  readonly functions: FuncTable
  readonly refused: ReadonlyMap<string, string>
}

/** Deeper parentheses and blocks than this are nobody's intention, and cost stack. */
const DEEPEST = 100
/** Variables are looked up one by one. */
const MOST_VARIABLES = 500

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
/** White space, comments and definitions only: such a tree gives way to another of its name. */
const isEmpty = (body: readonly Statement[]): boolean =>
  body.every((node) => node.is === 'text' && /^[ \t\r\n\v\f]*$/.test(node.text))

/** The variables and loops around the place being parsed; a definition starts anew. */
interface Scope {
  variables: string[]
  loops: number
  /** How many enclosing blocks have given the dot another meaning. */
  dots: number
  /** Whether `$` is the data, which it is outside definitions. */
  readonly rooted: boolean
}

/** What ended a list of statements. */
type Closing = { readonly is: 'end' } | { readonly is: 'else'; readonly chained: boolean }

/** Parses `source` (a byte string); throws a Stop when it is no template. */
export const parse = (name: string, source: string, vocabulary: Vocabulary): Trees =>
  new Parser(name, source, vocabulary).run()

class Parser {
  readonly #name: string
  readonly #tokens: TokenStream
  readonly #vocabulary: Vocabulary
  readonly #bodies = new Map<string, readonly Statement[]>()
  readonly #fields = new Set<string>()
  readonly #functions = new Set<string>()
  #depth = 0
  #scope: Scope = { variables: ['$'], loops: 0, dots: 0, rooted: true }

  constructor(name: string, source: string, vocabulary: Vocabulary) {
    this.#name = name
    this.#tokens = new TokenStream(name, source)
    this.#vocabulary = vocabulary
  }

  run(): Trees {
    const body: Statement[] = []
    while (this.#tokens.peek().kind !== 'eof') {
      if (this.#definition()) continue
      const next = this.#statement()
      if (next.is === 'end' || next.is === 'else') this.#tokens.fail(`unexpected {{${next.is}}}`)
      body.push(next)
    }
    this.#add(this.#name, body)
    return { bodies: this.#bodies, fields: this.#fields, functions: this.#functions }
  }

  #deeper<T>(parse: () => T): T {
    if (++this.#depth > DEEPEST) this.#tokens.fail(`nested more than ${DEEPEST} levels deep`, 'limit')
    const result = parse()
    this.#depth--
    return result
  }

  #add(name: string, body: readonly Statement[]): void {
    const old = this.#bodies.get(name)
    if (old === undefined || isEmpty(old)) this.#bodies.set(name, body)
    else if (!isEmpty(body)) this.#tokens.fail(`template: multiple definition of template ${quote(name)}`)
  }

  /** `{{define "name"}} … {{end}}`, which stands at the top level only. */
  #definition(): boolean {
    const delimiter = this.#tokens.next()
    if (delimiter.kind !== 'left-delimiter') {
      this.#tokens.back(delimiter)
      return false
    }
    const keyword = this.#tokens.nextNonSpace()
    if (keyword.kind !== 'define') {
      this.#tokens.back(delimiter, keyword)
      return false
    }
    const name = this.#templateName(this.#tokens.nextNonSpace(), 'define clause')
    this.#tokens.expect('right-delimiter', 'define clause')
    this.#add(name, this.#separateBody('define clause'))
    return true
  }

  #templateName(token: Token, context: string): string {
    if (token.kind !== 'string' && token.kind !== 'raw-string') this.#tokens.unexpected(token, context)
    return unquote(token.text) ?? this.#tokens.fail('invalid syntax')
  }

  /** A body that inherits no variables. */
  #separateBody(context: string): readonly Statement[] {
    const outer = this.#scope
    this.#scope = { variables: ['$'], loops: 0, dots: 1, rooted: false }
    const { body, closing } = this.#list()
    if (closing.is !== 'end') this.#tokens.fail(`unexpected {{else}} in ${context}`)
    this.#scope = outer
    return body
  }

  #list(): { body: readonly Statement[]; closing: Closing } {
    return this.#deeper(() => {
      const body: Statement[] = []
      while (this.#tokens.peekNonSpace().kind !== 'eof') {
        const next = this.#statement()
        if (next.is === 'end' || next.is === 'else') return { body, closing: next }
        body.push(next)
      }
      return this.#tokens.fail('unexpected EOF')
    })
  }

  #statement(): Statement | Closing {
    const token = this.#tokens.nextNonSpace()
    if (token.kind === 'text') return { is: 'text', at: token.at, text: token.text }
    if (token.kind !== 'left-delimiter') this.#tokens.unexpected(token, 'input')
    this.#tokens.actionLine = token.line
    const statement = this.#action()
    this.#tokens.actionLine = 0
    return statement
  }

  #action(): Statement | Closing {
    const token = this.#tokens.nextNonSpace()
    const { kind, at } = token
    if (kind === 'if' || kind === 'with' || kind === 'range') return this.#branch(kind)
    if (kind === 'break' || kind === 'continue') return this.#jump(kind, at)
    if (kind === 'block' || kind === 'template') return this.#template(kind)
    if (kind === 'else') return this.#else()
    if (kind === 'end') {
      this.#tokens.expect('right-delimiter', 'end')
      return { is: 'end' }
    }
    this.#tokens.back(token)
    return { is: 'action', at, pipe: this.#pipeline('command', 'right-delimiter') }
  }

  #jump(kind: 'break' | 'continue', at: number): Statement {
    const token = this.#tokens.nextNonSpace()
    if (token.kind !== 'right-delimiter') this.#tokens.unexpected(token, `{{${kind}}}`)
    if (this.#scope.loops === 0) this.#tokens.fail(`{{${kind}}} outside {{range}}`)
    return { is: kind, at }
  }

  #else(): Closing {
    const next = this.#tokens.peekNonSpace()
    if (next.kind === 'if' || next.kind === 'with') return { is: 'else', chained: true }
    this.#tokens.expect('right-delimiter', 'else')
    return { is: 'else', chained: false }
  }

  #branch(kind: BranchNode['is']): BranchNode {
    const mark = this.#scope.variables.length
    const pipe = this.#pipeline(kind, 'right-delimiter')
    const { body, closing } = this.#branchBody(kind)
    const otherwise = closing.is === 'end' ? undefined : this.#otherwise(kind)
    this.#scope.variables.length = mark
    return { is: kind, at: pipe.at, pipe, body, otherwise }
  }

  #branchBody(kind: BranchNode['is']): { body: readonly Statement[]; closing: Closing } {
    const { loops, dots } = this.#scope
    if (kind === 'range') this.#scope.loops++
    if (kind !== 'if') this.#scope.dots++
    const parsed = this.#list()
    this.#scope.loops = loops
    this.#scope.dots = dots
    return parsed
  }

  /** `{{else if}}` is a nested `if` that shares the `end`; so is `{{else with}}` for `with`. */
  #otherwise(kind: BranchNode['is']): readonly Statement[] {
    const next = this.#tokens.peek()
    if (kind !== 'range' && next.kind === kind) {
      this.#tokens.next()
      return [this.#deeper(() => this.#branch(kind))]
    }
    const { body, closing } = this.#list()
    if (closing.is !== 'end') this.#tokens.fail('expected end; found {{else}}')
    return body
  }

  #template(kind: 'template' | 'block'): TemplateNode {
    const context = `${kind} clause`
    const token = this.#tokens.nextNonSpace()
    const name = this.#templateName(token, context)
    if (kind === 'template' && this.#tokens.peekNonSpace().kind === 'right-delimiter') {
      this.#tokens.nextNonSpace()
      return { is: 'template', at: token.at, name, pipe: undefined }
    }
    const pipe = this.#pipeline(context, 'right-delimiter')
    if (kind === 'block') this.#add(name, this.#separateBody(context))
    return { is: 'template', at: token.at, name, pipe }
  }

  #pipeline(context: string, end: 'right-delimiter' | 'right-paren'): PipeNode {
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
        this.#tokens.back(variable, ...(after === sign ? [after] : [after, sign]))
        return { variables, assigns: false }
      }
      variables.push({ is: 'variable', at: variable.at, name: variable.text, names: [] })
      this.#declare(variable.text)
      if (declared) return { variables, assigns: sign.kind === 'assign' }
      if (context !== 'range' || variables.length > 1)
        this.#tokens.fail(`too many declarations in ${context}`)
      if (!/^(variable|right-delimiter|right-paren)$/.test(this.#tokens.peekNonSpace().kind)) {
        this.#tokens.fail('range can only initialize variables')
      }
    }
  }

  #declare(name: string): void {
    if (this.#scope.variables.length >= MOST_VARIABLES) {
      this.#tokens.fail(`more than ${MOST_VARIABLES} variables`, 'limit')
    }
    this.#scope.variables.push(name)
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
      if (base.name === '$' && this.#scope.rooted) this.#fields.add(names[0] ?? '')
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
      return this.#deeper(() => this.#pipeline('parenthesized pipeline', 'right-paren'))
    }
    this.#tokens.back(token)
    return undefined
  }

  #variable({ at, text }: Token): Operand {
    if (!this.#scope.variables.includes(text)) this.#tokens.fail(`undefined variable ${quote(text)}`)
    return { is: 'variable', at, name: text, names: [] }
  }

  #field({ at, text }: Token): Operand {
    const name = text.slice(1)
    if (this.#scope.dots === 0) this.#fields.add(name)
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
