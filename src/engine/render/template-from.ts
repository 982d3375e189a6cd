// This file is about one template that is not named after a key, or is kept elsewhere: rendered, taken apart, decoded.
import type { SecretText } from '../../base/secret-text.ts'
import { type Fault, fault } from '../../model/fault.ts'
import type { TemplateFrom } from '../../model/shape.ts'
import type { Budget } from '../../template/budget.ts'
import type { ParsedTemplates } from '../../template/parsed-templates.ts'
import { type Parsed, parseTemplate } from '../../template/template.ts'
import { decode } from './decoding.ts'
import { parseYamlTexts } from './yaml-texts.ts'

type Values = ReadonlyMap<string, Buffer>

/** `kept` is the text of a template that is kept elsewhere. Faults never quote what was rendered, keys included. */
export function renderFrom(
  from: TemplateFrom,
  kept: SecretText | undefined,
  values: Values,
  parsed: ParsedTemplates,
  budget: Budget,
): Values | Fault {
  const template = parse(from, kept, parsed)
  if (template.is === 'refused') {
    return fault(
      'template-invalid',
      `unable to parse template at ${nameOf(from)}: ${template.error.message}`,
      from.at,
    )
  }
  const rendered = template.template.render(values, { budget })
  if (rendered.is === 'failed') {
    const message = `unable to execute template at ${nameOf(from)}: ${rendered.error.message}`
    return fault('template-failed', message, from.at)
  }
  const texts = takeApart(from, rendered.bytes, budget)
  return 'code' in texts ? texts : decodeAll(from, texts)
}

/** How messages call the template: the key it is kept under, with its object. */
function nameOf({ template, at }: TemplateFrom): string {
  if (template.is === 'literal') return at
  return `key ${template.key} of ${template.object.kind} ${template.object.name}`
}

/** Of a text from a Secret nothing is quoted, and none is kept longer than it is needed. */
function parse(
  { template, at }: TemplateFrom,
  kept: SecretText | undefined,
  parsed: ParsedTemplates,
): Parsed {
  if (template.is === 'literal') return parsed.get(at, template.text)
  const text = kept?.reveal() ?? ''
  return template.object.kind === 'Secret'
    ? parseTemplate(template.key, text, { secretSource: true })
    : parsed.get(template.key, text)
}

function takeApart({ template, at }: TemplateFrom, bytes: Buffer, budget: Budget): Values | Fault {
  if (template.as === 'values') return new Map([[template.key, bytes]])
  const parsed = parseYamlTexts(bytes, budget)
  return parsed.is === 'refused'
    ? fault(
        'output-invalid',
        `could not unmarshal template to 'map[string][]byte': what ${at} renders to is not a map of texts: ${parsed.because}`,
        at,
      )
    : parsed.texts
}

function decodeAll({ template, at, decoding }: TemplateFrom, texts: Values): Values | Fault {
  const decoded = new Map<string, Buffer>()
  for (const [key, text] of texts) {
    const value = decode(text, decoding)
    if (value === undefined) {
      const which = template.as === 'values' ? `key ${key}` : `one of the keys of ${at}`
      return fault(
        'output-invalid',
        `failed to decode rendered template value for ${which}: illegal base64 data`,
        at,
      )
    }
    decoded.set(key, value)
  }
  return decoded
}
