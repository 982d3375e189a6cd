// This file is about catching a renewal at one of its steps: whoever takes it first is killed there, and nobody after.
import { setTimeout as pause } from 'node:timers/promises'
import type { Lane, Replica } from './lane.ts'
import type { ApiStep, AwsStep, RenewalStep } from './renewal-steps.ts'

export interface StepTrap {
  /** Resolves with the replica that was killed, once its process is gone. */
  readonly struck: Promise<Replica>
  /** Lets everybody pass; nobody is killed any more once it resolves. */
  disarm(): Promise<void>
}

/** For a step at AWS there must be one replica only, as nothing tells whose call it is. */
export function trapAt(
  step: RenewalStep,
  lane: Pick<Lane, 'admin'>,
  replicas: readonly Replica[],
): Promise<StepTrap> {
  return 'at' in step ? Promise.resolve(trapAtApi(step, replicas)) : trapAtAws(step, lane, replicas)
}

function trapAtApi({ at, matches }: ApiStep, replicas: readonly Replica[]): StepTrap {
  const { promise: struck, resolve } = Promise.withResolvers<Replica>()
  let killing: Promise<void> | undefined
  let isSet = true
  const takeBack = replicas.flatMap((replica) => {
    const kill = async (): Promise<void> => {
      if (!isSet) return
      isSet = false
      killing = replica.kill()
      await killing
      resolve(replica)
    }
    const rule = replica.front.add({ matches, at, treatment: { is: 'call', what: kill } })
    // Its connection may be seen to end a moment later than its process: nothing of it passes any more.
    const rest = replica.front.add({
      matches: (request) => replica.pid === undefined && matches(request),
      at,
      treatment: { is: 'cut' },
    })
    return [rule, rest]
  })
  const disarm = async (): Promise<void> => {
    isSet = false
    for (const undo of takeBack) undo()
    await killing
  }
  return { struck, disarm }
}

const LOOK_MS = 10

async function trapAtAws(
  { fault }: AwsStep,
  lane: Pick<Lane, 'admin'>,
  [replica, ...others]: readonly Replica[],
): Promise<StepTrap> {
  if (replica === undefined || others.length > 0) throw new Error('a step at AWS is for one replica')
  const rule = { kind: fault, operation: 'GetAuthorizationToken', times: 1 }
  const { id } = await lane.admin<{ id: string }>('POST', '/faults', rule)
  const left = async (): Promise<boolean> => {
    const { faults } = await lane.admin<{ faults: readonly { id: string }[] }>('GET', '/faults')
    return faults.some((one) => one.id === id)
  }
  const over = new AbortController()
  const { promise: struck, resolve } = Promise.withResolvers<Replica>()
  const watching = (async () => {
    while (!over.signal.aborted && (await left())) await pause(LOOK_MS)
    if (over.signal.aborted) return
    await replica.kill()
    resolve(replica)
  })()
  return {
    struck,
    async disarm() {
      over.abort()
      await lane.admin('DELETE', `/faults?id=${id}`)
      await watching
    },
  }
}
