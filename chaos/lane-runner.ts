// This file is about one lane at work: a seed after the other, each judged and put on record.
import { setTimeout as pause } from 'node:timers/promises'
import { brokenBy } from './invariants/all.ts'
import { AuditTail } from './audit-tail.ts'
import type { Broken, History } from './history.ts'
import { type Verdict, verdictOf } from './invariants/fitness.ts'
import type { Lane } from './lane.ts'
import { isQuick } from './lookout.ts'
import { openLane } from './open-lane.ts'
import { clientsOf } from './pullers.ts'
import type { RunningReplica } from './replica.ts'
import type { Results } from './results.ts'
import { printed, type Schedule } from './schedule.ts'
import { SecretHistory } from './secret-history.ts'
import { type Account, type LaneTools, runSeed } from './seed-run.ts'
import { Veteran } from './veteran.ts'

/** A machine that others use has quiet moments. */
const FIT_LIMIT_MS = 120_000
const FIT_EVERY_MS = 1000

export interface Ran {
  readonly verdict: Verdict
  readonly broken: readonly Broken[]
}

export class LaneRunner implements AsyncDisposable {
  readonly #lane: Lane
  readonly #tools: LaneTools
  readonly #results: Results
  readonly #veteran: Veteran
  #runs = 0

  private constructor(tools: LaneTools, veteran: Veteran, results: Results) {
    this.#lane = tools.lane
    this.#veteran = veteran
    this.#tools = tools
    this.#results = results
  }

  static async open(number: number, results: Results): Promise<LaneRunner> {
    const lane = await openLane(number)
    const history = new SecretHistory(lane.sandbox)
    const audit = new AuditTail(lane.sandbox.folder)
    const clients = await clientsOf(lane)
    return new LaneRunner({ lane, history, audit, clients }, await Veteran.open(lane), results)
  }

  /** Waits for a machine that is quick enough for it, for as long as that is worth while; says for how long, in ms. */
  async untilFit({ sharing }: Schedule, limitMs = FIT_LIMIT_MS): Promise<number> {
    const began = performance.now()
    const waited = (): number => performance.now() - began
    while (waited() < limitMs && !(await isQuick(this.#lane.sandbox, sharing))) await pause(FIT_EVERY_MS)
    return waited()
  }

  async run(schedule: Schedule): Promise<Ran> {
    const begun = performance.now()
    const lines: string[] = [printed(schedule)]
    const tell = (line: string): void => {
      lines.push(`${new Date().toISOString().slice(11, 23)}  ${line}`)
    }
    this.#runs += 1
    let replicas: readonly RunningReplica[] = []
    let seen: Pick<History, 'probes' | 'outages'> = { probes: [], outages: [] }
    const account: Account = {
      tell,
      seen(that): void {
        seen = that
      },
      replicas(those): void {
        replicas = those
      },
    }
    const ran = await runSeed(schedule, `c${this.#runs}`, this.#tools, account).then(
      (history) => ({ history, broken: [...brokenBy(history), ...this.#veteran.look()] }),
      (error: unknown) => ({ history: undefined, broken: [failureOf(error)] }),
    )
    const seconds = (performance.now() - begun) / 1000
    const verdict = verdictOf(ran.broken, { ...(ran.history ?? seen), sharing: schedule.sharing })
    this.#record(schedule, { ...ran, verdict }, seconds)
    for (const { invariant, what } of ran.broken) lines.push(`BROKEN ${invariant}: ${what}`)
    if (ran.broken.length > 0) await this.#keep(schedule.seed, lines, ran.history, replicas)
    const says = verdict === 'undecided' ? 'undecided, for the machine is too busy,' : verdict
    console.log(`${says} in ${seconds.toFixed(1)} s on lane ${this.#lane.number}\n${lines.join('\n')}\n`)
    return { verdict, broken: ran.broken }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#veteran[Symbol.asyncDispose]()
    await this.#tools.history[Symbol.asyncDispose]()
    await this.#lane[Symbol.asyncDispose]()
  }

  #record(
    { seed, replicas, sharing, faults }: Schedule,
    { history, broken, verdict }: Ran & { readonly history: History | undefined },
    seconds: number,
  ): void {
    const pulls = history?.pulls ?? []
    this.#results.add({
      seed,
      lane: this.#lane.number,
      replicas,
      sharing,
      faults: faults.map(({ kind }) => kind.name),
      verdict,
      broken,
      seconds: Number(seconds.toFixed(1)),
      pulls: pulls.length,
      excusedPulls: pulls.filter(({ failed }) => failed !== undefined).length,
      versions: history?.secrets.length ?? 0,
      calls: history?.calls.length ?? 0,
      veteranMegabytes: Math.round(this.#veteran.residentBytes / 2 ** 20),
      veteranLooks: this.#veteran.looks,
    })
  }

  async #keep(
    seed: number,
    lines: readonly string[],
    history: History | undefined,
    replicas: readonly RunningReplica[],
  ): Promise<void> {
    const logs = replicas.map(({ number, output }) => [`replica-${number}.log`, output] as const)
    const folder = this.#results.keep(seed, {
      'schedule.txt': `${lines.join('\n')}\n\nreplay: make chaos SEEDS=${seed}\n`,
      'audit.log': await this.#tools.audit.text(),
      'history.json': history === undefined ? '' : JSON.stringify(shown(history), undefined, 1),
      ...Object.fromEntries(logs),
    })
    console.error(`seed ${seed} is kept in ${folder}; replay: make chaos SEEDS=${seed}`)
  }
}

const failureOf = (error: unknown): Broken => ({
  invariant: 'suite',
  what: error instanceof Error ? (error.stack ?? error.message) : String(error),
})

/** Without what is secret, and without what has a file of its own. */
const shown = ({
  audit: _audit,
  secretValues: _values,
  minted: _minted,
  replicas,
  ...rest
}: History): object => ({
  ...rest,
  byHand: [...rest.byHand],
  secrets: rest.secrets.map(({ data, ...version }) => ({ ...version, keys: Object.keys(data) })),
  replicas: replicas.map(({ output: _output, ...replica }) => replica),
})
