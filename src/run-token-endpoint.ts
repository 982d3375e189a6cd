// This file is about starting the token endpoint beside the operator: its parts are built here and nowhere else.
import type { Clock } from './base/clock.ts'
import type { Log } from './base/log.ts'
import type { Environment } from './config.ts'
import type { TokenEndpointSettings } from './config/token-endpoint.ts'
import type { KubeClient } from './kube/client.ts'
import { KubeError } from './kube/error.ts'
import { reviewToken } from './kube/token-review.ts'
import { CommandFailure } from './operator/commands.ts'
import type { Desk } from './operator/desk.ts'
import { followPair, readPair } from './token-endpoint/certificate.ts'
import { Exchange } from './token-endpoint/exchange.ts'
import { openDocuments } from './token-endpoint/https-document.ts'
import { IssuerKeys } from './token-endpoint/issuer-keys.ts'
import type { Recorder, Reviewed, TokenReviewer } from './token-endpoint/ports.ts'
import { RateLimit } from './token-endpoint/rate-limit.ts'
import { serve } from './token-endpoint/server.ts'

export interface TokenEndpointParts {
  readonly desk: () => Desk | undefined
  readonly client: KubeClient
  /** What the API server itself takes tokens for, as far as that can be known. */
  readonly apiAudiences: () => Promise<readonly string[]>
  readonly environment: Environment
  readonly recorder: Recorder
  readonly clock: Clock
  readonly log: Log
}

/** Many pipelines may sit behind one address, and one of them may start many jobs at once. */
const PER_ADDRESS = { burst: 100, perSecond: 20, mostRemembered: 10_000 }
const PER_SUBJECT = { burst: 30, perSecond: 1, mostRemembered: 10_000 }

/** Rejects with a `CommandFailure` where the certificate cannot be used or the address is taken. */
export async function runTokenEndpoint(
  settings: TokenEndpointSettings,
  parts: TokenEndpointParts,
): Promise<{ close(): Promise<void> }> {
  const { desk, client, environment, clock, log } = parts
  const files = settings.certificate
  const pair = await readPair(files).catch((error: unknown) => {
    throw new CommandFailure(`--token-endpoint-cert and --token-endpoint-key: ${messageOf(error)}`, true)
  })
  // Whoever is shown such a token could use it against the API server, and every pod has one.
  if ((await parts.apiAudiences()).includes(settings.audience)) {
    const message = `--token-endpoint-audience: ${settings.audience} is what the API server takes tokens for: choose another`
    throw new CommandFailure(message, true)
  }
  const documents = openDocuments({ proxyEnv: environment })
  const exchange = new Exchange({
    desk,
    keys: new IssuerKeys({ documents, clock }),
    reviewer: reviewerOf(client),
    audience: settings.audience,
    apiAudiences: parts.apiAudiences,
    perSubject: new RateLimit({ ...PER_SUBJECT, clock }),
    clock,
  })
  const server = await serve(settings.address, pair, {
    ...parts,
    exchange,
    isLeading: () => desk() !== undefined,
    perAddress: new RateLimit({ ...PER_ADDRESS, clock }),
  }).catch((error: unknown) => {
    throw new CommandFailure(
      `the token endpoint cannot listen: ${messageOf(error)}; choose another --token-endpoint-address`,
      true,
    )
  })
  log.info('token endpoint: listening', { url: server.url, audience: settings.audience })
  const leave = followPair(files, pair, { clock, log, onPair: (next) => server.replace(next) })
  return {
    close: async () => {
      leave()
      await server.close()
      documents.close()
    },
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/

const reviewerOf = (client: KubeClient): TokenReviewer => ({
  async review(token, audiences, signal): Promise<Reviewed> {
    try {
      const reviewed = await reviewToken(client, token, audiences, signal)
      if (reviewed.is === 'refused') return reviewed
      const [, namespace, name] = ACCOUNT.exec(reviewed.username) ?? []
      return namespace === undefined || name === undefined
        ? { is: 'refused', because: `${reviewed.username} is no service account` }
        : { is: 'account', namespace, name, audiences: reviewed.audiences }
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof KubeError) return { is: 'unavailable', because: becauseOf(error) }
      throw error
    }
  },
})

const becauseOf = ({ status, message }: KubeError): string =>
  status === 403 ? `${message} (apply the output of "everpull rbac --token-endpoint")` : message
