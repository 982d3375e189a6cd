// This file is about when connections are tested: when what is tested has changed, when somebody asks, and at intervals.
import { shortDigest } from '../base/canonical-json.ts'
import type { Clock, Instant } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Random } from '../base/random.ts'
import type { Aside, Logins, Prober } from '../engine/ports.ts'
import { isPassed, type Probe, type Step, type Verdict } from '../model/probe.ts'
import { type Ref, refKey, refText } from '../model/ref.ts'

export interface ProbesParts {
  readonly prober: Prober
  readonly logins: Pick<Logins, 'identify'>
  readonly clock: Clock
  readonly random: Random
  /** Told of every test with the times and ids that no status holds. */
  readonly log: Log
}

/** What came of an object's probes, and when the next of them is due. */
export interface Probed {
  readonly verdicts?: readonly Verdict[]
  readonly lookAt?: Instant
}

interface Known {
  readonly inputs: string
  readonly verdict: Verdict
  readonly failures: number
  /** In [0, 1): always the same, so that looking does not move the time. */
  readonly jitter: number
}

/** What failed is tried again sooner than its interval: in a minute, then ever later. */
const FIRST_RETRY_MS = 60_000

export class Probes {
  readonly #parts: ProbesParts
  readonly #known = new Map<string, readonly Known[]>()

  constructor(parts: ProbesParts) {
    this.#parts = parts
  }

  async serve(
    by: Ref,
    probes: readonly Probe[] | undefined,
    signal: AbortSignal,
    aside: Aside,
  ): Promise<Probed> {
    if (probes === undefined) {
      this.forget(by)
      return {}
    }
    const before = this.#known.get(refKey(by)) ?? []
    const now: Known[] = []
    for (const [i, probe] of probes.entries()) now.push(await this.#test(by, probe, before[i], signal, aside))
    this.#known.set(refKey(by), now)
    const due = now.flatMap((known, i) => this.#dueAt(probes[i], known) ?? [])
    return {
      verdicts: now.map(({ verdict }) => verdict),
      ...(due.length === 0 ? {} : { lookAt: Math.min(...due) as Instant }),
    }
  }

  forget(by: Ref): void {
    this.#known.delete(refKey(by))
  }

  async #test(
    by: Ref,
    probe: Probe,
    before: Known | undefined,
    signal: AbortSignal,
    aside: Aside,
  ): Promise<Known> {
    const inputs = await this.#inputsOf(probe, signal)
    const due = before === undefined ? undefined : this.#dueAt(probe, before)
    const isDue = due !== undefined && due <= this.#parts.clock.now()
    if (before !== undefined && before.inputs === inputs && !isDue) return before
    const verdict = await aside(this.#parts.prober.probe(probe, signal))
    this.#parts.log.info('tested a connection', {
      object: refText(by),
      passed: isPassed(verdict),
      steps: verdict.steps.map(timedText),
    })
    const failures = isPassed(verdict) ? 0 : (before?.failures ?? 0) + 1
    return { inputs, verdict, failures, jitter: this.#parts.random() }
  }

  /** With the credentials' own values: a key that was rotated is tested at once. */
  async #inputsOf(probe: Probe, signal: AbortSignal): Promise<string> {
    const { every: _every, ...asked } = probe
    const who = await this.#parts.logins.identify(probe.identity, signal)
    return shortDigest([asked, who.is === 'identified' ? who.key : who.code])
  }

  #dueAt(probe: Probe | undefined, { verdict, failures, jitter }: Known): Instant | undefined {
    if (probe?.every === undefined) return undefined
    const wait =
      failures === 0 ? probe.every : Math.min(probe.every, FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 20))
    return (verdict.at + wait * (0.9 + jitter / 10)) as Instant
  }
}

/** One text a step, as a log line shows no deeper structure well. */
const timedText = ({ name, on, result, tookMs, requestId }: Step): string =>
  `${name}${on === undefined ? '' : ` on ${on}`}: ${result} in ${tookMs} ms${requestId === undefined ? '' : `, request ${requestId}`}`
