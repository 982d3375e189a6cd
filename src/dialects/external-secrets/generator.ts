// This file is about a generator an ExternalSecret refers to: the login it stands for and the values it gives.
import { fault, type Fault } from '../../model/fault.ts'
import type { TokenScope, Want } from '../../model/login.ts'
import { isRegionName } from '../../model/registry.ts'
import { type Ref, refText } from '../../model/ref.ts'
import type { Entry, LoginField } from '../../model/shape.ts'
import type { Warning, World } from '../dialect.ts'
import { ECR_AUTHORIZATION_TOKEN_COVERAGE } from './coverage.ts'
import { identityOf } from './credentials.ts'
import { ECRAuthorizationTokenSpec } from './generator-schema.ts'
import { ECR_AUTHORIZATION_TOKEN, GENERATOR_GROUP } from './kinds.ts'
import { schemaProblems } from './problem.ts'
import type { ExternalSecretSpec } from './schema.ts'
import { type CoveredFields, coveredFields, usedFields } from './used-fields.ts'

type SourceRef = NonNullable<NonNullable<ExternalSecretSpec['dataFrom']>[number]['sourceRef']>
export type GeneratorRef = NonNullable<SourceRef['generatorRef']>

export type Generated =
  | { readonly is: 'generator'; readonly want: Want; readonly warnings: readonly Warning[] }
  | { readonly is: 'unready'; readonly fault: Fault }
  /** The reference itself is wrong. */
  | { readonly is: 'invalid'; readonly fault: Fault }

const COVERED = coveredFields(ECR_AUTHORIZATION_TOKEN_COVERAGE)

/** The only region where ECR Public gives tokens. */
const PUBLIC_REGION = 'us-east-1'

const FIELDS: readonly (readonly [string, LoginField])[] = [
  ['username', 'username'],
  ['password', 'password'],
  ['proxy_endpoint', 'proxyEndpoint'],
  ['expires_at', 'expiresAtSeconds'],
]

/** The values of a generator, by the names templates know them under. ECR Public gives no `proxy_endpoint`. */
export const valuesOf = ({ scope }: Want, login: number): readonly Entry[] =>
  FIELDS.filter(([, field]) => field !== 'proxyEndpoint' || scope.service === 'private').map(
    ([key, field]) => ({ key, value: { is: 'login', login, field } }),
  )

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

function scopeOf({ region, scope }: ECRAuthorizationTokenSpec): TokenScope {
  return scope === 'public' ? { service: 'public', region: PUBLIC_REGION } : { service: 'private', region }
}

const odd = (message: string): Warning => ({ reason: 'GeneratorOdd', message })

function oddities({ region, scope, auth }: ECRAuthorizationTokenSpec, generator: string): readonly Warning[] {
  const found: Warning[] = []
  if (scope !== undefined && !['', 'private', 'public'].includes(scope)) {
    found.push(
      odd(`spec.scope "${scope}" of ${generator} means private registries: only "public" means ECR Public`),
    )
  }
  if (scope === 'public' && region !== PUBLIC_REGION) {
    found.push(
      odd(
        `ECR Public gives tokens in ${PUBLIC_REGION} only, so that region is asked instead of "${region}": set spec.region of ${generator} to ${PUBLIC_REGION}`,
      ),
    )
  }
  if (auth?.secretRef !== undefined && auth.jwt !== undefined) {
    found.push(odd(`spec.auth.jwt of ${generator} has no effect: spec.auth.secretRef wins`))
  }
  return found
}

function read(spec: unknown, ref: Ref, world: World): Generated {
  const generator = refText(ref)
  const parsed = ECRAuthorizationTokenSpec.safeParse(spec ?? {})
  if (!parsed.success) {
    const [problem] = schemaProblems(parsed.error)
    return unready(
      fault('reference-invalid', `unable to parse spec of ${generator}: ${problem?.message ?? ''}`),
    )
  }
  const { region, scope } = parsed.data
  if (region !== '' && scope !== 'public' && !isRegionName(region)) {
    return unready(
      fault(
        'reference-invalid',
        `spec.region "${region}" of ${generator} is no AWS region: write it as "us-west-1"`,
      ),
    )
  }
  const identity = identityOf(parsed.data, { namespace: ref.namespace, generator, world })
  if ('is' in identity) return unready(identity)
  const used = covered(spec, generator, COVERED)
  if (used.is === 'fault') return unready(used)
  return {
    is: 'generator',
    want: { identity, scope: scopeOf(parsed.data) },
    warnings: [...used.warnings, ...oddities(parsed.data, generator)],
  }
}

/** What a generator uses beyond what is honoured: refused where it must not, else told. */
export function covered(
  spec: unknown,
  generator: string,
  fields: CoveredFields,
): { readonly is: 'covered'; readonly warnings: readonly Warning[] } | Fault {
  const { problems, warnings } = usedFields(spec, fields)
  if (problems.length > 0) {
    const told = problems.map(({ message }) => message).join('; ')
    return fault('reference-invalid', `${generator} cannot be used: ${told}`)
  }
  return {
    is: 'covered',
    warnings: warnings.map(({ reason, message }) => ({ reason, message: `${generator}: ${message}` })),
  }
}

const unready = (found: Fault): Generated => ({ is: 'unready', fault: found })

function lookUp(ref: Ref, world: World): Generated {
  const looked = world.get(ref)
  switch (looked.is) {
    case 'present':
      return read(looked.resource.spec, ref, world)
    case 'absent':
      return unready(
        fault(
          'reference-missing',
          `${ref.kind}.${ref.group} "${ref.name}" not found in namespace "${ref.namespace}" (create it, or correct the generatorRef)`,
        ),
      )
    case 'unread':
      return unready(fault('reference-missing', `${refText(ref)} is not read yet`))
    case 'denied':
      return unready(looked.fault)
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
  if (bad !== undefined) return { is: 'invalid', fault: fault('spec-invalid', bad, at) }
  const { kind, name } = generatorRef
  const found = lookUp({ group: GENERATOR_GROUP, kind, namespace, name }, world)
  return found.is === 'generator'
    ? { ...found, want: { ...found.want, at } }
    : { ...found, fault: { ...found.fault, at } }
}
