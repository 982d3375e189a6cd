// This file is about Secrets as Argo CD knows them, labelled so that somebody keeps their login fresh.
import type { Place } from './orders.ts'

export interface LabelledSecret extends Place {
  readonly url: string
  /** What Argo CD takes it for. */
  readonly kind?: string
  /** The label that consents. */
  readonly optIn?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  /** Data beside what Argo CD needs. */
  readonly more?: Readonly<Record<string, string>>
}

const OURS = { 'everpull.dev/argocd': 'enabled' }

/** One for charts, without a login unless it is given one. */
export const labelledSecret = (asked: LabelledSecret): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      namespace: asked.namespace,
      name: asked.name,
      labels: { 'argocd.argoproj.io/secret-type': asked.kind ?? 'repository', ...(asked.optIn ?? OURS) },
      annotations: asked.annotations ?? {},
    },
    stringData: { url: asked.url, type: 'helm', enableOCI: 'true', ...asked.more },
  })

/** The operator's own identity for these namespaces, unless `spec` says otherwise. */
export const sharedIntegration = (
  name: string,
  namespaces: readonly string[],
  spec: Readonly<Record<string, unknown>> = {},
): string =>
  JSON.stringify({
    apiVersion: 'everpull.dev/v1alpha1',
    kind: 'EcrIntegration',
    metadata: { name },
    spec: {
      region: 'us-east-2',
      auth: { ambient: {} },
      sharing: { namespaces: { names: namespaces } },
      ...spec,
    },
  })
