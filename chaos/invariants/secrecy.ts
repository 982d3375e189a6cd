// This file is about secrets in what operators print: there are none.
import { leaksIn } from '../../test/support/leaks.ts'
import type { Broken, History } from '../history.ts'

export function secrecy({ replicas, secretValues }: History): readonly Broken[] {
  return replicas.flatMap(({ number, output }) =>
    leaksIn(output, secretValues).map((leak) => ({
      invariant: 'secrecy',
      what: `replica ${number} printed ${leak}`,
    })),
  )
}
