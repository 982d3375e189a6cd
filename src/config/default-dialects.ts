// This file is about which dialects are served where nobody names any.
import { DIALECT_NAMES, type DialectName } from '../model/dialect-name.ts'

export const ARGOCD_NAMESPACE = 'argocd'

interface Scope {
  /** Empty: all. */
  readonly namespaces: readonly string[]
  readonly driftWatch: boolean
  /** As said; undefined where nobody said it. */
  readonly argocdNamespace: string | undefined
}

/**
 * All, save that labelled Secrets of Argo CD are left alone where they would take a Role in a namespace that nobody
 * named: there may be no such namespace, and nobody asked for it.
 */
export function dialectsByDefault({
  namespaces,
  driftWatch,
  argocdNamespace,
}: Scope): readonly DialectName[] {
  const isWithin = namespaces.length === 0 ? driftWatch : namespaces.includes(ARGOCD_NAMESPACE)
  return isWithin || argocdNamespace !== undefined
    ? DIALECT_NAMES
    : DIALECT_NAMES.filter((name) => name !== 'argocd')
}
