// This file is about what one seed orders, beside what belongs to others: objects as they are applied, and where logins go.
import type { ObjectText, Written } from './api-objects.ts'
import type { Claim, Target } from './history.ts'
import { configIn } from './logins-in.ts'
import {
  argoRepository,
  closedNamespace,
  clusterLogin,
  foreignConfig,
  generatorText,
  type Key,
  keySecret,
  mergedPassword,
  mobbSecret,
  namespaceText,
  REGIONS,
  registryLogin,
  secretText,
  templatedConfig,
} from './orders.ts'

export const THEIRS = btoa('me:theirs')

export type Keys = Readonly<Record<'a' | 'b' | 'mobb', Key>>

/** Of Argo CD: orders merge a password into it. */
export const REPOSITORY = 'repo'

/** Of the order outside of namespaces. */
export const SPREAD_SECRET = 'team'

/** Data that orders write. */
export const OURS: ReadonlySet<string> = new Set(['password', '.dockerconfigjson'])

/** `create`: refused where it is there already, so that all that is in it is known to be theirs. */
export interface Step {
  readonly is: 'apply' | 'create'
  readonly object: ObjectText
}

interface Names {
  readonly a: string
  readonly b: string
}

export class SeedOrders {
  readonly names: Names
  readonly namespaces: readonly [string, string]
  readonly targets: readonly Target[]
  readonly #keys: Keys
  readonly #prefix: string

  /** `prefix` begins the names of all of them. */
  constructor(prefix: string, keys: Keys) {
    this.#prefix = prefix
    this.#keys = keys
    this.names = { a: `${prefix}-a`, b: `${prefix}-b` }
    this.namespaces = [this.names.a, this.names.b]
    this.targets = targetsOf(this.names, keys)
  }

  /** Secrets of somebody else's. */
  foreignIn(namespace: string): readonly ObjectText[] {
    const { a } = this.names
    if (namespace === a) {
      return [
        keySecret(namespace, this.#keys.a),
        argoRepository(namespace, REPOSITORY, REGIONS.west),
        foreignConfig(namespace, 'team', 'quay.io', THEIRS),
        secretText(namespace, 'bystander', { theirs: 'untouched' }),
      ]
    }
    return [
      keySecret(namespace, this.#keys.b),
      foreignConfig(namespace, 'shared', 'ghcr.io', THEIRS),
      secretText(namespace, 'bystander', { theirs: 'untouched' }),
    ]
  }

  /** In the order they are applied. */
  ordersIn(namespace: string): readonly ObjectText[] {
    if (namespace === this.names.a) {
      return [
        generatorText(namespace, 'pull', REGIONS.west),
        templatedConfig(namespace, 'pull', REGIONS.west),
        mergedPassword(namespace, 'repo', 'pull'),
        registryLogin(namespace, 'login', REGIONS.east, {
          dockerConfig: {},
          link: { serviceAccounts: { names: ['default'] }, as: ['imagePullSecrets'] },
        }),
      ]
    }
    return [
      registryLogin(namespace, 'shared', REGIONS.west, { dockerConfig: { merge: true } }),
      mobbSecret(namespace, 'mobb', REGIONS.east),
    ]
  }

  /**
   * How a namespace is filled, at first and when it has been deleted: the order outside of namespaces is there already
   * then, and would make a Secret of its own before somebody else has made the one that it is to add to.
   */
  stepsIn(namespace: string): readonly Step[] {
    const apply = (object: ObjectText): Step => ({ is: 'apply', object })
    const create = (object: ObjectText): Step => ({ is: 'create', object })
    return [
      apply(closedNamespace(namespace)),
      ...this.foreignIn(namespace).map(create),
      apply(namespaceText(namespace)),
      ...this.ordersIn(namespace).map(apply),
    ]
  }

  /** What is outside of namespaces. */
  everywhere(): ObjectText {
    const prefix = this.#prefix
    return clusterLogin(prefix, REGIONS.east, {
      namespaces: [`${prefix}-*`],
      keyNamespace: this.names.b,
      secretName: SPREAD_SECRET,
    })
  }

  /** Orders that say of themselves whether they are ready. */
  telling(): readonly ObjectText[] {
    const orders = this.namespaces.flatMap((namespace) => this.ordersIn(namespace))
    const telling = new Set(['ExternalSecret', 'RegistryLogin'])
    return [...orders.filter(({ kind }) => telling.has(kind)), this.everywhere()]
  }
}

const targetsOf = ({ a, b }: Names, keys: Keys): readonly Target[] => [
  { namespace: a, name: 'pull', principal: keys.a.arn, region: REGIONS.west },
  { namespace: a, name: 'repo', principal: keys.a.arn, region: REGIONS.west },
  { namespace: a, name: 'login', principal: keys.a.arn, region: REGIONS.east },
  { namespace: a, name: 'team', principal: keys.b.arn, region: REGIONS.east },
  { namespace: b, name: 'team', principal: keys.b.arn, region: REGIONS.east },
  { namespace: b, name: 'shared', principal: keys.b.arn, region: REGIONS.west },
  { namespace: b, name: 'mobb', principal: keys.mobb.arn, region: REGIONS.east },
]

/** Every label, annotation, key and host of it, save the password that its order is there to write. */
export function claimsOf(secret: ObjectText, { metadata }: Written): readonly Claim[] {
  const { namespace = '', name } = secret.metadata
  const from = Number(metadata.resourceVersion)
  const claim =
    (place: Claim['place']) =>
    ([key, value]: [string, string]): Claim => ({
      namespace,
      name,
      uid: metadata.uid,
      place,
      key,
      value,
      from,
      until: undefined,
    })
  const { labels, annotations, stringData } = {
    labels: (secret.metadata['labels'] ?? {}) as Record<string, string>,
    annotations: (secret.metadata['annotations'] ?? {}) as Record<string, string>,
    stringData: (secret['stringData'] ?? {}) as Record<string, string>,
  }
  const hosts = Object.entries(configIn(stringData).auths ?? {}).map(
    ([host, { auth = '' }]): [string, string] => [host, auth],
  )
  const data = Object.entries(stringData).filter(([key]) => !OURS.has(key))
  return [
    ...Object.entries(labels).map(claim('label')),
    ...Object.entries(annotations).map(claim('annotation')),
    ...data.map(claim('data')),
    ...hosts.map(claim('host')),
  ]
}
