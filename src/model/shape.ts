// This file is about the forms a login takes inside a Secret.

export type LoginField = 'username' | 'password' | 'proxyEndpoint' | 'expiresAtSeconds'

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

/** One docker config under `.dockerconfigjson`, members in Docker's own order, hosts as given. */
export interface DockerConfig {
  readonly is: 'docker-config'
  readonly hosts: readonly { readonly host: string; readonly login: number }[]
}

/** Go templates over the key-values; labels and annotations are templates too. */
export interface TemplateData {
  readonly is: 'template'
  readonly values: KeyValues
  readonly data: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  /** The values themselves are written too, under the rendered keys. */
  readonly keepsValues: boolean
}

export type Shape = KeyValues | DockerConfig | TemplateData

/** The data keys a shape writes, known before anything is rendered. */
export function keysOf(shape: Shape): readonly string[] {
  switch (shape.is) {
    case 'docker-config':
      return ['.dockerconfigjson']
    case 'key-values':
      return [...new Set(shape.entries.map((e) => e.key))]
    case 'template': {
      const values = shape.keepsValues ? keysOf(shape.values) : []
      return [...new Set([...values, ...Object.keys(shape.data)])]
    }
  }
}
