// This file is about asking a registry whether it takes a login, as its clients do: GET /v2/, and where it says so, for a token first.
import { Agent, request } from 'node:https'
import type { SecretText } from '../base/secret-text.ts'

export interface RegistrySettings {
  /** HTTP_PROXY, HTTPS_PROXY and NO_PROXY, in either case. */
  readonly proxyEnv: Readonly<Record<string, string | undefined>>
  /** Milliseconds until an answer is there; default 10,000. */
  readonly timeoutMs?: number
}

export interface RegistryAsked {
  readonly host: string
  readonly username: string
  readonly password: SecretText
  readonly signal: AbortSignal
}

export type RegistryAnswer =
  /** 200: it takes the login. */
  | { readonly is: 'answered'; readonly status: number }
  /** An errno or TLS code of Node, `Timeout`, or `MalformedAnswer` where a token was promised and not given. */
  | { readonly is: 'unreached'; readonly code: string }

export interface Registries {
  /** Throws the signal's reason alone. */
  ping(asked: RegistryAsked): Promise<RegistryAnswer>
  /** Ends the kept connections. */
  close(): void
}

const TIMEOUT_MS = 10_000
/** Bytes; a token has at most a few thousand. */
const LONGEST_ANSWER = 64 * 1024

export function openRegistries({ proxyEnv, timeoutMs = TIMEOUT_MS }: RegistrySettings): Registries {
  const agent = new Agent({ keepAlive: true, proxyEnv: { ...proxyEnv } })
  const get: Get = (url, authorization, signal) => send({ agent, timeoutMs }, url, authorization, signal)
  return {
    async ping(asked) {
      try {
        return { is: 'answered', status: await statusFor(get, asked) }
      } catch (error) {
        asked.signal.throwIfAborted()
        return { is: 'unreached', code: codeOf(error) }
      }
    },
    close: () => agent.destroy(),
  }
}

interface Got {
  readonly status: number
  readonly challenge: string
  readonly body: string
}
/** Nobody asks where there is no authorization. */
type Get = (url: URL, authorization: string | undefined, signal: AbortSignal) => Promise<Got>

async function statusFor(get: Get, { host, username, password, signal }: RegistryAsked): Promise<number> {
  const basic = `Basic ${Buffer.from(`${username}:${password.reveal()}`).toString('base64')}`
  const root = new URL(`https://${host}/v2/`)
  const { challenge } = await get(root, undefined, signal)
  const tokens = tokenUrl(root, challenge)
  if (tokens === undefined) return (await get(root, basic, signal)).status
  const { status, body } = await get(tokens, basic, signal)
  if (status !== 200) return status
  const token = tokenIn(body)
  if (token === undefined) throw Object.assign(new Error('no token'), { code: 'MalformedAnswer' })
  return (await get(root, `Bearer ${token}`, signal)).status
}

/** Where a login buys a token, if the registry wants one; the login goes to no other host. */
function tokenUrl(root: URL, challenge: string): URL | undefined {
  if (!/^bearer\s/i.test(challenge)) return undefined
  const parameter = (name: string): string | undefined =>
    new RegExp(`[\\s,]${name}="([^"]*)"`, 'i').exec(challenge)?.[1]
  const realm = parameter('realm') ?? ''
  if (!URL.canParse(realm)) return undefined
  const url = new URL(realm)
  if (url.protocol !== 'https:' || url.host !== root.host) return undefined
  const service = parameter('service')
  if (service !== undefined) url.searchParams.set('service', service)
  return url
}

function tokenIn(body: string): string | undefined {
  try {
    const answer: unknown = JSON.parse(body)
    const token =
      typeof answer === 'object' && answer !== null && 'token' in answer ? answer.token : undefined
    return typeof token === 'string' && token !== '' ? token : undefined
  } catch {
    return undefined
  }
}

interface Sending {
  readonly agent: Agent
  readonly timeoutMs: number
}

function send(
  { agent, timeoutMs }: Sending,
  url: URL,
  authorization: string | undefined,
  caller: AbortSignal,
): Promise<Got> {
  const headers = authorization === undefined ? {} : { authorization }
  const signal = AbortSignal.any([caller, AbortSignal.timeout(timeoutMs)])
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent, signal, headers }, (answer) => {
      const { statusCode: status = 0, headers } = answer
      const challenge = headers['www-authenticate'] ?? ''
      let body = ''
      answer.setEncoding('utf8')
      answer.on('data', (text: string) => {
        body += text
        if (body.length > LONGEST_ANSWER) answer.destroy(new Error('the answer is too long'))
      })
      answer.on('end', () => resolve({ status, challenge, body }))
      answer.on('error', reject)
    })
    outgoing.on('error', (error) => reject(signal.aborted ? (signal.reason as Error) : error))
    outgoing.end()
  })
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'Unknown'
  if (error.name === 'TimeoutError') return 'Timeout'
  if ('code' in error && typeof error.code === 'string') return error.code
  return error instanceof AggregateError ? codeOf(error.errors[0]) : 'Unknown'
}
