// This file is about the tokens a template is made of.

const KEYWORDS = [
  'block',
  'break',
  'continue',
  'define',
  'else',
  'end',
  'if',
  'nil',
  'range',
  'template',
  'with',
] as const
export type Keyword = (typeof KEYWORDS)[number]
const KEYWORD_SET: ReadonlySet<string> = new Set(KEYWORDS)

export const isKeyword = (word: string): word is Keyword => KEYWORD_SET.has(word)

export type TokenKind =
  | Keyword
  | 'eof'
  | 'error'
  | 'text'
  | 'left-delimiter'
  | 'right-delimiter'
  | 'space'
  | 'identifier'
  | 'field'
  | 'variable'
  | 'dot'
  | 'bool'
  | 'number'
  | 'char'
  | 'string'
  | 'raw-string'
  | 'assign'
  | 'declare'
  | 'pipe'
  | 'left-paren'
  | 'right-paren'
  | 'punctuation'

export interface Token {
  readonly kind: TokenKind
  /** The token as it stands in the source; the message of an `error`. */
  readonly text: string
  /** The byte it starts at. */
  readonly at: number
  /** The line it starts on, from 1. */
  readonly line: number
}
