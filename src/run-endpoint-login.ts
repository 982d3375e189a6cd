// This file is about logins from the token endpoint of an operator: no cluster and no AWS is reached from here.
import { systemClock } from './base/clock.ts'
import type { Environment } from './config.ts'
import { CommandFailure, type EndpointLoginAsked, type EndpointLoginsTold } from './operator/commands.ts'
import { fetchLogins } from './token-endpoint/client.ts'
import { githubTokens, heldToken } from './token-endpoint/token-sources.ts'

export async function runEndpointLogin(
  environment: Environment,
  asked: EndpointLoginAsked,
): Promise<EndpointLoginsTold> {
  const { token, ca, patience } = asked
  const source = token.is === 'held' ? heldToken(token.token) : githubTokens(token, environment)
  const fetched = await fetchLogins(asked, source, {
    proxyEnv: environment,
    ca,
    patience,
    clock: systemClock,
  })
  if (fetched.is === 'failed') throw new CommandFailure(fetched.because)
  const { access, logins, note } = fetched
  return {
    access,
    logins: logins.map(({ registry, ...login }) => ({ is: 'login', host: registry, ...login })),
    note,
  }
}
