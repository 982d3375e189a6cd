// This file is about what every SDK client of ours is built with.
import type { NodeHttpHandler } from '@smithy/node-http-handler'
import { type Aws, MAX_ATTEMPTS } from './connection.ts'
import { type AwsCredentials, forSdk, type SdkCredentials } from './credentials.ts'
import { endpointOf, resolveRegion, type Service } from './endpoints.ts'
import type { Asked } from './error.ts'

export interface ClientOptions {
  readonly region: string
  readonly credentials: SdkCredentials
  readonly requestHandler: NodeHttpHandler
  readonly maxAttempts: number
  readonly endpoint?: string
}

/**
 * A client is made for each call and shares the connections: SDK clients keep the first credentials they were given,
 * so a shared one could sign for somebody else. Making one takes a tenth of a millisecond. None may be destroyed, as
 * that would close the shared connections. Credentials are always given, so the default chain never steps in.
 */
export async function clientOptions(
  aws: Aws,
  asked: Asked,
  credentials: AwsCredentials,
): Promise<ClientOptions> {
  return {
    region: await resolveRegion(aws.settings.environment, asked),
    credentials: forSdk(credentials),
    requestHandler: await aws.sender(),
    maxAttempts: MAX_ATTEMPTS,
    ...(asked.endpoint === undefined ? {} : { endpoint: asked.endpoint }),
  }
}

export function describe(aws: Aws, service: Service, action: string, region: string, role?: string): Asked {
  const endpoint = endpointOf(service, aws.settings.endpoints)
  return {
    service,
    action,
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(role === undefined ? {} : { role }),
  }
}
