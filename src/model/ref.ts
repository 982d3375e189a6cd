// This file is about naming Kubernetes objects.

/** Names one object; `namespace` is empty for cluster-scoped kinds. Versions are left out: one object has many. */
export interface Ref {
  readonly group: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

/** Names one core v1 Secret. */
export interface SecretRef {
  readonly namespace: string
  readonly name: string
}

/** One text per object, fit for a Map key: "group/kind/namespace/name". */
export const refKey = (ref: Ref): string => `${ref.group}/${ref.kind}/${ref.namespace}/${ref.name}`

/** As equal texts by `refKey`, without making them. */
export const isSameRef = (a: Ref, b: Ref): boolean =>
  a === b || (a.name === b.name && a.namespace === b.namespace && a.kind === b.kind && a.group === b.group)

export const secretKey = (ref: SecretRef): string => `${ref.namespace}/${ref.name}`

/** How people write it: "ExternalSecret argocd/repo-1", "ClusterGenerator ecr". */
export const refText = (ref: Ref): string =>
  `${ref.kind} ${ref.namespace === '' ? ref.name : `${ref.namespace}/${ref.name}`}`

export const secretAsRef = (ref: SecretRef): Ref => ({ group: '', kind: 'Secret', ...ref })
