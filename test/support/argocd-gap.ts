// This file is about a gap in a login that makes Argo CD pause: of a registry that only a chart's dependency comes from.
import type { ApplicationSource } from './argocd-manifests.ts'
import { createRepository, hostIn, publishChart } from './argocd-charts.ts'
import { ARGOCD_NAMESPACE } from './argocd-processes.ts'
import { CHART, repositorySecret, type Shape, shapeByExternalSecret, SHAPES } from './argocd-shapes.ts'
import type { Stage } from './stage.ts'

/** Names the chart, and the Application that deploys it. */
export const UMBRELLA = 'umbrella'
const REPOSITORY = `charts/${UMBRELLA}`
const VERSION = '1.0.0'

const shapeNamed = (name: string): Shape => {
  const shape = SHAPES.find((shape) => shape.name === name)
  if (shape === undefined) throw new Error(`no shape ${name}`)
  return shape
}
const OWN = shapeNamed('repository')
const DEPENDENCY = shapeNamed('template')

/** A chart that can be pulled, with a dependency that has to be fetched elsewhere; and what deploys it. */
export async function publishUmbrella(stage: Stage): Promise<ApplicationSource> {
  await createRepository(stage, OWN.region, REPOSITORY)
  await publishChart(stage, { region: DEPENDENCY.region, repository: CHART, version: VERSION })
  const repository = `oci://${hostIn(DEPENDENCY.region)}/charts`
  const dependencies = [{ name: 'demo', version: VERSION, repository }]
  await publishChart(stage, { region: OWN.region, repository: REPOSITORY, version: VERSION, dependencies })
  return { repoURL: OWN.url, chart: REPOSITORY, targetRevision: VERSION }
}

/** The chart's own login is kept by an operator from now on; the dependency's is dead. */
export async function gapIn(stage: Stage): Promise<void> {
  await stage.apply(repositorySecret(DEPENDENCY, { username: 'AWS', password: 'an-old-password' }))
  await stage.apply(shapeByExternalSecret(OWN))
  await stage.secretWhere(
    ARGOCD_NAMESPACE,
    OWN.name,
    'holds a login',
    ({ data }) => data['username'] === 'AWS',
  )
}

/** The dependency's login is kept too; returns once it is there. */
export async function healGap(stage: Stage): Promise<void> {
  await stage.kubectl('delete', 'secret', DEPENDENCY.name, '-n', ARGOCD_NAMESPACE)
  await stage.apply(shapeByExternalSecret(DEPENDENCY))
  await stage.secretWhere(ARGOCD_NAMESPACE, DEPENDENCY.name, 'holds a login', () => true)
}
