// This file is about what every part of the bench measures with: what it says, how long it waits, what AWS was asked.
import { setTimeout as pause } from 'node:timers/promises'
import type { RunningOperator, Stage } from '../test/support/stage.ts'

const LIMIT_MS = 600_000

export const say = (line: string): void => void process.stderr.write(`${line}\n`)

export async function within<T>(done: Promise<T>, operator: RunningOperator): Promise<T> {
  const late = pause(LIMIT_MS, undefined, { ref: false }).then(() => {
    throw new Error(`not done within ${LIMIT_MS} ms; the operator said: ${operator.output.slice(-2000)}`)
  })
  return Promise.race([done, late])
}

export const minted = async (stage: Stage): Promise<number> =>
  (await stage.calls()).filter((call) => call.operation === 'GetAuthorizationToken').length
