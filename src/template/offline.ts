// This file is about rendering templates outside a cluster, as an ExternalSecret's would be.
import { parseTemplate } from './template.ts'

export type OfflineResult = { readonly out: string } | { readonly err: string }

/** A line of input: its id may be any JSON value and comes back as it is. */
interface Row {
  readonly id: unknown
  /** Undefined when the line holds none. */
  readonly template: string | undefined
}

const asMap = (data: Readonly<Record<string, string>>): Map<string, string> => new Map(Object.entries(data))

function render(data: ReadonlyMap<string, string>, template: string, name: string): OfflineResult {
  const parsed = parseTemplate(name, template)
  if (parsed.is === 'refused') return { err: parsed.error.message }
  const rendered = parsed.template.render(data)
  return rendered.is === 'text' ? { out: rendered.bytes.toString('utf8') } : { err: rendered.error.message }
}

/** Renders one template; `name` is what error messages call it. */
export const renderOffline = (input: {
  readonly data: Readonly<Record<string, string>>
  readonly template: string
  readonly name?: string
}): OfflineResult => render(asMap(input.data), input.template, input.name ?? 'template')

function readRow(line: string): Row {
  let json: unknown
  try {
    json = JSON.parse(line)
  } catch {
    json = null
  }
  if (typeof json !== 'object' || json === null) return { id: null, template: undefined }
  const template = 'template' in json && typeof json.template === 'string' ? json.template : undefined
  return { id: 'id' in json ? json.id : null, template }
}

function resultLine(data: ReadonlyMap<string, string>, line: string): string {
  const { id, template } = readRow(line)
  const result =
    template === undefined ? { err: 'no JSON object with a template' } : render(data, template, 'template')
  return JSON.stringify({ id, result })
}

/** One line `{id, result}` for each line `{id, template}`, in the same order; blank lines are skipped. */
export async function* renderLines(
  data: Readonly<Record<string, string>>,
  linesIn: AsyncIterable<string>,
): AsyncGenerator<string> {
  const values = asMap(data)
  for await (const line of linesIn) {
    if (line.trim() !== '') yield resultLine(values, line)
  }
}
