// This file is about reading the cluster as `kubectl get -o json` does, without a process for each look: tests look often.
import { systemClock } from '../../src/base/clock.ts'
import { systemRandom } from '../../src/base/random.ts'
import type { KubeClient } from '../../src/kube/client.ts'
import { isNotFound } from '../../src/kube/error.ts'
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts'
import {
  apiVersionOf,
  collectionPath,
  type KubeObject,
  objectPath,
  type ResourceType,
} from '../../src/kube/resource.ts'
import { connect } from '../../src/kube/transport.ts'

const DISCOVERY = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

interface Discovered {
  readonly items: readonly {
    readonly metadata?: { readonly name?: string }
    readonly versions: readonly {
      readonly version: string
      readonly resources?: readonly {
        readonly resource: string
        readonly responseKind: { readonly kind: string }
        readonly scope: 'Namespaced' | 'Cluster'
        readonly singularResource?: string
        readonly shortNames?: readonly string[]
      }[]
    }[]
  }[]
}

/** What the words of a `kubectl get` ask for. */
interface Asked {
  readonly kinds: readonly string[]
  readonly name?: string
  readonly namespace?: string
  readonly query: Readonly<Record<string, string>>
}

interface Listed {
  readonly items: readonly KubeObject[]
}

export class ClusterReader implements AsyncDisposable {
  readonly #client: KubeClient
  /** By every name kubectl knows them by; of names that several groups have, the first one's. */
  #types: ReadonlyMap<string, ResourceType> = new Map()

  private constructor(client: KubeClient) {
    this.#client = client
  }

  static async open(kubeconfig: string): Promise<ClusterReader> {
    const access = await loadKubeconfig(kubeconfig, undefined, { clock: systemClock })
    return new ClusterReader(
      connect(access, { clock: systemClock, random: systemRandom, userAgent: 'reader' }),
    )
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#client.close()
  }

  /** An object, or `{items}`; undefined for an object that is not there. Words as after `kubectl get`. */
  async get<T>(...words: readonly string[]): Promise<T | undefined> {
    const asked = askedBy(words)
    if (asked.name !== undefined) return (await this.#one(asked, asked.kinds[0] ?? '')) as T | undefined
    const lists = await Promise.all(asked.kinds.map((kind) => this.#all(asked, kind)))
    return { items: lists.flat() } as T
  }

  async #one({ name = '', namespace }: Asked, kind: string): Promise<KubeObject | undefined> {
    const read = (type: ResourceType): Promise<KubeObject> => {
      const object = type.namespaced ? { namespace: namespace ?? 'default', name } : { name }
      return this.#client.request<KubeObject>({ method: 'GET', path: objectPath(type, object) })
    }
    const known = await this.#typeOf(kind)
    try {
      return await read(known)
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
    // It may be served in another version by now.
    await this.#discover()
    const now = await this.#typeOf(kind)
    if (now.version === known.version) return undefined
    return read(now).catch((error: unknown) => {
      if (isNotFound(error)) return undefined
      throw error
    })
  }

  async #all({ namespace, query }: Asked, kind: string): Promise<readonly KubeObject[]> {
    const type = await this.#typeOf(kind)
    const path = collectionPath(type, type.namespaced ? namespace : undefined)
    const { items } = await this.#client.request<Listed>({ method: 'GET', path, query })
    return items.map((item) => ({ ...item, apiVersion: apiVersionOf(type), kind: type.kind }))
  }

  async #typeOf(kind: string): Promise<ResourceType> {
    if (!this.#types.has(kind)) await this.#discover()
    const type = this.#types.get(kind)
    if (type === undefined) throw new Error(`the server does not have a resource type "${kind}"`)
    return type
  }

  async #discover(): Promise<void> {
    const types = new Map<string, ResourceType>()
    for (const path of ['/api', '/apis']) {
      const found = await this.#client.request<Discovered>({ method: 'GET', path, accept: DISCOVERY })
      for (const [name, type] of namedTypes(found)) if (!types.has(name)) types.set(name, type)
    }
    this.#types = types
  }
}

/** In the server's order of groups and versions. */
function* namedTypes({ items }: Discovered): Generator<readonly [string, ResourceType]> {
  for (const { metadata: { name: group = '' } = {}, versions } of items) {
    for (const { version, resources = [] } of versions) {
      for (const { resource: plural, responseKind, scope, singularResource, shortNames = [] } of resources) {
        const { kind } = responseKind
        const type = { group, version, plural, kind, namespaced: scope === 'Namespaced' }
        const singular = singularResource ?? kind.toLowerCase()
        for (const name of [plural, singular, ...shortNames]) {
          yield [name, type]
          yield [`${name}.${group}`, type]
          yield [`${name}.${version}.${group}`, type]
        }
      }
    }
  }
}

function askedBy(words: readonly string[]): Asked {
  const plain: string[] = []
  const query: Record<string, string> = {}
  let namespace: string | undefined = 'default'
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    if (word === '-n') namespace = words[++at]
    else if (word === '-A' || word === '--all-namespaces') namespace = undefined
    else if (word === '-l') query['labelSelector'] = words[++at] ?? ''
    else if (word.startsWith('--field-selector='))
      query['fieldSelector'] = word.slice('--field-selector='.length)
    else if (word.startsWith('-')) throw new Error(`not understood here: ${word}`)
    else plain.push(word)
  }
  const [kinds = '', name] = plain
  return {
    kinds: kinds.split(','),
    query,
    ...(name === undefined ? {} : { name }),
    ...(namespace === undefined ? {} : { namespace }),
  }
}
