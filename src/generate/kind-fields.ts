// This file is about the fields of a kind, flat: what may be written into each, as its definition says.
import type { KindVersion } from '../model/kind.ts'
import { structuralSchema } from './structural-schema.ts'

export interface Field {
  /** `spec.dataFrom[].sourceRef`; `spec.labels{}` stands for what a map holds. */
  readonly path: string
  /** "string", "object", "array of string", "map of string", "anything", … */
  readonly type: string
  readonly isRequired: boolean
  /** Filled in where nothing is given. */
  readonly filledIn?: unknown
  /** The only values there are. */
  readonly choices?: readonly unknown[]
  readonly description: string
}

interface Node {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, Node>>
  readonly required?: readonly string[]
  readonly items?: Node
  readonly additionalProperties?: Node
  readonly 'x-kubernetes-int-or-string'?: boolean
}

const isPlain = ({ type }: Node): boolean => type !== 'object' && type !== 'array'

function typeText(node: Node): string {
  const { type, items, additionalProperties } = node
  if (node['x-kubernetes-int-or-string'] === true) return 'integer or string'
  if (items !== undefined) return `array of ${typeText(items)}`
  if (additionalProperties !== undefined) return `map of ${typeText(additionalProperties)}`
  return type ?? 'anything'
}

/** What lies in a list or a map is listed when it has parts of its own. */
function partsOf(node: Node, path: string): readonly Field[] {
  const { properties = {}, required = [], items, additionalProperties } = node
  const members = Object.entries(properties).flatMap(([name, member]) => [
    fieldOf(member, `${path}${path === '' ? '' : '.'}${name}`, required.includes(name)),
    ...partsOf(member, `${path}${path === '' ? '' : '.'}${name}`),
  ])
  const inside = [
    ...(items === undefined || isPlain(items) ? [] : partsOf(items, `${path}[]`)),
    ...(additionalProperties === undefined || isPlain(additionalProperties)
      ? []
      : partsOf(additionalProperties, `${path}{}`)),
  ]
  return [...members, ...inside]
}

const fieldOf = (node: Node, path: string, isRequired: boolean): Field => ({
  path,
  type: typeText(node),
  isRequired,
  ...(node.default === undefined ? {} : { filledIn: node.default }),
  ...(node.enum === undefined ? {} : { choices: node.enum }),
  description: node.description ?? '',
})

const nodeOf = (schema: KindVersion['schema']): Node => structuralSchema(schema)

/** Every field of a version, parents before their members, as the definition has them. */
export const kindFields = ({ schema }: Pick<KindVersion, 'schema'>): readonly Field[] =>
  partsOf(nodeOf(schema), '')

/** What the kind is for. */
export const kindDescription = ({ schema }: Pick<KindVersion, 'schema'>): string =>
  nodeOf(schema).description ?? ''
