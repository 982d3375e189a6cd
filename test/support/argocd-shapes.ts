// This file is about the four shapes in which Argo CD takes a login for ECR, and the source that each is for.
import { readSecret, type SeenSecret } from '../../demo/seen-secret.ts'
import { externalSecret, generator, together } from './orders.ts'
import type { ApplicationSource } from './argocd-manifests.ts'
import { hostIn } from './argocd-charts.ts'
import { ARGOCD_NAMESPACE } from './argocd-processes.ts'
import { eventually } from './eventually.ts'
import type { Stage } from './stage.ts'

/** Until a login has died, and until one has come again, on a machine that is busy. */
const LIMIT_MS = 180_000

export interface Shape {
  /** Names the Secret and the Application. */
  readonly name: string
  /** One of its own, so that no other shape's login could serve it. */
  readonly region: string
  readonly kind: 'repository' | 'repo-creds'
  readonly type: 'helm' | 'oci'
  readonly url: string
  /** What the Application asks for, given the version it should run. */
  source(version: string): ApplicationSource
}

/** Where the charts of all shapes lie below their hosts. */
export const CHART = 'charts/demo'

/** One repository of Helm charts: its host without a scheme. */
export function repositoryShape(name: string, region: string): Shape {
  const url = hostIn(region)
  const source = (version: string): ApplicationSource => ({
    repoURL: url,
    chart: CHART,
    targetRevision: version,
  })
  return { name, region, kind: 'repository', type: 'helm', url, source }
}

/** For every repository of Helm charts that begins with the host. */
export function templateShape(name: string, region: string): Shape {
  const url = hostIn(region)
  // A range: which version is meant is asked of the registry, with the login, each time.
  const source = (): ApplicationSource => ({
    repoURL: `${url}/charts`,
    chart: 'demo',
    targetRevision: '>=1.0.0',
  })
  return { name, region, kind: 'repo-creds', type: 'helm', url, source }
}

/** One repository as Argo CD itself reads it, without helm. */
export function ociShape(name: string, region: string): Shape {
  const url = `oci://${hostIn(region)}/${CHART}`
  const source = (version: string): ApplicationSource => ({
    repoURL: url,
    path: '.',
    targetRevision: version,
  })
  return { name, region, kind: 'repository', type: 'oci', url, source }
}

/** For every repository below the host that Argo CD itself reads. */
export function ociTemplateShape(name: string, region: string): Shape {
  const url = `oci://${hostIn(region)}`
  return { ...ociShape(name, region), kind: 'repo-creds', url }
}

const labelsOf = ({ kind }: Shape): Readonly<Record<string, string>> => ({
  'argocd.argoproj.io/secret-type': kind,
})

const fieldsOf = ({ url, type }: Shape): Readonly<Record<string, string>> => ({
  url,
  type,
  ...(type === 'helm' && { enableOCI: 'true' }),
})

/** The shape's Secret, made and kept by an ExternalSecret with the operator's own identity. */
export function shapeByExternalSecret(shape: Shape): string {
  const { name, region } = shape
  const place = { namespace: ARGOCD_NAMESPACE, name }
  const data = { ...fieldsOf(shape), username: '{{ .username }}', password: '{{ .password }}' }
  const template = { metadata: { labels: labelsOf(shape) }, data }
  return together(
    generator(place, { region }),
    externalSecret({ ...place, generator: name, target: { name, template } }),
  )
}

/** The shape's Secret, made and kept by a RegistryLogin with the default integration. */
export const shapeByRegistryLogin = ({ name, region, kind, type, url }: Shape): string =>
  JSON.stringify({
    apiVersion: 'everpull.dev/v1alpha1',
    kind: 'RegistryLogin',
    metadata: { namespace: ARGOCD_NAMESPACE, name },
    spec: {
      registries: [{ host: hostIn(region) }],
      outputs: [{ secretName: name, argocd: { kind, type, url } }],
    },
  })

/** The operator's own identity, for everything in Argo CD's namespace. */
export const defaultIntegration = (): string =>
  JSON.stringify({
    apiVersion: 'everpull.dev/v1alpha1',
    kind: 'EcrIntegration',
    metadata: { name: 'default' },
    spec: {
      region: 'us-west-1',
      auth: { ambient: {} },
      sharing: { namespaces: { names: [ARGOCD_NAMESPACE] } },
    },
  })

/** The shape's Secret, made by hand as for the ArgoCD ECR Updater, and kept because of its label. */
export const shapeByLabel = (shape: Shape): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      namespace: ARGOCD_NAMESPACE,
      name: shape.name,
      labels: { ...labelsOf(shape), 'argocd-ecr-updater': 'enabled' },
    },
    stringData: fieldsOf(shape),
  })

/** What the shape's Secret holds, once it is as wanted. */
export const holding = (
  stage: Stage,
  { name }: Shape,
  isRight: (seen: SeenSecret) => boolean,
): Promise<SeenSecret> =>
  eventually(
    `Secret ${name} holds a login as wanted`,
    async () => {
      const { admin } = stage.sandbox.controlPlane
      const seen = await readSecret(admin, { namespace: ARGOCD_NAMESPACE, name })
      return seen?.life !== undefined && isRight(seen) ? seen : undefined
    },
    LIMIT_MS,
  )
