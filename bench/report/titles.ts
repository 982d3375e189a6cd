// This file is about what subjects are called where people read of them.
import type { SubjectName } from '../comparison/cell.ts'

const TITLES: Readonly<Record<SubjectName, string>> = {
  everpull: 'Everpull',
  'external-secrets': 'External Secrets, defaults',
  'external-secrets-best': 'External Secrets, best flags',
  'raw-limit': 'raw limit',
}

export const titleOf = (subject: SubjectName): string => TITLES[subject]
