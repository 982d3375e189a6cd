// This file is about reading tokens with the few steps back that the grammar needs, and complaining at one.
import { fromBytes, toBytes } from './bytes.ts'
import { shortened, Stop, type TemplateError } from './errors.ts'
import { Lexer, LIMIT_ERRORS } from './lexer.ts'
import { quote } from './quote.ts'
import { isKeyword, type Token, type TokenKind } from './token.ts'

/** A token as Go's messages show it. */
function describe({ kind, text }: Token): string {
  if (kind === 'eof') return 'EOF'
  if (kind === 'error') return text
  if (kind === 'dot' || isKeyword(kind)) return `<${text}>`
  const start = Array.from(fromBytes(text)).slice(0, 10).join('')
  return text.length > 10 ? `${quote(toBytes(start))}...` : quote(text)
}

export class TokenStream {
  readonly #name: string
  readonly #lexer: Lexer
  readonly #pending: Token[] = []
  #line = 1
  /** The line the action being read starts on; 0 outside actions. */
  actionLine = 0

  constructor(name: string, source: string) {
    this.#name = name
    this.#lexer = new Lexer(source)
  }

  /** Ends parsing, at the line that was read last. */
  fail(message: string, code: TemplateError['code'] = 'parse'): never {
    throw new Stop({
      code,
      message: `template: ${this.#name}:${this.#line}: ${shortened(fromBytes(message))}`,
    })
  }

  next(): Token {
    const pending = this.#pending.pop()
    if (pending !== undefined) return pending
    const token = this.#lexer.next()
    this.#line = token.line
    return token
  }

  /** Puts tokens back, to be read again in this order. */
  back(first: Token, second?: Token, third?: Token): void {
    if (third !== undefined) this.#pending.push(third)
    if (second !== undefined) this.#pending.push(second)
    this.#pending.push(first)
  }

  peek(): Token {
    const token = this.next()
    this.#pending.push(token)
    return token
  }

  /** A run of spaces is one token, but a comment may part two runs. */
  nextNonSpace(): Token {
    let token = this.next()
    while (token.kind === 'space') token = this.next()
    return token
  }

  peekNonSpace(): Token {
    const token = this.nextNonSpace()
    this.#pending.push(token)
    return token
  }

  unexpected(token: Token, context: string): never {
    if (token.kind === 'error' && LIMIT_ERRORS.has(token.text)) this.fail(token.text, 'limit')
    if (token.kind !== 'error') this.fail(`unexpected ${describe(token)} in ${context}`)
    const elsewhere = this.actionLine !== 0 && this.actionLine !== token.line
    const started = ` started at ${this.#name}:${this.actionLine}`
    const extra = token.text.endsWith(' action') ? started : ` in action${started}`
    this.fail(token.text + (elsewhere ? extra : ''))
  }

  expect(kind: TokenKind, context: string): Token {
    const token = this.nextNonSpace()
    return token.kind === kind ? token : this.unexpected(token, context)
  }
}
