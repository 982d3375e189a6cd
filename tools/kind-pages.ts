// This file is about the reference of the kinds a dialect serves: every field that may be written, and what comes back.
import type { Definition, Kind, KindVersion } from '../src/model/kind.ts'
import type { Dialect } from '../src/dialects/dialect.ts'
import { type Field, kindDescription, kindFields } from '../src/generate/kind-fields.ts'

/** `isForeign`: its API was there before us, and a page says how far we go with it. */
export function kindLines(dialect: Pick<Dialect, 'name' | 'kinds'>, isForeign: boolean): readonly string[] {
  const defined = dialect.kinds.flatMap((kind) =>
    kind.definition === undefined ? [] : [{ kind, definition: kind.definition }],
  )
  return [
    `What \`everpull crds --dialect ${dialect.name}\` prints.`,
    ...(isForeign
      ? [`What becomes of each field stands in [Compatibility](../compat/${dialect.name}.md).`]
      : []),
    '',
    ...defined.flatMap(({ kind, definition }) => linesOf(kind, definition)),
  ]
}

function linesOf(kind: Kind, definition: Definition): readonly string[] {
  const [newest, ...older] = definition.versions
  if (newest === undefined) return []
  return [
    `## ${kind.kind}`,
    '',
    ...nonEmpty(kindDescription(newest)),
    ...facts(kind, definition),
    '',
    '| field | type | filled in | meaning |',
    '|---|---|---|---|',
    ...kindFields(newest).map(rowOf),
    '',
    ...older.flatMap((version) => differences(newest, version)),
  ]
}

const nonEmpty = (text: string): readonly string[] => (text === '' ? [] : [text, ''])

function facts({ group, plural, namespaced }: Kind, definition: Definition): readonly string[] {
  const { shortNames, categories, versions } = definition
  const versionText = versions.map(
    ({ name, deprecated }) => `${code(name)}${deprecated === true ? ' (deprecated)' : ''}`,
  )
  const columns = versions[0]?.columns.map(({ name }) => name) ?? []
  return [
    `- ${namespaced ? 'Namespaced' : 'Cluster-scoped'}; \`${plural}.${group}\`, in ${versionText.join(' and ')}.`,
    ...(shortNames.length === 0 ? [] : [`- Short for kubectl: ${shortNames.map(code).join(', ')}.`]),
    ...(categories.length === 0 ? [] : [`- Listed with: ${categories.map(code).join(', ')}.`]),
    ...(columns.length === 0 ? [] : [`- Columns: ${columns.join(', ')}.`]),
  ]
}

const code = (text: string): string => `\`${text}\``

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

function rowOf({ path, type, isRequired, filledIn, choices = [], description }: Field): string {
  const given = filledIn === undefined ? '' : code(JSON.stringify(filledIn))
  const only = choices.length === 0 ? '' : `: ${choices.map((choice) => code(String(choice))).join(', ')}`
  return `| ${code(path)} | ${cell(type + only)}${isRequired ? ', required' : ''} | ${given} | ${cell(description)} |`
}

/** An older version that knows the same fields is told by what it fills in. */
function differences(newest: KindVersion, older: KindVersion): readonly string[] {
  const known = new Map(kindFields(newest).map((field) => [field.path, rowOf(field)]))
  const rows = kindFields(older)
    .map((field) => [field.path, rowOf(field)] as const)
    .filter(([path, row]) => known.get(path) !== row)
    .map(([, row]) => row)
  const same = `${code(older.name)} has the same fields`
  if (rows.length === 0) return [`${same}.`, '']
  return [
    `${same}, with these differences:`,
    '',
    '| field | type | filled in | meaning |',
    '|---|---|---|---|',
    ...rows,
    '',
  ]
}
