// This file is about where a call goes: the service's region, and the endpoint that replaces AWS's own.
import type { Environment } from './connection.ts'
import { AwsError, type Asked } from './error.ts'
import { readSharedFiles, sharedRegion } from './shared-files.ts'

export type Service = 'ecr' | 'ecr-public' | 'sts'

/** Which of AWS's own endpoints of a service is asked. */
export interface Place {
  /** Empty: the environment's or the profile's. */
  readonly region: string
  readonly fips?: boolean
  readonly dualStack?: boolean
}

/** Endpoints that replace AWS's own, by service: the FIPS and the dual-stack ones too. */
export interface Endpoints {
  readonly ecr?: string
  readonly ecrPublic?: string
  readonly sts?: string
}

/** ECR Public hands out tokens in this region only, whatever region its user lives in. */
export const PUBLIC_REGION = 'us-east-1'

export function endpointOf(service: Service, endpoints: Endpoints): string | undefined {
  switch (service) {
    case 'ecr':
      return endpoints.ecr
    case 'ecr-public':
      return endpoints.ecrPublic
    case 'sts':
      return endpoints.sts
  }
}

/** Becomes a label of a host name. No list of regions: a new one must work the day it opens. */
const REGION = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/i

/** The region asked for, else the environment's, else the profile's. Throws `RegionMalformed` or `RegionMissing`. */
export async function resolveRegion(environment: Environment, asked: Asked): Promise<string> {
  const region = asked.region === '' ? await defaultRegion(environment) : asked.region
  if (region === undefined) throw new AwsError({ asked, code: 'RegionMissing' })
  if (!REGION.test(region)) throw new AwsError({ asked: { ...asked, region }, code: 'RegionMalformed' })
  return region
}

/** The region the environment or the shared files name; what the SDKs of other languages take too. */
export async function defaultRegion(environment: Environment): Promise<string | undefined> {
  const region = environment['AWS_REGION'] || environment['AWS_DEFAULT_REGION']
  return region || sharedRegion(environment, await readSharedFiles(environment))
}
