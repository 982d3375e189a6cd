// This file is about the grammar of a template: from tokens to trees, refusing what Go refuses.
import type { Vocabulary } from './func.ts'
import type { BranchNode, Statement, TemplateNode } from './nodes.ts'
import { PipelineParser } from './pipeline-parser.ts'
import { quote, unquote } from './quote.ts'
import { Scope } from './scope.ts'
import type { Token } from './token.ts'
import { TokenStream } from './token-stream.ts'

/** Every body a template defines, by name, its own among them. */
export interface Trees {
  readonly bodies: ReadonlyMap<string, readonly Statement[]>
  /** The first names of the fields it asks of its data outside `range`, `with` and `define`. */
  readonly fields: ReadonlySet<string>
  readonly functions: ReadonlySet<string>
}

/** White space, comments and definitions only: such a tree gives way to another of its name. */
const isEmpty = (body: readonly Statement[]): boolean =>
  body.every((node) => node.is === 'text' && /^[ \t\r\n\v\f]*$/.test(node.text))

/** What ended a list of statements. */
type Closing = { readonly is: 'end' } | { readonly is: 'else'; readonly chained: boolean }

/** Parses `source` (a byte string); throws a Stop when it is no template. */
export const parse = (name: string, source: string, vocabulary: Vocabulary): Trees =>
  new Parser(name, source, vocabulary).run()

class Parser {
  readonly #name: string
  readonly #tokens: TokenStream
  readonly #scope: Scope
  readonly #pipelines: PipelineParser
  readonly #bodies = new Map<string, readonly Statement[]>()

  constructor(name: string, source: string, vocabulary: Vocabulary) {
    this.#name = name
    this.#tokens = new TokenStream(name, source)
    this.#scope = new Scope(this.#tokens)
    this.#pipelines = new PipelineParser(this.#tokens, this.#scope, vocabulary)
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
    const { fields, functions } = this.#pipelines
    return { bodies: this.#bodies, fields, functions }
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

  #separateBody(context: string): readonly Statement[] {
    const { body, closing } = this.#scope.definition(() => this.#list())
    if (closing.is !== 'end') this.#tokens.fail(`unexpected {{else}} in ${context}`)
    return body
  }

  #list(): { body: readonly Statement[]; closing: Closing } {
    return this.#scope.deeper(() => {
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
    return { is: 'action', at, pipe: this.#pipelines.parse('command', 'right-delimiter') }
  }

  #jump(kind: 'break' | 'continue', at: number): Statement {
    const token = this.#tokens.nextNonSpace()
    if (token.kind !== 'right-delimiter') this.#tokens.unexpected(token, `{{${kind}}}`)
    if (!this.#scope.isLoop) this.#tokens.fail(`{{${kind}}} outside {{range}}`)
    return { is: kind, at }
  }

  #else(): Closing {
    const next = this.#tokens.peekNonSpace()
    if (next.kind === 'if' || next.kind === 'with') return { is: 'else', chained: true }
    this.#tokens.expect('right-delimiter', 'else')
    return { is: 'else', chained: false }
  }

  #branch(kind: BranchNode['is']): BranchNode {
    return this.#scope.branch(() => {
      const pipe = this.#pipelines.parse(kind, 'right-delimiter')
      const { body, closing } = this.#scope.body(kind, () => this.#list())
      const otherwise = closing.is === 'end' ? undefined : this.#otherwise(kind)
      return { is: kind, at: pipe.at, pipe, body, otherwise }
    })
  }

  /** `{{else if}}` is a nested `if` that shares the `end`; so is `{{else with}}` for `with`. */
  #otherwise(kind: BranchNode['is']): readonly Statement[] {
    const next = this.#tokens.peek()
    if (kind !== 'range' && next.kind === kind) {
      this.#tokens.next()
      return [this.#scope.deeper(() => this.#branch(kind))]
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
    const pipe = this.#pipelines.parse(context, 'right-delimiter')
    if (kind === 'block') this.#add(name, this.#separateBody(context))
    return { is: 'template', at: token.at, name, pipe }
  }
}
