// This file is about bringing a lane up: the sandbox with short-lived tokens and an audit log, definitions, and rights for each replica.
import { Stage } from '../test/support/stage.ts'
import { MOST_REPLICAS, OPERATOR_NAMESPACE, REPLICA_ACCOUNTS, VETERAN } from './accounts.ts'
import type { Lane } from './lane.ts'

/** Renewed at two thirds of it, less a tenth of that at most: twice or three times while a seed's faults last. */
export const TOKEN_LIFE_MS = 10_000

export async function openLane(number: number): Promise<Lane> {
  // The controller manager learns of our kinds at its start, and then collects their Secrets at once.
  const stage = await Stage.open({
    tokenLifeSeconds: TOKEN_LIFE_MS / 1000,
    audit: true,
    collectsGarbage: true,
  })
  for (const account of [...REPLICA_ACCOUNTS, VETERAN]) {
    await stage.apply(
      await stage.everpull(
        'rbac',
        '--shards',
        String(MOST_REPLICAS),
        '--service-account',
        `${OPERATOR_NAMESPACE}/${account}`,
      ),
    )
  }
  return laneOn(stage, number)
}

/** Closing it closes the stage. */
export const laneOn = (stage: Stage, number: number): Lane => ({
  number,
  sandbox: stage.sandbox,
  admin: (method, path, body) => stage.admin(method, path, body),
  kubectl: (args, input) =>
    input === undefined ? stage.kubectl(...args) : stage.kubectlReading(input, ...args),
  everpull: (args) => stage.everpull(...args),
  [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose](),
})
