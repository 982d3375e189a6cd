// This file is about data, labels and annotations made by Go templates over the key-values of a login.
import { type Fault, fault } from '../../model/fault.ts'
import type { Login } from '../../model/login.ts'
import type { TemplateData, TemplateFrom } from '../../model/shape.ts'
import { orderBudget } from '../../template/budget.ts'
import type { ParsedTemplates } from '../../template/parsed-templates.ts'
import type { KeptTemplates } from '../kept-templates.ts'
import { renderKeyValues } from './key-values.ts'
import { metadataFault } from './metadata.ts'
import { Naming } from './naming.ts'
import type { Rendered } from './rendered.ts'
import { renderFrom } from './template-from.ts'

type Values = ReadonlyMap<string, Buffer>
type Part = TemplateFrom['into']

export interface TemplatesRendered extends Rendered {
  readonly naming: Naming
}

export function renderTemplates(
  shape: TemplateData,
  logins: readonly Login[],
  kept: KeptTemplates,
  parsed: ParsedTemplates,
): TemplatesRendered | Fault {
  const values = renderKeyValues(shape.values, logins)
  if ('is' in values) return values
  const made = new Made(values, kept, parsed)
  if (shape.keepsValues) made.put('data', values)
  const problem =
    made.renderFrom(shape.from ?? []) ??
    made.render('data', shape.data) ??
    made.render('labels', shape.labels) ??
    made.render('annotations', shape.annotations)
  return problem ?? made.finish()
}

/** What the templates have made so far; later ones overwrite earlier ones. */
class Made {
  readonly #values: Values
  readonly #kept: KeptTemplates
  readonly #parsed: ParsedTemplates
  readonly #budget = orderBudget()
  readonly #naming = new Naming()
  readonly #parts: Readonly<Record<Part, Map<string, Buffer>>> = {
    data: new Map(),
    labels: new Map(),
    annotations: new Map(),
  }

  constructor(values: Values, kept: KeptTemplates, parsed: ParsedTemplates) {
    this.#values = values
    this.#kept = kept
    this.#parsed = parsed
  }

  put(into: Part, values: Values): void {
    for (const [key, value] of values) {
      this.#parts[into].set(key, value)
      this.#naming.written(into, key)
    }
  }

  renderFrom(templates: readonly TemplateFrom[]): Fault | undefined {
    for (const from of templates) {
      const values = renderFrom(from, this.#kept.texts.get(from), this.#values, this.#parsed, this.#budget)
      if ('is' in values) return values
      this.put(from.into, values)
      if (from.template.as === 'values') continue
      for (const key of values.keys()) this.#naming.made(from.into, key, from.at)
    }
    return undefined
  }

  /** A template a key. */
  render(into: Part, templates: Readonly<Record<string, string>>): Fault | undefined {
    for (const [key, text] of Object.entries(templates)) {
      const template = this.#parsed.get(key, text)
      if (template.is === 'refused') return atKey('template-invalid', 'parse', key, template.error)
      const rendered = template.template.render(this.#values, { budget: this.#budget })
      if (rendered.is === 'failed') return atKey('template-failed', 'execute', key, rendered.error)
      this.put(into, new Map([[key, rendered.bytes]]))
    }
    return undefined
  }

  finish(): TemplatesRendered | Fault {
    const { data, labels, annotations } = this.#parts
    const rendered = {
      data,
      labels: asText(labels),
      annotations: asText(annotations),
      naming: this.#naming,
    }
    return metadataFault(rendered.labels, rendered.annotations, this.#naming) ?? rendered
  }
}

const atKey = (
  code: 'template-invalid' | 'template-failed',
  doing: 'parse' | 'execute',
  key: string,
  { message }: { readonly message: string },
): Fault => fault(code, `unable to ${doing} template at key ${key}: ${message}`, `template ${key}`)

const asText = (rendered: Values): Record<string, string> =>
  Object.fromEntries([...rendered].map(([key, value]) => [key, value.toString()]))
