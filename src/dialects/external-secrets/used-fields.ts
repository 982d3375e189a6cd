// This file is about comparing what an object uses with what is covered, so that nothing is ignored in silence.
import type { Coverage } from '../coverage.ts'
import type { Warning } from '../dialect.ts'
import type { Problem } from './problem.ts'

interface Use {
  /** As the user finds it: `spec.dataFrom[1].extract`. */
  readonly at: string
  readonly value: unknown
}

/** A field with a row of its own, or one that no row knows. */
interface Judged extends Use {
  readonly coverage: Coverage | undefined
}

/** An empty list or object asks for nothing. */
const isUsed = (value: unknown): boolean =>
  value !== undefined &&
  value !== null &&
  (typeof value !== 'object' || Object.values(value).some((member) => member !== undefined))

const genericPath = (at: string): string => at.replaceAll(/\[\d+\]/g, '[]')

function members({ at, value }: Use): readonly Use[] {
  if (Array.isArray(value)) return value.map((member, i) => ({ at: `${at}[${i}]`, value: member as unknown }))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).map(([name, member]) => ({ at: `${at}.${name}`, value: member as unknown }))
}

/** A coverage table made ready to look fields up in: this runs over every field of every object of every pass. */
export interface CoveredFields {
  readonly rows: ReadonlyMap<string, Coverage>
  /** Every path that leads on to a row: "spec.target" where there is a row for "spec.target.name". */
  readonly branches: ReadonlySet<string>
}

export const coveredFields = (table: readonly Coverage[]): CoveredFields => ({
  rows: new Map(table.map((row) => [row.path, row])),
  branches: new Set(
    table.flatMap(({ path }) => [...path.matchAll(/[.[]/g)].map(({ index }) => path.slice(0, index))),
  ),
})

function judge(use: Use, fields: CoveredFields): readonly Judged[] {
  if (!isUsed(use.value)) return []
  const path = genericPath(use.at)
  const coverage = fields.rows.get(path)
  if (coverage !== undefined || !fields.branches.has(path)) return [{ ...use, coverage }]
  return members(use).flatMap((member) => judge(member, fields))
}

const because = (note: string | undefined): string => (note === undefined ? '' : `: ${note}`)

function problem({ at, value, coverage }: Judged): Problem | undefined {
  if (coverage === undefined || coverage.standing === 'ignored') return undefined
  const { standing, only, note, isToldWhereUsed } = coverage
  if (isToldWhereUsed === true) return undefined
  if (standing === 'refused') return { at, message: `${at} is not supported${because(note)}` }
  return only === undefined || only.includes(String(value))
    ? undefined
    : { at, message: `${at}: ${String(value)} is not supported, only ${only.join(', ')}${because(note)}` }
}

function warning({ at, coverage }: Judged): Warning | undefined {
  if (coverage === undefined) {
    return {
      reason: 'FieldUnknown',
      message: `${at} is no field of this API that is known here: it has no effect`,
    }
  }
  return coverage.standing === 'ignored'
    ? { reason: 'FieldIgnored', message: `${at} has no effect${because(coverage.note)}` }
    : undefined
}

export interface Findings {
  /** What the object must not use. */
  readonly problems: readonly Problem[]
  readonly warnings: readonly Warning[]
}

/** What a spec, as stored, uses beyond what is honoured. Values appear only where the API lists them. */
export function usedFields(spec: unknown, fields: CoveredFields): Findings {
  const judged = judge({ at: 'spec', value: spec }, fields)
  return {
    problems: judged.map(problem).filter((found) => found !== undefined),
    warnings: judged.map(warning).filter((found) => found !== undefined),
  }
}
