// This file is about translating an object until nothing it looks at is unread.
import type { Dialect, Looked, Translation, World } from '../dialects/dialect.ts'
import type { KindName } from '../model/kind.ts'
import { type Ref, refKey } from '../model/ref.ts'
import type { Resource } from '../model/resource.ts'
import { look, type Looking, type WorldSources } from './world.ts'

/** Translations that keep finding something unread are cut off here; each round reads all that the last one missed. */
const ROUNDS = 5

export interface TranslationParts {
  readonly sources: WorldSources
  /** Reads what a translation found unread. */
  readonly fetch: (ref: Ref, signal: AbortSignal) => Promise<Looked>
  /** Follows a kind that a translation found unlisted. */
  readonly open: (kind: KindName) => Promise<void>
  /** Told after each round what was looked at so far. */
  readonly onLooked?: (looking: Pick<Looking, 'touched' | 'selections'>) => void
}

export const translateFully = (
  asked: Resource,
  dialect: Dialect,
  parts: TranslationParts,
  signal: AbortSignal,
): Promise<Translation> => lookFully((world) => dialect.translate(asked, world), parts, signal)

/** The answer to a question about the world, asked again until nothing it looks at is unread. */
export async function lookFully<T>(
  ask: (world: World) => T,
  parts: TranslationParts,
  signal: AbortSignal,
): Promise<T> {
  const fetched = new Map<string, Looked>()
  for (let round = 1; ; round += 1) {
    const looking = look(parts.sources, fetched)
    const answer = ask(looking)
    parts.onLooked?.(looking)
    if ((looking.unread.length === 0 && looking.unlisted.length === 0) || round === ROUNDS) return answer
    for (const ref of looking.unread) fetched.set(refKey(ref), await parts.fetch(ref, signal))
    for (const kind of looking.unlisted) await parts.open(kind)
  }
}
