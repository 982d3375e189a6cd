// This file is about lending: who may use an EcrIntegration, and what it gives to whoever may.
import { fault, type Fault } from '../../model/fault.ts'
import type { CredentialSource, RoleStep } from '../../model/identity.ts'
import { type Ref, refText, secretAsRef, secretKey } from '../../model/ref.ts'
import type { Resource } from '../../model/resource.ts'
import { selects } from '../../model/selector.ts'
import type { World } from '../dialect.ts'
import type { EcrIntegrationSpec } from './integration-schema.ts'
import { readIntegration, type ReadIntegration } from './integration-spec.ts'
import { GROUP } from './kinds.ts'
import { isArnMatched } from './wildcard.ts'

/** Whom those use who name none. */
export const DEFAULT_INTEGRATION = 'default'

/** What an identity is made of that an integration lends: its source, its roles, and itself as `Identity.through`. */
export interface Lent {
  readonly is: 'lent'
  readonly source: CredentialSource
  readonly roles: readonly RoleStep[]
  readonly through: Ref
  /** Patterns of the ARNs that may be assumed on top; ask `isRoleAllowed`. */
  readonly allowedRoles: readonly string[]
  /** With what those are assumed, whatever their user says. */
  readonly externalId?: string
  readonly tags?: Readonly<Record<string, string>>
}

type Asking = Pick<World, 'get' | 'operatorNamespace' | 'runtime'>

export const integrationRef = (name: string): Ref => ({
  group: GROUP,
  kind: 'EcrIntegration',
  namespace: '',
  name,
})

/**
 * What the integration of that name gives to objects of that namespace, or why it gives nothing: `reference-missing`
 * (there is none, or it is not read yet), `reference-unreadable`, `reference-invalid` (its spec is wrong),
 * `integration-refused` (not for this installation or this namespace), `credential-missing` (its Secret is not there).
 * One that is being deleted still lends. Cheap enough to be asked for each of thousands of namespaces.
 */
export function lend(world: Asking, name: string, namespace: string): Lent | Fault {
  const found = find(world, name)
  if (found.is === 'fault') return found
  const { resource, integration } = found
  return (
    refusedHere(integration, resource.ref, world.runtime) ??
    refusedTo(namespace, integration, resource.ref, world) ??
    lendTo(world, found)
  )
}

/** The same to whoever has been let in already. */
export function lendTo(
  world: Asking,
  { resource: { ref }, integration }: Pick<Found, 'resource' | 'integration'>,
): Lent | Fault {
  const refusal = refusedHere(integration, ref, world.runtime)
  if (refusal !== undefined) return refusal
  const source = sourceOf(integration.spec, ref, world)
  return source.is === 'fault' ? source : lent(integration, ref, source)
}

function lent({ spec, roles }: ReadIntegration, through: Ref, source: CredentialSource): Lent {
  const { externalId, tags } = spec.allowedRoleSession ?? {}
  return {
    is: 'lent',
    source,
    roles,
    through,
    allowedRoles: spec.allowedRoles ?? [],
    ...(externalId === undefined ? {} : { externalId }),
    ...(tags === undefined ? {} : { tags }),
  }
}

/** Whether a role may be assumed on top of what is lent. */
export const isRoleAllowed = ({ allowedRoles }: Pick<Lent, 'allowedRoles'>, roleArn: string): boolean =>
  allowedRoles.some((pattern) => isArnMatched(pattern, roleArn))

export interface Found {
  readonly is: 'found'
  readonly resource: Resource
  readonly integration: ReadIntegration
}

/** The integration of that name, or why it cannot be used, as `lend` tells it. */
export function find(world: Asking, name: string): Found | Fault {
  const ref = integrationRef(name)
  const looked = world.get(ref)
  switch (looked.is) {
    case 'present': {
      const integration = readIntegration(looked.resource)
      if (integration.is === 'read') return { is: 'found', resource: looked.resource, integration }
      return fault('reference-invalid', `${refText(ref)} cannot be used: ${integration.message}`)
    }
    case 'absent':
      return fault('reference-missing', `${refText(ref)} does not exist: ${howToHaveOne(name)}`)
    case 'unread':
      return unread(ref)
    case 'denied':
      return looked.fault
  }
}

const unread = (ref: Ref): Fault => fault('reference-missing', `${refText(ref)} has not been read yet`)

