// This file is about who owns which field of an object, as managedFields tells it.
import type { ManagedFieldsEntry } from './resource.ts'

type FieldSet = Readonly<Record<string, unknown>>

/** The names of the members below `path` that an entry owns, as in `ownedKeys(entry, 'data')`. */
export function ownedKeys(entry: ManagedFieldsEntry, ...path: readonly string[]): readonly string[] {
  let set: unknown = entry.fieldsV1
  for (const step of path) set = (set as FieldSet | undefined)?.[`f:${step}`]
  if (typeof set !== 'object' || set === null) return []
  // "." is the set itself; "k:" and "v:" name list items.
  return Object.keys(set).flatMap((member) => (member.startsWith('f:') ? [member.slice(2)] : []))
}
