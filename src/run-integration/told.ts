// This file is about telling of integrations: what the repository says, beside what the cluster makes of it.
import type { ConfigTree, WrittenObject } from '../config-repo/tree.ts'
import type {
  IntegrationAccess,
  IntegrationSettings,
  IntegrationTold,
} from '../operator/commands/integrations.ts'
import type { IntegrationShown } from '../operator/commands/kept-integrations.ts'
import {
  type ClusterView,
  conditionsIn,
  healthOf,
  type StoredIntegration,
  stepsIn,
  usersIn,
} from './cluster-view.ts'
import { formOf } from './form-object.ts'
import { integrationIn, runtimesOf } from './kept-repository.ts'
import { standingOf } from './sync-standing.ts'

/** A repository as it stands at a commit. */
export interface Compared {
  readonly tree: ConfigTree
  readonly commit: string
}

/** By name, those of the cluster and those of the repository together. */
export function namesOf({ integrations }: ClusterView, compared: Compared | undefined): readonly string[] {
  const kept = compared?.tree.integrations.filter((one) => integrationIn(one) !== undefined) ?? []
  return [
    ...new Set([...integrations.map(({ metadata }) => metadata.name), ...kept.map(({ name }) => name)]),
  ].toSorted()
}

const MODES = { role: 'IAM role', 'access-key': 'access key', ambient: 'ambient' } as const

export function toldOf(view: ClusterView, compared: Compared | undefined, name: string): IntegrationTold {
  const stored = view.integrations.find(({ metadata }) => metadata.name === name)
  const form = formFor(stored, compared, name)
  const lastTestedAt = stored?.status?.lastTestedAt
  return {
    name,
    mode: MODES[form.access.is],
    region: form.region,
    runtimes: form.runtimes.is === 'all' ? [] : form.runtimes.names,
    ...syncOf(view, compared, name),
    health: healthOf(stored, view.unknown, view.complaints?.get(name)),
    ...(lastTestedAt === undefined ? {} : { lastTestedAt }),
    usedBy: usersIn(stored),
  }
}

/** What is meant to be stands in the repository; without one, what is. */
function formFor(
  stored: StoredIntegration | undefined,
  compared: Compared | undefined,
  name: string,
): IntegrationSettings {
  const folders = compared?.tree.integrations.filter((one) => one.name === name) ?? []
  const [written] = folders.flatMap((one) => integrationIn(one) ?? [])
  if (written !== undefined) return formOf(written, runtimesOf(folders))
  const object: WrittenObject = stored ?? { apiVersion: '', kind: '', metadata: { name } }
  return formOf(object, runtimesIn(stored))
}

function runtimesIn(stored: StoredIntegration | undefined): IntegrationSettings['runtimes'] {
  const { runtimes } = (stored?.['spec'] ?? {}) as {
    readonly runtimes?: { readonly policy?: string; readonly names?: readonly string[] }
  }
  return runtimes?.policy === 'Selected' ? { is: 'selected', names: runtimes.names ?? [] } : { is: 'all' }
}

function syncOf(
  view: ClusterView,
  compared: Compared | undefined,
  name: string,
): Pick<IntegrationTold, 'sync' | 'syncNote'> {
  if (compared === undefined) return syncByRecord(view, name)
  const folders = compared.tree.integrations.filter(
    (one) => one.name === name && integrationIn(one) !== undefined,
  )
  const { state, note } = standingOf(view, folders, compared.commit)
  const complaint = view.complaints?.get(name)
  if (state === 'synced' && complaint !== undefined) return { sync: 'out-of-sync', syncNote: complaint }
  return { sync: state, ...(note === undefined ? {} : { syncNote: note }) }
}

/** What the cluster knows by itself: whether its sync keeps it. */
function syncByRecord(
  { record, complaints }: ClusterView,
  name: string,
): Pick<IntegrationTold, 'sync' | 'syncNote'> {
  if (record === undefined) return { sync: 'unknown', syncNote: 'no repository was named to compare with' }
  const kept = record.objects.find((one) => one.kind === 'EcrIntegration' && one.name === name)
  if (kept === undefined) return { sync: 'unknown', syncNote: 'it is not from the repository that is synced' }
  const problem = record.problems.find(({ path }) => path === kept.path)
  if (problem !== undefined) return { sync: 'out-of-sync', syncNote: problem.because }
  if (record.failure !== undefined) return { sync: 'unknown', syncNote: record.failure.message }
  const complaint = complaints?.get(name)
  if (complaint !== undefined) return { sync: 'out-of-sync', syncNote: complaint }
  return { sync: kept.uid === undefined ? 'syncing' : 'synced' }
}

export function shownOf(view: ClusterView, compared: Compared | undefined, name: string): IntegrationShown {
  const stored = view.integrations.find(({ metadata }) => metadata.name === name)
  const form = formFor(stored, compared, name)
  const as = asText(form.access)
  const arn = stored?.status?.identity?.arn
  const folders = compared?.tree.integrations.filter((one) => one.name === name) ?? []
  return {
    ...toldOf(view, compared, name),
    ...(as === undefined || as === '' ? {} : { as }),
    ...(arn === undefined ? {} : { arn }),
    registries: form.registries,
    namespaces: form.namespaces ?? [],
    files: [...new Set(folders.flatMap(({ objects }) => objects.map(({ path }) => path)))].toSorted(),
    conditions: conditionsIn(stored),
    steps: stepsIn(stored),
  }
}

function asText(access: IntegrationAccess): string | undefined {
  switch (access.is) {
    case 'role':
      return access.role
    case 'access-key':
      return access.accessKeyId
    case 'ambient':
      return undefined
  }
}
