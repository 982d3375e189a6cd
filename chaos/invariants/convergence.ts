// This file is about the end of a seed: after the last fault everything is right again, in bounded time.
import type { Broken, History } from '../history.ts'

export const convergence = ({ unconverged }: History): readonly Broken[] =>
  unconverged.map((what) => ({ invariant: 'convergence', what }))
