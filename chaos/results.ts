// This file is about what is kept of runs: a line for each seed, and all there is of the ones that failed.
import { execFileSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from '../sandbox/cache-folder.ts'
import { CHECKOUT } from '../test/support/everpull-process.ts'
import type { Broken } from './history.ts'
import type { Verdict } from './invariants/fitness.ts'
import { flatnessOf } from './veteran-lives.ts'

export interface SeedResult {
  readonly seed: number
  readonly commit: string
  readonly lane: number
  readonly replicas: number
  readonly sharing: string
  readonly faults: readonly string[]
  readonly verdict: Verdict
  readonly broken: readonly Broken[]
  readonly seconds: number
  readonly pulls: number
  /** Failed for a reason: a login could not have been there, or registries refused on purpose. */
  readonly excusedPulls: number
  readonly versions: number
  readonly calls: number
  /** Resident memory of the operator that lives as long as its lane, after this seed. */
  readonly veteranMegabytes: number
  /** How often it has been weighed by then; lines that were written before this was kept lack it. */
  readonly veteranLooks?: number
}

/** Of what the working tree was taken from, with a mark where it differs. */
export const defaultRun = (): string => commit()

const commit = (): string => {
  try {
    const asked = ['describe', '--always', '--exclude=*', '--dirty=-changed']
    return execFileSync('git', asked, { cwd: CHECKOUT, encoding: 'utf8' }).trim()
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

  /** Every run of every seed, also those before this process. */
  get all(): readonly SeedResult[] {
    return this.#all
  }

  /** Seeds whose last run passed. */
  get passed(): ReadonlySet<number> {
    const last = new Map(this.#all.map(({ seed, verdict }) => [seed, verdict]))
    return new Set([...last].flatMap(([seed, verdict]) => (verdict === 'passed' ? [seed] : [])))
  }

  /** Seeds of this run that have not passed in it. */
  get open(): readonly SeedResult[] {
    const last = new Map(this.#mine.map((result) => [result.seed, result]))
    return [...last.values()].filter(({ verdict }) => verdict !== 'passed')
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
    const { open } = this
    const pulls = this.#mine.reduce((sum, result) => sum + result.pulls, 0)
    const ran = new Set(this.#mine.map(({ seed }) => seed)).size
    const lines = [
      `${ran - open.length} of ${ran} seeds passed, with ${pulls} pulls; ${this.passed.size} have passed in all`,
      ...(ran === 0 ? [] : [`memory over the run: ${flatnessOf(this.#mine)}`]),
      ...open.map(({ seed, verdict, broken }) => `seed ${seed} ${verdict}: ${names(broken)}`),
      ...(open.length === 0 ? [] : [`replay: make chaos SEEDS=${open.map(({ seed }) => seed).join(',')}`]),
    ]
    return lines.join('\n')
  }
}

const names = (broken: readonly Broken[]): string =>
  [...new Set(broken.map(({ invariant }) => invariant))].join(', ')
