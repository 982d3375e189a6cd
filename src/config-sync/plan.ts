// This file is about what has to be done: what the repository wants, what was kept before, and what is there, compared.
//
// Guarantees: nothing is applied over an object that is not ours, by its uid in the record or by its mark. Nothing is
// deleted but what the record names, under the uid and the mark it was applied with; and nothing at all while a file
// cannot be read. More than half, or all because their folder is gone, waits for somebody to say so.
import type { HeldPruning, KeptObject } from '../config-repo/sync-record.ts'
import type { Desired, Wanted } from './desired.ts'
import { isIntegration, keptType, objectKey } from './kinds.ts'
import type { Seen } from './seen.ts'

/** What is known of an object: `unknown` where its kind has not been listed. */
export type Look =
  | { readonly is: 'seen'; readonly seen: Seen }
  | { readonly is: 'unseen' }
  | { readonly is: 'unknown' }

export type Step =
  /** Nothing of that name carries a mark: it is looked for, and made where there is nothing. */
  | { readonly is: 'make'; readonly desired: Desired; readonly before: KeptObject | undefined }
  | { readonly is: 'apply'; readonly desired: Desired; readonly uid: string; readonly commit: string }
  | { readonly is: 'delete'; readonly kept: KeptObject; readonly uid: string }
  /** Its status does not say yet where it came from. */
  | { readonly is: 'tell'; readonly kept: KeptObject; readonly uid: string }

export interface Plan {
  /** In the order in which they are to be taken. */
  readonly steps: readonly Step[]
  /** Wanted, but somebody else's. */
  readonly foreign: readonly { readonly desired: Desired; readonly because: string }[]
  /** Keys of what is neither there as it was applied, nor wanted: to be forgotten. */
  readonly gone: readonly string[]
  readonly held: HeldPruning | undefined
  /** Not wanted any more, and left for another reason. */
  readonly spared: readonly KeptObject[]
}

export interface Circumstances {
  readonly mark: string
  readonly look: (one: { readonly key: string; readonly version: string }) => Look
  /** Commit whose pruning somebody said may go on. */
  readonly approved: string | undefined
}

export function planOf(wanted: Wanted, kept: readonly KeptObject[], around: Circumstances): Plan {
  const before = new Map(kept.map((one) => [objectKey(one), one]))
  const keys = new Set(wanted.objects.map(({ key }) => key))
  const making = wanted.objects.map((desired) => wantedStep(wanted, desired, before.get(desired.key), around))
  const rest = kept
    .filter((one) => !keys.has(objectKey(one)))
    .map((one) => [one, leftover(one, around)] as const)
  const pruning = pruningOf(wanted, kept, rest, around.approved)
  return {
    steps: [
      ...making.flatMap(({ step }) => (step === undefined ? [] : [step])).toSorted(secretsFirst),
      ...pruning.steps,
    ],
    foreign: making.flatMap(({ foreign }) => (foreign === undefined ? [] : [foreign])),
    gone: rest.flatMap(([one, { is }]) => (is === 'gone' ? [objectKey(one)] : [])),
    held: pruning.held,
    spared: pruning.spared,
  }
}

interface Making {
  readonly step?: Step
  readonly foreign?: Plan['foreign'][number]
}

function wantedStep(
  { commit }: Wanted,
  desired: Desired,
  kept: KeptObject | undefined,
  { mark, look }: Circumstances,
): Making {
  const there = look({ key: desired.key, version: desired.type.version })
  if (there.is === 'unknown') return {}
  if (there.is === 'unseen') return { step: { is: 'make', desired, before: kept } }
  const { seen } = there
  if (seen.isLeaving) return {}
  if (seen.mark !== mark && (kept?.uid === undefined || kept.uid !== seen.uid)) {
    const because = 'another Git sync keeps an object of this name in line: it is left to that'
    return { foreign: { desired, because } }
  }
  if (!isAsApplied(desired, kept, seen)) return { step: { is: 'apply', desired, uid: seen.uid, commit } }
  const told = kept !== undefined && isIntegration(kept) && seen.source !== `${kept.commit} ${kept.path}`
  return told ? { step: { is: 'tell', kept, uid: seen.uid } } : {}
}

