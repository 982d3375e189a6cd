// This file is about the forms a login takes inside a Secret.

/** What can be taken from a login; each sort of login has some of them. */
export type LoginField =
  | 'username'
  | 'password'
  /** `username:password`, as Argo CD Image Updater reads it. */
  | 'usernamePassword'
  | 'proxyEndpoint'
  | 'accessKeyId'
  | 'secretAccessKey'
  | 'sessionToken'
  | 'expiresAtSeconds'
  /** RFC 3339. */
  | 'expiresAt'

/** A literal, or a field of the delivery's n-th login. */
export type Value =
  | { readonly is: 'literal'; readonly text: string }
  | { readonly is: 'login'; readonly login: number; readonly field: LoginField }

export interface Entry {
  readonly key: string
  readonly value: Value
}

/** Later entries overwrite earlier ones of the same key. */
export interface KeyValues {
  readonly is: 'key-values'
  readonly entries: readonly Entry[]
}

/** One docker config, members in Docker's own order, hosts as given. */
export interface DockerConfig {
  readonly is: 'docker-config'
  /** Absent: `.dockerconfigjson`. */
  readonly key?: string
  /**
   * Only these hosts of it are written, other spellings of them are taken off, and all else in it stays. The target
   * writes `keys`. Absent: there are no others.
   */
  readonly merges?: true
  readonly hosts: readonly { readonly host: string; readonly login: number }[]
}

/** An object that holds templates. */
export interface TemplateObject {
  readonly kind: 'ConfigMap' | 'Secret'
  readonly namespace: string
  readonly name: string
}

/**
 * A template that is not named after a key of the Secret, or is kept elsewhere and read when it is needed.
 * `values`: it renders to the value of the key it is kept under. `keys-and-values`: to YAML, a map of texts.
 */
export interface TemplateFrom {
  /** The place in the orderer's spec. */
  readonly at: string
  readonly template:
    | { readonly is: 'literal'; readonly text: string; readonly as: 'keys-and-values' }
    | {
        readonly is: 'kept'
        readonly object: TemplateObject
        readonly key: string
        readonly as: 'values' | 'keys-and-values'
      }
  readonly into: 'data' | 'labels' | 'annotations'
  /** Of what is rendered, the values are decoded; never the keys. `auto`: whatever they turn out to be. */
  readonly decoding: 'none' | 'base64' | 'base64url' | 'auto'
}

/** Go templates over the key-values; labels and annotations are templates too. */
export interface TemplateData {
  readonly is: 'template'
  readonly values: KeyValues
  /** Later ones overwrite earlier ones, and the templates by key below overwrite them all. Absent: none. */
  readonly from?: readonly TemplateFrom[]
  readonly data: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  /** The values themselves are written too, under the rendered keys. */
  readonly keepsValues: boolean
}

/** Under which key a docker config is written. */
export const configKey = ({ key = '.dockerconfigjson' }: Pick<DockerConfig, 'key'>): string => key

/** Hosts that a delivery writes into a docker config beside others'. */
export interface MergedHosts {
  /** The config's key. */
  readonly key: string
  /** As spelled in it. */
  readonly hosts: readonly string[]
}

/** Undefined where the shape is no docker config, or writes the whole of one. */
export const mergedHosts = (shape: Shape): MergedHosts | undefined =>
  shape.is === 'docker-config' && shape.merges === true
    ? { key: configKey(shape), hosts: shape.hosts.map(({ host }) => host) }
    : undefined

export type Shape = KeyValues | DockerConfig | TemplateData

/**
 * Whether `keysOf` and the keys of the labels and annotations are all that a shape writes. Where they are not, only
 * rendering tells, and afterwards the Secret's managedFields.
 */
export const keysAreKnown = (shape: Shape): boolean =>
  shape.is !== 'template' ||
  (shape.from ?? []).every(({ into, template }) => into === 'data' && template.as === 'values')

/** The data keys a shape writes, as far as they are known before anything is rendered. */
export function keysOf(shape: Shape): readonly string[] {
  switch (shape.is) {
    case 'docker-config':
      return [configKey(shape)]
    case 'key-values':
      return [...new Set(shape.entries.map((e) => e.key))]
    case 'template': {
      const values = shape.keepsValues ? keysOf(shape.values) : []
      const from = (shape.from ?? []).flatMap(({ into, template }) =>
        into === 'data' && template.as === 'values' ? [template.key] : [],
      )
      return [...new Set([...values, ...from, ...Object.keys(shape.data)])]
    }
  }
}
