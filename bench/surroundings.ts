// This file is about what every part of the bench measures with: the stage, its admin, and what was asked of whom.
import { setTimeout as pause } from 'node:timers/promises'
import type { KubeClient } from '../src/kube/client.ts'
import { eventually } from '../test/support/eventually.ts'
import type { RunningOperator, Stage } from '../test/support/stage.ts'
import { minus, type RequestCount, type Requests } from './audit.ts'
import type { Scale } from './scale.ts'

export interface Surroundings {
  readonly scale: Scale
  readonly stage: Stage
  readonly admin: KubeClient
  readonly requests: RequestCount
  /** Milliseconds of as many applies as there are objects. */
  readonly rawMs: number
}

const LIMIT_MS = 600_000
/** Without a request for this long, the operator has nothing more to say. */
const QUIET_MS = 3000

export const say = (line: string): void => void process.stderr.write(`${line}\n`)

export async function within<T>(done: Promise<T>, operator: RunningOperator): Promise<T> {
  const late = pause(LIMIT_MS, undefined, { ref: false }).then(() => {
    throw new Error(`not done within ${LIMIT_MS} ms; the operator said: ${operator.output.slice(-2000)}`)
  })
  return Promise.race([done, late])
}

/** What was asked since `before`, once nothing more is asked. */
export async function quiet({ requests }: Surroundings, before: Requests): Promise<Requests> {
  let last = { all: -1, at: performance.now() }
  const now = await eventually(
    'the operator has nothing more to say',
    async () => {
      const seen = await requests.now()
      if (seen.all !== last.all) last = { all: seen.all, at: performance.now() }
      await pause(200)
      return performance.now() - last.at > QUIET_MS ? seen : undefined
    },
    LIMIT_MS,
  )
  return minus(now, before)
}

export const minted = async (stage: Stage): Promise<number> =>
  (await stage.calls()).filter((call) => call.operation === 'GetAuthorizationToken').length

/** In a checkout the first start makes JavaScript of the sources, with a compiler that an installed package has no need of. */
export async function startOnce(stage: Stage): Promise<void> {
  const operator = await stage.startOperator()
  await operator.ready()
  await operator.stop()
}
