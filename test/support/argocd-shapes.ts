// This file is about the three shapes in which Argo CD takes a login for ECR, and the source that each is for.
import { externalSecret, generator, together } from './orders.ts'
import type { ApplicationSource } from './argocd-manifests.ts'
import { hostIn } from './argocd-charts.ts'
import { ARGOCD_NAMESPACE } from './argocd-processes.ts'

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

const repositoryHost = hostIn('us-west-1')
const templateHost = hostIn('us-east-2')
const ociHost = hostIn('eu-central-1')

export const SHAPES: readonly Shape[] = [
  {
    name: 'repository',
    region: 'us-west-1',
    kind: 'repository',
    type: 'helm',
    url: repositoryHost,
    source: (version) => ({ repoURL: repositoryHost, chart: CHART, targetRevision: version }),
  },
  {
    name: 'template',
    region: 'us-east-2',
    kind: 'repo-creds',
    type: 'helm',
    url: templateHost,
    // A range: which version is meant is asked of the registry, with the login, each time.
    source: () => ({ repoURL: `${templateHost}/charts`, chart: 'demo', targetRevision: '>=1.0.0' }),
  },
  {
    name: 'native-oci',
    region: 'eu-central-1',
    kind: 'repository',
    type: 'oci',
    url: `oci://${ociHost}/${CHART}`,
    source: (version) => ({ repoURL: `oci://${ociHost}/${CHART}`, path: '.', targetRevision: version }),
  },
]

const labelsOf = ({ kind }: Shape): Readonly<Record<string, string>> => ({
  'argocd.argoproj.io/secret-type': kind,
})

const fieldsOf = ({ url, type }: Shape): Readonly<Record<string, string>> => ({
  url,
  type,
  ...(type === 'helm' && { enableOCI: 'true' }),
})

/** The shape's Secret as somebody writes it by hand. */
export const repositorySecret = (shape: Shape, login: { username: string; password: string }): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: ARGOCD_NAMESPACE, name: shape.name, labels: labelsOf(shape) },
    stringData: { ...fieldsOf(shape), ...login },
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
