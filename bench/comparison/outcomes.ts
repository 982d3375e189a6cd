// This file is about outcomes that are kept one by one, so that an interrupted run goes on where it stopped.
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from '../../sandbox/cache-folder.ts'
import { writeWhole } from '../../sandbox/whole-file.ts'

export class Outcomes<T extends object> {
  readonly #folder: string
  readonly #nameOf: (outcome: T) => string

  /** @param folder below the bench's cache; what was measured at one commit is never mixed with another's */
  constructor(folder: string, nameOf: (outcome: T) => string, cache = cacheFolder()) {
    this.#folder = join(cache, 'bench', folder)
    this.#nameOf = nameOf
  }

  has(name: string): boolean {
    return this.all().some((outcome) => this.#nameOf(outcome) === name)
  }

  all(): readonly T[] {
    try {
      return readdirSync(this.#folder)
        .filter((name) => name.endsWith('.json'))
        .toSorted()
        .map((name) => JSON.parse(readFileSync(join(this.#folder, name), 'utf8')) as T)
    } catch {
      return []
    }
  }

  keep(outcome: T): void {
    mkdirSync(this.#folder, { recursive: true })
    const file = `${this.#nameOf(outcome)}.json`.replaceAll(/[ ,]+/g, '-')
    writeWhole(join(this.#folder, file), `${JSON.stringify(outcome, null, 2)}\n`)
  }
}
