// This file is about telling people which managed policies a caller has, and what it lacks for what.
import type { ConnectionTold } from '../../operator/commands/integrations.ts'
import { type Cell, renderTable, type Tone } from '../table.ts'

const TONES: Readonly<Record<'yes' | 'no' | 'unknown', Tone>> = { yes: 'good', no: 'bad', unknown: 'faint' }

const toned = (text: 'yes' | 'no' | 'unknown'): Cell => ({ text, tone: TONES[text] })

/** Nothing where nothing could be asked. */
export function policiesText({ policies, purposes }: ConnectionTold, colours: boolean): string {
  if (policies.every(({ held }) => held === 'unknown') && purposes.every((p) => p.allowed === 'unknown')) {
    return ''
  }
  const allowed = renderTable(
    {
      head: ['ALLOWED', '', 'MISSING', 'NOT ASKED'],
      rows: purposes.map(({ purpose, allowed: is, missing, unknown }): readonly Cell[] => [
        purpose,
        toned(is),
        missing.join(', '),
        unknown.join(', '),
      ]),
    },
    colours,
  )
  const held = renderTable(
    {
      head: ['MANAGED POLICY', 'HELD', 'MISSING'],
      rows: policies.map(({ name, held: is, missing }): readonly Cell[] => [
        name,
        toned(is),
        missing.join(', '),
      ]),
    },
    colours,
  )
  return `\n${allowed}\n${held}\n`
}
