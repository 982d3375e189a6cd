// This file is about one call of an operation: who asks what, where, and with which request.
import type { Principal } from './iam/principal.ts'
import type { Input } from './protocol/input.ts'

export type Service = 'ecr' | 'ecr-public' | 'sts' | 'iam'

export interface Call {
  readonly service: Service
  readonly operation: string
  /** Region of the signature's scope; us-east-1 for unsigned calls. */
  readonly region: string
  readonly input: Input
  readonly caller: Caller
}

/** AssumeRoleWithWebIdentity is asked without a signature. */
export type Caller = { readonly is: 'nobody' } | { readonly is: 'known'; readonly principal: Principal }

/** Answers the output members of the operation; throws AwsError. Dates are `Date`s: each protocol spells them. */
export type Operation = (call: Call) => Promise<Output> | Output
export type Output = Readonly<Record<string, unknown>>
export type Operations = Readonly<Record<string, Operation>>
