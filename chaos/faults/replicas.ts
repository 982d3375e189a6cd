// This file is about replicas that end, stand still, or lose their way to the API server.
import { setTimeout as pause } from 'node:timers/promises'
import type { FaultKind } from '../fault.ts'
import type { Replica } from '../lane.ts'
import { isTakenAtStart, renewalSteps } from '../renewal-steps.ts'
import { trapAt } from '../step-trap.ts'
import { between, oneOf } from './drawing.ts'

const OF_A_REPLICA = {
  weight: 1,
  takes: ['replica'],
  retried: 'backoff',
  aim: 'replica',
} as const

/** An operator is ready a second or two after its start. */
const STARTING_MS = 3000

export const operatorKilled: FaultKind = {
  ...OF_A_REPLICA,
  name: 'operator-killed',
  length: [0, 4000],
  touches: ['operators'],
  mends: STARTING_MS,
  async strike({ target }) {
    await target.kill()
    return () => target.start()
  },
}

/** Whoever first comes to the step drawn is killed at it, and started again at once or a little later. */
export const operatorKilledInRenewal: FaultKind = {
  ...OF_A_REPLICA,
  name: 'operator-killed-in-renewal',
  weight: 3,
  // A renewal comes by within two thirds of a login's 10 s.
  length: [4000, 8000],
  touches: ['operators'],
  mends: STARTING_MS,
  async strike({ lane, replicas, target, random, tell }) {
    const steps = renewalSteps((name) => name.startsWith('aws'))
    const [first, ...rest] = replicas.length > 1 ? steps.filter((step) => 'at' in step) : steps
    if (first === undefined) throw new Error('a renewal has steps')
    const step = oneOf(random, first, ...rest)
    const downMs = oneOf(random, 0, between(random, 0, 2000))
    tell(step.name)
    const trap = await trapAt(step, lane, replicas)
    const over = new AbortController()
    let restarted: Promise<void> | undefined
    const restart = async (replica: Replica): Promise<void> => {
      tell(`replica ${replica.number} was killed`)
      await pause(downMs, undefined, { signal: over.signal }).catch(() => {})
      await replica.start()
    }
    if (isTakenAtStart(step)) {
      await target.kill()
      await target.start()
    }
    void trap.struck.then((replica) => (restarted = restart(replica)))
    return async () => {
      await trap.disarm()
      over.abort()
      // A kill that was under way has been told of by then.
      await pause(0)
      await restarted
    }
  },
}

/** Some of these outlast its lease of 1.5 s, and some do not. */
export const operatorPaused: FaultKind = {
  ...OF_A_REPLICA,
  name: 'operator-paused',
  length: [300, 5000],
  touches: ['operators'],
  async strike({ target }) {
    target.signal('SIGSTOP')
    return async () => target.signal('SIGCONT')
  },
}

function partitioned(name: string, how: 'closed' | 'silent'): FaultKind {
  return {
    ...OF_A_REPLICA,
    name,
    length: [300, 6000],
    touches: ['fronts'],
    async strike({ target }) {
      const heal = target.front.partition(how)
      return async () => heal()
    },
  }
}

export const replicaCutOff = partitioned('replica-cut-off', 'closed')
/** Connections stay, and nothing comes through: what a network does that loses every packet. */
export const replicaHalfOpen = partitioned('replica-half-open', 'silent')
