// This file is about CustomResourceDefinitions: made from the schemas that the dialects validate with.
import { stringify } from 'yaml'
import type { Column, Definition, Kind, KindVersion } from '../model/kind.ts'
import { structuralSchema } from './structural-schema.ts'

const TYPE_META = {
  apiVersion: { description: 'The API and its version.', type: 'string' },
  kind: { description: 'The kind of this object.', type: 'string' },
  metadata: { type: 'object' },
}

const optional = <T>(key: string, value: T | undefined): Record<string, T> =>
  value === undefined ? {} : { [key]: value }

const column = ({ name, type, jsonPath, description, priority }: Column): object => ({
  name,
  type,
  jsonPath,
  ...optional('description', description),
  ...optional('priority', priority),
})

function openApi(version: KindVersion): object {
  const { properties, ...rest } = structuralSchema(version.schema)
  const own = typeof properties === 'object' ? properties : {}
  return { ...rest, properties: { ...TYPE_META, ...own } }
}

function versionEntry(version: KindVersion): object {
  const columns = version.columns.map(column)
  const selectable = version.selectableFields?.map((jsonPath) => ({ jsonPath }))
  return {
    name: version.name,
    served: true,
    storage: version.storage,
    ...optional('deprecated', version.deprecated),
    ...optional('additionalPrinterColumns', columns.length > 0 ? columns : undefined),
    ...optional('selectableFields', selectable),
    schema: { openAPIV3Schema: openApi(version) },
    subresources: { status: {} },
  }
}

const nonEmpty = (list: readonly string[]): readonly string[] | undefined =>
  list.length > 0 ? [...list] : undefined

function crd(kind: Kind, definition: Definition): object {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${kind.plural}.${kind.group}`, ...optional('labels', definition.labels) },
    spec: {
      group: kind.group,
      names: {
        kind: kind.kind,
        listKind: definition.listKind,
        plural: kind.plural,
        singular: definition.singular,
        ...optional('shortNames', nonEmpty(definition.shortNames)),
        ...optional('categories', nonEmpty(definition.categories)),
      },
      scope: kind.namespaced ? 'Namespaced' : 'Cluster',
      conversion: { strategy: 'None' },
      versions: definition.versions.map(versionEntry),
    },
  }
}

/** One CustomResourceDefinition a kind that brings its own, in the order given; a kind named twice is made once. */
export function crdObjects(kinds: readonly Kind[]): object[] {
  const once = new Map(kinds.map((kind) => [`${kind.plural}.${kind.group}`, kind]))
  return [...once.values()].flatMap((kind) =>
    kind.definition === undefined ? [] : [crd(kind, kind.definition)],
  )
}

/** kubectl reads YAML 1.1, in which a field called `on` is a truth value unless quoted. */
const YAML = { lineWidth: 0, aliasDuplicateObjects: false, compat: 'yaml-1.1' } as const

/** The same as a stream of YAML documents, fit for `kubectl apply -f -`. */
export const crdYaml = (kinds: readonly Kind[]): string =>
  crdObjects(kinds)
    .map((object) => `---\n${stringify(object, YAML)}`)
    .join('')
