// This file is about the templates of an output: whether they can ever render, told before AWS is asked.
import type { Budget } from '../../template/budget.ts'
import type { Template } from '../../template/template.ts'
import type { World } from '../dialect.ts'
import { templateNames, tellsHost } from './login-values.ts'
import type { OutputFields } from './output-schema.ts'
import type { Problem } from './problem.ts'

type Fields = NonNullable<OutputFields['template']>

interface Text {
  readonly at: string
  readonly key: string
  readonly text: string
}

const textsIn = (at: string, templates: Readonly<Record<string, string>> = {}): readonly Text[] =>
  Object.entries(templates).map(([key, text]) => ({ at: `${at}[${JSON.stringify(key)}]`, key, text }))

export interface TemplatesRead {
  readonly problems: readonly Problem[]
  /** One of them says which registry it is about. */
  readonly tellHost: boolean
}

/** One budget for all templates of an object: many dear ones hold up nobody. */
export interface Means {
  readonly templates: World['templates']
  readonly budget: Budget
}

/** `at` is the place of the template. */
export function readTemplates(fields: Fields, at: string, { templates, budget }: Means): TemplatesRead {
  const texts = [
    ...textsIn(`${at}.data`, fields.data),
    ...textsIn(`${at}.metadata.labels`, fields.metadata?.labels),
    ...textsIn(`${at}.metadata.annotations`, fields.metadata?.annotations),
  ]
  const read = texts.map((text) => ({ ...text, parsed: templates.get(text.key, text.text) }))
  return {
    problems: read.flatMap(({ at: place, parsed }) =>
      parsed.is === 'refused'
        ? [{ at: place, because: `cannot be parsed: ${parsed.error.message}` }]
        : missingFields(parsed.template, budget).map((field) => ({
            at: place,
            because: `asks for .${field}, and there is none: there are ${templateNames.map((name) => `.${name}`).join(', ')}`,
          })),
    ),
    tellHost: read.some(
      ({ parsed }) => parsed.is === 'template' && [...parsed.template.fields].some(tellsHost),
    ),
  }
}

/** Stands in for a value while nobody has one yet. */
const STAND_IN = 'AWS'

/** A field may be asked for where it is never reached: a trial tells. */
function missingFields(template: Template, budget: Budget): readonly string[] {
  const missing = [...template.fields].filter((field) => !templateNames.includes(field))
  if (missing.length === 0) return []
  const trial = template.rehearse(new Map(templateNames.map((name) => [name, STAND_IN])), budget)
  return trial.is === 'failed' && trial.error.code === 'missing-key' ? missing : []
}
