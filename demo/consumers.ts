// This file is about the consumers: who pulls with which Secret, and what came of it so far.
import { pause, systemClock } from '../src/base/clock.ts'
import { type Life, spentAt } from '../src/model/login.ts'
import type { Client, Pulled } from './clients.ts'
import type { SecretName, SeenSecret } from './seen-secret.ts'
import type { Row } from './table.ts'

/** Between two pulls of one client: enough for the eye, and most of a small machine stays free. */
const REST_MS = 1000

interface Tally {
  readonly client: Client
  tried: number
  failed: number
  /** The instants at which the logins were minted that it pulled with. */
  readonly pulledWith: Set<number>
}

export interface HeldLogin extends SeenSecret {
  readonly life: Life
}

/** Everyone who pulls with one Secret. */
export class Consumers {
  readonly secret: SecretName
  readonly tallies: readonly Tally[]
  /** Every login seen in the Secret, in the order they came. */
  readonly logins: HeldLogin[] = []

  constructor(secret: SecretName, clients: readonly Client[]) {
    this.secret = secret
    this.tallies = clients.map((client) => ({ client, tried: 0, failed: 0, pulledWith: new Set() }))
  }

  get name(): string {
    return `${this.secret.namespace}/${this.secret.name}`
  }

  get newest(): HeldLogin | undefined {
    return this.logins.at(-1)
  }

  get failed(): number {
    return this.tallies.reduce((sum, { failed }) => sum + failed, 0)
  }

  /** How often the login was replaced, and each client pulled with what came. */
  get rotations(): number {
    const used = this.logins.filter(({ life }) => this.tallies.every((t) => t.pulledWith.has(life.mintedAt)))
    return Math.max(0, used.length - 1)
  }

  /** Notes what the Secret holds; true when it is a login not seen before. */
  saw(seen: SeenSecret | undefined): boolean {
    const life = seen?.life
    if (seen === undefined || life === undefined || life.mintedAt === this.newest?.life.mintedAt) return false
    this.logins.push({ ...seen, life })
    return true
  }

  /**
   * Pulls with each client over and over, each time with what the Secret holds then. Resolves when the signal aborts;
   * `onFailure` is told one line.
   */
  async pull(
    look: () => Promise<SeenSecret | undefined>,
    onFailure: (line: string) => void,
    signal: AbortSignal,
  ): Promise<void> {
    await Promise.all(this.tallies.map((tally) => this.#pullWith(tally, look, onFailure, signal)))
  }

  async #pullWith(
    tally: Tally,
    look: () => Promise<SeenSecret | undefined>,
    onFailure: (line: string) => void,
    signal: AbortSignal,
  ): Promise<void> {
    while (!signal.aborted) {
      const pulled = await this.#attempt(tally, look, signal)
      if (pulled === 'called-off') return
      tally.tried += 1
      if (pulled.is === 'failed') {
        tally.failed += 1
        onFailure(`${tally.client.name} could not pull with ${this.name}: ${pulled.because}`)
      }
      await pause(systemClock, REST_MS, signal).catch(() => {})
    }
  }

  /** A Secret that cannot be read is a pull that failed. */
  async #attempt(
    { client, pulledWith }: Tally,
    look: () => Promise<SeenSecret | undefined>,
    signal: AbortSignal,
  ): Promise<Pulled | 'called-off'> {
    try {
      const seen = await look()
      const pulled = await client.pull(seen?.values ?? {}, signal)
      if (pulled.is === 'pulled' && seen?.life !== undefined) pulledWith.add(seen.life.mintedAt)
      return pulled
    } catch (error) {
      return signal.aborted ? 'called-off' : { is: 'failed', because: (error as Error).message }
    }
  }

  rows(): readonly Row[] {
    const now = systemClock.now()
    const life = this.newest?.life
    return this.tallies.map(({ client, tried, failed }) => ({
      secret: this.name,
      login: this.logins.length,
      ageMs: life === undefined ? 0 : now - life.mintedAt,
      renewalInMs: life === undefined ? 0 : spentAt(life) - now,
      client: client.name,
      tried,
      failed,
    }))
  }
}