function isAsApplied(desired: Desired, kept: KeptObject | undefined, seen: Seen): boolean {
  return (
    kept !== undefined &&
    kept.uid === seen.uid &&
    kept.version === desired.type.version &&
    kept.digest === desired.digest &&
    kept.path === desired.path &&
    kept.mark === seen.mark &&
    kept.stored === seen.stored &&
    holds(seen.labels, desired.labels) &&
    holds(seen.annotations, desired.annotations)
  )
}

const holds = (all: Readonly<Record<string, string>>, some: Readonly<Record<string, string>>): boolean =>
  Object.entries(some).every(([key, value]) => all[key] === value)

/** An integration may be tested as soon as it is there: its Secret is better there before. */
const secretsFirst = (a: Step, b: Step): number => rank(a) - rank(b)

function rank(step: Step): number {
  if (step.is === 'tell') return 2
  if (step.is === 'delete') return 3
  return isIntegration(step.desired.type) ? 1 : 0
}

type Leftover =
  | { readonly is: 'ours'; readonly uid: string }
  /** It is on its way out already, or nothing is known of it. */
  | { readonly is: 'waiting' }
  | { readonly is: 'gone' }

/** What is there of an object that is wanted no more. */
function leftover(kept: KeptObject, { look }: Circumstances): Leftover {
  if (keptType(kept) === undefined) return { is: 'waiting' }
  const there = look({ key: objectKey(kept), version: kept.version })
  if (there.is === 'unknown') return { is: 'waiting' }
  // Whoever took the mark off, or made it anew, has it.
  if (there.is === 'unseen') return { is: 'gone' }
  const { uid, mark, isLeaving } = there.seen
  if (mark !== kept.mark || (kept.uid !== undefined && kept.uid !== uid)) return { is: 'gone' }
  return isLeaving ? { is: 'waiting' } : { is: 'ours', uid }
}

type Rest = readonly (readonly [KeptObject, Leftover])[]

function pruningOf(
  wanted: Wanted,
  kept: readonly KeptObject[],
  rest: Rest,
  approved: string | undefined,
): Pick<Plan, 'held' | 'spared'> & { readonly steps: readonly Step[] } {
  const ours = rest.flatMap(([one, there]) => (there.is === 'ours' ? [{ kept: one, uid: there.uid }] : []))
  const isSpared = ({ path }: KeptObject): boolean =>
    wanted.prunesNothing !== undefined || isFlawed(path, wanted.flawedPaths)
  const spared = ours.flatMap((one) => (isSpared(one.kept) ? [one.kept] : []))
  const pruned = ours.filter((one) => !isSpared(one.kept))
  const present = rest.filter(([, there]) => there.is !== 'gone').map(([one]) => one)
  const all = kept.length - (rest.length - present.length)
  const held = approved === wanted.commit ? undefined : holdOn(wanted, pruned.length, all)
  if (held !== undefined) return { steps: [], held, spared }
  return {
    steps: pruned.filter((one) => !isNeededBy(one.kept, present)).map((one) => ({ is: 'delete', ...one })),
    held: undefined,
    spared,
  }
}

/** A link or a submodule stands where a whole folder stood. */
const isFlawed = (path: string, flawed: ReadonlySet<string>): boolean =>
  flawed.has(path) || [...flawed].some((one) => path.startsWith(`${one}/`))

function holdOn({ commit, hasResources }: Wanted, count: number, all: number): HeldPruning | undefined {
  if (count === 0) return undefined
  if (count * 2 <= all && hasResources) return undefined
  const what = hasResources
    ? `${count} of ${all} objects are in the repository no more`
    : `the folder resources/ is in the repository no more, and with it ${count} of ${all} objects`
  return { commit, count, because: `${what}: they stay until somebody says that it is meant so` }
}

/** An integration that is in use goes when nobody uses it any more; until then its Secret is needed. */
const isNeededBy = (kept: KeptObject, present: readonly KeptObject[]): boolean =>
  !isIntegration(kept) &&
  present.some((other) => isIntegration(other) && folderOf(other.path) === folderOf(kept.path))

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1)
