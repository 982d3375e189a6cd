// This file is about a web identity token: signed by its issuer's own key, for an audience IAM knows, not expired.
import { createPublicKey, verify } from 'node:crypto'
import type { Jwk, OidcProvider } from '../options.ts'
import { AwsError } from '../protocol/aws-error.ts'

export interface WebIdentity {
  readonly issuer: string
  readonly subject: string
  readonly audience: string
  readonly claims: Readonly<Record<string, unknown>>
  readonly provider: OidcProvider
}

const invalidToken = (message: string): AwsError => new AwsError('InvalidIdentityToken', 400, message)
const unreachable = (): AwsError =>
  new AwsError(
    'IDPCommunicationError',
    400,
    "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements",
  )

const MALFORMED =
  'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)'

function parsePart(part: string | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part ?? '', 'base64url').toString('utf8'))
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch {
    // Told below in the words STS uses for everything that is no JWT.
  }
  throw invalidToken(MALFORMED)
}

async function fetchKeys(provider: OidcProvider): Promise<readonly Jwk[]> {
  try {
    return (await provider.fetchJwks()).keys
  } catch {
    throw unreachable()
  }
}

/** STS accepts RS256 and ES256 of the algorithms Kubernetes signs with. */
function signatureHolds(algorithm: unknown, key: Jwk, signed: string, signature: Buffer): boolean {
  const publicKey = createPublicKey({ key, format: 'jwk' })
  const data = Buffer.from(signed)
  if (algorithm === 'RS256' && key.kty === 'RSA') return verify('sha256', data, publicKey, signature)
  if (algorithm === 'ES256' && key.kty === 'EC')
    return verify('sha256', data, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)
  return false
}

async function checkTokenSignature(
  provider: OidcProvider,
  token: string,
  header: Record<string, unknown>,
): Promise<void> {
  const keys = (await fetchKeys(provider)).filter(
    (k) => header['kid'] === undefined || k.kid === header['kid'],
  )
  if (keys.length === 0) throw invalidToken("Couldn't retrieve verification key from your identity provider")
  const cut = token.lastIndexOf('.')
  const signature = Buffer.from(token.slice(cut + 1), 'base64url')
  if (!keys.some((key) => signatureHolds(header['alg'], key, token.slice(0, cut), signature)))
    throw invalidToken(
      'The web identity token that was passed could not be validated. Signature verification failed',
    )
}

const stringsOf = (claim: unknown): string[] =>
  (Array.isArray(claim) ? claim : [claim]).filter((v): v is string => typeof v === 'string')

/** Seconds by which a token may be early or late; STS allows a little. */
const LEEWAY_SECONDS = 5

function checkTimes(claims: Record<string, unknown>, nowMs: number): void {
  const now = Math.floor(nowMs / 1000)
  const { exp, nbf } = claims
  if (typeof exp !== 'number') throw invalidToken('Missing a required claim: exp')
  if (now > exp + LEEWAY_SECONDS)
    throw new AwsError(
      'ExpiredTokenException',
      400,
      `Token expired: current date/time ${now} must be before the expiration date/time ${exp}`,
    )
  if (typeof nbf === 'number' && now < nbf - LEEWAY_SECONDS)
    throw invalidToken('The web identity token that was passed is not yet valid')
}

/**
 * Checks issuer, signature, times and audience, in that order, and throws STS's own codes. `audiences` overrides the
 * provider's list (Pod Identity asks for its own audience).
 */
export async function readWebIdentity(
  token: string,
  providers: readonly OidcProvider[],
  now: number,
  audiences?: readonly string[],
): Promise<WebIdentity> {
  const parts = token.split('.')
  if (parts.length !== 3) throw invalidToken(MALFORMED)
  const header = parsePart(parts[0])
  const claims = parsePart(parts[1])
  const issuer = typeof claims['iss'] === 'string' ? claims['iss'] : ''
  const provider = providers.find((p) => p.issuer === issuer)
  if (provider === undefined)
    throw invalidToken(`No OpenIDConnect provider found in your account for ${issuer}`)
  await checkTokenSignature(provider, token, header)
  checkTimes(claims, now)
  const accepted = audiences ?? provider.audiences
  const audience = stringsOf(claims['aud']).find((a) => accepted.includes(a))
  if (audience === undefined) throw invalidToken('Incorrect token audience')
  const [subject] = stringsOf(claims['sub'])
  if (subject === undefined) throw invalidToken('Missing a required claim: sub')
  return { issuer, subject, audience, claims, provider }
}
