// This file is about who asks AWS for an object, in the namespace it is served in: looked up each time, as others change it.
import { type Fault, fault } from '../../model/fault.ts'
import type { CredentialSource, Identity, RoleStep } from '../../model/identity.ts'
import type { Permission } from '../../model/probe.ts'
import { type Ref, secretAsRef, secretKey } from '../../model/ref.ts'
import type { Resource } from '../../model/resource.ts'
import type { World } from '../dialect.ts'
import type { IdentityFields } from './identity-schema.ts'
import { isRoleAllowed, lend, type Lent } from './lending.ts'
import type { LoginPlan } from './login-plan.ts'
import { chainingProblems } from './roles.ts'

/** Where an object is served. */
export interface Place {
  /** Whose Secrets are written. */
  readonly namespace: string
  /** Where Secrets and service accounts are that it names without a namespace. */
  readonly home: string
  readonly world: World
}

/** Who asks, before the login is narrowed. */
export type Asker = Pick<Identity, 'source' | 'roles' | 'through'>

const ROLE_ANNOTATION = 'eks.amazonaws.com/role-arn'
const AUDIENCE = 'sts.amazonaws.com'
const LONGEST_SESSION_NAME = 64

const isFault = (value: object): value is Fault => 'is' in value && value.is === 'fault'

export function askerFor(plan: LoginPlan, place: Place): Asker | Fault {
  const { integration, serviceAccount, accessKey } = plan.identity
  if (integration !== undefined) return borrowed(plan, integration.name, place)
  const source =
    serviceAccount === undefined
      ? keySource(accessKey, place)
      : accountSource(serviceAccount, plan.accountRole, place)
  return isFault(source) ? source : { source, roles: plan.roles }
}

function borrowed({ roles }: LoginPlan, name: string, { namespace, world }: Place): Asker | Fault {
  const lent = lend(world, name, namespace)
  if (lent.is === 'fault') return { at: 'spec.identity', ...lent }
  const refused = refusedRole(roles, lent)
  if (refused !== undefined) return refused
  const { source, externalId, tags, through } = lent
  const extra = {
    ...(externalId === undefined ? {} : { externalId }),
    ...(tags === undefined ? {} : { tags }),
  }
  return { source, roles: [...lent.roles, ...roles.map((role) => ({ ...role, ...extra }))], through }
}

function refusedRole(roles: readonly RoleStep[], lent: Lent): Fault | undefined {
  const index = roles.findIndex(({ roleArn }) => !isRoleAllowed(lent, roleArn))
  const refused = roles[index]
  if (refused !== undefined) {
    const at = `spec.assumeRoles[${index}].roleArn`
    const text = `${at} is ${refused.roleArn}, which EcrIntegration ${lent.through.name} does not let its users assume: have spec.allowedRoles match it there, or leave it out`
    return fault('integration-refused', text, at)
  }
  const [chained] = chainingProblems(roles, lent.roles.length > 0)
  return chained === undefined
    ? undefined
    : fault('integration-refused', `${chained.at} ${chained.because}`, chained.at)
}

function found(ref: Ref, { world }: Place, absent: () => Fault): Resource | Fault {
  const looked = world.get(ref)
  switch (looked.is) {
    case 'present':
      return looked.resource
    case 'absent':
      return absent()
    case 'unread':
      return fault('reference-missing', `${ref.kind} ${ref.namespace}/${ref.name} has not been read yet`)
    case 'denied':
      return looked.fault
  }
}

function accountSource(
  { name, namespace: given, audiences }: NonNullable<IdentityFields['serviceAccount']>,
  roleOfObject: string | undefined,
  place: Place,
): CredentialSource | Fault {
  const namespace = given ?? place.home
  const at = 'spec.identity.serviceAccount'
  const account = found({ group: '', kind: 'ServiceAccount', namespace, name }, place, () =>
    fault(
      'service-account-unusable',
      `ServiceAccount ${namespace}/${name} does not exist: create it, or correct ${at}.name`,
      at,
    ),
  )
  if (isFault(account)) return account
  const roleArn = roleOfObject ?? account.annotations[ROLE_ANNOTATION] ?? ''
  if (roleArn === '') {
    const text = `ServiceAccount ${namespace}/${name} stands for no role: set ${at}.roleArn, or annotate it with ${ROLE_ANNOTATION}`
    return fault('service-account-unusable', text, at)
  }
  return {
    is: 'service-account',
    namespace,
    name,
    uid: account.uid,
    audiences: audiences ?? [AUDIENCE],
    roleArn,
    sessionName: `everpull-${namespace}-${name}`.slice(0, LONGEST_SESSION_NAME),
  }
}

function keySource(fields: IdentityFields['accessKey'], place: Place): CredentialSource | Fault {
  const at = 'spec.identity.accessKey'
  const { secretName = '', namespace = place.home } = fields ?? {}
  const secret = { namespace, name: secretName }
  const kept = found(secretAsRef(secret), place, () =>
    fault(
      'credential-missing',
      `Secret ${secretKey(secret)} does not exist: create it with the access key, or correct ${at}.secretName`,
      at,
    ),
  )
  if (isFault(kept)) return kept
  const { accessKeyIdKey = 'aws_access_key_id', secretAccessKeyKey = 'aws_secret_access_key' } = fields ?? {}
  const sessionTokenKey = fields?.sessionTokenKey
  return {
    is: 'access-key',
    accessKeyId: { ...secret, key: accessKeyIdKey },
    secretAccessKey: { ...secret, key: secretAccessKeyKey },
    ...(sessionTokenKey === undefined ? {} : { sessionToken: { ...secret, key: sessionTokenKey } }),
  }
}

/** The same with its last session narrowed; `at` is where that is asked for. */
export function narrowed(asker: Asker, access: Permission, policy: string, at: string): Asker | Fault {
  const { source, roles } = asker
  const last = roles.at(-1)
  if (last?.policy !== undefined || (last === undefined && 'policy' in source)) {
    const text = `${at} is ${access}, and the last role assumed is narrowed already: name one of your own in spec.assumeRoles, or leave it out`
    return fault('integration-refused', text, at)
  }
  if (last !== undefined) return { ...asker, roles: [...roles.slice(0, -1), { ...last, policy }] }
  if (source.is === 'service-account') return { ...asker, source: { ...source, policy } }
  const text = `${at} is ${access}, and no role is assumed whose session could be narrowed: name a role in spec.assumeRoles, or leave it out`
  return fault('integration-refused', text, at)
}
