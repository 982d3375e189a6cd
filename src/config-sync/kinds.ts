// This file is about the kinds that a repository may bring into the cluster, and nothing else it may.
import type { ResourceType } from '../kube/resource.ts'

export interface SyncedKind {
  readonly group: string
  readonly kind: string
  readonly plural: string
  /** Outside of namespaces; the others go into the operator's own. */
  readonly isClusterScoped: boolean
  readonly versions: RegExp
}

export const ECR_INTEGRATION: SyncedKind = {
  group: 'everpull.dev',
  kind: 'EcrIntegration',
  plural: 'ecrintegrations',
  isClusterScoped: true,
  versions: /^v1alpha1$/,
}

const SEALED_SECRET: SyncedKind = {
  group: 'bitnami.com',
  kind: 'SealedSecret',
  plural: 'sealedsecrets',
  isClusterScoped: false,
  versions: /^v1alpha1$/,
}

const EXTERNAL_SECRET: SyncedKind = {
  group: 'external-secrets.io',
  kind: 'ExternalSecret',
  plural: 'externalsecrets',
  isClusterScoped: false,
  versions: /^v1((alpha|beta)[1-9][0-9]*)?$/,
}

export const SYNCED_KINDS: readonly SyncedKind[] = [SEALED_SECRET, EXTERNAL_SECRET, ECR_INTEGRATION]

/** Undefined: not for us to apply. */
export function syncedKind(apiVersion: string, kind: string): ResourceType | undefined {
  const [group = '', version = ''] = apiVersion.split('/')
  const found = SYNCED_KINDS.find(
    (one) => one.group === group && one.kind === kind && one.versions.test(version),
  )
  return found === undefined ? undefined : typeOf(found, version)
}

/** Of what was written down; undefined where it was written by something newer. */
export function keptType(kept: { readonly group: string; readonly version: string; readonly kind: string }) {
  return syncedKind(`${kept.group}/${kept.version}`, kept.kind)
}

const typeOf = ({ group, kind, plural, isClusterScoped }: SyncedKind, version: string): ResourceType => ({
  group,
  version,
  plural,
  kind,
  namespaced: !isClusterScoped,
})

export const isIntegration = ({ group, kind }: Pick<ResourceType, 'group' | 'kind'>): boolean =>
  group === ECR_INTEGRATION.group && kind === ECR_INTEGRATION.kind

/** One spelling per object, whichever version it is written in. */
export const objectKey = (one: {
  readonly group: string
  readonly kind: string
  readonly namespace?: string | undefined
  readonly name: string
}): string => `${one.kind}.${one.group}/${one.namespace ?? ''}/${one.name}`
