// This file is about how far ClusterExternalSecrets are served: every field of their own, and what becomes of it.
import type { Coverage } from '../coverage.ts'

const honoured = (path: string, note?: string): Coverage =>
  note === undefined ? { path, standing: 'honoured' } : { path, standing: 'honoured', note }

export const CLUSTER_EXTERNAL_SECRET_COVERAGE: readonly Coverage[] = [
  honoured(
    'spec.externalSecretSpec',
    'as the spec of an ExternalSecret, whose fields it has; what may not be said there may not be said here',
  ),
  honoured('spec.externalSecretName'),
  honoured('spec.externalSecretMetadata.labels'),
  honoured('spec.externalSecretMetadata.annotations'),
  ...['spec.namespaceSelectors[]', 'spec.namespaceSelector'].flatMap((selector) => [
    honoured(`${selector}.matchLabels`),
    honoured(`${selector}.matchExpressions[].key`),
    honoured(`${selector}.matchExpressions[].operator`),
    honoured(`${selector}.matchExpressions[].values`),
  ]),
  honoured('spec.namespaces'),
  honoured(
    'spec.refreshTime',
    'at least a minute, and at least the refreshInterval of the ExternalSecrets; changes are noticed at once in any case',
  ),
]
