// This file is about a login as it is handed to whoever asked for it: the only place of the command line that shows a password.
import type { LoginTold } from '../operator/commands.ts'

/** As `docker login --password-stdin` reads it. */
export const passwordLine = ({ password }: LoginTold): string => `${password.reveal()}\n`

/** As docker reads the answer of a credential helper. */
export const credentialAnswer = (serverUrl: string, { username, password }: LoginTold): string =>
  `${JSON.stringify({ ServerURL: serverUrl, Username: username, Secret: password.reveal() })}\n`

/** As ~/.docker/config.json holds them. */
export function dockerConfigText(logins: readonly LoginTold[]): string {
  const auths = logins.map(({ host, username, password }) => {
    const auth = Buffer.from(`${username}:${password.reveal()}`).toString('base64')
    return [host, { auth }] as const
  })
  return `${JSON.stringify({ auths: Object.fromEntries(auths) }, undefined, 2)}\n`
}
