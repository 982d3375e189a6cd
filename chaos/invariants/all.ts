// This file is about which invariants there are, and judging a history by each of them.
import type { Broken, History } from '../history.ts'
import { calls } from './calls.ts'
import { convergence } from './convergence.ts'
import { foreign } from './foreign.ts'
import { holders } from './holders.ts'
import { memory } from './memory.ts'
import { minted } from './minted.ts'
import { pulls } from './pulls.ts'
import { secrecy } from './secrecy.ts'
import { writes } from './writes.ts'

const INVARIANTS = [pulls, minted, foreign, calls, writes, memory, holders, secrecy, convergence] as const

export const brokenBy = (history: History): readonly Broken[] =>
  INVARIANTS.flatMap((invariant) => invariant(history))