const howToHaveOne = (name: string): string =>
  name === DEFAULT_INTEGRATION
    ? 'it is used where no identity is named, so create it, or name an identity'
    : 'create it, or name another one'

/** Why this installation leaves it alone. */
export function refusedHere({ spec }: ReadIntegration, ref: Ref, runtime: string): Fault | undefined {
  const { policy, names = [] } = spec.runtimes ?? { policy: 'All' }
  if (policy === 'All' || names.includes(runtime)) return undefined
  return fault(
    'integration-refused',
    `${refText(ref)} is meant for ${runtimesText(names)}, and this is "${runtime}": add it to spec.runtimes.names there, or use another integration`,
  )
}

export const runtimesText = (names: readonly string[]): string =>
  `${names.length === 1 ? 'runtime' : 'runtimes'} ${names.map((name) => `"${name}"`).join(', ')}`

function refusedTo(
  namespace: string,
  { sharing }: ReadIntegration,
  ref: Ref,
  world: Asking,
): Fault | undefined {
  const shared = isShared(sharing, namespace, world)
  if (typeof shared !== 'boolean') return shared
  return shared
    ? undefined
    : fault(
        'integration-refused',
        `${refText(ref)} is not shared with namespace ${namespace}: ${howToShare(sharing)}, or use another integration`,
      )
}

const howToShare = (sharing: ReadIntegration['sharing']): string =>
  sharing === undefined
    ? 'it has no spec.sharing, so it is for the namespace of the operator alone; add the namespace to spec.sharing.namespaces there'
    : 'have spec.sharing.namespaces choose it there'

/** Labels are looked at only where names do not say it, so that namespaces that change bring nobody back in vain. */
export function isShared(
  sharing: ReadIntegration['sharing'],
  namespace: string,
  world: Pick<World, 'get' | 'operatorNamespace'>,
): boolean | Fault {
  if (sharing === undefined) return namespace === world.operatorNamespace
  if (sharing.isExcluded(namespace)) return false
  if (sharing.isNamed(namespace)) return true
  return sharing.selector === undefined ? false : isSelected(sharing.selector, namespace, world)
}

function isSelected(
  selector: Parameters<typeof selects>[0],
  name: string,
  world: Pick<World, 'get'>,
): boolean | Fault {
  const ref: Ref = { group: '', kind: 'Namespace', namespace: '', name }
  const looked = world.get(ref)
  switch (looked.is) {
    case 'present':
      return selects(selector, looked.resource.labels)
    case 'absent':
      return false
    case 'unread':
      return unread(ref)
    case 'denied':
      return looked.fault
  }
}

/** Where the credentials come from; its Secret is looked at, so that whoever uses it follows a new key. */
export function sourceOf(
  { auth }: EcrIntegrationSpec,
  ref: Ref,
  world: Pick<World, 'get' | 'operatorNamespace'>,
): CredentialSource | Fault {
  const { accessKey } = auth
  if (accessKey === undefined) return { is: 'ambient' }
  const secret = {
    namespace: accessKey.secretNamespace ?? world.operatorNamespace,
    name: accessKey.secretName,
  }
  const missing = missingSecret(secret, ref, world)
  if (missing !== undefined) return missing
  const { accessKeyId, accessKeyIdKey = 'aws_access_key_id', sessionTokenKey } = accessKey
  return {
    is: 'access-key',
    accessKeyId: accessKeyId === undefined ? { ...secret, key: accessKeyIdKey } : { text: accessKeyId },
    secretAccessKey: { ...secret, key: accessKey.secretAccessKeyKey ?? 'aws_secret_access_key' },
    ...(sessionTokenKey === undefined ? {} : { sessionToken: { ...secret, key: sessionTokenKey } }),
  }
}

function missingSecret(
  secret: { readonly namespace: string; readonly name: string },
  ref: Ref,
  world: Pick<World, 'get'>,
): Fault | undefined {
  const looked = world.get(secretAsRef(secret))
  switch (looked.is) {
    case 'present':
      return undefined
    case 'absent':
      return fault(
        'credential-missing',
        `Secret ${secretKey(secret)} does not exist: create it with the access key of ${refText(ref)}, or correct spec.auth.accessKey there`,
      )
    case 'unread':
      return unread(secretAsRef(secret))
    case 'denied':
      return looked.fault
  }
}
