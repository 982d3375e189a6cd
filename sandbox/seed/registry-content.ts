// This file is about which repositories of the sandbox hold which artifact.
import { backendName } from '../registry/backend-name.ts'
import type { RepositoryKey } from '../aws/ecr/repository.ts'
import { DEMO_REGIONS, PARTITION_REGIONS } from '../aws/seed.ts'
import { DEMO_ACCOUNT, OTHER_ACCOUNT, PARTNER_REPOSITORY, SHARED_REPOSITORY } from '../aws/seed-roles.ts'
import { type Artifact, helmChart, image, push } from './artifacts.ts'

/** `helm pull oci://123456789012.dkr.ecr.us-west-1.amazonaws.com/charts/demo --version 0.1.0` */
export const DEMO_CHART = { repository: 'charts/demo', version: '0.1.0' } as const
/** `crane pull 123456789012.dkr.ecr.us-west-1.amazonaws.com/apps/demo:1.0.0`, and as everpull/apps/demo in public.ecr.aws. */
export const DEMO_IMAGE = { repository: 'apps/demo', tag: '1.0.0' } as const

/** Fills the registry behind the front. May be run again: what is there is the same bytes and stays. */
export async function seedRegistry(registry: string): Promise<void> {
  for (const [key, artifact] of content()) await push(registry, backendName(key), artifact)
}

function content(): [RepositoryKey, Artifact][] {
  const chart = helmChart('demo', DEMO_CHART.version)
  const hello = image(DEMO_IMAGE.tag, 'hello from the sandbox\n')
  const base = image('1.0.0', 'a base image that two accounts share\n')
  const perRegion = DEMO_REGIONS.flatMap((region): [RepositoryKey, Artifact][] => [
    [{ service: 'ecr', account: DEMO_ACCOUNT, region, name: DEMO_CHART.repository }, chart],
    [{ service: 'ecr', account: DEMO_ACCOUNT, region, name: DEMO_IMAGE.repository }, hello],
    [{ service: 'ecr', account: OTHER_ACCOUNT, region, name: SHARED_REPOSITORY }, base],
    [{ service: 'ecr', account: OTHER_ACCOUNT, region, name: PARTNER_REPOSITORY }, base],
  ])
  const perPartition = PARTITION_REGIONS.map((region): [RepositoryKey, Artifact] => [
    { service: 'ecr', account: DEMO_ACCOUNT, region, name: DEMO_IMAGE.repository },
    hello,
  ])
  const published = { service: 'ecr-public', account: DEMO_ACCOUNT, region: 'us-east-1' } as const
  return [...perRegion, ...perPartition, [{ ...published, name: DEMO_IMAGE.repository }, hello]]
}
