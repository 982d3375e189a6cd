// This file is about manifests of orders and what they need, as short as they can be written.

/** What a manifest says besides its kind and place. */
type Fields = Readonly<Record<string, unknown>>

export interface Place {
  readonly namespace: string
  readonly name: string
}

const GENERATORS = 'generators.external-secrets.io/v1alpha1'

/** A generator with the operator's own identity, or with what `spec` says. */
export const generator = ({ namespace, name }: Place, spec: Fields = {}): string =>
  JSON.stringify({
    apiVersion: GENERATORS,
    kind: 'ECRAuthorizationToken',
    metadata: { namespace, name },
    spec: { region: 'us-west-1', ...spec },
  })

/** `auth` of a generator that reads an access key as the Harness document keeps it. */
export const keysIn = (name: string): Fields => ({
  auth: {
    secretRef: {
      accessKeyIDSecretRef: { name, key: 'access-key' },
      secretAccessKeySecretRef: { name, key: 'secret-access-key' },
    },
  },
})

export interface Asked extends Place {
  readonly generator: string
  readonly target?: Fields
  readonly refreshInterval?: string
  readonly annotations?: Readonly<Record<string, string>>
}

export const externalSecret = (asked: Asked): string =>
  JSON.stringify({
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { namespace: asked.namespace, name: asked.name, annotations: asked.annotations ?? {} },
    spec: {
      refreshInterval: asked.refreshInterval ?? '8h',
      target: asked.target ?? {},
      dataFrom: [
        {
          sourceRef: {
            generatorRef: { apiVersion: GENERATORS, kind: 'ECRAuthorizationToken', name: asked.generator },
          },
        },
      ],
    },
  })

export const opaqueSecret = ({ namespace, name }: Place, stringData: Fields): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name }, stringData })

/** Many manifests for one `kubectl apply`. */
export const together = (...manifests: readonly string[]): string => manifests.join('\n---\n')

export interface AskedOfAll {
  readonly name: string
  readonly generator: string
  readonly annotations?: Readonly<Record<string, string>>
  /** Selectors, name and metadata of what is kept, and what else its spec says. */
  readonly spec: Fields
  /** Beside its source, in the spec of each ExternalSecret. */
  readonly inner?: Fields
}

export const clusterExternalSecret = ({ name, generator, annotations, spec, inner }: AskedOfAll): string => {
  const generatorRef = { apiVersion: GENERATORS, kind: 'ECRAuthorizationToken', name: generator }
  return JSON.stringify({
    apiVersion: 'external-secrets.io/v1',
    kind: 'ClusterExternalSecret',
    metadata: { name, annotations: annotations ?? {} },
    spec: {
      externalSecretSpec: { refreshInterval: '8h', dataFrom: [{ sourceRef: { generatorRef } }], ...inner },
      ...spec,
    },
  })
}

export const labelledNamespace = (name: string, labels: Readonly<Record<string, string>> = {}): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } })
