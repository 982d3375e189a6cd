// This file is about where in the repository an integration lies, and whom that means it for.
import type { IntegrationFolder, Placement } from './tree.ts'

const ROOTS = {
  all: 'resources/all-runtimes-all-clusters',
  'control-planes': 'resources/control-planes',
} as const
const RUNTIMES = 'resources/runtimes'

/** The folder of an integration, without a slash at its end. */
export const folderOf = (placement: Placement, name: string): string => `${rootOf(placement)}/${name}`

const rootOf = (placement: Placement): string =>
  placement.is === 'runtime' ? `${RUNTIMES}/${placement.runtime}` : ROOTS[placement.is]

export interface Place {
  readonly placement: Placement
  /** Empty: the file lies beside the folders, in none of them. */
  readonly name: string
}

/** Where a file lies; undefined where no integrations are kept. */
export function placeOf(path: string): Place | undefined {
  const parts = path.split('/')
  for (const is of ['all', 'control-planes'] as const) {
    if (path.startsWith(`${ROOTS[is]}/`))
      return { placement: { is }, name: parts.length > 3 ? (parts[2] ?? '') : '' }
  }
  if (!path.startsWith(`${RUNTIMES}/`)) return undefined
  const runtime = parts.length > 3 ? parts[2] : undefined
  if (runtime === undefined) return { placement: { is: 'runtime', runtime: '' }, name: '' }
  return { placement: { is: 'runtime', runtime }, name: parts.length > 4 ? (parts[3] ?? '') : '' }
}

export const isMeantFor = ({ placement }: Pick<IntegrationFolder, 'placement'>, runtime: string): boolean =>
  placement.is !== 'runtime' || placement.runtime === runtime

/** Whether some runtime gets both. */
export const doMeet = (a: Placement, b: Placement): boolean =>
  a.is !== 'runtime' || b.is !== 'runtime' || a.runtime === b.runtime

/** The namespaces of Kubernetes have the same rule: what operators and runtimes are called. */
export const isDnsLabel = (name: string): boolean => /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name)
