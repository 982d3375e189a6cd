// This file is about the states a reflector goes through, as a pure function from what happened to what is next.
//
//              page (more)                    ended, or lost
//               ┌──┐                              ┌──┐
//               │  ▼        page (last)           │  ▼
//   start ──▶ listing ─────────────────────────▶ watching
//               ▲ │ ▲                             │  │
//               │ │ └──────── 410 Gone ───────────┘  │
//        waited │ │ failed                    failed │ ▲ waited
//               │ ▼                                  ▼ │
//              waiting                             waiting
//
// 410 comes in three forms: as the answer to opening a watch, as an ERROR event inside one, and as the answer to a
// `continue` that is older than etcd's compaction. All three mean: list again. After an expired `continue` the list is
// asked for in one piece, else a large one read slowly would expire for ever. (The fresh token such an answer carries is
// not used: it would leave out what changed on the pages already read.)
//
// Failures in a row make the waits longer; only a watch that told us something, or lasted, ends the row: a list that
// succeeds and a watch that is refused at once must not spin.
import type { Random } from '../base/random.ts'
import { fullJitter } from '../base/random.ts'
import type { KubeError } from './error.ts'

export type ReflectorState =
  | { readonly is: 'listing'; readonly token: string | undefined; readonly paged: boolean }
  | { readonly is: 'watching'; readonly from: string }
  | {
      readonly is: 'waiting'
      readonly ms: number
      readonly because: KubeError
      readonly next: ReflectorState & { readonly is: 'listing' | 'watching' }
    }

export type ReflectorOutcome =
  /** A page was read. */
  | { readonly is: 'page'; readonly resourceVersion: string; readonly continue: string | undefined }
  /** The watch is over in good order; `from` is the last resourceVersion it told. */
  | { readonly is: 'ended'; readonly from: string }
  /** The list or watch failed; for a watch, `from` is as above. */
  | {
      readonly is: 'failed'
      readonly error: KubeError
      readonly from: string | undefined
      readonly progressed: boolean
    }
  | { readonly is: 'waited' }

export interface ReflectorCourse {
  readonly state: ReflectorState
  /** In a row, without progress. */
  readonly failures: number
  /** A watch has been told to list again since there was progress: told so again, it waits first. */
  readonly hasRelisted?: true
}

const FIRST_CEILING_MS = 1000
const HIGHEST_CEILING_MS = 30_000
/** A server that does not answer, or not yet (503), is being restarted: asking costs it nothing, and everyone waits. */
const RESTARTING_CEILING_MS = 8000
/** A kind that is not served costs one small request per look. */
const ABSENT_MS = 15_000
/** Added to what Retry-After asks for, so that those who were sent away together do not return together. */
const RETRY_AFTER_SPREAD_MS = 1000

const fromTheStart = { is: 'listing', token: undefined, paged: true } as const

export const START: ReflectorCourse = { state: fromTheStart, failures: 0 }

/** What to do after `outcome` of the present state. */
export function nextState(
  course: ReflectorCourse,
  outcome: ReflectorOutcome,
  random: Random,
): ReflectorCourse {
  const { state } = course
  switch (outcome.is) {
    case 'page':
      return outcome.continue === undefined
        ? { ...course, state: { is: 'watching', from: outcome.resourceVersion } }
        : { ...course, state: { is: 'listing', token: outcome.continue, paged: true } }
    case 'ended':
      return { state: { is: 'watching', from: outcome.from }, failures: 0 }
    case 'waited':
      return { ...course, state: state.is === 'waiting' ? state.next : state }
    case 'failed':
      return afterFailure(outcome.progressed ? { state, failures: 0 } : course, outcome, random)
  }
}

function afterFailure(
  course: ReflectorCourse,
  { error, from }: ReflectorOutcome & { readonly is: 'failed' },
  random: Random,
): ReflectorCourse {
  const next = resumption(course.state, error, from)
  const failures = course.failures + 1
  // A server that was restarted answers so to whoever has waited for it: those have waited enough.
  if (error.status === 410 && course.hasRelisted !== true) return { state: next, failures, hasRelisted: true }
  const ms = waitAfter(error, course.failures, random)
  return { ...course, state: { is: 'waiting', ms, because: error, next }, failures }
}

function resumption(
  state: ReflectorState,
  error: KubeError,
  from: string | undefined,
): ReflectorState & { readonly is: 'listing' | 'watching' } {
  const expired = error.status === 410
  if (state.is === 'listing' && expired && state.token !== undefined) {
    return { is: 'listing', token: undefined, paged: false }
  }
  // A kind that went away may come back with other objects. Whatever else: half a list cannot be continued safely.
  if (from === undefined || expired || error.status === 404) return fromTheStart
  return { is: 'watching', from }
}

function waitAfter(error: KubeError, failures: number, random: Random): number {
  if (error.status === 404) return ABSENT_MS * (1 + random())
  const isRestarting = error.status === 0 || error.status === 503
  const highest = isRestarting ? RESTARTING_CEILING_MS : HIGHEST_CEILING_MS
  const ceiling = Math.min(highest, FIRST_CEILING_MS * 2 ** Math.min(failures, 10))
  const jitter = fullJitter(ceiling, random)
  if (error.retryAfterMs === undefined) return jitter
  return (
    Math.min(HIGHEST_CEILING_MS, error.retryAfterMs) +
    fullJitter(Math.max(RETRY_AFTER_SPREAD_MS, ceiling), random)
  )
}
