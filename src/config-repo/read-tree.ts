// This file is about reading a shared configuration repository: integrations in their folders, runtimes, and what is wrong.
import type { z } from 'zod'
import { isManifest, readObjects, readValue, tokensIn } from './documents.ts'
import { folderOf, isDnsLabel, type Place, placeOf } from './placement.ts'
import { RuntimeManifest } from './runtime-declaration.ts'
import {
  type ConfigTree,
  type Flaw,
  type IntegrationFolder,
  LARGEST_FILE,
  type PlacedObject,
  type RuntimeDeclaration,
  type TreeFile,
} from './tree.ts'

/** All that is parsed of one repository: some three seconds, during which nothing else is done. */
const MOST_TOKENS = 500_000

/** Whether the text of a file is looked at. */
export const isRead = (path: string): boolean => /^(resources|runtimes)\//.test(path) && isManifest(path)

/** Nothing is left out silently where integrations and runtimes are kept; everything elsewhere is somebody else's. */
export function readTree(files: readonly TreeFile[]): ConfigTree {
  const flaws: Flaw[] = []
  const budget = { left: MOST_TOKENS }
  const integrations = readIntegrations(files, flaws, budget)
  const runtimes = readRuntimes(files, flaws)
  const hasResources = files.some(({ path }) => path.startsWith('resources/'))
  return { integrations, runtimes, flaws, hasResources }
}

function readIntegrations(
  files: readonly TreeFile[],
  flaws: Flaw[],
  budget: { left: number },
): readonly IntegrationFolder[] {
  const folders = new Map<string, IntegrationFolder & { readonly objects: PlacedObject[] }>()
  for (const file of files) {
    const place = placeOf(file.path)
    if (place === undefined) continue
    const objects = objectsOf(file, place, flaws, budget)
    if (objects === undefined || place.name === '') continue
    const folder = folderOf(place.placement, place.name)
    const known = folders.get(folder) ?? { ...place, folder, objects: [] }
    known.objects.push(...objects)
    folders.set(folder, known)
  }
  return [...folders.values()]
}

/** Undefined: it says nothing of any integration. */
function objectsOf(
  file: TreeFile,
  place: Place,
  flaws: Flaw[],
  budget: { left: number },
): readonly PlacedObject[] | undefined {
  const { path } = file
  const unusable = unusableOf(file)
  if (unusable !== undefined) {
    flaws.push(unusable)
    return undefined
  }
  if (!isManifest(path) || file.text === undefined) return undefined
  if (place.name === '') {
    flaws.push({
      path,
      is: 'skipped',
      because: 'lies in no folder of an integration: give it one, named as it is',
    })
    return undefined
  }
  if (/(^|\/)kustomization\.ya?ml$/.test(path)) {
    flaws.push({
      path,
      is: 'skipped',
      because: 'is for Kustomize, which is not run: write out what it makes',
    })
    return undefined
  }
  budget.left -= tokensIn(file.text)
  if (budget.left < 0) {
    flaws.push({
      path,
      is: 'unparsable',
      because: 'is not read any more, as the repository holds too much before it',
    })
    return []
  }
  const read = readObjects(path, file.text)
  if (read.is === 'objects') return read.objects
  flaws.push({ path, is: 'unparsable', because: read.because })
  return []
}

/** Links and submodules whatever they are called, as each may stand where an integration stood. */
function unusableOf({ path, mode, size, text }: TreeFile): Flaw | undefined {
  if (mode === 'symlink')
    return {
      path,
      is: 'skipped',
      because: 'is a symbolic link, which is not followed: put the file itself there',
    }
  if (mode === 'submodule')
    return {
      path,
      is: 'skipped',
      because: 'is a submodule, which is not fetched: put its files themselves there',
    }
  if (!isManifest(path)) return undefined
  if (size > LARGEST_FILE)
    return { path, is: 'skipped', because: 'is larger than 1 MiB, and is not read: split it' }
  return text === undefined ? { path, is: 'unparsable', because: 'is no UTF-8 text' } : undefined
}

const RUNTIME_FILE = /^runtimes\/([^/]+)\/(everpull\.yaml|in-cluster\.yaml)$/

/** What declares itself wins over what another system only mentions. */
function readRuntimes(files: readonly TreeFile[], flaws: Flaw[]): readonly RuntimeDeclaration[] {
  const runtimes = new Map<string, RuntimeDeclaration>()
  for (const file of files) {
    const [, name = '', manifest] = RUNTIME_FILE.exec(file.path) ?? []
    if (manifest === undefined) continue
    const read = manifest === 'everpull.yaml' ? readRuntime(file, name, flaws) : undeclared(name, file.path)
    if (read !== undefined && (manifest === 'everpull.yaml' || !runtimes.has(name))) runtimes.set(name, read)
  }
  return [...runtimes.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

const undeclared = (name: string, path: string): RuntimeDeclaration => ({ name, hosted: false, path })

function readRuntime(file: TreeFile, name: string, flaws: Flaw[]): RuntimeDeclaration | undefined {
  const { path } = file
  const flawed = (flaw: Flaw): undefined => void flaws.push(flaw)
  const unusable = unusableOf(file)
  if (unusable !== undefined) return flawed(unusable)
  if (!isDnsLabel(name)) {
    return flawed({
      path,
      is: 'skipped',
      because: 'lies in a folder that is no name of a runtime: lowercase letters, digits and dashes',
    })
  }
  const read = readManifest(file.text ?? '')
  if (typeof read === 'string') return flawed({ path, is: 'unparsable', because: read })
  if (read.metadata?.name !== undefined && read.metadata.name !== name) {
    return flawed({
      path,
      is: 'unparsable',
      because: `names another runtime than the folder it lies in, ${name}`,
    })
  }
  const { hosted, version, accessKeySince } = read.spec
  return {
    name,
    hosted,
    ...(version !== undefined && { version }),
    ...(accessKeySince !== undefined && { accessKeySince }),
    path,
  }
}

function readManifest(text: string): RuntimeManifest | string {
  const value = readValue(text)
  if (value.is === 'unparsable') return value.because
  const read = RuntimeManifest.safeParse(value.value)
  return read.success ? read.data : `declares no runtime: ${problemText(read.error)}`
}

const problemText = (error: z.ZodError): string =>
  error.issues.map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`).join('; ')
