// This file is about a generator an ExternalSecret refers to: the login it stands for and the values it gives.
import { fault, type Fault } from '../../model/fault.ts'
import type { TokenScope, Want } from '../../model/login.ts'
import { type Ref, refText } from '../../model/ref.ts'
import type { Resource } from '../../model/resource.ts'
import type { Entry, LoginField } from '../../model/shape.ts'
import type { Looked, Warning, World } from '../dialect.ts'
import { unwrap } from './cluster-generator.ts'
import type { Place } from './credentials.ts'
import { ecrToken } from './ecr-token.ts'
import { CLUSTER_GENERATOR, ECR_AUTHORIZATION_TOKEN, GENERATOR_GROUP } from './kinds.ts'
import type { ExternalSecretSpec } from './schema.ts'
import { type ServedGenerator, unusable } from './served-generator.ts'
import { stsSession } from './sts-session.ts'

type SourceRef = NonNullable<NonNullable<ExternalSecretSpec['dataFrom']>[number]['sourceRef']>
export type GeneratorRef = NonNullable<SourceRef['generatorRef']>

export type Generated =
  | { readonly is: 'generator'; readonly want: Want; readonly warnings: readonly Warning[] }
  | { readonly is: 'unready'; readonly fault: Fault }
  /** The reference itself is wrong. */
  | { readonly is: 'invalid'; readonly fault: Fault }

const SERVED: readonly ServedGenerator[] = [ecrToken, stsSession]

type Field = readonly [name: string, field: LoginField]

const USER: readonly Field[] = [
  ['username', 'username'],
  ['password', 'password'],
]
const EXPIRY: Field = ['expires_at', 'expiresAtSeconds']

/** The values of each login, by the names templates know them under. ECR Public gives no endpoint. */
const FIELDS: Readonly<Record<TokenScope['service'], readonly Field[]>> = {
  private: [...USER, ['proxy_endpoint', 'proxyEndpoint'], EXPIRY],
  public: [...USER, EXPIRY],
  session: [
    ['access_key_id', 'accessKeyId'],
    ['secret_access_key', 'secretAccessKey'],
    ['session_token', 'sessionToken'],
    ['expiration', 'expiresAtSeconds'],
  ],
}

export const valuesOf = ({ scope }: Want, login: number): readonly Entry[] =>
  FIELDS[scope.service].map(([key, field]) => ({ key, value: { is: 'login', login, field } }))

function badReference({ apiVersion, kind }: GeneratorRef): string | undefined {
  const parts = apiVersion.split('/')
  const [group = '', version = ''] = parts.length === 1 ? ['', ...parts] : parts
  if (parts.length > 2)
    return `generatorRef has invalid APIVersion: unexpected GroupVersion string: ${apiVersion}`
  if (group !== GENERATOR_GROUP) {
    return `generatorRef may only reference the generators group, but got ${group}`
  }
  return ECR_AUTHORIZATION_TOKEN.versions.includes(version)
    ? undefined
    : `generatorRef references unknown GVK ${apiVersion}, Kind=${kind}`
}

const unready = (found: Fault): Generated => ({ is: 'unready', fault: found })

function read(kind: string, spec: unknown, place: Place): Generated {
  const served = SERVED.find((one) => one.kind === kind)
  if (served === undefined) {
    const kinds = SERVED.map((one) => one.kind).join(' and ')
    return unready(unusable(`${place.generator} is not supported: only ${kinds} are, which AWS answers`))
  }
  const asked = served.read(spec, place)
  return asked.is === 'fault'
    ? unready(asked)
    : { is: 'generator', want: asked.want, warnings: asked.warnings }
}

/** What a ClusterGenerator refers to is looked for where it is used, like everything that a generator refers to. */
function readResource(resource: Resource, namespace: string, world: World): Generated {
  const { ref, spec } = resource
  if (ref.kind !== CLUSTER_GENERATOR.kind) {
    return read(ref.kind, spec, { namespace, generator: refText(ref), world })
  }
  const unwrapped = unwrap(resource)
  if (unwrapped.is === 'wrong') {
    const message = `${unwrapped.because} (correct ${refText(ref)})`
    return unready({ ...unusable(message), step: NOT_GOT })
  }
  return read(unwrapped.kind, unwrapped.spec, { namespace, generator: unwrapped.generator, world })
}

/** How upstream calls it when there is no generator to use. */
const NOT_GOT = 'unable to get generator'

function faultOf(looked: Exclude<Looked, { is: 'present' }>, ref: Ref): Fault {
  switch (looked.is) {
    case 'absent': {
      const where = ref.namespace === '' ? '' : ` in namespace "${ref.namespace}"`
      const message = `${ref.kind}.${ref.group} "${ref.name}" not found${where} (create it, or correct the generatorRef)`
      return fault('reference-missing', message)
    }
    case 'unread':
      return fault('reference-missing', `${refText(ref)} is not read yet`)
    case 'denied':
      return { ...looked.fault, step: NOT_GOT }
  }
}

/** Follows one generatorRef, found at `at`; its faults name that place. */
export function followGenerator(
  at: string,
  generatorRef: GeneratorRef,
  namespace: string,
  world: World,
): Generated {
  const bad = badReference(generatorRef)
  if (bad !== undefined) {
    return { is: 'invalid', fault: { ...fault('spec-invalid', bad, at), step: NOT_GOT } }
  }
  const { kind, name } = generatorRef
  const isClusterWide = kind === CLUSTER_GENERATOR.kind
  const ref = { group: GENERATOR_GROUP, kind, namespace: isClusterWide ? '' : namespace, name }
  const looked = world.get(ref)
  const found =
    looked.is === 'present' ? readResource(looked.resource, namespace, world) : unready(faultOf(looked, ref))
  return found.is === 'generator'
    ? { ...found, want: { ...found.want, at } }
    : { ...found, fault: { ...found.fault, at } }
}
