// This file is about what is kept of runs: a line for each seed, and all there is of the ones that failed.
import { execFileSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from '../sandbox/cache-folder.ts'
import { CHECKOUT } from '../test/support/everpull-process.ts'
import type { Broken } from './history.ts'

export interface SeedResult {
  readonly seed: number
  readonly commit: string
  readonly lane: number
  readonly replicas: number
  readonly sharing: string
  readonly faults: readonly string[]
  readonly passed: boolean
  readonly broken: readonly Broken[]
  readonly seconds: number
  readonly pulls: number
  /** Failed for a reason: a login could not have been there, or registries refused on purpose. */
  readonly excusedPulls: number
  readonly versions: number
  readonly calls: number
}

/** Of what the working tree was taken from. */
export const defaultRun = (): string => commit()

const commit = (): string => {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: CHECKOUT, encoding: 'utf8' }).trim()
  } catch {
    return 'unversioned'
  }
}

export class Results {
  readonly folder: string
  readonly #file: string
  readonly #all: SeedResult[]
  readonly #mine: SeedResult[] = []

  private constructor(folder: string, all: SeedResult[]) {
    this.folder = folder
    this.#file = join(folder, 'results.jsonl')
    this.#all = all
  }

  static async open(run: string): Promise<Results> {
    const folder = join(cacheFolder(), 'chaos', run)
    mkdirSync(folder, { recursive: true })
    const file = join(folder, 'results.jsonl')
    const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
    const all = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as SeedResult)
    return Promise.resolve(new Results(folder, all))
  }

  /** Seeds whose last run passed. */
  get passed(): ReadonlySet<number> {
    const last = new Map(this.#all.map(({ seed, passed }) => [seed, passed]))
    return new Set([...last].flatMap(([seed, passed]) => (passed ? [seed] : [])))
  }

  get failed(): number {
    return this.#mine.filter(({ passed }) => !passed).length
  }

  add(result: Omit<SeedResult, 'commit'>): void {
    const whole: SeedResult = { ...result, commit: commit() }
    this.#all.push(whole)
    this.#mine.push(whole)
    appendFileSync(this.#file, `${JSON.stringify(whole)}\n`)
  }

  /** Files that tell what happened; says where they are. */
  keep(seed: number, files: Readonly<Record<string, string>>): string {
    const folder = join(this.folder, `seed-${seed}`)
    mkdirSync(folder, { recursive: true })
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o600 })
    return folder
  }

  summary(): string {
    const failed = this.#mine.filter(({ passed }) => !passed)
    const pulls = this.#mine.reduce((sum, result) => sum + result.pulls, 0)
    const lines = [
      `${this.#mine.length - failed.length} of ${this.#mine.length} seeds passed, with ${pulls} pulls; ${this.passed.size} have passed in all`,
      ...failed.map(
        ({ seed, broken }) => `seed ${seed}: ${broken.map(({ invariant }) => invariant).join(', ')}`,
      ),
      ...(failed.length === 0
        ? []
        : [`replay: make chaos SEEDS=${failed.map(({ seed }) => seed).join(',')}`]),
    ]
    return lines.join('\n')
  }
}
