// This file is about the host names ECR's registries answer to.
import type { RegistryService } from './token-check.ts'

export interface RegistryHost {
  readonly service: RegistryService
  /** 12 digits; empty for the public registry, where the path names the alias. */
  readonly account: string
  readonly region: string
}

const PRIVATE =
  /^(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9][a-z0-9-]*)\.(?:amazonaws\.(?:com|com\.cn|eu)|on\.aws|on\.amazonwebservices\.com\.cn|sc2s\.sgov\.gov|c2s\.ic\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)$/
const PUBLIC = new Set(['public.ecr.aws', 'ecr-public.aws.com'])

/** Undefined for every other host. */
export function readRegistryHost(host: string): RegistryHost | undefined {
  const name = host.toLowerCase()
  if (PUBLIC.has(name)) return { service: 'ecr-public', account: '', region: 'us-east-1' }
  const parts = PRIVATE.exec(name)
  return parts === null ? undefined : { service: 'ecr', account: parts[1] ?? '', region: parts[2] ?? '' }
}
