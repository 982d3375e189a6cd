// This file is about what a commit wants of the cluster that one runtime looks after, and what of it cannot be used.
import { forRuntime, judge } from '../config-repo/judge.ts'
import {
  MARK_LABEL,
  LARGEST_RECORD,
  objectDigest,
  PATH_ANNOTATION,
  recordedSize,
  type SyncProblem,
} from '../config-repo/sync-record.ts'
import type { ConfigTree, IntegrationFolder, PlacedObject } from '../config-repo/tree.ts'
import type { ResourceType } from '../kube/resource.ts'
import { admit, type Bounds } from './admission.ts'
import { isIntegration, objectKey } from './kinds.ts'

/** One object as it is to be. */
export interface Desired {
  readonly key: string
  readonly type: ResourceType
  readonly name: string
  readonly namespace?: string
  readonly path: string
  /** Of the object as written. */
  readonly digest: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly spec: object
}

export interface Wanted {
  readonly commit: string
  readonly objects: readonly Desired[]
  readonly problems: readonly SyncProblem[]
  /** Files of which it is not known what they would say: what came from them stays. */
  readonly flawedPaths: ReadonlySet<string>
  /** Why nothing may be pruned at all; absent: it may. */
  readonly prunesNothing?: string
  /** Whether the folder of all resources is there; where it is gone, somebody has to say that it was meant. */
  readonly hasResources: boolean
}

export interface Place extends Bounds {
  readonly runtime: string
  readonly mark: string
}

export function wantedOf(tree: ConfigTree, commit: string, place: Place): Wanted {
  const problems: SyncProblem[] = tree.flaws.map(({ path, because }) => ({ path, because }))
  const objects: Desired[] = []
  for (const folder of acceptedFolders(tree, place.runtime, problems)) {
    for (const one of folder.objects) {
      const read = desiredOf(one, folder, place)
      if ('because' in read) problems.push(read)
      else objects.push(read)
    }
  }
  const kept = withoutSurplus(withoutDoubles(objects, problems), problems)
  const unparsable = tree.flaws.find(({ is }) => is === 'unparsable')
  return {
    commit,
    objects: kept,
    problems,
    flawedPaths: new Set(problems.map(({ path }) => path)),
    hasResources: tree.hasResources,
    ...(unparsable === undefined
      ? {}
      : { prunesNothing: `nothing is pruned while ${unparsable.path} cannot be read` }),
  }
}

/** What the rules forbid other runtimes is not our business. */
function acceptedFolders(
  tree: ConfigTree,
  runtime: string,
  problems: SyncProblem[],
): readonly IntegrationFolder[] {
  const integrations = forRuntime(tree, runtime)
  const runtimes = tree.runtimes.filter(({ name }) => name === runtime)
  const refused = judge({ ...tree, integrations, runtimes }).filter(({ is }) => is === 'refused')
  for (const { folder, because } of refused) problems.push({ path: folder, because })
  const without = new Set(refused.map(({ folder }) => folder))
  return integrations.filter(({ folder }) => !without.has(folder))
}

function desiredOf(
  { object, path }: PlacedObject,
  { placement }: IntegrationFolder,
  place: Place,
): Desired | SyncProblem {
  const read = admit(object, place)
  if (read.is === 'refused') return { path, because: read.because }
  const { type, name, namespace, labels, annotations, spec } = read
  return {
    key: objectKey({ ...type, name, namespace }),
    type,
    name,
    ...(namespace === undefined ? {} : { namespace }),
    path,
    digest: objectDigest(object),
    labels: { ...labels, [MARK_LABEL]: place.mark },
    annotations: { ...annotations, [PATH_ANNOTATION]: path },
    spec: isIntegration(type) && placement.is === 'runtime' ? meantFor(spec, placement.runtime) : spec,
  }
}

/** The folder decides whom it is for: others in the same cluster are told so. */
const meantFor = (spec: object, runtime: string): object =>
  'runtimes' in spec ? spec : { ...spec, runtimes: { policy: 'Selected', names: [runtime] } }

/** What cannot be written down cannot be kept in line. */
function withoutSurplus(objects: readonly Desired[], problems: SyncProblem[]): readonly Desired[] {
  let left = LARGEST_RECORD
  return objects.filter((one) => {
    left -= recordedSize(one)
    if (left >= 0) return true
    problems.push({ path: one.path, because: 'there are more objects than the record has room for' })
    return false
  })
}

/** Two files that want the same object otherwise: neither is applied, and what is there stays. */
function withoutDoubles(objects: readonly Desired[], problems: SyncProblem[]): readonly Desired[] {
  return [...Map.groupBy(objects, ({ key }) => key).values()].flatMap((same) => {
    const [first] = same
    if (first === undefined) return []
    if (same.length === 1) return [first]
    const paths = same.map(({ path }) => path)
    for (const path of new Set(paths)) {
      const others = paths.filter((other) => other !== path).join(', ') || 'the same file'
      problems.push({ path, because: `${first.type.kind} ${first.name} stands in ${others} as well` })
    }
    return []
  })
}
