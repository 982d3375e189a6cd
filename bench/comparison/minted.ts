// This file is about whether a password is one that AWS minted, for whom, and when: the emulator alone can tell.
import type { Stage } from '../../test/support/stage.ts'
import type { TokenVerdict } from '../../sandbox/registry/token-check.ts'

/** What a Secret must hold to be right. */
export interface Wanted {
  /** ARN of whom the login must be minted for. */
  readonly principal: string
  readonly region: string
  /** The only host of the docker config. */
  readonly host: string
}

/** What a Secret holds. */
export interface Held {
  readonly host: string
  readonly password: string
}

export class Minted {
  readonly #stage: Stage
  readonly #verdicts = new Map<string, string>()
  #old: ReadonlySet<string> = new Set()

  constructor(stage: Stage) {
    this.#stage = stage
  }

  /** From now on only what is minted later is right. */
  async forgetPast(): Promise<void> {
    const { secrets } = await this.#stage.admin<{ secrets: { kind: string; value: string }[] }>(
      'GET',
      '/secrets',
    )
    this.#old = new Set(secrets.filter(({ kind }) => kind === 'ecr-password').map(({ value }) => value))
  }

  isPast(password: string): boolean {
    return this.#old.has(password)
  }

  async isRight({ host, password }: Held, wanted: Wanted): Promise<boolean> {
    if (host !== wanted.host || this.#old.has(password)) return false
    return (await this.#minterOf(password, wanted)) === wanted.principal
  }

  /** Whoever it was minted for in that region; empty for a password that AWS never gave out, or for another region. */
  async #minterOf(password: string, { principal, region }: Wanted): Promise<string> {
    const key = `${region} ${password}`
    const known = this.#verdicts.get(key)
    if (known !== undefined) return known
    const account = principal.split(':')[4] ?? ''
    const ask = { service: 'ecr', password, account, region, actions: [] }
    const verdict = await this.#stage.admin<TokenVerdict>('POST', '/authorize', ask)
    const minter = verdict.is === 'allowed' || verdict.is === 'expired' ? verdict.principal : ''
    this.#verdicts.set(key, minter)
    return minter
  }
}
