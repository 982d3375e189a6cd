// This file is about a gap in a login that makes Argo CD pause: of a registry that only a chart's dependency comes from.
import type { SeenSecret } from '../../demo/seen-secret.ts'
import { systemClock } from '../../src/base/clock.ts'
import type { ApplicationSource } from './argocd-manifests.ts'
import { createRepository, hostIn, publishChart } from './argocd-charts.ts'
import {
  CHART,
  defaultIntegration,
  holding,
  repositoryShape,
  shapeByRegistryLogin,
  templateShape,
} from './argocd-shapes.ts'
import type { Stage } from './stage.ts'

/** Names the chart, and the Application that deploys it. */
export const UMBRELLA = 'umbrella'
const REPOSITORY = `charts/${UMBRELLA}`
const VERSION = '1.0.0'

const OWN = repositoryShape('umbrella', 'us-west-1')
/** Its name is that of the RegistryLogin too, and of the Secret. */
export const DEPENDENCY = templateShape('dependency', 'us-east-2')

/** A chart that can be pulled, with a dependency that has to be fetched elsewhere; and what deploys it. */
export async function publishUmbrella(stage: Stage): Promise<ApplicationSource> {
  await createRepository(stage, OWN.region, REPOSITORY)
  await publishChart(stage, { region: DEPENDENCY.region, repository: CHART, version: VERSION })
  const repository = `oci://${hostIn(DEPENDENCY.region)}/charts`
  const dependencies = [{ name: 'demo', version: VERSION, repository }]
  await publishChart(stage, { region: OWN.region, repository: REPOSITORY, version: VERSION, dependencies })
  return { repoURL: OWN.url, chart: REPOSITORY, targetRevision: VERSION }
}

/** Both logins are kept by an operator from now on; returns once they are there. */
export async function keepLogins(stage: Stage): Promise<void> {
  await stage.apply(defaultIntegration())
  for (const shape of [OWN, DEPENDENCY]) {
    await stage.apply(shapeByRegistryLogin(shape))
    await holding(stage, shape, () => true)
  }
}

/** AWS gives the dependency's registry no more logins; returns once the last has died. */
export async function openGap(stage: Stage): Promise<void> {
  await stage.fault({ kind: 'throttle', operation: 'GetAuthorizationToken', region: DEPENDENCY.region })
  const isDead = ({ life }: SeenSecret): boolean => (life?.expiresAt ?? Infinity) < systemClock.now()
  await holding(stage, DEPENDENCY, isDead)
}

/** AWS answers again; returns once the Secret holds a login that lives. */
export async function closeGap(stage: Stage): Promise<void> {
  await stage.clearFaults()
  const isAlive = ({ life }: SeenSecret): boolean => (life?.expiresAt ?? 0) > systemClock.now()
  await holding(stage, DEPENDENCY, isAlive)
}
