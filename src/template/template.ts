// This file is about templates: Go's text/template with sprig, parsed once and rendered many times.
import { systemClock, type Instant } from '../base/clock.ts'
import { Budget, DEFAULT_LIMITS, type Limits } from './budget.ts'
import { fromBytes, toBytes } from './bytes.ts'
import { LimitError, Stop, type TemplateError, withoutSource } from './errors.ts'
import { Evaluator } from './evaluator.ts'
import type { Scene } from './func.ts'
import { hashPassword, rehearsedHash } from './functions/passwords.ts'
import { VOCABULARY } from './functions/vocabulary.ts'
import { parse } from './parser.ts'
import { Run, type Source } from './run.ts'
import { GoMap, type Value } from './values.ts'

export type { Limits } from './budget.ts'
export type { TemplateError } from './errors.ts'

/** A key's value: text, or bytes that need be no UTF-8. */
export type Data = ReadonlyMap<string, Uint8Array | string>

export type Parsed =
  | { readonly is: 'template'; readonly template: Template }
  | { readonly is: 'refused'; readonly error: TemplateError }

export type Rendered =
  | { readonly is: 'text'; readonly bytes: Buffer }
  | { readonly is: 'failed'; readonly error: TemplateError }

/** A parsed template. Immutable: rendering leaves nothing behind, so it may be kept and shared. */
export interface Template {
  /** The keys it reads by name (`.key`, `$.key`) wherever the dot is the data: for early words on missing ones. */
  readonly fields: ReadonlySet<string>
  /** It calls `now`, `ago`, `bcrypt` or `htpasswd`: its result differs though the data do not. */
  readonly readsClock: boolean
  /**
   * Renders with the data as `map[string]string` under `missingkey=error`, as external-secrets does.
   * Times are in UTC. What it costs is bounded by `limits`; what goes wrong comes back as an error.
   */
  render(data: Data, limits?: Limits, clock?: { now(): Instant }): Rendered
}

/** Longer sources fit into no Kubernetes object (1.5 MiB is etcd's request limit). */
const LONGEST_SOURCE = 1024 * 1024

export interface Options {
  /** The template was itself read from a Secret: messages say where and why, but quote none of it. */
  readonly secretSource?: boolean
}

/**
 * Parses a template once; `name` is what messages call it (the key it is rendered for). Pure: callers cache.
 * Functions that do not exist, or that are refused, are found here.
 */
export function parseTemplate(name: string, text: string, options: Options = {}): Parsed {
  const refuse = (error: TemplateError): Parsed => ({
    is: 'refused',
    error: options.secretSource ? withoutSource(name, error) : error,
  })
  if (text.length > LONGEST_SOURCE) {
    const message = `template: ${name}: longer than ${LONGEST_SOURCE} characters`
    return refuse({ code: 'limit', message })
  }
  try {
    const bytes = toBytes(text)
    const source: Source = { name, text: bytes, trees: parse(name, bytes, VOCABULARY) }
    return { is: 'template', template: new ParsedTemplate(source, options) }
  } catch (error) {
    if (error instanceof Stop) return refuse(error.error)
    throw error
  }
}

class ParsedTemplate implements Template {
  readonly fields: ReadonlySet<string>
  readonly readsClock: boolean
  readonly #source: Source
  readonly #options: Options
  readonly #isSlow: boolean

  constructor(source: Source, options: Options) {
    this.#source = source
    this.#options = options
    this.fields = new Set([...source.trees.fields].map(fromBytes))
    const called = [...source.trees.functions].map((name) => VOCABULARY.functions.get(name))
    this.readsClock = called.some((func) => func?.readsClock)
    this.#isSlow = called.some((func) => func?.isSlow)
  }

  render(data: Data, limits: Limits = DEFAULT_LIMITS, clock: { now(): Instant } = systemClock): Rendered {
    const now = (): number => clock.now()
    if (this.#isSlow) {
      const rehearsed = this.#render(data, { budget: new Budget(limits), now, hash: rehearsedHash })
      if (rehearsed.is === 'failed') return rehearsed
    }
    return this.#render(data, { budget: new Budget(limits), now, hash: hashPassword })
  }

  #render(data: Data, scene: Scene): Rendered {
    const run = new Run(this.#source, scene)
    try {
      return { is: 'text', bytes: Buffer.from(new Evaluator(run).render(rootOf(data)), 'latin1') }
    } catch (error) {
      const shown = failure(error, run)
      return {
        is: 'failed',
        error: this.#options.secretSource ? withoutSource(this.#source.name, shown) : shown,
      }
    }
  }
}

function rootOf(data: Data): GoMap {
  const entries = new Map<string, Value>()
  for (const [key, value] of data) {
    entries.set(
      toBytes(key),
      typeof value === 'string' ? toBytes(value) : Buffer.from(value).toString('latin1'),
    )
  }
  return new GoMap('string', entries)
}

function failure(error: unknown, run: Run): TemplateError {
  if (error instanceof Stop) return error.error
  if (error instanceof LimitError) return run.locate('limit', `too costly: ${error.message}`)
  // V8 says so when the stack is full or a string too long: limits of ours, were they counted exactly.
  if (error instanceof RangeError) return run.locate('limit', 'too costly: nested too deep or too large')
  throw error
}
