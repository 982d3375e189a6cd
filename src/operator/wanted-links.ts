// This file is about who wants links in which namespace, so that an account that changes brings back nobody else.
import type { Link } from '../model/link.ts'
import { type Ref, refKey } from '../model/ref.ts'
import { type Account, concerns, linkChange, wantedOf } from './account-links.ts'

interface Wanted {
  readonly by: Ref
  readonly links: readonly Link[]
}

export class WantedLinks {
  /** By orderer. */
  readonly #wanted = new Map<string, Wanted>()
  /** Orderers, by namespace that they link in. */
  readonly #linking = new Map<string, Set<string>>()

  /** All that an orderer wants from now on. */
  state(by: Ref, links: readonly Link[]): void {
    const key = refKey(by)
    for (const namespace of placesOf(this.#wanted.get(key)?.links ?? [])) {
      const linking = this.#linking.get(namespace)
      linking?.delete(key)
      if (linking?.size === 0) this.#linking.delete(namespace)
    }
    this.#wanted.delete(key)
    if (links.length > 0) this.#wanted.set(key, { by, links })
    for (const namespace of placesOf(links)) {
      const linking = this.#linking.get(namespace) ?? new Set()
      this.#linking.set(namespace, linking.add(key))
    }
  }

  /**
   * Work keys of those whom a change of an account concerns: it is not right for them, its coming or going changes
   * their answer, or it comes with a record of theirs that nobody here has made.
   */
  concernedBy(now: Account | undefined, before: Account | undefined): readonly string[] {
    const linking = [...(this.#linking.get((now ?? before)?.namespace ?? '') ?? [])]
    const known = new Set([...linking, ...recorders(before)])
    return [
      ...linking.filter((key) => isConcerned(this.#wanted.get(key), now, before)),
      ...recorders(now).filter((key) => !known.has(key)),
    ]
  }
}

export const placesOf = (links: readonly Link[]): ReadonlySet<string> =>
  new Set(links.map(({ secret }) => secret.namespace))

const recorders = (account: Account | undefined): readonly string[] =>
  (account?.records ?? []).map(({ by }) => by)

function isConcerned(
  wanted: Wanted | undefined,
  now: Account | undefined,
  before: Account | undefined,
): boolean {
  if (wanted === undefined) return false
  const { by, links } = wanted
  if (now !== undefined && before !== undefined)
    return linkChange(now, by, wantedOf(now, links)) !== undefined
  return [now, before].some((one) => one !== undefined && links.some((link) => concerns(link, one)))
}
