// This file is about the machine, in one sentence.
import type { Machine } from './summaries.ts'

export const machineLine = ({ processor, cores, memoryBytes, kernel, node, go }: Machine): string =>
  `Machine: ${cores} cores (${processor}), ${Math.round(memoryBytes / 2 ** 30)} GB of memory, ${kernel}; Node ${node.replace('v', '')}, Go ${go}.`
