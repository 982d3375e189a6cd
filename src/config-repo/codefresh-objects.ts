// This file is about the objects a Codefresh integration is kept in: which of a repository or a cluster they are.
import { isManifest, readObjects } from './documents.ts'
import { type Place, placeOf } from './placement.ts'
import { type Flaw, LARGEST_FILE, type Placement, type TreeFile, type WrittenObject } from './tree.ts'

export const ENTITY = 'codefresh.io/entity'
export const TYPE = 'codefresh.io/integration-type'
export const NAME = 'codefresh.io/integration-name'
export const CONFIG_ENTITY = 'integration-config'
export const SECRET_ENTITY = 'integration-secret'
export const ECR_TYPE = 'registry.ecr'

/** One labelled object, and where it was found. */
export interface CodefreshObject {
  readonly object: WrittenObject
  readonly entity: typeof CONFIG_ENTITY | typeof SECRET_ENTITY
  /** The integration's, by label or by its own name. */
  readonly name: string
  /** "registry.ecr"; empty: it names none. */
  readonly type: string
  /** A file, or the object in the cluster. */
  readonly from: string
  /** The folder it lies in; absent: it was found in a cluster. */
  readonly folder?: string
  /** Absent: nothing says whom it is for. */
  readonly placement?: Placement
}

export interface CodefreshObjects {
  readonly objects: readonly CodefreshObject[]
  /** Files that speak of Codefresh and cannot be read. */
  readonly flaws: readonly Flaw[]
}

export function objectsOfRepository(files: readonly TreeFile[]): CodefreshObjects {
  const objects: CodefreshObject[] = []
  const flaws: Flaw[] = []
  for (const file of files) {
    const { path, text, size } = file
    if (!isManifest(path) || file.mode !== 'file') continue
    if (text === undefined) {
      if (path.startsWith('resources/')) flaws.push({ path, is: 'skipped', because: unreadText(size) })
      continue
    }
    if (!text.includes('codefresh.io/')) continue
    const read = readObjects(path, text)
    if (read.is === 'unparsable') flaws.push({ path, is: 'unparsable', because: read.because })
    else objects.push(...read.objects.flatMap(({ object }) => labelled(object, inFile(path))))
  }
  return { objects, flaws }
}

const unreadText = (size: number): string =>
  size > LARGEST_FILE ? 'is larger than 1 MiB, and is not read' : 'is no UTF-8 text'

/** Values of Secrets are of no use here: whoever lists them need not hand them on. */
export const objectsOfCluster = (objects: readonly WrittenObject[]): CodefreshObjects => ({
  objects: objects.flatMap((object) => labelled(object, { from: refOf(object) })),
  flaws: [],
})

const refOf = ({ kind, metadata: { namespace, name } }: WrittenObject): string =>
  namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`

type Found = Pick<CodefreshObject, 'from' | 'folder' | 'placement'>

function labelled(object: WrittenObject, found: Found): readonly CodefreshObject[] {
  const { [ENTITY]: entity, [NAME]: name, [TYPE]: type = '' } = object.metadata.labels ?? {}
  if (entity !== CONFIG_ENTITY && entity !== SECRET_ENTITY) return []
  return [{ object, entity, name: name ?? object.metadata.name, type: type.trim().toLowerCase(), ...found }]
}

/** `resources/<name>/` is where they lay at first; elsewhere nothing says whom they are for. */
function inFile(path: string): Found {
  const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')))
  const place: Place | undefined = placeOf(path)
  const placement = place?.name === '' ? undefined : place?.placement
  return { from: path, folder, ...(placement === undefined ? {} : { placement }) }
}
