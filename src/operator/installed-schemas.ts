// This file is about what the installed definitions let a status say: foreign CRDs refuse what they do not declare.
import type { Log } from '../base/log.ts'
import type { InstalledSchema } from '../dialects/dialect.ts'
import type { KubeClient } from '../kube/client.ts'
import { admits, type Schema } from '../kube/discovery.ts'
import { isForbidden, isNotFound, KubeError } from '../kube/error.ts'
import { CUSTOM_RESOURCE_DEFINITIONS, type KubeObject, type ResourceType } from '../kube/resource.ts'
import { getObject } from '../kube/writes.ts'
import type { Kind } from '../model/kind.ts'

interface DefinitionObject extends KubeObject {
  readonly spec: {
    readonly versions: readonly {
      readonly name: string
      readonly schema?: { readonly openAPIV3Schema?: Schema }
    }[]
  }
}

/** Nothing beyond what every version of the foreign API has had: said where the definition cannot be read. */
const NOTHING_MORE: InstalledSchema = { admitsStatusField: () => false, admitsConditionType: () => false }

export class InstalledSchemas {
  readonly #client: KubeClient
  readonly #log: Log
  readonly #known = new Map<string, InstalledSchema>()

  constructor(client: KubeClient, log: Log) {
    this.#client = client
    this.#log = log
  }

  of(type: ResourceType): InstalledSchema {
    return this.#known.get(keyOf(type)) ?? NOTHING_MORE
  }

  /** Whether the definition is being deleted, and every object of the kind with it. */
  async isLeaving({ plural, group }: Kind): Promise<boolean> {
    try {
      const name = `${plural}.${group}`
      const found = await getObject<DefinitionObject>(this.#client, CUSTOM_RESOURCE_DEFINITIONS, { name })
      return found.metadata.deletionTimestamp !== undefined
    } catch (error) {
      if (isNotFound(error)) return true
      if (!(error instanceof KubeError)) throw error
      return false
    }
  }

  /** Reads one kind's definition, when it is found to be served. Missing or forbidden, it stays unknown. */
  async read(kind: Kind): Promise<void> {
    if (kind.use !== 'ordered' || kind.group === '') return
    const name = `${kind.plural}.${kind.group}`
    try {
      const found = await getObject<DefinitionObject>(this.#client, CUSTOM_RESOURCE_DEFINITIONS, { name })
      for (const version of found.spec.versions) {
        const status = version.schema?.openAPIV3Schema?.properties?.['status']
        this.#known.set(keyOf({ ...kind, version: version.name }), asInstalled(status))
      }
    } catch (error) {
      if (isNotFound(error)) return
      if (!isForbidden(error)) throw error
      this.#log.warn('a definition cannot be read: its status gets no more than the ordinary fields', {
        name,
      })
    }
  }
}

const keyOf = (type: Pick<ResourceType, 'group' | 'version' | 'plural'>): string =>
  `${type.group}/${type.version}/${type.plural}`

function asInstalled(status: Schema | undefined): InstalledSchema {
  const types = status?.properties?.['conditions']?.items?.properties?.['type']
  return {
    admitsStatusField: (name) => admits(status, [name]),
    admitsConditionType: (type) =>
      types !== undefined && (types.enum === undefined || types.enum.includes(type)),
  }
}
