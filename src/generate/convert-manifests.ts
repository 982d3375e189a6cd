// This file is about manifests as other tools have them: read from YAML, and looked into without trusting their form.
import { parseAllDocuments } from 'yaml'

export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  /** Where it names none, the one asked for: where kubectl would put it. */
  readonly namespace: string
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  /** The whole of it. */
  readonly object: Fields
  /** The file it stands in. */
  readonly file: string
}

export interface Source {
  readonly file: string
  /** YAML, or JSON, which is YAML too. */
  readonly text: string
}

export type Fields = Readonly<Record<string, unknown>>

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What stands at that path; nothing where something on the way is missing. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let here = value
  for (const step of path) {
    if (Array.isArray(here)) here = here[Number(step)]
    else if (isFields(here)) here = here[String(step)]
    else return undefined
  }
  return here
}

export const fieldsAt = (value: unknown, ...path: readonly (string | number)[]): Fields => {
  const found = at(value, ...path)
  return isFields(found) ? found : {}
}

export const listAt = (value: unknown, ...path: readonly (string | number)[]): readonly unknown[] => {
  const found = at(value, ...path)
  return Array.isArray(found) ? found : []
}

/** A text; numbers and truth values as YAML reads them where somebody left the quotes out. */
export function textAt(value: unknown, ...path: readonly (string | number)[]): string | undefined {
  const found = at(value, ...path)
  if (typeof found === 'string') return found
  return typeof found === 'number' || typeof found === 'boolean' ? String(found) : undefined
}

export const textsAt = (
  value: unknown,
  ...path: readonly (string | number)[]
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(fieldsAt(value, ...path)).flatMap(([key, one]) =>
      typeof one === 'string' ? [[key, one]] : [],
    ),
  )

export interface ManifestsRead {
  readonly manifests: readonly Manifest[]
  /** Why a file, or a part of it, is no manifest. */
  readonly problems: readonly string[]
}

/** All that stand in these files, those of a List one by one. */
export function readManifests(sources: readonly Source[], namespace = 'default'): ManifestsRead {
  const manifests: Manifest[] = []
  const problems: string[] = []
  for (const { file, text } of sources) {
    for (const document of parseAllDocuments(text)) {
      const [error] = document.errors
      // The parser's message quotes what it read, which may be secret.
      const [{ line } = { line: '?' }] = error?.linePos ?? []
      if (error === undefined) takeIn(document.toJS() as unknown, { file, namespace, manifests, problems })
      else problems.push(`${file} is no YAML: line ${line} (${error.code})`)
    }
  }
  return { manifests, problems }
}

interface Taking {
  readonly file: string
  readonly namespace: string
  readonly manifests: Manifest[]
  readonly problems: string[]
}

function takeIn(value: unknown, taking: Taking): void {
  if (value === null || value === undefined) return
  const { file, manifests, problems } = taking
  const [kind, apiVersion] = [textAt(value, 'kind'), textAt(value, 'apiVersion')]
  if (!isFields(value) || kind === undefined || apiVersion === undefined) {
    problems.push(`${file} holds something that is no manifest: it has no apiVersion and kind`)
    return
  }
  if (kind.endsWith('List') && Array.isArray(value['items'])) {
    for (const item of value['items']) takeIn(item, taking)
    return
  }
  manifests.push({
    apiVersion,
    kind,
    namespace: textAt(value, 'metadata', 'namespace') ?? taking.namespace,
    name: textAt(value, 'metadata', 'name') ?? '',
    labels: textsAt(value, 'metadata', 'labels'),
    annotations: textsAt(value, 'metadata', 'annotations'),
    object: value,
    file,
  })
}

export const groupOf = ({ apiVersion }: Manifest): string =>
  apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''

/** "ExternalSecret argocd/repo"; `isNamespaced` false leaves the namespace out. */
export const manifestText = ({ kind, namespace, name }: Manifest, isNamespaced = true): string =>
  isNamespaced ? `${kind} ${namespace}/${name}` : `${kind} ${name}`
