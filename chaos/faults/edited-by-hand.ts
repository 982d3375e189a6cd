// This file is about people who edit Secrets: what is theirs, which has to stay, and what is the operator's, which has to be put right.
import { type FaultKind, NOTHING_TO_END } from '../fault.ts'

export const editedByHand: FaultKind = {
  name: 'edited-by-hand',
  // Cheap, quick, and it meets every other fault.
  weight: 3,
  length: [0, 0],
  takes: [],
  retried: 'backoff',
  aim: 'lane',
  touches: [],
  async strike({ workload, random, tell }) {
    tell(await workload.edit(random))
    return NOTHING_TO_END
  },
}
