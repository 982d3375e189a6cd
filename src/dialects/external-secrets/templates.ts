// This file is about the templates an object carries: whether they can ever render, told before AWS is asked.
import type { Fault } from '../../model/fault.ts'
import { keysOf, type Shape, type TemplateData } from '../../model/shape.ts'
import type { Budget } from '../../template/budget.ts'
import type { Template } from '../../template/template.ts'
import type { Warning } from '../dialect.ts'
import { faultOf, type Problem } from './problem.ts'
import type { Means } from './rewrite.ts'

interface Text {
  readonly at: string
  readonly key: string
  readonly text: string
}

const textsIn = (at: string, templates: Readonly<Record<string, string>>): readonly Text[] =>
  Object.entries(templates).map(([key, text]) => ({ at: `${at}[${JSON.stringify(key)}]`, key, text }))

const dataTexts = ({ data }: TemplateData): readonly Text[] => textsIn('spec.target.template.data', data)

/** What is kept elsewhere is looked at when it is read. */
const literalTexts = ({ from = [] }: TemplateData): readonly Text[] =>
  from.flatMap(({ at, template }) =>
    template.is === 'literal' ? [{ at, key: at, text: template.text }] : [],
  )

const allTexts = (shape: TemplateData): readonly Text[] => [
  ...literalTexts(shape),
  ...dataTexts(shape),
  ...textsIn('spec.target.template.metadata.labels', shape.labels),
  ...textsIn('spec.target.template.metadata.annotations', shape.annotations),
]

function missingText(at: string, field: string, given: readonly string[]): string {
  const why = field === 'proxy_endpoint' ? ' (ECR Public gives no endpoint: write public.ecr.aws)' : ''
  return `${at} asks for .${field}, which the generator does not give${why}: it gives ${given.map((name) => `.${name}`).join(', ')}`
}

/** Stands in for a value while nobody has one yet. */
const STAND_IN = 'AWS'

/** A field may be asked for where it is never reached (`{{ if index . "x" }}{{ .x }}{{ end }}`): a trial tells. */
function missingFields(template: Template, given: readonly string[], budget: Budget): readonly string[] {
  const missing = [...template.fields].filter((field) => !given.includes(field))
  if (missing.length === 0) return []
  const trial = template.rehearse(new Map(given.map((field) => [field, STAND_IN])), budget)
  return trial.is === 'failed' && trial.error.code === 'missing-key' ? missing : []
}

function problemsOf(
  { at, key, text }: Text,
  given: readonly string[],
  { templates, budget }: Means,
): readonly Problem[] {
  const parsed = templates.get(key, text)
  if (parsed.is === 'refused') {
    const place = key === at ? at : `key ${key}`
    const message = `unable to parse template at ${place}: ${parsed.error.message} (correct ${at})`
    return [{ at, message }]
  }
  return missingFields(parsed.template, given, budget).map((field) => ({
    at,
    message: missingText(at, field, given),
  }))
}

/** A template that does not parse, or asks for a value that no generator of the object gives. */
export function templateFault(shape: Shape, means: Means): Fault | undefined {
  if (shape.is !== 'template') return undefined
  const given = keysOf(shape.values)
  const problems = allTexts(shape).flatMap((text) => problemsOf(text, given, means))
  return problems.length === 0 ? undefined : faultOf('template-invalid', problems)
}

/** Templates that are right, and hardly ever meant. */
export function templateWarnings(shape: Shape): readonly Warning[] {
  if (shape.is !== 'template') return []
  const empty = dataTexts(shape)
    .filter(({ text }) => text === '')
    .map(({ at }) => ({ reason: 'TemplateEmpty', message: `${at} is empty: that key is written empty` }))
  return [...empty, ...(givesData(shape) ? [] : [WITHOUT_DATA])]
}

const givesData = ({ keepsValues, data, from = [] }: TemplateData): boolean =>
  keepsValues || Object.keys(data).length > 0 || from.some(({ into }) => into === 'data')

const WITHOUT_DATA: Warning = {
  reason: 'TemplateWithoutData',
  message:
    'spec.target.template.templateFrom makes no data, so none is written: set spec.target.template.mergePolicy to Merge to have what the generators give beside it',
}
