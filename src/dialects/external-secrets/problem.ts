// This file is about what is wrong with an object, place by place, and telling it as one fault.
import type { z } from 'zod'
import { type Fault, type FaultCode, fault } from '../../model/fault.ts'

export interface Problem {
  /** The place in the spec; the message names it too where the upstream text does not say enough. */
  readonly at: string
  readonly message: string
}

/** One fault for all of them: at the first place, every message on a line of its own but in one text. */
export const faultOf = (code: FaultCode, problems: readonly Problem[]): Fault =>
  fault(code, problems.map(({ message }) => message).join('; '), problems[0]?.at)

export const placeText = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (at, part) => (typeof part === 'number' ? `${at}[${part}]` : `${at}.${String(part)}`),
    'spec',
  )

/** What a schema refused. zod's texts name types, choices and patterns, never the value found. */
export const schemaProblems = (error: z.ZodError): readonly Problem[] =>
  error.issues.map((issue) => {
    const at = placeText(issue.path)
    return { at, message: `${at}: ${issue.message}` }
  })
