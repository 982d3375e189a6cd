// This file is about AWS throttling everybody.
import type { FaultKind } from '../fault.ts'

export const awsThrottled: FaultKind = {
  name: 'aws-throttled',
  weight: 1,
  length: [500, 6000],
  takes: ['aws'],
  retried: 'backoff',
  aim: 'lane',
  touches: ['aws'],
  async strike({ lane }) {
    const { id } = await lane.admin<{ id: string }>('POST', '/faults', { kind: 'throttle' })
    return async () => {
      await lane.admin('DELETE', `/faults?id=${id}`)
    }
  },
}
