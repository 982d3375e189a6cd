// This file is about the machine, in one sentence.
import type { Outcome } from '../comparison/cell.ts'
import type { Machine } from './summaries.ts'

export const machineLine = ({ processor, cores, memoryBytes, kernel, node, go }: Machine): string =>
  `Machine: ${cores} cores (${processor}), ${Math.round(memoryBytes / 2 ** 30)} GB of memory, ${kernel}; Node ${node.replace('v', '')}, Go ${go}.`

/** What the bench itself leaves running from one control plane to the next is below this. */
const BUSY_A_CORE = 4

/** Nothing, or that others were at work: then times say little, while counts and memory hold. */
export function busyLines(outcomes: readonly Outcome[], { cores }: Machine): readonly string[] {
  const most = Math.max(0, ...outcomes.map(({ loadBefore }) => loadBefore))
  if (most <= BUSY_A_CORE * cores) return []
  return [
    `**The machine was busy with other work** (${Math.round(most)} processes wanted its ${cores} cores): the times here are far too long and not to be compared; counts and memory hold.`,
  ]
}
