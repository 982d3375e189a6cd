// This file is about what has to be done so that an order's children are as ordered (pure).
import { canonicalJson } from '../base/canonical-json.ts'
import { parseDuration } from '../base/duration.ts'
import { isSameMap } from '../base/text-map.ts'
import type { Manifest } from '../model/child.ts'
import type { Orderer } from '../model/delivery.ts'
import { controllerIn, isOrderer } from '../model/owner.ts'
import { refKey } from '../model/ref.ts'
import type { Resource } from '../model/resource.ts'

export type ChildStep =
  | { readonly is: 'create'; readonly manifest: Manifest }
  | { readonly is: 'update'; readonly manifest: Manifest; readonly child: Resource }
  /** It is as ordered, save that it has more than was said: defaults of the API server, or what was said before. */
  | { readonly is: 'confirm'; readonly manifest: Manifest; readonly child: Resource }
  | { readonly is: 'keep'; readonly manifest: Manifest; readonly child: Resource }
  | { readonly is: 'refuse'; readonly manifest: Manifest }

/** What was made of the specs ordered: all children of an order share one. */
export type Essences = WeakMap<object, string>

export function stepFor(
  by: Orderer,
  manifest: Manifest,
  child: Resource | undefined,
  known: Essences,
): ChildStep {
  if (child === undefined) return { is: 'create', manifest }
  if (!isOrderer(by.ref, controllerIn(child.owners))) return { is: 'refuse', manifest }
  // It goes by itself, and is made anew when it is gone.
  if (child.deletingSince !== undefined) return { is: 'keep', manifest, child }
  const isRight =
    isSameMap(manifest.labels, child.labels) &&
    isSameMap(manifest.annotations, child.annotations) &&
    controllerIn(child.owners)?.uid === by.uid
  const likeness = isRight ? compare(manifest, child.spec, known) : 'other'
  switch (likeness) {
    case 'same':
      return { is: 'keep', manifest, child }
    case 'more':
      return { is: 'confirm', manifest, child }
    case 'other':
      return { is: 'update', manifest, child }
  }
}

/** What the orderer controls and does not order any more. */
export function surplus(owned: readonly Resource[], wanted: readonly Manifest[]): readonly Resource[] {
  const keys = new Set(wanted.map(({ ref }) => refKey(ref)))
  return owned.filter(({ ref, deletingSince }) => deletingSince === undefined && !keys.has(refKey(ref)))
}

function compare(
  { spec, filled = spec, durations = [] }: Manifest,
  found: unknown,
  known: Essences,
): 'same' | 'more' | 'other' {
  const is = essence(found, durations)
  if (is === knownEssence(spec, durations, known)) return 'same'
  if (is === knownEssence(filled, durations, known)) return 'same'
  return covers(plain(found, durations), plain(spec, durations)) ? 'more' : 'other'
}

function knownEssence(spec: unknown, durations: readonly string[], known: Essences): string {
  if (!isObject(spec)) return essence(spec, durations)
  const text = known.get(spec) ?? essence(spec, durations)
  known.set(spec, text)
  return text
}

const essence = (spec: unknown, durations: readonly string[]): string => canonicalJson(plain(spec, durations))

type Json = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Without what says nothing: empty objects and lists come and go as APIs are read and written by others. */
function plain(spec: unknown, durations: readonly string[]): unknown {
  const bare = pruned(spec)
  if (!isObject(bare)) return bare
  const known = durations.flatMap((name) => {
    const length = parseDuration(String(bare[name]))
    return length === undefined ? [] : [[name, length] as const]
  })
  return { ...bare, ...Object.fromEntries(known) }
}

function pruned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((member) => pruned(member) ?? null)
  if (!isObject(value)) return value
  const members = Object.entries(value)
    .map(([name, member]) => [name, pruned(member)] as const)
    .filter(([, member]) => !isEmpty(member))
  return Object.fromEntries(members)
}

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0)

/** Whether `there` says all that `wanted` says. */
function covers(there: unknown, wanted: unknown): boolean {
  if (wanted === undefined) return true
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(there) &&
      there.length === wanted.length &&
      wanted.every((member, i) => covers(there[i], member))
    )
  }
  if (!isObject(wanted)) return there === wanted
  return isObject(there) && Object.entries(wanted).every(([name, member]) => covers(there[name], member))
}
