// This file is about what a Secret may hold: the API server's limits, told before it is asked.
import { type Fault, fault } from '../../model/fault.ts'
import type { Naming } from './naming.ts'

/** Of all the values together (core validation, MaxSecretSize). */
const MOST_BYTES = 1 << 20
/** As of a file's name (apimachinery, validation.IsConfigMapKey). */
const LONGEST_KEY = 253
const KEY = /^(?!\.\.|\.$)[-._A-Za-z0-9]+$/

/** Why the API server would refuse the data; undefined when it would not. Never quotes a value. */
export function dataFault(data: ReadonlyMap<string, Buffer>, naming: Naming): Fault | undefined {
  const odd = [...data.keys()].find((key) => key.length > LONGEST_KEY || !KEY.test(key))
  if (odd !== undefined) {
    const { said, at } = naming.of('data', odd)
    const flaw = `${said} is no key of a Secret: it may hold letters, digits, "-", "_" and ".", and ${LONGEST_KEY} of them at most`
    return fault('output-invalid', flaw, at)
  }
  const bytes = [...data.values()].reduce((sum, value) => sum + value.length, 0)
  if (bytes <= MOST_BYTES) return undefined
  const [largest = ''] = [...data].toSorted(([, a], [, b]) => b.length - a.length)[0] ?? []
  const { said, at } = naming.of('data', largest)
  return fault(
    'output-invalid',
    `a Secret holds ${MOST_BYTES} bytes at most, and this would be ${bytes}: the largest part is ${said}`,
    at,
  )
}
