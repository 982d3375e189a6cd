// This file is about the series of statuses: how many were written, and what became of the others.
import { Counter, type Registry } from 'prom-client'

export interface StatusRecorder {
  /**
   * `refused`: for its content, it is not repeated. `postponed`: the API server did not or may not take it. `overtaken`:
   * somebody else wrote in between. `gone`: so is its object.
   */
  written(kind: string, outcome: 'taken' | 'refused' | 'overtaken' | 'gone' | 'postponed'): void
}

export function statusRecorder(registry: Registry): StatusRecorder {
  const writes = new Counter({
    name: 'everpull_status_writes_total',
    help: 'Statuses sent, by kind and by what became of them: taken, refused, postponed, overtaken, gone.',
    labelNames: ['kind', 'outcome'],
    registers: [registry],
  })
  return { written: (kind, outcome) => writes.inc({ kind, outcome }) }
}
