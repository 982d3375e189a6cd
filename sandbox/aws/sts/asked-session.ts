// This file is about what an AssumeRole call asks for, told in the call log: no secret is in it.
import type { Input } from '../protocol/input.ts'
import { policyArns } from './session-policy.ts'

export interface AskedSession {
  readonly roleArn: string
  readonly sessionName: string
  /** Absent where the call left it to AWS. */
  readonly seconds?: number
  readonly hasExternalId: boolean
  /** The session policy as it was sent. */
  readonly policy?: string
  readonly policyArns?: readonly string[]
  /** Keys of the session tags. */
  readonly tagKeys?: readonly string[]
}

const OPERATIONS = new Set(['AssumeRole', 'AssumeRoleWithWebIdentity'])

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** Undefined for every other operation. */
export function askedSession(operation: string, input: Input): AskedSession | undefined {
  if (!OPERATIONS.has(operation)) return undefined
  const arns = policyArns(input)
  const tagKeys = Object.keys(input)
    .filter((name) => /^Tags\.member\.\d+\.Key$/.test(name))
    .map((name) => textOf(input[name]))
  return {
    roleArn: textOf(input['RoleArn']),
    sessionName: textOf(input['RoleSessionName']),
    hasExternalId: input['ExternalId'] !== undefined,
    ...(input['DurationSeconds'] === undefined ? {} : { seconds: Number(input['DurationSeconds']) }),
    ...(input['Policy'] === undefined ? {} : { policy: textOf(input['Policy']) }),
    ...(arns.length > 0 ? { policyArns: arns } : {}),
    ...(tagKeys.length > 0 ? { tagKeys } : {}),
  }
}
