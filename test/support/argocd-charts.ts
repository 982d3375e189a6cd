// This file is about charts that tests publish while they run, each version telling itself apart once it is deployed.
import { DEMO_ACCOUNT } from '../../sandbox/aws/seed.ts'
import { backendName } from '../../sandbox/registry/backend-name.ts'
import { registryUrl } from '../../sandbox/registry-part.ts'
import { knownPort } from '../../sandbox/sandbox-parts.ts'
import { type ChartExtras, helmChart, push } from '../../sandbox/seed/artifacts.ts'
import type { Stage } from './stage.ts'

export interface PublishedChart {
  readonly region: string
  /** Its last part is the chart's name. */
  readonly repository: string
  readonly version: string
  /** Not packed into it: whoever deploys it has to fetch them. */
  readonly dependencies?: readonly ChartDependency[]
}

export interface ChartDependency {
  readonly name: string
  readonly version: string
  /** `oci://HOST/PREFIX` */
  readonly repository: string
}

export const hostIn = (region: string): string => `${DEMO_ACCOUNT}.dkr.ecr.${region}.amazonaws.com`

/** A repository that the bot may pull from. */
export async function createRepository(stage: Stage, region: string, name: string): Promise<void> {
  await stage.admin('POST', '/repositories', { service: 'ecr', account: DEMO_ACCOUNT, region, name })
}

/** Deployed, it is a ConfigMap named like the chart that tells its version. */
export async function publishChart(stage: Stage, chart: PublishedChart): Promise<void> {
  const { region, repository, version, dependencies = [] } = chart
  const name = repository.split('/').at(-1) ?? repository
  const port = knownPort(stage.sandbox.folder, 'registry')
  if (port === undefined) throw new Error('the sandbox has no registry')
  const extras: ChartExtras = { about: { dependencies }, template: VERSIONED }
  const key = { service: 'ecr', account: DEMO_ACCOUNT, region, name: repository } as const
  await push(registryUrl(port), backendName(key), helmChart(name, version, extras))
}

const VERSIONED = `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Chart.Name }}
data:
  version: {{ .Chart.Version | quote }}
`

/** The version that is deployed; undefined before the first. */
export async function deployedVersion(
  stage: Stage,
  namespace: string,
  chart: string,
): Promise<string | undefined> {
  const path = `/api/v1/namespaces/${namespace}/configmaps/${chart}`
  const { status, body } = await stage.sandbox.controlPlane.admin.call('GET', path)
  if (status === 404) return undefined
  return (JSON.parse(body) as { readonly data?: { readonly version?: string } }).data?.version
}
