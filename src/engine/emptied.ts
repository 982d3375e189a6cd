// This file is about an order without a single value to write: its Secret is kept, or deleted where it is the orderer's own.
import type { Emptied, Failed } from '../model/answer.ts'
import { type Fault, fault } from '../model/fault.ts'
import { refText } from '../model/ref.ts'
import type { Shape } from '../model/shape.ts'
import { controllerIn, isOrderer } from '../model/owner.ts'
import { type EngineParts, failed, type Pass } from './pass.ts'
import type { CurrentSecret } from './ports.ts'

/** Values are counted, not what templates make of them: without values nothing is rendered. */
export function isEmpty(shape: Shape): boolean {
  switch (shape.is) {
    case 'docker-config':
      return shape.hosts.length === 0
    case 'key-values':
      return shape.entries.length === 0
    case 'template':
      return shape.values.entries.length === 0
  }
}

export async function deliverNothing(parts: EngineParts, pass: Pass): Promise<Emptied | Failed | 'moved'> {
  const { delivery, target, at, signal } = pass
  if (delivery.target.whenEmpty === 'keep') return { is: 'emptied', target, at, secret: 'kept' }
  const secret = await parts.store.read(target, signal)
  if (secret === 'absent') return { is: 'emptied', target, at, secret }
  if (secret.is === 'secret' && secret.deleting) return { is: 'emptied', target, at, secret: 'absent' }
  const removed =
    secret.is === 'fault' ? secret : (notOurs(pass, secret) ?? (await remove(parts, pass, secret)))
  if (removed === 'removed') return { is: 'emptied', target, at, secret: 'deleted' }
  return removed.is === 'moved' ? 'moved' : { ...failed(pass, removed), doing: 'deleting' }
}

const remove = ({ store }: EngineParts, { signal }: Pass, secret: CurrentSecret) =>
  store.remove(secret, signal)

function notOurs({ delivery: { orderedBy, target } }: Pass, secret: CurrentSecret): Fault | undefined {
  const owned = isOrderer(orderedBy.ref, controllerIn(secret.owners))
  if (owned && target.owner === 'controller') return undefined
  const text = `Secret ${secret.ref.name} is not owned by ${refText(orderedBy.ref)}: delete it by hand`
  return fault('target-foreign', text)
}
