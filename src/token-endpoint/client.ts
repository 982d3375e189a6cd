// This file is about asking a token endpoint for logins, as a CI job does: tried again while that helps, and never for ever.
import { Agent } from 'node:https'
import { z } from 'zod'
import { type Clock, pause } from '../base/clock.ts'
import { SecretText } from '../base/secret-text.ts'
import type { Access } from './ci-access.ts'
import { jsonOf, type Means, sendWith } from './client-request.ts'
import type { TokenSource } from './token-sources.ts'

export interface ClientSettings {
  readonly proxyEnv: Readonly<Record<string, string | undefined>>
  /** PEM: trusted instead of what Node trusts. */
  readonly ca?: string | undefined
  /** Milliseconds for all tries together. */
  readonly patience: number
  readonly clock: Clock
}

export interface LoginsAsked {
  /** https, without query; a path leads to where the endpoint begins. */
  readonly endpoint: URL
  readonly integration: string
  readonly registry?: string | undefined
  readonly access?: Access | undefined
}

export interface LoginGiven {
  readonly registry: string
  readonly username: string
  readonly password: SecretText
  /** RFC 3339 */
  readonly expiresAt: string
}

export type Fetched =
  | {
      readonly is: 'given'
      readonly access: Access
      readonly logins: readonly LoginGiven[]
      readonly note: string
    }
  /** For a user, without the token. */
  | { readonly is: 'failed'; readonly because: string }

/** What another token may help against. */
const SPENT: ReadonlySet<string> = new Set(['token-expired', 'token-shown', 'token-older'])
/** Milliseconds. */
const TRY_MS = 45_000
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 8000

/** Never throws. */
export async function fetchLogins(
  asked: LoginsAsked,
  source: TokenSource,
  settings: ClientSettings,
): Promise<Fetched> {
  const { clock, patience } = settings
  const agent = new Agent({ keepAlive: false, proxyEnv: { ...settings.proxyEnv } })
  const end = clock.monotonic() + patience
  let token: SecretText | undefined
  let hasRenewed = false
  try {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      const left = end - clock.monotonic()
      const signal = AbortSignal.timeout(Math.ceil(Math.max(Math.min(left, TRY_MS), 1)))
      token ??= await source.token(signal)
      const answer = await askOnce(asked, token, { agent, ca: settings.ca, signal })
      if (answer.is === 'given') return answer
      if (SPENT.has(answer.reason) && source.isRenewable && !hasRenewed) {
        hasRenewed = true
        token = undefined
        continue
      }
      const wait = answer.isPassing ? Math.max(answer.retryAfterMs, pauseMs) : Number.POSITIVE_INFINITY
      if (clock.monotonic() + wait >= end) return { is: 'failed', because: failure(asked, answer, patience) }
      await pause(clock, wait)
    }
  } catch (error) {
    return { is: 'failed', because: error instanceof Error ? error.message : String(error) }
  } finally {
    agent.destroy()
  }
}

function failure({ endpoint }: LoginsAsked, { message, isPassing }: Refused, patience: number): string {
  const late = isPassing ? `; gave up after ${Math.round(patience / 1000)} s` : ''
  return `${endpoint.host}: ${message}${late}`
}

interface Refused {
  readonly is: 'refused'
  readonly reason: string
  readonly message: string
  /** It may be otherwise in a moment. */
  readonly isPassing: boolean
  readonly retryAfterMs: number
}

const Answer = z.object({
  access: z.enum(['pull', 'push']),
  logins: z
    .array(
      z.object({ registry: z.string(), username: z.string(), password: z.string(), expiresAt: z.string() }),
    )
    .min(1),
  note: z.string(),
})
const Refusal = z.object({ error: z.string(), message: z.string() })

async function askOnce(
  { endpoint, integration, registry, access }: LoginsAsked,
  token: SecretText,
  means: Means,
): Promise<Extract<Fetched, { is: 'given' }> | Refused> {
  const base = endpoint.pathname.replace(/\/$/, '')
  const url = new URL(`${base}/v1/integrations/${encodeURIComponent(integration)}/login`, endpoint)
  const body = JSON.stringify({ registry, access })
  const got = await sendWith(token, { method: 'POST', url, body }, means).catch(
    (error: unknown): Refused => unreached(error, means),
  )
  if ('is' in got) return got
  const { status, retryAfter } = got
  if (status === 200) {
    const read = Answer.safeParse(jsonOf(got.text))
    if (read.success) {
      const logins = read.data.logins.map((login) => ({ ...login, password: new SecretText(login.password) }))
      return { is: 'given', ...read.data, logins }
    }
    return final('its answer is none of a token endpoint: check --endpoint')
  }
  const read = Refusal.safeParse(jsonOf(got.text))
  const isPassing = status === 429 || status === 503
  const retryAfterMs = /^[0-9]{1,6}$/.test(retryAfter) ? Number(retryAfter) * 1000 : 0
  return read.success
    ? { is: 'refused', reason: read.data.error, message: read.data.message, isPassing, retryAfterMs }
    : {
        ...final(`it answers ${status}, and not as a token endpoint: check --endpoint`),
        isPassing,
        retryAfterMs,
      }
}

const final = (message: string): Refused => ({
  is: 'refused',
  reason: '',
  message,
  isPassing: false,
  retryAfterMs: 0,
})

/** Nobody is there, or not yet; a certificate that is not trusted stays so. */
function unreached(error: unknown, { signal }: Means): Refused {
  if (signal.aborted) return { ...final('it does not answer in time'), isPassing: true }
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  const isPassing = PASSING.has(code)
  const hint = isPassing
    ? ''
    : ', so that its certificate or its address is wrong: check --ca-file and --endpoint'
  return { ...final(`it cannot be reached: ${code}${hint}`), isPassing }
}

const PASSING: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
])
