// This file is about the host names ECR's registries answer to.
import { isRegion, partitionOf } from '../partition.ts'
import type { RegistryService } from './token-check.ts'

export interface RegistryHost {
  readonly service: RegistryService
  /** 12 digits; empty for the public registry, where the path names the alias. */
  readonly account: string
  readonly region: string
}

const PRIVATE = /^(\d{12})\.dkr([.-])ecr(-fips)?\.([a-z0-9-]+)\.([a-z0-9.-]+)$/
const PUBLIC = new Set(['public.ecr.aws', 'ecr-public.aws.com'])

/** Undefined for every other host, and for spellings that no partition has: those no server answers to. */
export function readRegistryHost(host: string): RegistryHost | undefined {
  const name = host.toLowerCase()
  if (PUBLIC.has(name)) return { service: 'ecr-public', account: '', region: 'us-east-1' }
  const [, account = '', separator, fips, region = '', suffix] = PRIVATE.exec(name) ?? []
  if (!isRegion(region)) return undefined
  const partition = partitionOf(region)
  const expected = separator === '.' ? partition.suffix : partition.registryDualStack
  if (suffix !== expected || (fips !== undefined && !partition.fips.test(region))) return undefined
  return { service: 'ecr', account, region }
}
