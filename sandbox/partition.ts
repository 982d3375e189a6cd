// This file is about AWS's partitions: which regions are whose, and under which names their services answer.

export interface Partition {
  /** The second part of every ARN. */
  readonly id: string
  readonly regions: RegExp
  /** Ends the names of APIs and registries. */
  readonly suffix: string
  /** Ends the names of APIs that answer over IPv6 too. */
  readonly dualStack: string
  /** The same for registries, where AWS tells it. */
  readonly registryDualStack?: string
  /** Regions with FIPS endpoints; elsewhere an SDK computes names that no server has. */
  readonly fips: RegExp
}

const EVERY = /^/
const NONE = /(?!)/

const AWS: Partition = {
  id: 'aws',
  regions: EVERY,
  suffix: 'amazonaws.com',
  dualStack: 'api.aws',
  registryDualStack: 'on.aws',
  fips: /^(?:us|ca)-/,
}

/** https://docs.aws.amazon.com/general/latest/gr/ecr.html, and what the SDK computes for the isolated ones. */
const OTHERS: readonly Partition[] = [
  {
    id: 'aws-cn',
    regions: /^cn-/,
    suffix: 'amazonaws.com.cn',
    dualStack: 'api.amazonwebservices.com.cn',
    registryDualStack: 'on.amazonwebservices.com.cn',
    fips: NONE,
  },
  {
    id: 'aws-us-gov',
    regions: /^us-gov-/,
    suffix: 'amazonaws.com',
    dualStack: 'api.aws',
    registryDualStack: 'on.aws',
    fips: EVERY,
  },
  {
    id: 'aws-eusc',
    regions: /^eusc-/,
    suffix: 'amazonaws.eu',
    dualStack: 'api.amazonwebservices.eu',
    registryDualStack: 'on.amazonwebservices.eu',
    fips: EVERY,
  },
  { id: 'aws-iso', regions: /^us-iso-/, suffix: 'c2s.ic.gov', dualStack: 'api.aws.ic.gov', fips: EVERY },
  {
    id: 'aws-iso-b',
    regions: /^us-isob-/,
    suffix: 'sc2s.sgov.gov',
    dualStack: 'api.aws.scloud',
    fips: EVERY,
  },
  {
    id: 'aws-iso-e',
    regions: /^eu-isoe-/,
    suffix: 'cloud.adc-e.uk',
    dualStack: 'api.cloud-aws.adc-e.uk',
    fips: EVERY,
  },
  {
    id: 'aws-iso-f',
    regions: /^us-isof-/,
    suffix: 'csp.hci.ic.gov',
    dualStack: 'api.aws.hci.ic.gov',
    fips: EVERY,
  },
]

/** A region nobody knows yet is one of the first partition. */
export const partitionOf = (region: string): Partition =>
  OTHERS.find((partition) => partition.regions.test(region)) ?? AWS

const REGION = /^[a-z]{2,4}(?:-[a-z]+){1,3}-\d{1,2}$/

export const isRegion = (text: string): boolean => REGION.test(text)
