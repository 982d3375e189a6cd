// This file is about the logins of Amazon ECR that a Secret holds, whatever its shape.
import { parseInstant } from '../src/base/clock.ts'

export interface HeldLogin {
  readonly region: string
  readonly password: string
}

const HOST = /^(?:https:\/\/)?\d{12}\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com/
const DELIVERY = 'everpull.dev/delivery-'

type Auths = Readonly<Record<string, { readonly auth?: string }>>

export const configIn = (data: Readonly<Record<string, string>>): { readonly auths?: Auths } =>
  readJson(data['.dockerconfigjson']) ?? {}

/** Of docker configs each host's own; elsewhere what stands under `password`, for the registry under `url`. */
export function loginsIn(data: Readonly<Record<string, string>>): readonly HeldLogin[] {
  const hosts = Object.entries(configIn(data).auths ?? {}).flatMap(([host, { auth = '' }]) => {
    const region = HOST.exec(host)?.[1]
    const decoded = Buffer.from(auth, 'base64').toString()
    return region === undefined ? [] : [{ region, password: decoded.slice(decoded.indexOf(':') + 1) }]
  })
  const region = HOST.exec(data['url'] ?? '')?.[1]
  const { password } = data
  return region === undefined || password === undefined ? hosts : [...hosts, { region, password }]
}

interface Imprint {
  readonly logins?: readonly { readonly mintedAt: string; readonly expiresAt: string }[]
}

/** When the login that dies first was minted and dies, by what the operator noted of it. */
export function lifeIn(
  annotations: Readonly<Record<string, string>>,
): { readonly mintedAt: number; readonly expiresAt: number } | undefined {
  const lives = Object.entries(annotations)
    .filter(([key]) => key.startsWith(DELIVERY))
    .flatMap(([, text]) => (readJson(text) as Imprint | undefined)?.logins ?? [])
    .map(({ mintedAt, expiresAt }) => ({
      mintedAt: parseInstant(mintedAt) ?? Number.NaN,
      expiresAt: parseInstant(expiresAt) ?? Number.NaN,
    }))
  return lives.toSorted((a, b) => a.expiresAt - b.expiresAt)[0]
}

/** Undefined where it is none. */
function readJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}
