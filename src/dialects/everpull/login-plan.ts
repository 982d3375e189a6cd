// This file is about reading what an object asks for, once: all that does not depend on the namespace it is served in.
import { type Duration, formatDuration, parseDuration } from '../../base/duration.ts'
import type { Fault } from '../../model/fault.ts'
import type { RoleStep } from '../../model/identity.ts'
import { DOCUMENTED_LIFE_MS } from '../../model/login.ts'
import type { Permission } from '../../model/probe.ts'
import type { Resource } from '../../model/resource.ts'
import { orderBudget } from '../../template/budget.ts'
import type { Warning, World } from '../dialect.ts'
import type { IdentityFields } from './identity-schema.ts'
import { DEFAULT_INTEGRATION } from './lending.ts'
import { ClusterRegistryLoginSpec, type LoginSpec, RegistryLoginSpec } from './login-spec-schema.ts'
import type { NamespacesFields } from './namespaces-schema.ts'
import { selectionProblems } from './namespaces.ts'
import { type OutputPlan, readOutput } from './output-plan.ts'
import { faultOf, type Problem, schemaProblems } from './problem.ts'
import { type Registry, readRegistries } from './registries.ts'
import { arnOf, chainingProblems, readRoles } from './roles.ts'
import { LONGEST_POLICY, sessionPolicy } from './session-policy.ts'

export interface LoginPlan {
  readonly is: 'plan'
  readonly registries: readonly Registry[]
  readonly identity: IdentityFields
  /** The role that the service account asks as, where the object says it. */
  readonly accountRole?: string
  /** On top of the identity; an integration adds its external id and tags. */
  readonly roles: readonly RoleStep[]
  /** The session policy for each access that an output has. */
  readonly policies: ReadonlyMap<Permission, string>
  readonly outputs: readonly OutputPlan[]
  readonly interval?: Duration
  readonly isSuspended: boolean
  /** Of a ClusterRegistryLogin. */
  readonly namespaces?: NamespacesFields
  readonly warnings: readonly Warning[]
}

type Templates = World['templates']
type Reading = LoginPlan | Fault

/** A stored spec may belong to several objects, and one object to thousands of namespaces: each is read once. */
const ofLogins = new WeakMap<object, Reading>()
const ofClusterLogins = new WeakMap<object, Reading>()

export function readLogin({ spec }: Resource, templates: Templates): Reading {
  return once(ofLogins, spec, () => {
    const parsed = RegistryLoginSpec.safeParse(spec)
    return parsed.success ? planOf(parsed.data, templates) : faultOf(schemaProblems(parsed.error))
  })
}

export function readClusterLogin({ spec }: Resource, templates: Templates): Reading {
  return once(ofClusterLogins, spec, () => {
    const parsed = ClusterRegistryLoginSpec.safeParse(spec)
    return parsed.success
      ? planOf(parsed.data, templates, parsed.data.namespaces)
      : faultOf(schemaProblems(parsed.error))
  })
}

function once(known: WeakMap<object, Reading>, spec: unknown, read: () => Reading): Reading {
  if (typeof spec !== 'object' || spec === null) return read()
  const before = known.get(spec)
  if (before !== undefined) return before
  const reading = read()
  known.set(spec, reading)
  return reading
}

function planOf(spec: LoginSpec, templates: Templates, namespaces?: NamespacesFields): Reading {
  const { registries, problems: places } = readRegistries(spec.registries)
  // Whatever follows is about registries: with some of them missing it would be told wrong.
  if (places.length > 0) return faultOf(places)
  const identity = spec.identity ?? { integration: { name: DEFAULT_INTEGRATION } }
  const { roles, problems: roleProblems } = readRoles(spec.assumeRoles ?? [], registries)
  const accountRole = accountRoleOf(identity, registries)
  const means = { templates, budget: orderBudget() }
  const read = spec.outputs.map((output, i) => readOutput(output, registries, `spec.outputs[${i}]`, means))
  const outputs = read.flatMap(({ plan }) => (plan === undefined ? [] : [plan]))
  const policies = policiesFor(spec, registries)
  const problems = [
    ...roleProblems,
    ...(typeof accountRole === 'object' ? [accountRole] : []),
    ...identityProblems(spec, identity, roles),
    ...read.flatMap((output) => output.problems),
    ...twinProblems(spec),
    ...accessProblems(spec, identity, policies),
    ...(namespaces === undefined ? [] : selectionProblems(namespaces)),
  ]
  if (problems.length > 0) return faultOf(problems)
  const interval = spec.refreshInterval === undefined ? undefined : parseDuration(spec.refreshInterval)
  return {
    is: 'plan',
    registries,
    identity,
    ...(typeof accountRole === 'string' ? { accountRole } : {}),
    roles,
    policies,
    outputs,
    ...(interval === undefined ? {} : { interval }),
    isSuspended: spec.suspend === true,
    ...(namespaces === undefined ? {} : { namespaces }),
    warnings: [...read.flatMap(({ warnings }) => warnings), ...intervalWarnings(spec, interval)],
  }
}

