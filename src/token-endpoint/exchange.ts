// This file is about exchanging a token for logins: the way of one request, from who asks to what they are given.
import type { Clock, Instant } from '../base/clock.ts'
import type { SecretText } from '../base/secret-text.ts'
import { endpointWants, type EndpointWant } from '../dialects/everpull/endpoint-logins.ts'
import { type Fault, FAULTS } from '../model/fault.ts'
import type { RegistryLogin } from '../model/login.ts'
import { AccountReview, type AccountReviewParts } from './account-review.ts'
import { type Admitted, admit, type AdmissionParts } from './admission.ts'
import type { Granted, GrantedLogin } from './answer.ts'
import { type Claims, claimsOf } from './bearer.ts'
import type { Access } from './ci-access.ts'
import type { Desk } from './ports.ts'
import { type Refusal, refuse, told } from './refusal.ts'
import { ShownTokens } from './shown-tokens.ts'

export interface ExchangeParts extends Omit<AdmissionParts, 'accounts'>, AccountReviewParts {
  /** Undefined while another replica leads. */
  readonly desk: () => Desk | undefined
  readonly clock: Clock
}

export interface Asked {
  readonly integration: string
  readonly token: SecretText | undefined
  readonly access?: Access | undefined
  /** All that the integration names, where not said. */
  readonly registry?: string | undefined
}

/** What came of it, and of whom, for the log. */
export interface Exchanged {
  readonly outcome: Granted | Refusal
  readonly claims?: Claims | undefined
  readonly isProven: boolean
}

export const NOT_LEADING: Refusal = refuse(
  'not-leading',
  'another replica of the operator answers at the moment: try again, on a new connection',
  { retryAfter: 1 },
)

export class Exchange {
  readonly #parts: AdmissionParts & Pick<ExchangeParts, 'desk' | 'clock'>
  /** Each term begins with an empty memory, and takes no token that is older. */
  readonly #shown = new WeakMap<Desk, ShownTokens>()
  constructor(parts: ExchangeParts) {
    this.#parts = { ...parts, accounts: new AccountReview(parts) }
  }

  /** Throws the signal's reason alone. */
  async exchange(asked: Asked, signal: AbortSignal): Promise<Exchanged> {
    const { token, integration, access } = asked
    const unproven = (outcome: Refusal): Exchanged => ({ outcome, isProven: false })
    const desk = this.#parts.desk()
    if (desk === undefined) return unproven(NOT_LEADING)
    if (token === undefined) {
      return unproven(refuse('token-missing', 'say who asks: Authorization: Bearer TOKEN'))
    }
    const claims = claimsOf(token)
    if (claims === undefined) {
      const message = 'the token is no signed JSON Web Token with iss, sub and aud'
      return unproven(refuse('token-malformed', message))
    }
    const admitted = await admit(this.#parts, desk, { token, claims, integration, access }, signal)
    const { isProven } = admitted
    const outcome = admitted.is === 'refused' ? admitted : await this.#serve(desk, admitted, asked, signal)
    return { outcome, claims, isProven }
  }

  /** A token that may be shown once is spent when logins are given for it, and not before. */
  async #serve(
    desk: Desk,
    { once, found, access }: Admitted,
    asked: Asked,
    signal: AbortSignal,
  ): Promise<Granted | Refusal> {
    const shown = this.#shownTo(desk)
    if (once !== undefined) {
      const refusal = REFUSED_WHEN[shown.show(once, this.#parts.clock.now())]
      if (refusal !== undefined) return refusal
    }
    let granted: Granted | Refusal | undefined
    try {
      granted = await this.#grant(desk, { found, access }, asked, signal)
      return granted
    } finally {
      if (once !== undefined && granted?.is !== 'granted') shown.takeBack(once)
    }
  }

  #shownTo(desk: Desk): ShownTokens {
    const shown = this.#shown.get(desk) ?? new ShownTokens()
    this.#shown.set(desk, shown)
    return shown
  }

  async #grant(
    desk: Desk,
    { found, access }: Pick<Admitted, 'found' | 'access'>,
    { integration, registry }: Asked,
    signal: AbortSignal,
  ): Promise<Granted | Refusal> {
    const read = await desk.look((world) => endpointWants(world, found, access), signal)
    if (read.is === 'fault') return this.#refusedBy(read)
    const wants = read.wants.filter(({ host }) => registry === undefined || host === registry)
    if (wants.length === 0) {
      const hosts = read.wants.map(({ host }) => host).join(', ')
      const message = `EcrIntegration ${integration} names no registry ${told(registry ?? '')}: ask for one of ${hosts}, or for all by naming none`
      return refuse('registry-not-named', message)
    }
    const logins: GrantedLogin[] = []
    for (const want of wants) {
      const login = await this.#obtain(desk, want, signal)
      if (login.is === 'refused') return login
      const { username, password, expiresAt } = login
      logins.push({ host: want.host, username, password, expiresAt })
    }
    return { is: 'granted', integration, access, logins }
  }

  async #obtain(desk: Desk, { want }: EndpointWant, signal: AbortSignal): Promise<RegistryLogin | Refusal> {
    const obtained = await desk.obtain(want, signal)
    if (obtained.is === 'refused') return this.#refusedBy(obtained.fault, obtained.retryAt)
    const { login } = obtained
    if (login.is !== 'registry') throw new TypeError('a login for a registry was asked for')
    return login
  }

  #refusedBy(fault: Fault, retryAt?: Instant): Refusal {
    if (fault.code === 'not-leading') return NOT_LEADING
    if (FAULTS[fault.code].retry === 'on-change') {
      return refuse('integration-unusable', fault.message, { because: fault.code })
    }
    const wait = retryAt === undefined ? 1 : (retryAt - this.#parts.clock.now()) / 1000
    const retryAfter = Math.min(Math.max(Math.ceil(wait), 1), LONGEST_RETRY_S)
    return refuse('login-unavailable', fault.message, { retryAfter, because: fault.code })
  }
}

const LONGEST_RETRY_S = 60

const REFUSED_WHEN: Readonly<Record<ReturnType<ShownTokens['show']>, Refusal | undefined>> = {
  first: undefined,
  again: refuse(
    'token-shown',
    'the token was shown before, and may be once: have a new one issued for each login, or have the rule say reuse: true',
  ),
  full: refuse('busy', 'there is no room to remember another token: try again', { retryAfter: 60 }),
}
