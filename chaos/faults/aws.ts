// This file is about AWS going wrong: throttled, failing, silent, cut off, out of time, or not knowing us any more.
import type { FaultKind, World } from '../fault.ts'
import { between, oneOf } from './drawing.ts'

type AwsFault = Pick<FaultKind, 'name'> & Partial<FaultKind>

const OF_AWS = {
  weight: 1,
  length: [500, 6000],
  takes: ['aws'],
  retried: 'backoff',
  aim: 'lane',
  touches: ['aws'],
} as const

/** The emulator does it to every call that the rule names, for as long as the fault lasts. */
function byRule(fault: AwsFault, draw: (world: World) => Readonly<Record<string, unknown>>): FaultKind {
  return {
    ...OF_AWS,
    ...fault,
    async strike(world) {
      const rule = draw(world)
      world.tell(Object.values(rule).join(' '))
      const { id } = await world.lane.admin<{ id: string }>('POST', '/faults', rule)
      return async () => {
        await world.lane.admin('DELETE', `/faults?id=${id}`)
        // Who waits for a call that hangs has more patience than a login has life.
        await world.lane.admin('POST', '/hanging/cut')
      }
    },
  }
}

export const awsThrottled = byRule({ name: 'aws-throttled' }, ({ random }) => ({
  kind: oneOf(random, 'throttle', 'throttle-429'),
}))

export const awsFailing = byRule({ name: 'aws-failing' }, ({ random }) => ({
  kind: oneOf(random, 'server-error', 'unavailable'),
}))

export const awsHanging = byRule({ name: 'aws-hanging', length: [500, 4000] }, () => ({ kind: 'hang' }))

export const awsResets = byRule({ name: 'aws-resets' }, () => ({ kind: 'reset' }))

/** Logins are minted, and nobody hears of them. */
export const awsAnswersLost = byRule({ name: 'aws-answers-lost', length: [500, 3000] }, () => ({
  kind: 'answer-lost',
}))

/** Beyond the five minutes that signatures are good for; SDKs correct themselves by the date of the refusal. */
export const awsClockOff = byRule({ name: 'aws-clock-off' }, ({ random }) => ({
  kind: 'skew',
  aheadSeconds: oneOf(random, 1, -1) * between(random, 600, 7200),
}))

export const awsRightsTaken = byRule(
  { name: 'aws-rights-taken', retried: 'slowly' },
  ({ random, workload }) => ({
    kind: 'deny',
    action: 'ecr:GetAuthorizationToken',
    principal: oneOf(random, '*', ...workload.principals),
  }),
)

/** The access keys of one principal are switched off, and on again. */
export const awsKeysRevoked: FaultKind = {
  ...OF_AWS,
  name: 'aws-keys-revoked',
  retried: 'slowly',
  async strike({ lane, random, workload, tell }) {
    const id = workload.accessKeyIds[Math.floor(random() * workload.accessKeyIds.length)]
    tell(id ?? 'no key')
    const set = (active: boolean): Promise<unknown> => lane.admin('PUT', '/access-keys', { id, active })
    await set(false)
    return async () => {
      await set(true)
    }
  },
}
