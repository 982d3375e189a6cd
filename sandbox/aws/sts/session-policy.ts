// This file is about session policies: what a session is asked to be narrowed to, and how much of it AWS takes.
import { deflateRawSync } from 'node:zlib'
import type { Directory } from '../iam/directory.ts'
import { type PolicyDocument, readPolicy } from '../iam/policy-document.ts'
import { AwsError, validationError } from '../protocol/aws-error.ts'
import { type Input, optionalText } from '../protocol/input.ts'
import type { SessionTags } from './session-tags.ts'

export interface SessionPolicies {
  /** Undefined: the session may do what its role may. What one document allows is allowed by them all. */
  readonly documents: readonly PolicyDocument[] | undefined
  /** Percent of what AWS has room for; undefined where there is nothing to pack. */
  readonly packedSize: number | undefined
}

/** Characters of the policy and of the ARNs together, as they are written. */
const MOST_CHARACTERS = 2048
/** AWS tells a percentage of a size it does not tell; a small policy takes 6 to 8 % of it, as of this. */
const PACKED_BYTES = 2048
const MOST_ARNS = 10

/** `PolicyArns.member.1.arn`, and so on. */
export const policyArns = (input: Input): readonly string[] =>
  Object.entries(input).flatMap(([name, value]) =>
    /^PolicyArns\.member\.\d+\.arn$/.test(name) && typeof value === 'string' ? [value] : [],
  )

const tooLarge = (percent: number, isPolicy: boolean): AwsError =>
  new AwsError(
    'PackedPolicyTooLarge',
    400,
    isPolicy
      ? `Packed policy consumes ${percent}% of allotted space, please use smaller policy.`
      : `Packed size of session tags consumes ${percent}% of allotted space.`,
  )

function packedPercent(text: string, tags: SessionTags): number {
  const tagged = Object.keys(tags.own).length > 0 ? JSON.stringify(tags.own) : ''
  return Math.ceil((deflateRawSync(text + tagged).length / PACKED_BYTES) * 100)
}

function attached(directory: Directory, arn: string): PolicyDocument {
  try {
    return directory.managed(arn)
  } catch {
    throw new AwsError(
      'MalformedPolicyDocument',
      400,
      `The policy ${arn} does not exist or is not attachable.`,
    )
  }
}

/** Throws MalformedPolicyDocument, PackedPolicyTooLarge, ValidationError. */
export function readSessionPolicies(directory: Directory, input: Input, tags: SessionTags): SessionPolicies {
  const inline = optionalText(input, 'Policy')
  const arns = policyArns(input)
  if (arns.length > MOST_ARNS)
    throw validationError(
      `1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must have length less than or equal to ${MOST_ARNS}`,
    )
  const text = [inline ?? '', ...arns].join('')
  if (text.length > MOST_CHARACTERS) throw tooLarge(Math.ceil((text.length / MOST_CHARACTERS) * 100), true)
  const documents = [
    ...(inline === undefined ? [] : [readPolicy(inline, 'identity')]),
    ...arns.map((arn) => attached(directory, arn)),
  ]
  const isNarrow = documents.length > 0
  const packedSize = isNarrow || Object.keys(tags.own).length > 0 ? packedPercent(text, tags) : undefined
  if (packedSize !== undefined && packedSize > 100) throw tooLarge(packedSize, isNarrow)
  return { documents: isNarrow ? documents : undefined, packedSize }
}
