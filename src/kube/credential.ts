// This file is about credentials that change underneath us: when to look again, and what to do when looking fails.
import type { Clock, Monotonic } from '../base/clock.ts'
import type { Credential, Presented } from './access.ts'
import { KubeError } from './error.ts'

/** Projected tokens are renewed when a fifth of their hour is left; a minute late is early enough. */
const LOOK_EVERY_MS = 60_000
/** A server that refuses everything must not make us read files (or run plugins) per request. */
const RENEW_EVERY_MS = 1000

/** Reads what to present now. `refused` says the server did not take the last one: caches behind it must not be asked. */
export type LoadPresented = (refused: boolean) => Promise<Presented>

/**
 * Looks again once a minute, and when the server refuses what it was given. Everyone waits for the same look. A look
 * that fails keeps what was there; only the first one must succeed, else `BadCredential` is thrown.
 */
export function watchedCredential(clock: Clock, load: LoadPresented): Credential {
  let held: { readonly presented: Presented; readonly at: Monotonic } | undefined
  let looking: Promise<Presented> | undefined

  function look(refused: boolean): Promise<Presented> {
    looking ??= load(refused)
      .then(settled, (error: unknown) => {
        if (held === undefined) throw badCredential(error)
        return settled(held.presented)
      })
      .finally(() => {
        looking = undefined
      })
    return looking
  }

  function settled(presented: Presented): Presented {
    // The same contents stay the same object, so that comparing is cheap for everyone.
    const same = held !== undefined && equal(held.presented, presented)
    held = { presented: same && held !== undefined ? held.presented : presented, at: clock.monotonic() }
    return held.presented
  }

  const age = (): number => (held === undefined ? Number.POSITIVE_INFINITY : clock.monotonic() - held.at)

  return {
    current: () => (held !== undefined && age() < LOOK_EVERY_MS ? held.presented : look(false)),
    renew: async (refused) => {
      if (held !== undefined && (held.presented !== refused || age() < RENEW_EVERY_MS)) return held.presented
      return look(true)
    },
  }
}

const equal = (a: Presented, b: Presented): boolean =>
  a.authorization === b.authorization && a.ca === b.ca && a.cert === b.cert && a.key === b.key

/** Messages of plugins and file systems name commands and paths, never the credential itself. */
const badCredential = (cause: unknown): KubeError =>
  new KubeError({
    status: 0,
    reason: 'BadCredential',
    message: `the credential for the API server could not be read: ${cause instanceof Error ? cause.message : 'unknown'}`,
    cause,
  })
