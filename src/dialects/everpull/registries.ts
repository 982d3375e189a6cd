// This file is about the registries that an object names: their hosts, and the logins that open them.
import { type RegistryScope, scopeOf } from '../../model/login.ts'
import { hostOf, type PartitionId, parseHost, partitionIdOf, urlParts } from '../../model/registry.ts'
import { type Problem, quoted } from './problem.ts'
import type { RegistryFields } from './registry-schema.ts'

export interface Registry {
  /** As it stands in image references, and in docker configs. */
  readonly host: string
  /** The login that opens it. */
  readonly scope: RegistryScope
  readonly partition: PartitionId
  /** Absent: of ECR Public, or behind an alias that does not tell. */
  readonly account?: string
  /** The place in the object that names it. */
  readonly at: string
}

export interface RegistriesRead {
  readonly registries: readonly Registry[]
  readonly problems: readonly Problem[]
}

/** In the order given; `at` is the place of the list. */
export function readRegistries(given: readonly RegistryFields[], at = 'spec.registries'): RegistriesRead {
  const registries: Registry[] = []
  const problems: Problem[] = []
  for (const [i, fields] of given.entries()) {
    const read = readRegistry(fields, `${at}[${i}]`)
    if ('because' in read) problems.push(read)
    else {
      const twin = registries.find(({ host }) => host === read.host)
      if (twin === undefined) registries.push(read)
      else
        problems.push({ at: read.at, because: `names ${read.host} again, as ${twin.at} does: leave it out` })
    }
  }
  return { registries, problems }
}

function readRegistry(fields: RegistryFields, at: string): Registry | Problem {
  if (fields.public === true) return publicRegistry(fields, at)
  if (fields.host !== undefined) return hostRegistry({ ...fields, host: fields.host }, at)
  const { account = '', region, fips, dualStack } = fields
  if (region === undefined) return { at: `${at}.region`, because: 'is missing: account needs the region too' }
  const host = hostOf({ account, region, fips, dualStack })
  if (typeof host !== 'string') return { at, because: `has no host: ${host.because}` }
  return ofHost(host, parseHost(host), at)
}

function publicRegistry({ region, fips, dualStack }: RegistryFields, at: string): Registry | Problem {
  if (region !== undefined || fips !== undefined) {
    const because = 'has public: true, which takes dualStack and nothing else: ECR Public has one region'
    return { at, because }
  }
  const host = dualStack === true ? 'ecr-public.aws.com' : 'public.ecr.aws'
  return ofHost(host, parseHost(host), at)
}

function hostRegistry(
  { host, region, fips, dualStack }: RegistryFields & { readonly host: string },
  at: string,
): Registry | Problem {
  if (fips !== undefined || dualStack !== undefined) {
    const because =
      'names a host, which says itself whether it is a FIPS or dual-stack one: leave fips and dualStack out'
    return { at, because }
  }
  const flaw = formFlaw(host)
  if (flaw !== undefined) return { at: `${at}.host`, because: `is ${quoted(host)}, ${flaw}` }
  const read = parseHost(host)
  if (read.is === 'not-ecr') return aliasRegistry(host, region, read.because, at)
  if (region !== undefined && region !== read.region) {
    const because = `is ${quoted(region)}, but the host is one of ${read.region}: leave it out`
    return { at: `${at}.region`, because }
  }
  return ofHost(host, read, at)
}

const HOST = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:[0-9]{1,5})?$/
/** Whatever else is right about them, these are meant to be ECR's own names; an alias is none of them. */
const MEANT_AS_ECR = /\.dkr[.-]ecr(-fips)?\.(?!.*\.vpce\.)/

/** Why a text is no host at all; completes `is "…", `. */
function formFlaw(host: string): string | undefined {
  const { scheme, host: bare, path } = urlParts(host)
  if (scheme !== '') return `which has a scheme: write ${quoted(bare)}`
  if (path !== '') return `which has a path: write ${quoted(bare)}`
  return HOST.test(host) ? undefined : 'which is no host name: use lower-case letters, digits, "-" and "."'
}

/** A VPC endpoint's own name, or whatever leads to a registry: only the region tells which login opens it. */
function aliasRegistry(
  host: string,
  region: string | undefined,
  because: string,
  at: string,
): Registry | Problem {
  if (MEANT_AS_ECR.test(host)) {
    return { at: `${at}.host`, because: `is ${quoted(host)}, which is no Amazon ECR host: ${because}` }
  }
  if (region === undefined) {
    const hint = 'correct it, or, where it is an alias such as that of a VPC endpoint, say its region too'
    return {
      at: `${at}.host`,
      because: `is ${quoted(host)}, which is no Amazon ECR host: ${because}; ${hint}`,
    }
  }
  return { host, scope: { service: 'private', region }, partition: partitionIdOf(region), at }
}

function ofHost(host: string, read: ReturnType<typeof parseHost>, at: string): Registry | Problem {
  if (read.is === 'not-ecr')
    return { at, because: `makes ${quoted(host)}, which is no Amazon ECR host: ${read.because}` }
  const account = read.is === 'private' ? { account: read.account } : {}
  return { host, scope: scopeOf(read), partition: read.partition, ...account, at }
}
