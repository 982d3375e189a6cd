// This file is about the logins that an integration gives to whoever asks the token endpoint for it by name.
import { type Fault, fault } from '../../model/fault.ts'
import type { Identity } from '../../model/identity.ts'
import type { Want } from '../../model/login.ts'
import type { Permission } from '../../model/probe.ts'
import { refText } from '../../model/ref.ts'
import { hostOf, parseHost, partitionIdOf } from '../../model/registry.ts'
import type { World } from '../dialect.ts'
import type { ReadIntegration } from './integration-spec.ts'
import { type Found, type Lent, lendTo } from './lending.ts'
import type { Registry } from './registries.ts'
import { LONGEST_POLICY, sessionPolicy } from './session-policy.ts'

/** One registry, and the login that opens it. */
export interface EndpointWant {
  readonly host: string
  readonly want: Want
}

export interface EndpointWants {
  readonly is: 'wants'
  /** In the order of the integration. */
  readonly wants: readonly EndpointWant[]
}

type Asking = Pick<World, 'get' | 'operatorNamespace' | 'runtime'>

/**
 * The logins for all registries that the integration names, or for its own where it names none and a role tells the
 * account. One for pulling is narrowed, so that it cannot push, and refused where it cannot be narrowed; one for pushing
 * is narrowed where it can be. Whoever asks has been let in already.
 */
export function endpointWants(world: Asking, found: Found, access: Permission): EndpointWants | Fault {
  const lent = lendTo(world, found)
  if (lent.is === 'fault') return lent
  const registries = registriesOf(found)
  if (!Array.isArray(registries)) return registries
  const identity = narrowed(found, lent, access, registries)
  if ('is' in identity) return identity
  return {
    is: 'wants',
    wants: registries.map(({ host, scope }) => ({ host, want: { identity, scope, hosts: [host] } })),
  }
}

function registriesOf({ resource, integration }: Found): Registry[] | Fault {
  if (integration.registries.length > 0) return [...integration.registries]
  const own = ownRegistry(integration)
  return own === undefined
    ? fault(
        'integration-refused',
        `${refText(resource.ref)} names no registry, and no role that tells its account: name them in spec.registries there`,
      )
    : [own]
}

/** That of the account whose role it ends with. */
function ownRegistry({ spec, roles }: ReadIntegration): Registry | undefined {
  const { region } = spec
  const account = /^arn:[^:]*:iam::([0-9]{12}):/.exec(roles.at(-1)?.roleArn ?? '')?.[1]
  const host = account === undefined ? undefined : hostOf({ account, region })
  if (account === undefined || typeof host !== 'string' || parseHost(host).is === 'not-ecr') return undefined
  const scope = { service: 'private', region } as const
  return { host, scope, account, partition: partitionIdOf(region), at: 'spec.region' }
}

function narrowed(
  { resource }: Found,
  { source, roles, through }: Lent,
  access: Permission,
  registries: readonly Registry[],
): Identity | Fault {
  const whole = { source, roles, through, onBehalfOf: '' }
  const last = roles.at(-1)
  if (last === undefined) {
    if (access === 'push') return whole
    return fault(
      'integration-refused',
      `${refText(resource.ref)} assumes no role, so that its login cannot be kept from pushing: have it assume one in spec.auth.iamRole, or let those push who may have it`,
    )
  }
  const policy = sessionPolicy(access, registries)
  if (policy.length > LONGEST_POLICY) {
    return fault(
      'integration-refused',
      `${refText(resource.ref)} names so many registries that a session policy for them has ${policy.length} characters where AWS takes ${LONGEST_POLICY}: spread them over several integrations`,
    )
  }
  return { ...whole, roles: [...roles.slice(0, -1), { ...last, policy }] }
}
