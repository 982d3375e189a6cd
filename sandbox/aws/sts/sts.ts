// This file is about STS's operations.
import type { Call, Operations, Output } from '../call.ts'
import { accessDenied } from '../protocol/aws-error.ts'
import { boundedNumber, type Input, optionalText } from '../protocol/input.ts'
import {
  assumeRole,
  assumeRoleWithWebIdentity,
  credentials,
  known,
  LEAST_SECONDS,
  MOST_ROLE_SECONDS,
  type StsParts,
} from './assume-role.ts'

const MOST_USER_SECONDS = 129_600

/** AWS takes what an MFA device shows once. `used` holds what was shown so far. */
function checkCode(input: Input, used: Set<string>): void {
  const serialNumber = optionalText(input, 'SerialNumber')
  const code = optionalText(input, 'TokenCode')
  if (serialNumber === undefined && code === undefined) return
  const shown = `${serialNumber ?? ''} ${code ?? ''}`
  const isGood = serialNumber !== undefined && /^\d{6}$/.test(code ?? '') && !used.has(shown)
  if (!isGood) throw accessDenied('MultiFactorAuthentication failed with invalid MFA one time pass code.')
  used.add(shown)
}

function getSessionToken(parts: StsParts, call: Call, usedCodes: Set<string>): Output {
  const principal = known(call)
  if (principal.is !== 'user') throw accessDenied('Cannot call GetSessionToken with session credentials')
  checkCode(call.input, usedCodes)
  const seconds =
    boundedNumber(call.input, 'DurationSeconds', LEAST_SECONDS, MOST_USER_SECONDS) ?? MOST_ROLE_SECONDS
  return { Credentials: credentials(parts.sessions.issue({ ...principal, is: 'user-session' }, seconds)) }
}

export function stsOperations(parts: StsParts): Operations {
  const usedCodes = new Set<string>()
  return {
    AssumeRole: (call) => assumeRole(parts, call),
    AssumeRoleWithWebIdentity: (call) => assumeRoleWithWebIdentity(parts, call),
    GetSessionToken: (call) => getSessionToken(parts, call, usedCodes),
    GetCallerIdentity: (call) => {
      const principal = known(call)
      return { Arn: principal.arn, UserId: principal.userId, Account: principal.account }
    },
  }
}
