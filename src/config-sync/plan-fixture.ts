// This file is about what a repository wants, what was kept and what is there, to make plans of in tests.
import { type KeptObject, MARK_LABEL, PATH_ANNOTATION } from '../config-repo/sync-record.ts'
import type { Desired, Wanted } from './desired.ts'
import { objectKey, syncedKind } from './kinds.ts'
import type { Circumstances, Look } from './plan.ts'
import type { Seen } from './seen.ts'

export const MARK = 'aaaaaaaaaaaaaaaa'
export const COMMIT = 'c'.repeat(40)

export type SomeKind = 'EcrIntegration' | 'SealedSecret' | 'ExternalSecret'

const API: Readonly<Record<SomeKind, string>> = {
  EcrIntegration: 'everpull.dev/v1alpha1',
  SealedSecret: 'bitnami.com/v1alpha1',
  ExternalSecret: 'external-secrets.io/v1',
}

export interface Asked {
  readonly kind?: SomeKind
  readonly path?: string
  readonly digest?: string
}

/** In a folder of its own name, unless told. */
export function aDesired(
  name: string,
  { kind = 'EcrIntegration', digest = 'd1', ...rest }: Asked = {},
): Desired {
  const type = syncedKind(API[kind], kind)
  if (type === undefined) throw new Error(`${kind} is no kind that is synced`)
  const path = rest.path ?? `resources/control-planes/${name}/${kind}.yaml`
  const namespace = type.namespaced ? { namespace: 'everpull' } : {}
  return {
    key: objectKey({ ...type, ...namespace, name }),
    type,
    name,
    ...namespace,
    path,
    digest,
    labels: { [MARK_LABEL]: MARK },
    annotations: { [PATH_ANNOTATION]: path },
    spec: {},
  }
}

export const aWanted = (objects: readonly Desired[], more: Partial<Wanted> = {}): Wanted => ({
  commit: COMMIT,
  objects,
  problems: [],
  flawedPaths: new Set(),
  hasResources: true,
  ...more,
})

/** As it is remembered once it was applied. */
export function aKept(desired: Desired, more: Partial<KeptObject> = {}): KeptObject {
  const { type, name, namespace, path, digest } = desired
  return {
    group: type.group,
    version: type.version,
    kind: type.kind,
    ...(namespace === undefined ? {} : { namespace }),
    name,
    path,
    uid: `uid-${name}`,
    mark: MARK,
    digest,
    stored: 'stored',
    commit: COMMIT,
    ...more,
  }
}

/** As it is there once it was applied. */
export const aSeen = (desired: Desired, more: Partial<Seen> = {}): Seen => ({
  uid: `uid-${desired.name}`,
  mark: MARK,
  path: desired.path,
  isLeaving: false,
  labels: desired.labels,
  annotations: desired.annotations,
  stored: 'stored',
  source: `${COMMIT} ${desired.path}`,
  ...more,
})

/** Everything else is not there. */
export function around(
  there: readonly (readonly [Desired, Seen | 'unknown'])[],
  approved?: string,
): Circumstances {
  const looks = new Map<string, Look>(
    there.map(([{ key }, seen]) => [key, seen === 'unknown' ? { is: 'unknown' } : { is: 'seen', seen }]),
  )
  return { mark: MARK, approved, look: ({ key }) => looks.get(key) ?? { is: 'unseen' } }
}
