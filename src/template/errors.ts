// This file is about what goes wrong in a template: one shape outside, a few exceptions inside.

/** Why a template was refused or did not render. The message has Go's shape and never holds a value of the data. */
export interface TemplateError {
  /**
   * `parse`: the text is no template; `function`: it names a function there is none of, or one that is refused;
   * `missing-key`: the data lack a key; `execute`: anything else Go would refuse; `limit`: it costs too much.
   */
  readonly code: 'parse' | 'function' | 'missing-key' | 'execute' | 'limit'
  readonly message: string
}

/** Messages are read by people, in a condition; names in a template may be of any length. */
const LONGEST_MESSAGE = 300

export const shortened = (message: string): string =>
  message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}...` : message

const REASONS: Readonly<Record<TemplateError['code'], string>> = {
  parse: 'it does not parse',
  function: 'it calls a function that does not exist or is refused',
  'missing-key': 'it names a key that the data lack',
  execute: 'it cannot be executed with these data',
  limit: 'it is too costly',
}

/** The same error without a word of the template's source: only its place and why. */
export function withoutSource(name: string, { code, message }: TemplateError): TemplateError {
  const place = message.startsWith(`template: ${name}:`) ? message.slice(`template: ${name}`.length) : ''
  const numbers = /^(?::\d+){1,2}(?=:)/.exec(place)?.[0] ?? ''
  return { code, message: `template: ${name}${numbers}: ${REASONS[code]}` }
}

/** Ends parsing or rendering with a finished error; caught in template.ts. */
export class Stop extends Error {
  readonly error: TemplateError
  constructor(error: TemplateError) {
    super(error.message)
    this.error = error
  }
}

/** A function of the template refuses its arguments. The message must not hold a value. */
export class CallError extends Error {}

/** The template costs too much. */
export class LimitError extends Error {}
