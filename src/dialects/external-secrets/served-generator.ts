// This file is about what the generators served here have in common: a spec is read, and a login of AWS comes of it.
import type { z } from 'zod'
import { fault, type Fault } from '../../model/fault.ts'
import type { Want } from '../../model/login.ts'
import { isRegionName } from '../../model/registry.ts'
import type { Warning } from '../dialect.ts'
import type { Place } from './credentials.ts'
import type { NamespacedGenerator } from './generator-kinds.ts'
import { schemaProblems } from './problem.ts'
import { type CoveredFields, usedFields } from './used-fields.ts'

/** What a generator asks of AWS. */
export interface Asked {
  readonly is: 'asked'
  readonly want: Omit<Want, 'at'>
  readonly warnings: readonly Warning[]
}

export interface ServedGenerator {
  readonly kind: NamespacedGenerator
  /** `spec` as stored. */
  readonly read: (spec: unknown, place: Place) => Asked | Fault
}

/** A word about what works, but hardly as meant. */
export const odd = (message: string): Warning => ({ reason: 'GeneratorOdd', message })

/** A generator that can never work as it stands. */
export const unusable = (message: string): Fault => fault('reference-invalid', message)

/** In the words of upstream; zod's texts never repeat a value. */
export const specFault = (error: z.ZodError, generator: string): Fault =>
  unusable(`unable to parse spec: ${schemaProblems(error)[0]?.message ?? ''} (correct ${generator})`)

/** Whether AWS has such a region is for AWS to say. */
export const regionFault = (region: string, { generator }: Place): Fault | undefined =>
  region === '' || isRegionName(region)
    ? undefined
    : unusable(`spec.region "${region}" of ${generator} is no AWS region: write it as "us-west-1"`)

/** What a generator uses beyond what is honoured: refused where it must not, else told. */
export function covered(
  spec: unknown,
  generator: string,
  fields: CoveredFields,
): { readonly is: 'covered'; readonly warnings: readonly Warning[] } | Fault {
  const { problems, warnings } = usedFields(spec, fields)
  if (problems.length > 0) {
    return unusable(`${generator} cannot be used: ${problems.map(({ message }) => message).join('; ')}`)
  }
  return {
    is: 'covered',
    warnings: warnings.map(({ reason, message }) => ({ reason, message: `${generator}: ${message}` })),
  }
}
