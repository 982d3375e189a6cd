// This file is about templates: Go's text/template with sprig, parsed once and rendered many times.
import { instant, type Instant, systemClock } from '../base/clock.ts'
import { Budget, DEFAULT_LIMITS } from './budget.ts'
import { fromBytes, toBytes } from './bytes.ts'
import { LimitError, Stop, type TemplateError, withoutSource } from './errors.ts'
import { Evaluator } from './evaluator.ts'
import type { Scene } from './func.ts'
import { hashPassword, rehearsedHash } from './functions/passwords.ts'
import { VOCABULARY } from './functions/vocabulary.ts'
import { parse } from './parser.ts'
import { Run, type Source } from './run.ts'
import { GoMap, type Value } from './values.ts'

export type { TemplateError } from './errors.ts'

/** A key's value: text, or bytes that need be no UTF-8. */
export type Data = ReadonlyMap<string, Uint8Array | string>

export type Parsed =
  | { readonly is: 'template'; readonly template: Template }
  | { readonly is: 'refused'; readonly error: TemplateError }

export type Rendered =
  | { readonly is: 'text'; readonly bytes: Buffer }
  | { readonly is: 'failed'; readonly error: TemplateError }

/** What a rendering may use; each has a default. */
export interface Setting {
  /** Spent by this rendering too, where several share it; else it has one of its own. */
  readonly budget?: Budget
  readonly clock?: { now(): Instant }
  /** Of a key the data lack: an error, or nil, which prints as `<no value>`. Go's `missingkey`. */
  readonly missing?: 'error' | 'no value'
}

/** A parsed template. Immutable: rendering leaves nothing behind, so it may be kept and shared. */
export interface Template {
  /** The keys it reads by name (`.key`, `$.key`) wherever the dot is the data: for early words on missing ones. */
  readonly fields: ReadonlySet<string>
  /** The functions it calls whose answers differ at every rendering: `now`, `ago`, `bcrypt`, `htpasswd`. */
  readonly varying: readonly string[]
  /**
   * Renders with the data as `map[string]string`, under `missingkey=error` as external-secrets does unless told otherwise.
   * Times are in UTC. What it costs is bounded by the budget; what goes wrong comes back as an error.
   */
  render(data: Data, setting?: Setting): Rendered
  /** The same without what is slow or varies: no hash is drawn, and the clock stands still. */
  rehearse(data: Data, budget: Budget): Rendered
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
  readonly varying: readonly string[]
  readonly #source: Source
  readonly #options: Options
  readonly #isSlow: boolean

  constructor(source: Source, options: Options) {
    this.#source = source
    this.#options = options
    this.fields = new Set([...source.trees.fields].map(fromBytes))
    const called = [...source.trees.functions]
    this.varying = called.filter((name) => VOCABULARY.functions.get(name)?.readsClock)
    this.#isSlow = called.some((name) => VOCABULARY.functions.get(name)?.isSlow)
  }

  render(
    data: Data,
    { budget = new Budget(DEFAULT_LIMITS), clock = systemClock, missing }: Setting = {},
  ): Rendered {
    const scene = { now: () => clock.now(), forgives: missing === 'no value' }
    if (this.#isSlow) {
      const rehearsed = this.#render(data, { ...scene, budget: budget.copy(), hash: rehearsedHash })
      if (rehearsed.is === 'failed') return rehearsed
    }
    return this.#render(data, { ...scene, budget, hash: hashPassword })
  }

  rehearse(data: Data, budget: Budget): Rendered {
    return this.#render(data, { budget, now: () => STANDSTILL, forgives: false, hash: rehearsedHash })
  }

  #render(data: Data, scene: Scene): Rendered {
    const run = new Run(this.#source, scene)
    try {
      const text = new Evaluator(run).render(rootOf(data, scene.budget))
      scene.budget.output(text.length)
      return { is: 'text', bytes: Buffer.from(text, 'latin1') }
    } catch (error) {
      const shown = failure(error, run)
      return {
        is: 'failed',
        error: this.#options.secretSource ? withoutSource(this.#source.name, shown) : shown,
      }
    }
  }
}

const STANDSTILL = instant(0)

/** A rendering that does hardly anything takes some 5 µs. */
const STEPS_PER_RENDERING = 15

function rootOf(data: Data, budget: Budget): GoMap {
  const entries = new Map<string, Value>()
  budget.step(STEPS_PER_RENDERING)
  for (const [key, value] of data) {
    budget.text(value.length)
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
