// This file is about identities that are lent, and taken back while AWS is waited for: nothing is written of what comes then.
import { canonicalJson } from '../base/canonical-json.ts'
import type { Translation } from '../dialects/dialect.ts'
import type { Aside } from '../engine/ports.ts'

/** The pass that waited is over; the next one finds out what is lent now. */
export class LendingEnded extends Error {
  constructor() {
    super('what is lent has changed while a login was waited for')
    this.name = 'LendingEnded'
  }
}

/** The identities of a translation that others lend; each reads alike as long as nothing of it changes. */
const lentIn = (translation: Translation): ReadonlySet<string> =>
  new Set(
    translation.is === 'order'
      ? translation.deliveries.flatMap(({ logins }) =>
          logins.flatMap(({ identity }) => (identity.through === undefined ? [] : [canonicalJson(identity)])),
        )
      : [],
  )

/** Waits as `aside` does, and translates again where something of what was waited for is lent. Throws `LendingEnded`. */
export function whileLent(translation: Translation, again: () => Promise<Translation>, aside: Aside): Aside {
  const lent = lentIn(translation)
  if (lent.size === 0) return aside
  return async (slow) => {
    const done = await aside(slow)
    const now = lentIn(await again())
    if ([...lent].some((one) => !now.has(one))) throw new LendingEnded()
    return done
  }
}
