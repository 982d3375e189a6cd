// This file is about an operator that dies, and is started anew a while later.
import type { FaultKind } from '../fault.ts'

export const operatorKilled: FaultKind = {
  name: 'operator-killed',
  weight: 2,
  length: [100, 3000],
  takes: ['replica'],
  retried: 'backoff',
  aim: 'replica',
  touches: ['operators'],
  async strike({ target }) {
    await target.kill()
    return () => target.start()
  },
}
