// This file is about what is wrong with an object, place by place, and telling it as one fault.
import type { z } from 'zod'
import { type Fault, type FaultCode, fault } from '../../model/fault.ts'

export interface Problem {
  /** The place in the object: "spec.outputs[1].argocd.url". */
  readonly at: string
  /** Completes the sentence that the place begins: what is wrong, and what to write instead. */
  readonly because: string
}

/** More make a message that nobody reads. */
const MOST_TOLD = 10

/** One fault for all of them, at the first place. */
export function faultOf(problems: readonly Problem[], code: FaultCode = 'spec-invalid'): Fault {
  const told = problems.slice(0, MOST_TOLD).map(({ at, because }) => `${at} ${because}`)
  const rest = problems.length - told.length
  return fault(code, [...told, ...(rest > 0 ? [`and ${rest} more`] : [])].join('; '), problems[0]?.at)
}

const LONGEST_QUOTE = 200

/** Long texts are cut: a message goes into a condition and an event. */
export const quoted = (text: string): string =>
  JSON.stringify(text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE).toWellFormed()}…` : text)

export const placeText = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (at, part) => (typeof part === 'number' ? `${at}[${part}]` : `${at}.${String(part)}`),
    'spec',
  )

/** What a schema refused. zod's texts name types, choices and patterns, never the value found. */
export const schemaProblems = (error: z.ZodError): readonly Problem[] =>
  error.issues.map((issue) => ({ at: placeText(issue.path), because: becauseOf(issue) }))

function becauseOf({ code, message }: z.core.$ZodIssue): string {
  if (code === 'invalid_type' && message.endsWith('received undefined')) return 'is missing'
  if (code === 'invalid_type' && message.endsWith('expected string, received number')) {
    return 'is a number: write it in quotes'
  }
  return `is refused: ${message}`
}
