// This file is about reading an ExternalSecret's spec as stored: validated, complete, and nothing in it passed over.
import type { Fault } from '../../model/fault.ts'
import type { Resource } from '../../model/resource.ts'
import type { Warning } from '../dialect.ts'
import { admissionProblems } from './admission.ts'
import { EXTERNAL_SECRET_COVERAGE } from './coverage.ts'
import { faultOf, schemaProblems } from './problem.ts'
import { ExternalSecretSpec } from './schema.ts'
import { onlyOnce } from './refresh.ts'
import { windowWarnings } from './sync-windows.ts'
import { coveredFields, usedFields } from './used-fields.ts'

const FIELDS = coveredFields(EXTERNAL_SECRET_COVERAGE)

export type ReadSpec =
  | { readonly is: 'spec'; readonly spec: ExternalSecretSpec; readonly warnings: readonly Warning[] }
  | { readonly is: 'invalid'; readonly fault: Fault }

/** Objects may have come in through definitions other than ours, so defaults are filled in here too. */
export function readSpec(asked: Resource): ReadSpec {
  const parsed = ExternalSecretSpec.safeParse(asked.spec ?? {})
  if (!parsed.success) return { is: 'invalid', fault: faultOf('spec-invalid', schemaProblems(parsed.error)) }
  const refused = admissionProblems(parsed.data)
  if (refused.length > 0) return { is: 'invalid', fault: faultOf('spec-invalid', refused) }
  const { problems, warnings } = usedFields(asked.spec, FIELDS)
  if (problems.length > 0) return { is: 'invalid', fault: faultOf('field-unsupported', problems) }
  const odd = windowWarnings(parsed.data, onlyOnce(parsed.data))
  return { is: 'spec', spec: parsed.data, warnings: [...warnings, ...odd] }
}
