// This file is about policy documents: their shape, and what AWS refuses to store.
import { AwsError } from '../protocol/aws-error.ts'

export type OneOrMany<T> = T | readonly T[]
export type ConditionBlock = Readonly<
  Record<string, Readonly<Record<string, OneOrMany<string | boolean | number>>>>
>

export interface Statement {
  readonly Sid?: string
  readonly Effect: 'Allow' | 'Deny'
  readonly Principal?: '*' | Readonly<Record<string, OneOrMany<string>>>
  readonly Action?: OneOrMany<string>
  readonly NotAction?: OneOrMany<string>
  readonly Resource?: OneOrMany<string>
  readonly NotResource?: OneOrMany<string>
  readonly Condition?: ConditionBlock
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html */
export interface PolicyDocument {
  readonly Version?: string
  readonly Id?: string
  readonly Statement: OneOrMany<Statement>
}

export const listOf = <T>(value: OneOrMany<T> | undefined): readonly T[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as readonly T[]) : [value as T]

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const malformed = (message: string): AwsError => new AwsError('MalformedPolicyDocument', 400, message)

/** Where a document is kept decides which members it must have. */
export type PolicyKind = 'identity' | 'trust' | 'resource'

function checkStatement(statement: unknown, kind: PolicyKind): void {
  if (!isRecord(statement)) throw malformed('Syntax errors in policy.')
  if (statement['Effect'] !== 'Allow' && statement['Effect'] !== 'Deny')
    throw malformed(`Invalid effect: ${String(statement['Effect'])}`)
  if (!('Action' in statement) && !('NotAction' in statement))
    throw malformed('Policy statement must contain actions.')
  const hasResource = 'Resource' in statement || 'NotResource' in statement
  if (kind === 'identity' && !hasResource) throw malformed('Policy statement must contain resources.')
  if (kind === 'identity' && 'Principal' in statement)
    throw malformed('Policy document should not specify a principal.')
  if (kind === 'trust' && hasResource) throw malformed('Has prohibited field Resource')
  if (kind !== 'identity' && !('Principal' in statement)) throw malformed('Missing required field Principal')
}

/** Reads a policy from JSON text or an object; throws MalformedPolicyDocument. */
export function readPolicy(source: unknown, kind: PolicyKind): PolicyDocument {
  let document: unknown = source
  if (typeof source === 'string') {
    try {
      document = JSON.parse(source)
    } catch {
      throw malformed('This policy contains invalid Json')
    }
  }
  if (!isRecord(document) || !('Statement' in document)) throw malformed('Syntax errors in policy.')
  for (const statement of listOf(document['Statement'])) checkStatement(statement, kind)
  return document as unknown as PolicyDocument
}
