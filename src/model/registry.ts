// This file is about registry host names: which of them are Amazon ECR's, and what they tell.

export interface PrivateHost {
  readonly is: 'private'
  /** Twelve digits. */
  readonly account: string
  readonly region: string
  readonly partition: PartitionId
  readonly fips: boolean
  readonly dualStack: boolean
}

export interface PublicHost {
  readonly is: 'public'
  /** The only region that mints its logins. */
  readonly region: 'us-east-1'
  readonly partition: 'aws'
  readonly fips: false
  readonly dualStack: boolean
}

export type Host = PrivateHost | PublicHost

export interface NotEcr {
  readonly is: 'not-ecr'
  /** Completes the sentence `"…" is no Amazon ECR host: …`. */
  readonly because: string
}

export type PartitionId =
  | 'aws'
  | 'aws-cn'
  | 'aws-us-gov'
  | 'aws-eusc'
  | 'aws-iso'
  | 'aws-iso-b'
  | 'aws-iso-e'
  | 'aws-iso-f'

interface Partition {
  readonly id: PartitionId
  /** What the names of its regions begin with. */
  readonly regions: string
  /** Ends `ACCOUNT.dkr.ecr.REGION.…`. */
  readonly suffix: string
  /** Ends `ACCOUNT.dkr-ecr.REGION.…`; absent where AWS names no dual-stack registries. */
  readonly dualStackSuffix?: string
}

/**
 * AWS's partitions, after its endpoint data and the host rule of the kubelet's credential provider. `aws` comes last:
 * every region that no other partition claims is one of its own, so that a region opened tomorrow is known today.
 */
const PARTITIONS: readonly Partition[] = [
  {
    id: 'aws-cn',
    regions: 'cn-',
    suffix: 'amazonaws.com.cn',
    dualStackSuffix: 'on.amazonwebservices.com.cn',
  },
  { id: 'aws-us-gov', regions: 'us-gov-', suffix: 'amazonaws.com', dualStackSuffix: 'on.aws' },
  { id: 'aws-eusc', regions: 'eusc-', suffix: 'amazonaws.eu' },
  { id: 'aws-iso', regions: 'us-iso-', suffix: 'c2s.ic.gov' },
  { id: 'aws-iso-b', regions: 'us-isob-', suffix: 'sc2s.sgov.gov' },
  { id: 'aws-iso-e', regions: 'eu-isoe-', suffix: 'cloud.adc-e.uk' },
  { id: 'aws-iso-f', regions: 'us-isof-', suffix: 'csp.hci.ic.gov' },
  { id: 'aws', regions: '', suffix: 'amazonaws.com', dualStackSuffix: 'on.aws' },
]

const PUBLIC_HOSTS: ReadonlyMap<string, { readonly dualStack: boolean }> = new Map([
  ['public.ecr.aws', { dualStack: false }],
  ['ecr-public.aws.com', { dualStack: true }],
])

const PRIVATE = /^([^.]*)\.dkr([.-])ecr(-fips)?\.([^.]*)\.(.+)$/
const ACCOUNT = /^[0-9]{12}$/
/** One DNS label; the longest region name so far has 15 characters. */
const REGION = /^[a-z0-9][a-z0-9_-]{0,62}$/

const notEcr = (because: string): NotEcr => ({ is: 'not-ecr', because })

const partitionOf = (region: string): Partition | undefined =>
  PARTITIONS.find((partition) => region.startsWith(partition.regions))

/** Reads a bare host name, as it stands in an image reference; a scheme, port or path makes it none. */
export function parseHost(text: string): Host | NotEcr {
  const open = PUBLIC_HOSTS.get(text)
  if (open !== undefined) {
    return { is: 'public', region: 'us-east-1', partition: 'aws', fips: false, dualStack: open.dualStack }
  }
  const match = PRIVATE.exec(text)
  if (match === null) return notEcr('it does not read ACCOUNT.dkr.ecr.REGION.amazonaws.com or public.ecr.aws')
  const [, account = '', separator = '', fips, region = '', suffix = ''] = match
  if (!ACCOUNT.test(account)) return notEcr('its account is not twelve digits')
  if (!REGION.test(region)) return notEcr('its region is no name such as us-east-1')
  const partition = partitionOf(region)
  const dualStack = separator === '-'
  const expected = dualStack ? partition?.dualStackSuffix : partition?.suffix
  if (partition === undefined || expected === undefined) {
    return notEcr(`registries of region ${region} have no dual-stack names`)
  }
  if (suffix !== expected) return notEcr(`registries of region ${region} end in "${region}.${expected}"`)
  return { is: 'private', account, region, partition: partition.id, fips: fips !== undefined, dualStack }
}

/** What a private registry's host name is made of. */
export interface RegistryPlace {
  /** Twelve digits. */
  readonly account: string
  readonly region: string
  readonly fips?: boolean | undefined
  readonly dualStack?: boolean | undefined
}

/** The host name of a private registry; none where AWS names none of that sort. What it gives, `parseHost` reads. */
export function hostOf({ account, region, fips = false, dualStack = false }: RegistryPlace): string | NotEcr {
  const partition = partitionOf(region)
  const suffix = dualStack ? partition?.dualStackSuffix : partition?.suffix
  if (suffix === undefined) return notEcr(`registries of region ${region} have no dual-stack names`)
  return `${account}.dkr${dualStack ? '-' : '.'}ecr${fips ? '-fips' : ''}.${region}.${suffix}`
}

export interface UrlParts {
  /** "oci://", or empty. */
  readonly scheme: string
  /** With its port, where it has one. */
  readonly host: string
  /** "/team/charts", or empty. */
  readonly path: string
}

/** Of what leads to a registry or into it, as Helm and Argo CD have it: HOST, HOST/PATH or SCHEME://HOST/PATH. */
export function urlParts(url: string): UrlParts {
  const [, scheme = '', host = '', path = ''] = /^([a-z][a-z0-9+.-]*:\/\/)?([^/]*)(.*)$/is.exec(url) ?? []
  return { scheme, host, path }
}

/** The partition a region belongs to, by its name. */
export const partitionIdOf = (region: string): PartitionId => partitionOf(region)?.id ?? 'aws'

/** A region's name as far as its form goes: whether AWS has such a region is for AWS to say. */
export const isRegionName = (text: string): boolean => REGION.test(text)
