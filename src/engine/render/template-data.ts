// This file is about data, labels and annotations made by Go templates over the key-values of a login.
import { type Fault, fault } from '../../model/fault.ts'
import type { Login } from '../../model/login.ts'
import type { TemplateData } from '../../model/shape.ts'
import { renderKeyValues } from './key-values.ts'
import { metadataFault } from './metadata.ts'
import type { Rendered } from './rendered.ts'
import type { ParsedTemplates } from '../../template/parsed-templates.ts'

export function renderTemplates(
  shape: TemplateData,
  logins: readonly Login[],
  parsed: ParsedTemplates,
): Rendered | Fault {
  const values = renderKeyValues(shape.values, logins)
  if ('is' in values) return values
  const data = renderAll(shape.data, values, parsed)
  if ('is' in data) return data
  const labels = renderAll(shape.labels, values, parsed)
  if ('is' in labels) return labels
  const annotations = renderAll(shape.annotations, values, parsed)
  if ('is' in annotations) return annotations
  const rendered: Rendered = {
    data: shape.keepsValues ? new Map([...values, ...data]) : data,
    labels: asText(labels),
    annotations: asText(annotations),
  }
  return metadataFault(rendered.labels, rendered.annotations) ?? rendered
}

function renderAll(
  templates: Readonly<Record<string, string>>,
  values: ReadonlyMap<string, Buffer>,
  parsed: ParsedTemplates,
): ReadonlyMap<string, Buffer> | Fault {
  const out = new Map<string, Buffer>()
  for (const [key, text] of Object.entries(templates)) {
    const template = parsed.get(key, text)
    if (template.is === 'refused') return fault('template-invalid', template.error.message, `template ${key}`)
    const rendered = template.template.render(values)
    if (rendered.is === 'failed') return fault('template-failed', rendered.error.message, `template ${key}`)
    out.set(key, rendered.bytes)
  }
  return out
}

const asText = (rendered: ReadonlyMap<string, Buffer>): Record<string, string> =>
  Object.fromEntries([...rendered].map(([key, value]) => [key, value.toString()]))
