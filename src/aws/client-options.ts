// This file is about what every SDK client of ours is built with.
import { type Aws, MAX_ATTEMPTS, type Sender } from './connection.ts'
import { type AwsCredentials, forSdk, type SdkCredentials } from './credentials.ts'
import { endpointOf, type Place, resolveRegion, type Service } from './endpoints.ts'
import type { Asked } from './error.ts'

export interface ClientOptions {
  readonly region: string
  readonly credentials: SdkCredentials
  readonly requestHandler: Sender
  readonly maxAttempts: number
  readonly endpoint?: string
  readonly useFipsEndpoint?: boolean
  readonly useDualstackEndpoint?: boolean
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
    ...endpointOptions(asked),
  }
}

/**
 * The SDK knows the names of AWS's endpoints. It refuses to combine its flags with an endpoint of our own, though one may
 * be set by the environment (`AWS_USE_FIPS_ENDPOINT`): whoever names an endpoint has chosen what it is.
 */
function endpointOptions({ endpoint, fips, dualStack }: Asked) {
  if (endpoint !== undefined) return { endpoint, useFipsEndpoint: false, useDualstackEndpoint: false }
  return {
    ...(fips === undefined ? {} : { useFipsEndpoint: fips }),
    ...(dualStack === undefined ? {} : { useDualstackEndpoint: dualStack }),
  }
}

export function describe(aws: Aws, service: Service, action: string, place: Place, role?: string): Asked {
  const endpoint = endpointOf(service, aws.settings.endpoints)
  return {
    service,
    action,
    region: place.region,
    ...(place.fips === true ? { fips: true } : {}),
    ...(place.dualStack === true ? { dualStack: true } : {}),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(role === undefined ? {} : { role }),
  }
}
