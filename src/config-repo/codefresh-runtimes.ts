// This file is about runtimes of Codefresh in its shared configuration repository, and what they declare of themselves with us.
import { isManifest, readObjects } from './documents.ts'
import { newText } from './edited-text.ts'
import { isDnsLabel } from './placement.ts'
import type { TreeFile, WrittenObject } from './tree.ts'
import { mapIn } from './codefresh-secret.ts'
import { parseVersion } from './version.ts'

/** The runtime that first took integrations with an access key. */
const ACCESS_KEY_SINCE = '0.1.27'

export interface ImportedRuntime {
  readonly name: string
  /** Where it declares itself. */
  readonly path: string
  readonly text: string
  readonly said: readonly string[]
}

/** Those that have not declared themselves already: each folder of `runtimes/` in which Codefresh keeps something. */
export function importRuntimes(files: readonly TreeFile[]): readonly ImportedRuntime[] {
  const folders = new Map<string, TreeFile[]>()
  for (const file of files) {
    const name = /^runtimes\/([^/]+)\/.+/.exec(file.path)?.[1]
    if (name !== undefined) folders.set(name, [...(folders.get(name) ?? []), file])
  }
  return [...folders]
    .filter(([name, own]) => isDnsLabel(name) && !own.some(isDeclaration) && own.some(isManifestOf))
    .map(([name, own]) => declared(name, versionIn(name, own) ?? versionIn(name, files)))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

const isDeclaration = ({ path }: TreeFile): boolean => path.endsWith('/everpull.yaml')
const isManifestOf = ({ path, text }: TreeFile): boolean => isManifest(path) && text !== undefined

function declared(name: string, version: string | undefined): ImportedRuntime {
  const path = `runtimes/${name}/everpull.yaml`
  const object = {
    apiVersion: 'everpull.dev/v1alpha1',
    kind: 'Runtime',
    metadata: { name },
    spec: {
      hosted: false,
      ...(version === undefined ? {} : { version }),
      accessKeySince: ACCESS_KEY_SINCE,
    },
  }
  const said = [
    `runtime ${name} takes integrations with an access key from version ${ACCESS_KEY_SINCE} on${version === undefined ? `; nothing says which it is: write spec.version in ${path}` : `, and is ${version}`}`,
    `runtime ${name} is taken for one of your own: write hosted: true in ${path} where Codefresh runs it`,
  ]
  return { name, path, text: newText(path, object), said }
}

/** Of an object that says it is this runtime and which version. */
function versionIn(name: string, files: readonly TreeFile[]): string | undefined {
  for (const { path, text } of files) {
    if (!isManifest(path) || text === undefined || !/kind:?\s*"?Runtime|runtime-version/.test(text)) continue
    const read = readObjects(path, text)
    if (read.is === 'unparsable') continue
    for (const { object } of read.objects) {
      const version = versionOf(object, name)
      if (version !== undefined) return version
    }
  }
  return undefined
}

function versionOf(object: WrittenObject, name: string): string | undefined {
  const { labels, annotations } = object.metadata
  const marked = labels?.['codefresh.io/runtime-version'] ?? annotations?.['codefresh.io/runtime-version']
  const own = object.kind === 'Runtime' && object.metadata.name === name
  const said = own ? mapIn(object['spec'])['version'] : object.metadata.name === name ? marked : undefined
  if (typeof said !== 'string') return undefined
  return parseVersion(said) === undefined ? undefined : said.replace(/^v/, '')
}
