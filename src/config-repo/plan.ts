// This file is about planning changes of a repository: an integration written, moved or deleted, as files.
import { editedText, newText, textWithout } from './edited-text.ts'
import { integrationsIn } from './judge.ts'
import { folderOf } from './placement.ts'
import { readTree } from './read-tree.ts'
import { INTEGRATION_LABEL, secretNameOf } from './secret-manifests.ts'
import type {
  IntegrationFolder,
  PlacedObject,
  Placement,
  TreeChange,
  TreeFile,
  WrittenObject,
} from './tree.ts'

export type TreeEdit = SavedIntegration | { readonly is: 'delete'; readonly name: string }

export interface SavedIntegration {
  readonly is: 'save'
  readonly name: string
  /** Where it is to lie: what lies elsewhere under this name is moved here. One at least. */
  readonly placements: readonly Placement[]
  /** What it is to say, given what it says; fields that nobody knows are to be handed on. */
  readonly integration: (before: WrittenObject | undefined) => WrittenObject
  /** What brings its Secret about; absent: as it is. Empty: nothing does. */
  readonly secret?: readonly WrittenObject[]
}

export type Planned =
  | { readonly is: 'planned'; readonly changes: readonly TreeChange[] }
  /** What has to be put right by hand first. */
  | { readonly is: 'refused'; readonly because: string }

const INTEGRATION_FILE = 'integration.yaml'
const SECRET_FILE = 'secret.yaml'

/** What has to be written and deleted; nothing where all is so already. */
export function plan(files: readonly TreeFile[], edit: TreeEdit): Planned {
  const tree = readTree(files)
  const folders = tree.integrations.filter(({ name }) => name === edit.name)
  const others = files.filter(({ path }) => !folders.some((folder) => isIn(path, folder)))
  if (edit.is === 'delete')
    return { is: 'planned', changes: changesBetween(files, withResources(textsOf(others))) }
  const flaw = tree.flaws.find(({ path }) => folders.some((folder) => isIn(path, folder)))
  if (flaw !== undefined) return { is: 'refused', because: `${flaw.path} ${flaw.because}` }
  const texts = textsOf(others)
  for (const placement of edit.placements) {
    const folder = folderOf(placement, edit.name)
    const from = folders.find((one) => one.folder === folder) ?? folders[0]
    const content = contentOf(files, from)
    const stuck = from?.folder === folder ? undefined : [...content].find(([, text]) => text === undefined)
    if (stuck !== undefined) {
      return {
        is: 'refused',
        because: `${from?.folder}/${stuck[0]} is no text, and cannot be moved: move the folder with git`,
      }
    }
    writeIntegration(content, from, edit)
    if (edit.secret !== undefined) writeSecrets(content, from, edit.name, edit.secret)
    for (const [file, text] of content) texts.set(`${folder}/${file}`, text)
  }
  return { is: 'planned', changes: changesBetween(files, texts) }
}

/** Files as they are after the changes, for `readTree` and `judge`. */
export function filesAfter(files: readonly TreeFile[], changes: readonly TreeChange[]): readonly TreeFile[] {
  const changed = new Set(changes.map(({ path }) => path))
  const written = changes.flatMap((change): readonly TreeFile[] =>
    change.is === 'delete'
      ? []
      : [{ path: change.path, mode: 'file', size: Buffer.byteLength(change.text), text: change.text }],
  )
  return [...files.filter(({ path }) => !changed.has(path)), ...written]
}

/** By name or path; undefined: what is no text, and stays as it is. */
type Texts = Map<string, string | undefined>

const isIn = (path: string, { folder }: Pick<IntegrationFolder, 'folder'>): boolean =>
  path.startsWith(`${folder}/`)

const textsOf = (files: readonly TreeFile[]): Texts => new Map(files.map(({ path, text }) => [path, text]))

/** Git keeps no empty folder, and where that of all resources is missing, nobody knows whether it was meant. */
function withResources(texts: Texts): Texts {
  const isLeft = [...texts.keys()].some((path) => path.startsWith('resources/'))
  return isLeft ? texts : texts.set('resources/.gitkeep', '')
}

/** By name in the folder. */
const contentOf = (files: readonly TreeFile[], from: IntegrationFolder | undefined): Texts =>
  new Map(
    files
      .filter(({ path }) => from !== undefined && isIn(path, from))
      .map(({ path, text }) => [path.slice((from?.folder.length ?? 0) + 1), text]),
  )

function changesBetween(
  files: readonly TreeFile[],
  texts: ReadonlyMap<string, string | undefined>,
): readonly TreeChange[] {
  const before = textsOf(files)
  const deleted = files
    .filter(({ path }) => !texts.has(path))
    .map(({ path }): TreeChange => ({ is: 'delete', path }))
  const written = [...texts].flatMap(([path, text]): readonly TreeChange[] =>
    text === undefined || text === before.get(path) ? [] : [{ is: 'write', path, text }],
  )
  return [...deleted, ...written].toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

const nameIn = ({ folder }: IntegrationFolder, { path }: PlacedObject): string =>
  path.slice(folder.length + 1)

function writeIntegration(content: Texts, from: IntegrationFolder | undefined, edit: SavedIntegration): void {
  const placed = from && integrationsIn(from)[0]
  const object = edit.integration(placed?.object)
  if (from === undefined || placed === undefined) {
    content.set(freeName(content, INTEGRATION_FILE), newText(INTEGRATION_FILE, object))
    return
  }
  const file = nameIn(from, placed)
  content.set(file, editedText(content.get(file) ?? '', placed, object))
}

/** Of the same kind they are changed where they stand; others go. */
function writeSecrets(
  content: Texts,
  from: IntegrationFolder | undefined,
  name: string,
  wanted: readonly WrittenObject[],
): void {
  const before = (from?.objects ?? []).filter(({ object }) => makesSecretOf(name, object))
  const left = [...before]
  const added: WrittenObject[] = []
  for (const object of wanted) {
    const at = left.findIndex((one) => one.object.kind === object.kind)
    const [placed] = at < 0 ? [] : left.splice(at, 1)
    if (from === undefined || placed === undefined) added.push(object)
    else
      content.set(nameIn(from, placed), editedText(content.get(nameIn(from, placed)) ?? '', placed, object))
  }
  // The last document first, so that the others keep their numbers.
  for (const placed of left.toReversed()) {
    if (from === undefined) continue
    const file = nameIn(from, placed)
    const text = textWithout(content.get(file) ?? '', placed)
    if (text === undefined) content.delete(file)
    else content.set(file, text)
  }
  if (added.length === 0) return
  content.set(
    freeName(content, SECRET_FILE),
    added.map((object) => newText(SECRET_FILE, object)).join('---\n'),
  )
}

const SECRET_KINDS = ['SealedSecret', 'ExternalSecret']

const makesSecretOf = (name: string, { kind, metadata }: WrittenObject): boolean =>
  SECRET_KINDS.includes(kind) &&
  (metadata.labels?.[INTEGRATION_LABEL] === name || metadata.name === secretNameOf(name))

/** The name, or another where somebody keeps something else under it. */
function freeName(content: ReadonlyMap<string, unknown>, name: string): string {
  if (!content.has(name)) return name
  for (let i = 2; ; i++) {
    const other = name.replace('.', `-${i}.`)
    if (!content.has(other)) return other
  }
}
