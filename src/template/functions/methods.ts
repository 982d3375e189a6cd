// This file is about the methods of values that have some: times and versions.
import type { Func, FuncTable } from '../func.ts'
import type { Struct } from '../values.ts'
import { TIME_METHODS } from './dates.ts'
import { CERTIFICATE_FIELDS } from './keys.ts'
import { VERSION_METHODS } from './versions.ts'

const METHODS: ReadonlyMap<string, FuncTable> = new Map([
  ['time.Time', TIME_METHODS],
  ['*semver.Version', VERSION_METHODS],
  ['sprig.certificate', CERTIFICATE_FIELDS],
])

export const methodOf = (receiver: Struct, name: string): Func | undefined => {
  const method = METHODS.get(receiver.typeName)?.get(name)
  if (method === undefined) return undefined
  const call: Func['call'] = (args, scene) => method.call([receiver, ...args], scene)
  return { ...method, params: method.params.slice(1), call }
}
