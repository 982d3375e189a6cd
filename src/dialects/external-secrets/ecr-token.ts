// This file is about the ECRAuthorizationToken generator: the token it asks for.
import type { Fault } from '../../model/fault.ts'
import type { RegistryScope } from '../../model/login.ts'
import type { Warning } from '../dialect.ts'
import { identityOf, type Place } from './credentials.ts'
import { ECR_AUTHORIZATION_TOKEN_COVERAGE } from './generator-coverage.ts'
import { ECRAuthorizationTokenSpec } from './generator-schema.ts'
import { type Asked, covered, odd, regionFault, type ServedGenerator, specFault } from './served-generator.ts'
import { coveredFields } from './used-fields.ts'

const FIELDS = coveredFields(ECR_AUTHORIZATION_TOKEN_COVERAGE)

/** The only region where ECR Public gives tokens. */
const PUBLIC_REGION = 'us-east-1'
/** How upstream calls a failure to get one. */
const PUBLIC_STEP = 'error using generator: unable to get public authorization token'

export const ecrToken: ServedGenerator = { kind: 'ECRAuthorizationToken', read }

function read(spec: unknown, place: Place): Asked | Fault {
  const { generator } = place
  const parsed = ECRAuthorizationTokenSpec.safeParse(spec ?? {})
  if (!parsed.success) return specFault(parsed.error, generator)
  const isPublic = parsed.data.scope === 'public'
  const lost = isPublic ? undefined : regionFault(parsed.data.region, place)
  if (lost !== undefined) return lost
  const identity = identityOf(parsed.data, place)
  if ('is' in identity) return identity
  const used = covered(spec, generator, FIELDS)
  if (used.is === 'fault') return used
  return {
    is: 'asked',
    want: { identity, scope: scopeOf(parsed.data), ...(isPublic ? { step: PUBLIC_STEP } : {}) },
    warnings: [...used.warnings, ...oddities(parsed.data, generator)],
  }
}

const scopeOf = ({ region, scope }: ECRAuthorizationTokenSpec): RegistryScope =>
  scope === 'public' ? { service: 'public', region: PUBLIC_REGION } : { service: 'private', region }

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
