// This file is about the signature of a token: whether the issuer that it names made it.
import type { SecretText } from '../base/secret-text.ts'
import { type Claims, readClaims } from './bearer.ts'
import type { IssuerKeys, Keys } from './issuer-keys.ts'

export type Verified =
  | { readonly is: 'signed'; readonly claims: Claims }
  | { readonly is: 'unsigned'; readonly because: string }
  | { readonly is: 'unreachable'; readonly because: string }

/** What CI services sign with; `none` and everything with a shared secret is not among it. */
const ALGORITHMS = ['RS256', 'ES256']

/** `issuer` comes from a rule, not from the token. Never throws. */
export async function verify(token: SecretText, issuer: string, keys: IssuerKeys): Promise<Verified> {
  const first = await verifyWith(token, await keys.keysOf(issuer))
  if (first !== 'key-unknown') return first
  const newer = await keys.newerKeysOf(issuer)
  if (newer === undefined) return UNKNOWN_KEY
  const second = await verifyWith(token, newer)
  return second === 'key-unknown' ? UNKNOWN_KEY : second
}

const UNKNOWN_KEY: Verified = {
  is: 'unsigned',
  because: 'it is signed with a key that its issuer does not publish',
}

async function verifyWith(token: SecretText, keys: Keys): Promise<Verified | 'key-unknown'> {
  if (keys.is === 'unreachable') return keys
  // Loaded by whoever is asked for the first time: no other command needs it.
  const { compactVerify, createLocalJWKSet, errors } = await import('jose')
  try {
    const { payload } = await compactVerify(token.reveal(), createLocalJWKSet(keys.set), {
      algorithms: ALGORITHMS,
    })
    const claims = readClaims(Buffer.from(payload).toString())
    return claims === undefined
      ? { is: 'unsigned', because: 'what is signed is no set of claims' }
      : { is: 'signed', claims }
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) return 'key-unknown'
    return { is: 'unsigned', because: becauseOf(error) }
  }
}

/** Of jose's own errors the code alone, which tells nothing of the token. */
function becauseOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'its key cannot be used'
  return `its signature does not hold: ${code}`
}
