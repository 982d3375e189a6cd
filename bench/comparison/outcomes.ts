// This file is about outcomes that are kept from cell to cell, so that an interrupted run goes on where it stopped.
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from '../../sandbox/cache-folder.ts'
import { writeWhole } from '../../sandbox/whole-file.ts'
import type { Cell, Outcome } from './cell.ts'

export class Outcomes {
  readonly #folder: string
  readonly commit: string

  /** @param commit what was measured; outcomes of one commit are never mixed with another's */
  constructor(commit: string, folder = join(cacheFolder(), 'bench')) {
    this.commit = commit
    this.#folder = join(folder, commit)
  }

  has(cell: Cell): boolean {
    return this.all().some((outcome) => fileOf(outcome) === fileOf(cell))
  }

  all(): readonly Outcome[] {
    try {
      return readdirSync(this.#folder)
        .filter((name) => name.endsWith('.json'))
        .toSorted()
        .map((name) => JSON.parse(readFileSync(join(this.#folder, name), 'utf8')) as Outcome)
    } catch {
      return []
    }
  }

  keep(outcome: Outcome): void {
    mkdirSync(this.#folder, { recursive: true })
    writeWhole(join(this.#folder, fileOf(outcome)), `${JSON.stringify(outcome, null, 2)}\n`)
  }
}

const fileOf = ({ work, objects, subject, repetition }: Cell): string =>
  `${work}-${objects}-${subject}-${repetition}.json`
