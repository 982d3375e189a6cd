// This file is about where a Codefresh integration keeps its secret part: the Secret it ends up in, and its keys by name.
import { meaningOf, type Meaning } from './codefresh-keys.ts'
import type { CodefreshObject } from './codefresh-objects.ts'
import { CLUSTER_WIDE } from './secret-manifests.ts'
import type { WrittenObject } from './tree.ts'

export interface CodefreshSecret {
  readonly found: CodefreshObject
  readonly secretName: string
  readonly secretNamespace?: string
  /** Key names by what they are about. */
  readonly keys: ReadonlyMap<Meaning, string>
  readonly unknown: readonly string[]
  /**
   * How it gets to the operator. `sealed`: for the whole cluster, so it opens wherever it is applied. `narrow`: sealed
   * for one place. `external`: fetched from a store. `there`: a Secret of the cluster. `clear`: in Git for all to read.
   */
  readonly is: 'sealed' | 'narrow' | 'external' | 'there' | 'clear'
}

/** Undefined: an object of another kind. */
export function readSecret(found: CodefreshObject): CodefreshSecret | undefined {
  const { object } = found
  const is = kindOf(found)
  if (is === undefined) return undefined
  const names = keysIn(object)
  const { keys, unknown } = meant(names)
  const namespace = object.metadata.namespace
  return {
    found,
    secretName: nameIn(object),
    ...(namespace === undefined || namespace === '' ? {} : { secretNamespace: namespace }),
    keys,
    unknown,
    is,
  }
}

function kindOf({ object, folder }: CodefreshObject): CodefreshSecret['is'] | undefined {
  switch (object.kind) {
    case 'SealedSecret':
      return isClusterWide(object) ? 'sealed' : 'narrow'
    case 'ExternalSecret':
      return 'external'
    case 'Secret':
      return folder === undefined ? 'there' : 'clear'
    default:
      return undefined
  }
}

/** The controller goes by the annotation of the object itself. */
export const isClusterWide = ({ metadata }: WrittenObject): boolean =>
  metadata.annotations?.[CLUSTER_WIDE] === 'true'

function nameIn({ kind, metadata, ...rest }: WrittenObject): string {
  const target = kind === 'ExternalSecret' ? mapIn(mapIn(rest['spec'])['target'])['name'] : undefined
  return typeof target === 'string' ? target : metadata.name
}

function keysIn({ kind, ...rest }: WrittenObject): readonly string[] {
  const spec = mapIn(rest['spec'])
  switch (kind) {
    case 'SealedSecret':
      return [mapIn(spec['encryptedData']), mapIn(mapIn(spec['template'])['data'])].flatMap(Object.keys)
    case 'ExternalSecret':
      return listIn(spec['data']).flatMap((one) => {
        const { secretKey } = mapIn(one)
        return typeof secretKey === 'string' ? [secretKey] : []
      })
    default:
      return [mapIn(rest['data']), mapIn(rest['stringData'])].flatMap(Object.keys)
  }
}

/** A single key that nobody knows is taken for the secret access key: there is nothing else to keep secret. */
function meant(names: readonly string[]): Pick<CodefreshSecret, 'keys' | 'unknown'> {
  const keys = new Map<Meaning, string>()
  const unknown: string[] = []
  for (const name of names) {
    const meaning = meaningOf(name)
    if (meaning === undefined || keys.has(meaning)) unknown.push(name)
    else keys.set(meaning, name)
  }
  const [only, ...more] = unknown
  if (only !== undefined && more.length === 0 && !keys.has('secret-access-key')) {
    return { keys: new Map([...keys, ['secret-access-key', only]]), unknown: [] }
  }
  return { keys, unknown }
}

export const mapIn = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {}

const listIn = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : [])
