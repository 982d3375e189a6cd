// This file is about the roles that an object assumes: named by ARN or by bare name, one on top of the other.
import { hours, parseDuration } from '../../base/duration.ts'
import type { RoleStep } from '../../model/identity.ts'
import type { RoleFields } from './identity-schema.ts'
import { type Problem, quoted } from './problem.ts'
import type { Registry } from './registries.ts'

const ARN = /^arn:aws[a-z-]*:iam::[0-9]{12}:role\/[!-~]{1,577}$/
const BARE = /^(?:[\w+=,.@-]+\/)*[\w+=,.@-]{1,64}$/

/** The ARN of a role, or why there is none; `at` is where it is named. */
export function arnOf(role: string, registries: readonly Registry[], at: string): string | Problem {
  if (role.startsWith('arn:')) {
    if (ARN.test(role)) return role
    return {
      at,
      because: `is ${quoted(role)}, which is no ARN of a role: write arn:aws:iam::ACCOUNT:role/NAME`,
    }
  }
  if (!BARE.test(role)) {
    return {
      at,
      because: `is ${quoted(role)}, which is no role: write its ARN, arn:aws:iam::ACCOUNT:role/NAME`,
    }
  }
  const places = new Set(
    registries.flatMap(({ account, partition }) =>
      account === undefined ? [] : [`${partition} ${account}`],
    ),
  )
  const [place = ''] = places
  if (places.size !== 1) {
    const why =
      places.size === 0
        ? 'none of the registries tells its account'
        : 'the registries are of several accounts'
    return {
      at,
      because: `is the bare name ${quoted(role)}, and ${why}: write the ARN, arn:aws:iam::ACCOUNT:role/${role}`,
    }
  }
  const [partition, account] = place.split(' ')
  return `arn:${partition}:iam::${account}:role/${role}`
}

export interface RolesRead {
  readonly roles: readonly RoleStep[]
  readonly problems: readonly Problem[]
}

export function readRoles(given: readonly RoleFields[], registries: readonly Registry[]): RolesRead {
  const roles: RoleStep[] = []
  const problems: Problem[] = []
  for (const [i, role] of given.entries()) {
    const at = `spec.assumeRoles[${i}]`
    const roleArn = arnOf(role.roleArn, registries, `${at}.roleArn`)
    if (typeof roleArn !== 'string') problems.push(roleArn)
    else roles.push(stepOf(role, roleArn))
    if (role.policy !== undefined && !isJsonObject(role.policy)) {
      problems.push({ at: `${at}.policy`, because: 'is no JSON object: a session policy is one, as text' })
    }
  }
  return { roles, problems }
}

/** As it is ordered, with the ARN of what may be a bare name. */
export function stepOf(
  { externalId, sessionName, duration, policy, tags }: Omit<RoleFields, 'roleArn'>,
  roleArn: string,
): RoleStep {
  const life = duration === undefined ? undefined : parseDuration(duration)
  return {
    roleArn,
    ...(externalId === undefined ? {} : { externalId }),
    ...(sessionName === undefined ? {} : { sessionName }),
    ...(life === undefined ? {} : { duration: life }),
    ...(policy === undefined ? {} : { policy }),
    ...(tags === undefined || Object.keys(tags).length === 0 ? {} : { tags }),
  }
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

/** AWS's limit where a role assumes the next one. */
const LONGEST_CHAINED = hours(1)

/** Sessions asked for longer than AWS gives a role that a role assumes; `isOnRole`: the first is assumed by a role already. */
export const chainingProblems = (roles: readonly RoleStep[], isOnRole: boolean): readonly Problem[] =>
  roles.flatMap(({ duration }, i) =>
    duration !== undefined && duration > LONGEST_CHAINED && (isOnRole || i > 0)
      ? [
          {
            at: `spec.assumeRoles[${i}].duration`,
            because:
              'is longer than one hour, and AWS gives a role that a role assumes no longer session: write 1h, or leave it out',
          },
        ]
      : [],
  )
