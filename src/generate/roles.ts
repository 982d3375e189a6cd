// This file is about the roles that rights are given by: which are one, and which may be left out.
import type { Access, AccessOptions, RoleName } from './access.ts'

/** What is lost without it. The others are applied as printed, or the operator is run with other options. */
export const OPTIONAL: Partial<Readonly<Record<RoleName, string>>> = {
  'cluster-scoped': 'May be left out: then kinds outside of namespaces are not served.',
  argocd: 'May be left out: then labelled Secrets of Argo CD are not refreshed.',
  'argocd-nudge': 'May be left out: then Applications that paused stay so, for an hour at most.',
  'token-endpoint': 'May be left out: then the token endpoint takes no tokens of service accounts.',
  'left-finalizers':
    'May be left out where no finalizer "externalsecrets.external-secrets.io/ces-…" is on a namespace: nothing else is done with it.',
}

/** Roles of their own even where others are cluster-wide too. */
const APART: ReadonlySet<RoleName> = new Set(['left-finalizers', 'config-repo', 'token-endpoint'])

type Options = Pick<AccessOptions, 'namespaces'>
type Given = Pick<Access, 'role' | 'namespace'>

/**
 * Whether it is part of the main role of its place. Cluster-wide, reading cluster-scoped objects is no right of its own
 * worth leaving out: one ClusterRole has it all.
 */
export const isMain = ({ namespaces }: Options, { role, namespace }: Given): boolean =>
  role === 'serving' || (namespaces.length === 0 && namespace === undefined && !APART.has(role))

/** Whether it is there wherever the operator runs with these options. */
export const isSure = (options: Options, given: Given): boolean =>
  isMain(options, given) || OPTIONAL[given.role] === undefined