/** Two thirds of the life that AWS documents. */
const LATEST = (DOCUMENTED_LIFE_MS * 2) / 3

function intervalWarnings(
  { refreshInterval = '' }: LoginSpec,
  interval: Duration | undefined,
): readonly Warning[] {
  if (interval === undefined || interval <= LATEST) return []
  const message = `spec.refreshInterval ${refreshInterval} is longer than ${formatDuration(LATEST)}, two thirds of a login's life: logins are renewed by then in any case, so write less or leave it out`
  return [{ reason: 'RenewedByExpiry', message }]
}

function accountRoleOf(
  { serviceAccount }: IdentityFields,
  registries: readonly Registry[],
): string | Problem | undefined {
  if (serviceAccount?.roleArn === undefined) return undefined
  return arnOf(serviceAccount.roleArn, registries, 'spec.identity.serviceAccount.roleArn')
}

function identityProblems(
  { assumeRoles = [] }: LoginSpec,
  identity: IdentityFields,
  roles: readonly RoleStep[],
): readonly Problem[] {
  const chained = chainingProblems(roles, identity.serviceAccount !== undefined)
  if (identity.integration === undefined) return chained
  const { name } = identity.integration
  const because = (what: string): string =>
    `is refused: ${what} of what is assumed through EcrIntegration ${name} ${what === 'the tags' ? 'are' : 'is'} said there, in spec.allowedRoleSession; leave it out`
  return [
    ...chained,
    ...assumeRoles.flatMap(({ externalId, tags }, i) => [
      ...(externalId === undefined
        ? []
        : [{ at: `spec.assumeRoles[${i}].externalId`, because: because('the external id') }]),
      ...(tags === undefined ? [] : [{ at: `spec.assumeRoles[${i}].tags`, because: because('the tags') }]),
    ]),
  ]
}

/** The API server refuses it too, by the key of the list. */
function twinProblems({ outputs }: LoginSpec): readonly Problem[] {
  const names = outputs.map(({ secretName }) => secretName)
  return names.flatMap((name, i) => {
    const first = names.indexOf(name)
    const because = `names Secret ${name} again, as spec.outputs[${first}] does: an output has a Secret of its own`
    return first === i ? [] : [{ at: `spec.outputs[${i}].secretName`, because }]
  })
}

function policiesFor(
  { outputs }: LoginSpec,
  registries: readonly Registry[],
): ReadonlyMap<Permission, string> {
  const asked = new Set(outputs.flatMap(({ access }) => (access === undefined ? [] : [access])))
  return new Map([...asked].map((access) => [access, sessionPolicy(access, registries)]))
}

/** Which role an integration ends with is not known here. */
function accessProblems(
  { outputs, assumeRoles = [] }: LoginSpec,
  { accessKey }: IdentityFields,
  policies: ReadonlyMap<Permission, string>,
): readonly Problem[] {
  const last = assumeRoles.at(-1)
  return outputs.flatMap(({ access }, i) => {
    if (access === undefined) return []
    const says = (because: string): readonly Problem[] => [{ at: `spec.outputs[${i}].access`, because }]
    if (accessKey !== undefined && last === undefined) {
      return says(
        `is ${access}, and an access key cannot be narrowed: name a role in spec.assumeRoles, whose session can be, or leave it out`,
      )
    }
    if (last?.policy !== undefined) {
      return says(
        `is ${access}, and spec.assumeRoles[${assumeRoles.length - 1}] has a policy of its own: leave out one of the two`,
      )
    }
    const { length } = policies.get(access) ?? ''
    return length > LONGEST_POLICY
      ? says(
          `is ${access}, and a session policy for so many registries has ${length} characters where AWS takes ${LONGEST_POLICY}: name fewer registries in one object`,
        )
      : []
  })
}
