// This file is about how AWS is reached: one set of kept connections, through the environment's proxy, for every call.
import { Agent as HttpsAgent } from 'node:https'
import type { NodeHttpHandler } from '@smithy/node-http-handler'
import { http } from '../base/http.ts'
import type { Log } from '../base/log.ts'
import type { AwsCredentials } from './credentials.ts'
import type { Endpoints, Place } from './endpoints.ts'
import type { Observed } from './error.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** What the environment says about reaching AWS; read once, where the process starts. */
export interface AwsSettings {
  /** HTTP_PROXY, HTTPS_PROXY and NO_PROXY, in either case. The SDK ignores them by itself. */
  readonly proxyEnv: Environment
  /** Endpoints that replace AWS's own. */
  readonly endpoints: Endpoints
  /** What decides the default chain: AWS's own variables and HOME. */
  readonly environment: Environment
  readonly log: Log
  /** Milliseconds until a connection stands, and until an answer begins; defaults: 3,000 and 10,000. */
  readonly timeouts?: { readonly connection: number; readonly request: number }
}

/** The SDK's own interface of what sends requests. */
export type Sender = Pick<
  NodeHttpHandler,
  'handle' | 'metadata' | 'destroy' | 'updateHttpClientConfig' | 'httpHandlerConfigs'
>

export interface Aws extends Observed {
  readonly settings: AwsSettings
  /** What every SDK client is given to send its requests with. */
  sender(): Promise<Sender>
  /** Ends the kept connections. */
  close(): void
}

/** What every signed call needs to know. */
export interface SignedCall extends Place {
  readonly credentials: AwsCredentials
  readonly signal: AbortSignal
}

/** Milliseconds. A call that hangs is given up long before a renewal is late; the SDK tries it once more. */
const TIMEOUTS = { connection: 3_000, request: 10_000 }
/** One repetition rides out a single lost connection; more patience than that is the engine's to have. */
export const MAX_ATTEMPTS = 2

/** Opens nothing yet: connections and the SDK's modules come with the first call. */
export function openAws(settings: AwsSettings): Aws {
  const proxyEnv = { ...settings.proxyEnv }
  const { connection, request } = settings.timeouts ?? TIMEOUTS
  const httpAgent = new http.Agent({ keepAlive: true, proxyEnv })
  const httpsAgent = new HttpsAgent({ keepAlive: true, proxyEnv })
  const open = async (): Promise<NodeHttpHandler> => {
    const { NodeHttpHandler } = await import('@smithy/node-http-handler')
    return new NodeHttpHandler({
      httpAgent,
      httpsAgent,
      connectionTimeout: connection,
      requestTimeout: request,
      throwOnRequestTimeout: true,
      // An answer whose body stalls has got past the request timeout.
      socketTimeout: request,
    })
  }
  let sender: Promise<NodeHttpHandler> | undefined
  return {
    settings,
    sender: () => (sender ??= open()),
    close: () => {
      httpAgent.destroy()
      httpsAgent.destroy()
    },
  }
}
