// This file is about what surrounds the place being parsed: variables, loops, depth, and what the dot means there.
import type { BranchNode } from './nodes.ts'
import type { TokenStream } from './token-stream.ts'

/** Deeper parentheses and blocks than this are nobody's intention, and cost stack. */
const DEEPEST = 100
/** Variables are looked up one by one. */
const MOST_VARIABLES = 500

export class Scope {
  readonly #tokens: TokenStream
  #variables: string[] = ['$']
  #depth = 0
  #loops = 0
  /** How many enclosing blocks have given the dot another meaning. */
  #dots = 0
  #isDefinition = false

  /** `tokens` tells where, when something is refused. */
  constructor(tokens: TokenStream) {
    this.#tokens = tokens
  }

  get isLoop(): boolean {
    return this.#loops > 0
  }

  /** Whether the dot is the data a template is given. */
  get dotIsData(): boolean {
    return this.#dots === 0
  }

  /** Whether `$` is that data, which it is outside definitions. */
  get dollarIsData(): boolean {
    return !this.#isDefinition
  }

  knows(variable: string): boolean {
    return this.#variables.includes(variable)
  }

  declare(variable: string): void {
    if (this.#variables.length >= MOST_VARIABLES) {
      this.#tokens.fail(`more than ${MOST_VARIABLES} variables`, 'limit')
    }
    this.#variables.push(variable)
  }

  deeper<T>(parse: () => T): T {
    if (++this.#depth > DEEPEST) this.#tokens.fail(`nested more than ${DEEPEST} levels deep`, 'limit')
    const result = parse()
    this.#depth--
    return result
  }

  /** Variables declared in a branch end with it. */
  branch<T>(parse: () => T): T {
    const mark = this.#variables.length
    const result = parse()
    this.#variables.length = mark
    return result
  }

  /** What is done where the branch is taken. */
  body<T>(kind: BranchNode['is'], parse: () => T): T {
    const [loops, dots] = [this.#loops, this.#dots]
    if (kind === 'range') this.#loops++
    if (kind !== 'if') this.#dots++
    const result = parse()
    this.#loops = loops
    this.#dots = dots
    return result
  }

  /** A definition inherits nothing. */
  definition<T>(parse: () => T): T {
    const outer = [this.#variables, this.#loops, this.#dots, this.#isDefinition] as const
    this.#variables = ['$']
    this.#loops = 0
    this.#dots = 1
    this.#isDefinition = true
    const result = parse()
    ;[this.#variables, this.#loops, this.#dots, this.#isDefinition] = outer
    return result
  }
}
