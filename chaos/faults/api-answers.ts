// This file is about an API server that answers one replica badly: late, with refusals, with cut streams, or with 410.
import { setTimeout as pause } from 'node:timers/promises'
import type { FaultKind } from '../fault.ts'
import type { Rule } from '../front.ts'
import { between, oneOf } from './drawing.ts'

const OF_ANSWERS = {
  weight: 1,
  takes: ['replica'],
  retried: 'backoff',
  aim: 'replica',
  touches: ['fronts'],
} as const

/** A renew deadline is 1 s, so that some of these lose a lease and some do not. */
export const answersSlow: FaultKind = {
  ...OF_ANSWERS,
  name: 'answers-slow',
  length: [500, 6000],
  async strike({ target, random, tell }) {
    const most = oneOf(random, 100, 400, 1500)
    tell(`up to ${most} ms`)
    const rule = (): Rule => ({
      matches: ({ isWatch }) => !isWatch,
      at: oneOf(random, 'asked', 'answered'),
      treatment: { is: 'delay', ms: between(random, most / 2, most) },
    })
    const takeBack = [target.front.add(rule()), target.front.add(rule())]
    return async () => {
      for (const undo of takeBack) undo()
    }
  },
}

/** A share of all requests fails: refused, cut before the server knew, or cut after it had done what was asked. */
export const answersFlaky: FaultKind = {
  ...OF_ANSWERS,
  name: 'answers-flaky',
  length: [500, 6000],
  async strike({ target, random, tell }) {
    const share = oneOf(random, 0.1, 0.3, 0.6)
    tell(`${share * 100} % of requests`)
    const some = (at: Rule['at'], treatment: Rule['treatment']): (() => void) =>
      target.front.add({ matches: () => random() < share / 3, at, treatment })
    const takeBack = [
      some('asked', { is: 'cut' }),
      some('answered', { is: 'cut' }),
      some('asked', oneOf(random, ...REFUSALS)),
    ]
    return async () => {
      for (const undo of takeBack) undo()
    }
  },
}

const REFUSALS: readonly [Rule['treatment'], ...Rule['treatment'][]] = [
  { is: 'refuse', status: 500, reason: 'InternalError' },
  { is: 'refuse', status: 503, reason: 'ServiceUnavailable', retryAfter: 1 },
  { is: 'refuse', status: 504, reason: 'Timeout' },
]

/** Every watch of every replica is cut, again and again. */
export const watchesCut: FaultKind = {
  ...OF_ANSWERS,
  name: 'watches-cut',
  aim: 'lane',
  takes: [],
  length: [0, 3000],
  async strike({ replicas, random }) {
    const over = new AbortController()
    const cutting = (async () => {
      do {
        for (const { front } of replicas) front.cutWatches()
        await pause(between(random, 200, 1200), undefined, { signal: over.signal }).catch(() => {})
      } while (!over.signal.aborted)
    })()
    return async () => {
      over.abort()
      await cutting
    }
  },
}

/** The versions that watches go on from are gone: everything has to be listed anew. */
export const watchesExpired: FaultKind = {
  ...OF_ANSWERS,
  name: 'watches-expired',
  takes: [],
  length: [200, 2000],
  async strike({ target }) {
    const undo = target.front.add({
      matches: ({ isWatch }) => isWatch,
      at: 'asked',
      treatment: { is: 'expire' },
    })
    target.front.cutWatches()
    return async () => undo()
  },
}
