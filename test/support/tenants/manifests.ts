// This file is about manifests of one tenant, as short as they can be written: orders of every dialect, and what they name.
import { HOST } from './names.ts'

export type Json = Readonly<Record<string, unknown>>
export interface Manifest extends Json {
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly [member: string]: unknown
  }
}

export const MALLORY = 'mallory'
export const ALICE = 'alice'

const GENERATORS = 'generators.external-secrets.io/v1alpha1'

export const object = (
  apiVersion: string,
  kind: string,
  name: string,
  rest: Json,
  metadata: Json = {},
): Manifest => ({ apiVersion, kind, metadata: { namespace: MALLORY, name, ...metadata }, ...rest })

/** A RegistryLogin with one Secret of its own name, keys username and password. */
export const login = (
  name: string,
  identity: Json | undefined,
  more: Json = {},
  metadata: Json = {},
): Manifest =>
  object(
    'everpull.dev/v1alpha1',
    'RegistryLogin',
    name,
    {
      spec: {
        registries: [{ host: HOST }],
        ...(identity === undefined ? {} : { identity }),
        outputs: [{ secretName: name, basicAuth: {} }],
        ...more,
      },
    },
    metadata,
  )

export const through = (integration: string): Json => ({ integration: { name: integration } })
export const withKeys = (secretName: string): Json => ({ accessKey: { secretName } })

/** An access key as `withKeys` and `keysIn` expect it. */
export const keySecret = (namespace: string, name: string, key: { id: string; secret: string }): Manifest =>
  object(
    'v1',
    'Secret',
    name,
    { stringData: { aws_access_key_id: key.id, aws_secret_access_key: key.secret } },
    { namespace },
  )

/** `auth` of a generator. */
export const keysIn = (name: string, more: Json = {}): Json => ({
  auth: {
    secretRef: {
      accessKeyIDSecretRef: { name, key: 'aws_access_key_id', ...more },
      secretAccessKeySecretRef: { name, key: 'aws_secret_access_key', ...more },
    },
  },
})
export const accountOf = (name: string, more: Json = {}): Json => ({
  auth: { jwt: { serviceAccountRef: { name, ...more } } },
})

export const generator = (name: string, spec: Json, metadata: Json = {}): Manifest =>
  object(GENERATORS, 'ECRAuthorizationToken', name, { spec: { region: 'us-west-1', ...spec } }, metadata)

export const generatorRef = (
  name: string,
  kind = 'ECRAuthorizationToken',
  apiVersion = GENERATORS,
): Json => ({
  sourceRef: { generatorRef: { apiVersion, kind, name } },
})

/** An ExternalSecret that writes the Secret of its own name. */
export const external = (
  name: string,
  from: readonly Json[],
  spec: Json = {},
  metadata: Json = {},
): Manifest =>
  object(
    'external-secrets.io/v1',
    'ExternalSecret',
    name,
    { spec: { refreshInterval: '8h', dataFrom: from, ...spec } },
    metadata,
  )

/** Both, of one name. */
export const generated = (
  name: string,
  spec: Json,
  asked: Json = {},
  metadata: Json = {},
): readonly Manifest[] => [generator(name, spec), external(name, [generatorRef(name)], asked, metadata)]

/** With the tenant's own key, and this for a template. */
export const templated = (name: string, template: Json): readonly Manifest[] =>
  generated(name, keysIn('keys'), { target: { template } })

export const secret = (name: string, stringData: Json, metadata: Json = {}, more: Json = {}): Manifest =>
  object('v1', 'Secret', name, { stringData, ...more }, metadata)

export const account = (name: string, annotations: Json = {}): Manifest =>
  object('v1', 'ServiceAccount', name, {}, { annotations })

export const mobb = (name: string, spec: Json = {}): Manifest =>
  object('ecr.mobb.redhat.com/v1alpha1', 'Secret', name, {
    spec: { generated_secret_name: name, ecr_registry: HOST, frequency: '10h', region: 'us-west-1', ...spec },
  })

export const helmRepo = (name: string, spec: Json = {}): Manifest =>
  object('ecr.mobb.redhat.com/v1alpha1', 'ArgoHelmRepoSecret', name, {
    spec: { generated_secret_name: name, url: HOST, frequency: '10h', region: 'us-west-1', ...spec },
  })
