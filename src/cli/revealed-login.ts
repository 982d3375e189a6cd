// This file is about a login as it is handed to whoever asked for it: the only place of the command line that shows a password.
import type { LoginTold } from '../operator/commands.ts'

/** As `docker login --password-stdin` reads it. */
export const passwordLine = ({ password }: LoginTold): string => `${password.reveal()}\n`

/** As docker reads the answer of a credential helper. */
export const credentialAnswer = (serverUrl: string, { username, password }: LoginTold): string =>
  `${JSON.stringify({ ServerURL: serverUrl, Username: username, Secret: password.reveal() })}\n`
