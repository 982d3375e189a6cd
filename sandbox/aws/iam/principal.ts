// This file is about who calls: a user, or a session of a role or of a user.
import type { PolicyDocument } from './policy-document.ts'

export interface Principal {
  /** As GetCallerIdentity tells it: `arn:aws:iam::…:user/…` or `arn:aws:sts::…:assumed-role/role/session`. */
  readonly arn: string
  readonly account: string
  /** `AIDA…` of a user, `AROA…:session` of a role session. */
  readonly userId: string
  /** ARN of the user or role whose identity policies count. */
  readonly holder: string
  readonly is: 'user' | 'role-session' | 'user-session'
  /** A session policy narrows what the holder may do and never widens it. */
  readonly sessionPolicy?: PolicyDocument
}

/** ARN of a role session, from the role's ARN: the role's path is dropped, as AWS does. */
export function sessionArn(roleArn: string, sessionName: string): string {
  const [, partition, , , account, resource = ''] = roleArn.split(':')
  return `arn:${partition}:sts::${account}:assumed-role/${resource.split('/').at(-1)}/${sessionName}`
}

export const accountOf = (arn: string): string => arn.split(':')[4] ?? ''
