// This file is about the settings of the token endpoint: they belong together, or are none.
import type { DialectName } from '../model/dialect-name.ts'
import type { ListenAddress } from './values.ts'

/** Where logins are given to whoever shows a token. */
export interface TokenEndpointSettings {
  readonly address: ListenAddress
  /** Paths of PEM files. */
  readonly certificate: { readonly cert: string; readonly key: string }
  /** Of tokens of service accounts. */
  readonly audience: string
}

const AUDIENCE = 'everpull'

interface Said {
  readonly address: ListenAddress | undefined
  readonly cert: string | undefined
  readonly key: string | undefined
  readonly audience: string | undefined
}

/** Undefined: nowhere, or not as it was said. */
export function readTokenEndpoint(
  { address, cert, key, audience }: Said,
  dialects: readonly DialectName[],
  mistakes: string[],
): TokenEndpointSettings | undefined {
  if (address === undefined) {
    if ((cert ?? key ?? audience) !== undefined) {
      mistakes.push('--token-endpoint-address: is missing, without which nothing listens there')
    }
    return undefined
  }
  if (!dialects.includes('everpull')) {
    mistakes.push(
      '--token-endpoint-address: needs the dialect everpull, as it answers by the name of integrations',
    )
  }
  if (cert === undefined || key === undefined) {
    mistakes.push(
      '--token-endpoint-address: needs --token-endpoint-cert and --token-endpoint-key, as it answers over TLS alone',
    )
    return undefined
  }
  return { address, certificate: { cert, key }, audience: audience ?? AUDIENCE }
}
