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
  /** What one of them allows is left to the session of what the holder may do; absent: all of it. */
  readonly sessionPolicies?: readonly PolicyDocument[]
  /** Session tags. */
  readonly tags?: Readonly<Record<string, string>>
  /** Keys of the tags that sessions of roles assumed from this one inherit. */
  readonly transitiveTags?: readonly string[]
}

/** ARN of a role session, from the role's ARN: the role's path is dropped, as AWS does. */
export function sessionArn(roleArn: string, sessionName: string): string {
  const [, partition, , , account, resource = ''] = roleArn.split(':')
  return `arn:${partition}:sts::${account}:assumed-role/${resource.split('/').at(-1)}/${sessionName}`
}

export const accountOf = (arn: string): string => arn.split(':')[4] ?? ''
