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
const syntaxError = (): AwsError => malformed('Syntax errors in policy.')

/** Where a document is kept decides which members it must have. A session policy is written as an identity's is. */
export type PolicyKind = 'identity' | 'trust' | 'resource'

const VERSIONS: readonly unknown[] = [undefined, '2012-10-17', '2008-10-17']
const DOCUMENT_MEMBERS = new Set(['Version', 'Id', 'Statement'])
const STATEMENT_MEMBERS = new Set(
  'Sid Effect Principal NotPrincipal Action NotAction Resource NotResource Condition'.split(' '),
)

const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''
const isTexts = (value: unknown): boolean =>
  isText(value) || (Array.isArray(value) && value.length > 0 && value.every(isText))

const textsOf = (value: unknown): readonly string[] => listOf(value as OneOrMany<string> | undefined)

function checkActions(statement: Record<string, unknown>): void {
  const actions = statement['Action'] ?? statement['NotAction']
  if (actions === undefined) throw malformed('Policy statement must contain actions.')
  if (!isTexts(actions)) throw syntaxError()
  if (textsOf(actions).some((action) => !/^(?:\*|[a-z0-9-]+:[\w*?]+)$/i.test(action)))
    throw malformed('Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.')
}

function checkResources(statement: Record<string, unknown>, kind: PolicyKind): void {
  const resources = statement['Resource'] ?? statement['NotResource']
  if (resources === undefined) {
    if (kind === 'identity') throw malformed('Policy statement must contain resources.')
    return
  }
  if (kind === 'trust') throw malformed('Has prohibited field Resource')
  if (!isTexts(resources)) throw syntaxError()
  const odd = textsOf(resources).find((arn) => arn !== '*' && !/^arn:[^:]*:[^:]*:[^:]*:[^:]*:.+$/.test(arn))
  if (odd !== undefined) throw malformed(`Resource ${odd} must be in ARN format or "*".`)
}

function checkPrincipal(statement: Record<string, unknown>, kind: PolicyKind): void {
  const isGiven = 'Principal' in statement || 'NotPrincipal' in statement
  if (kind === 'identity' && isGiven) throw malformed('Policy document should not specify a principal.')
  if (kind !== 'identity' && !isGiven) throw malformed('Missing required field Principal')
}

const isCondition = (value: unknown): boolean =>
  isRecord(value) && Object.values(value).every((keys) => isRecord(keys))

function checkStatement(statement: unknown, kind: PolicyKind): void {
  if (!isRecord(statement) || Object.keys(statement).some((member) => !STATEMENT_MEMBERS.has(member)))
    throw syntaxError()
  if (statement['Effect'] !== 'Allow' && statement['Effect'] !== 'Deny')
    throw malformed(`Invalid effect: ${String(statement['Effect'])}`)
  checkActions(statement)
  checkPrincipal(statement, kind)
  checkResources(statement, kind)
  if ('Condition' in statement && !isCondition(statement['Condition'])) throw syntaxError()
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
  if (!isRecord(document) || !('Statement' in document)) throw syntaxError()
  if (Object.keys(document).some((member) => !DOCUMENT_MEMBERS.has(member))) throw syntaxError()
  if (!VERSIONS.includes(document['Version'])) throw syntaxError()
  const statements = listOf(document['Statement'])
  if (statements.length === 0) throw syntaxError()
  for (const statement of statements) checkStatement(statement, kind)
  return document as unknown as PolicyDocument
}
