// This file is about logins as the token endpoint answers with them: the only place of it that shows a password.
import { type Instant, rfc3339 } from '../base/clock.ts'
import type { SecretText } from '../base/secret-text.ts'
import type { Access } from './ci-access.ts'

export interface Granted {
  readonly is: 'granted'
  readonly integration: string
  readonly access: Access
  readonly logins: readonly GrantedLogin[]
}

export interface GrantedLogin {
  readonly host: string
  readonly username: string
  readonly password: SecretText
  readonly expiresAt: Instant
}

/** ECR's logins are of a principal and a region, and not of one registry. */
export const NOTE =
  'Each login opens every registry of its region that its principal may open, and not only the one it is named for.'

export const loginsBody = ({ integration, access, logins }: Granted): string =>
  jsonText({
    integration,
    access,
    logins: logins.map(({ host, username, password, expiresAt }) => ({
      registry: host,
      username,
      password: password.reveal(),
      expiresAt: rfc3339(expiresAt),
    })),
    note: NOTE,
  })

/** As it stands in ~/.docker/config.json. */
export const dockerConfigBody = ({ logins }: Granted): string =>
  jsonText({
    auths: Object.fromEntries(
      logins.map(({ host, username, password }) => {
        const auth = Buffer.from(`${username}:${password.reveal()}`).toString('base64')
        return [host, { username, password: password.reveal(), auth }]
      }),
    ),
  })

const jsonText = (value: object): string => `${JSON.stringify(value)}\n`
