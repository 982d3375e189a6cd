// This file is about the host names AWS's APIs answer to: regional and global, FIPS and dual-stack, of each partition.
import { isRegion, partitionOf } from '../partition.ts'
import type { Service } from './call.ts'

export interface ApiHost {
  readonly service: Exclude<Service, 'iam'>
  /** The region that signatures must be made for. */
  readonly region: string
}

/** Without a region in its name, and in this one. */
const GLOBAL_STS = 'sts.amazonaws.com'
const GLOBAL_REGION = 'us-east-1'
/** ECR Public's API answers in these alone. */
const PUBLIC_REGIONS = new Set(['us-east-1', 'us-west-2'])

const NAME = /^(?:(api)\.)?(ecr|ecr-public|sts)(-fips)?\.([a-z0-9-]+)\.([a-z0-9.-]+)$/

/** An interface endpoint of somebody's VPC: `vpce-0a1b-2c3d.api.ecr.us-west-1.vpce.amazonaws.com`. */
const VPC = /^vpce-[a-z0-9-]+\.(api\.ecr|sts)\.([a-z0-9-]+)\.vpce\.([a-z0-9.-]+)$/

function readVpcEndpoint(name: string): ApiHost | undefined {
  const [, service, region = '', suffix] = VPC.exec(name) ?? []
  if (!isRegion(region) || suffix !== partitionOf(region).suffix) return undefined
  return { service: service === 'sts' ? 'sts' : 'ecr', region }
}

/** STS of GovCloud is FIPS under its plain name and has no other over IPv4. */
const hasFips = (service: string | undefined, region: string, isDualStack: boolean): boolean =>
  service !== 'ecr-public' &&
  (service !== 'sts' || isDualStack || partitionOf(region).id !== 'aws-us-gov') &&
  partitionOf(region).fips.test(region)

/** Undefined for every other host, and for names an SDK may compute but no server has. */
export function readApiHost(host: string): ApiHost | undefined {
  const name = host.toLowerCase()
  if (name === GLOBAL_STS) return { service: 'sts', region: GLOBAL_REGION }
  if (name.startsWith('vpce-')) return readVpcEndpoint(name)
  const [, api, service, fips, region = '', suffix] = NAME.exec(name) ?? []
  if (!isRegion(region)) return undefined
  const partition = partitionOf(region)
  const isDualStack = suffix === partition.dualStack
  if (!isDualStack && suffix !== partition.suffix) return undefined
  if (fips !== undefined && !hasFips(service, region, isDualStack)) return undefined
  // ECR's FIPS endpoints are told with `api.` by the SDK and without it by the general reference.
  const wantsApi = service !== 'sts' && !isDualStack
  if ((api !== undefined) !== wantsApi && !(wantsApi && fips !== undefined)) return undefined
  if (service === 'ecr' || service === 'sts') return { service, region }
  return service === 'ecr-public' && PUBLIC_REGIONS.has(region) ? { service, region } : undefined
}
