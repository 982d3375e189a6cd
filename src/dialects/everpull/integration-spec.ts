// This file is about reading an EcrIntegration's spec as stored: validated, complete, and made ready to be asked often.
import type { Fault } from '../../model/fault.ts'
import type { RoleStep } from '../../model/identity.ts'
import type { Ref } from '../../model/ref.ts'
import type { Resource } from '../../model/resource.ts'
import { selectorProblems, type Selector } from '../../model/selector.ts'
import { EcrIntegrationSpec } from './integration-schema.ts'
import { faultOf, type Problem, schemaProblems } from './problem.ts'
import { readRegistries, type Registry } from './registries.ts'
import { arnOf, stepOf } from './roles.ts'
import { nameTest } from './wildcard.ts'

/** Whom it is shared with, apart from labels, which stand on the namespaces. */
export interface Sharing {
  readonly isNamed: (namespace: string) => boolean
  readonly isExcluded: (namespace: string) => boolean
  readonly selector: Selector | undefined
  /** No namespace is left out, those to come included. */
  readonly isForAll: boolean
}

export interface ReadIntegration {
  readonly is: 'read'
  readonly spec: EcrIntegrationSpec
  readonly roles: readonly RoleStep[]
  readonly registries: readonly Registry[]
  /** Absent: with the operator's own namespace alone. */
  readonly sharing: Sharing | undefined
}

type Reading = ReadIntegration | Fault

/** Thousands of namespaces ask the same object: each stored spec is read once. */
const readings = new WeakMap<object, Reading>()

export function readIntegration(asked: Resource): Reading {
  const { spec } = asked
  if (typeof spec !== 'object' || spec === null) return read(asked)
  const before = readings.get(spec)
  if (before !== undefined) return before
  const reading = read(asked)
  readings.set(spec, reading)
  return reading
}

function read({ ref, spec }: Resource): Reading {
  const parsed = EcrIntegrationSpec.safeParse(spec)
  if (!parsed.success) return faultOf(schemaProblems(parsed.error))
  const { registries, problems } = readRegistries(parsed.data.registries ?? [])
  const roles = rolesOf(parsed.data, registries, sessionNameOf(ref))
  const wrong = [...problems, ...roles.filter((role) => 'because' in role), ...selectorFlaws(parsed.data)]
  if (wrong.length > 0) return faultOf(wrong)
  return {
    is: 'read',
    spec: parsed.data,
    roles: roles.filter((role) => 'roleArn' in role),
    registries,
    sharing: sharingOf(parsed.data),
  }
}

const selectorFlaws = ({ sharing }: EcrIntegrationSpec): readonly Problem[] =>
  selectorProblems(sharing?.namespaces.selector ?? {}).map(({ at, message }) => ({
    at: `spec.sharing.namespaces.selector.${at}`,
    because: `is refused: ${message}`,
  }))

/** AWS's. */
const LONGEST_SESSION_NAME = 64

const sessionNameOf = ({ name }: Ref): string => `everpull-${name}`.slice(0, LONGEST_SESSION_NAME)

function sharingOf({ sharing }: EcrIntegrationSpec): Sharing | undefined {
  if (sharing === undefined) return undefined
  const { names = [], exclude = [], selector } = sharing.namespaces
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {}
  const selectsAll =
    selector !== undefined && Object.keys(matchLabels).length === 0 && matchExpressions.length === 0
  return {
    isNamed: nameTest(names),
    isExcluded: nameTest(exclude),
    selector,
    isForAll: exclude.length === 0 && (selectsAll || names.includes('*')),
  }
}

function rolesOf(
  { auth }: EcrIntegrationSpec,
  registries: readonly Registry[],
  sessionName: string,
): readonly (RoleStep | Problem)[] {
  const { iamRole } = auth
  if (iamRole === undefined) return []
  const at = 'spec.auth.iamRole'
  const chained = iamRole.chain ?? []
  return [iamRole, ...chained].map((role, i) => {
    const place = i === 0 ? `${at}.roleArn` : `${at}.chain[${i - 1}].roleArn`
    const roleArn = arnOf(role.roleArn, registries, place)
    return typeof roleArn === 'string' ? stepOf({ sessionName, ...role }, roleArn) : roleArn
  })
}
