// This file is about the credentials a client sends: a password out of Basic, or out of the public registry's Bearer.

export type Login =
  | { readonly is: 'none' }
  | { readonly is: 'anonymous' }
  | { readonly is: 'password'; readonly password: string }
  | { readonly is: 'unreadable' }

/** The token endpoint's answer to clients without a login. */
export const ANONYMOUS_TOKEN = Buffer.from('anonymous').toString('base64')

/** `AWS:<password>` in base64: what docker sends as Basic, and what GetAuthorizationToken calls its token. */
function readPair(encoded: string): Login {
  const pair = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = pair.indexOf(':')
  if (pair.slice(0, colon) !== 'AWS') return { is: 'unreadable' }
  return { is: 'password', password: pair.slice(colon + 1) }
}

export function readLogin(authorization: string | undefined, scheme: 'basic' | 'bearer'): Login {
  if (authorization === undefined) return { is: 'none' }
  const space = authorization.indexOf(' ')
  const value = authorization.slice(space + 1).trim()
  if (authorization.slice(0, space).toLowerCase() !== scheme) return { is: 'unreadable' }
  return scheme === 'bearer' && value === ANONYMOUS_TOKEN ? { is: 'anonymous' } : readPair(value)
}
