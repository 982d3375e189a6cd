// This file is about ending a pass well: the Secret written where it has to be, and what is now true remembered.
import type { Instant } from '../base/clock.ts'
import type { Answer, Receipt } from '../model/answer.ts'
import { fault } from '../model/fault.ts'
import { type Delivery, deliveryAnnotation, isSetForGood } from '../model/delivery.ts'
import { isOrderer } from '../model/owner.ts'
import { compose, remark } from './compose.ts'
import { type Held, pick } from './held.ts'
import type { Imprint } from './imprint.ts'
import { dueOf, type EngineParts, failed, type Pass } from './pass.ts'
import type { CurrentSecret, SecretWrite } from './ports.ts'
import { isPure } from './pure.ts'
import { put } from './put.ts'
import type { Rendered } from './render/rendered.ts'

interface Change {
  readonly wanted: SecretWrite
  /** What it replaces, where that was read. */
  readonly secret: CurrentSecret | undefined
  readonly held: Omit<Held, 'resourceVersion'>
  /** What was made anew. */
  readonly rendered?: Rendered
}

export async function write(
  parts: EngineParts,
  pass: Pass,
  { wanted, secret, held, rendered }: Change,
): Promise<Answer | 'moved'> {
  if (secret?.immutable === true && differs(wanted, secret)) {
    const advice =
      pass.delivery.target.whenMissing === 'create'
        ? 'delete it, and it is written anew at once'
        : 'delete it, and make it anew without immutable'
    return failed(pass, fault('target-immutable', `Secret ${wanted.ref.name} is immutable: ${advice}`))
  }
  if (secret !== undefined && regains(pass.delivery, wanted, secret)) {
    const isStaying = await parts.orderers.isStaying(pass.delivery.orderedBy, pass.signal)
    if (isStaying !== true) return failed(pass, isStaying === false ? LEAVING : isStaying)
  }
  const written = await put(parts, pass.delivery.orderedBy.ref, wanted, secret, pass.signal)
  if (written.is === 'moved') return 'moved'
  if (written.is === 'fault') return failed(pass, written)
  const { resourceVersion } = written
  const isNowPure = rendered !== undefined && isPure(pass.delivery, rendered, wanted, written)
  const now = { ...held, resourceVersion, ...(isNowPure ? { pureIn: resourceVersion } : {}) }
  return remember(parts, pass, now, wanted.replaces === undefined ? 'created' : 'updated')
}

const LEAVING = fault('order-leaving', 'the object is being deleted, and its Secret stays without an owner')

/**
 * What it wrote is its own no more and would be again. Whoever deletes an order with `--cascade=orphan` takes its
 * reference off the Secret once the order is being deleted: a Secret owned again would be collected with it.
 */
function regains({ orderedBy: { ref } }: Delivery, wanted: SecretWrite, secret: CurrentSecret): boolean {
  const owns = ({ owners }: SecretWrite | CurrentSecret): boolean =>
    owners.some((owner) => isOrderer(ref, owner))
  return owns(wanted) && !owns(secret) && secret.annotations[deliveryAnnotation(ref)] !== undefined
}

/** Mends what is around the written keys, and leaves those as they are. */
export function redress(
  parts: EngineParts,
  pass: Pass,
  secret: CurrentSecret,
  held: Held | undefined,
): Promise<Answer | 'moved'> {
  const { delivery } = pass
  if (held === undefined) {
    const wanted = remark(delivery, secret, secret.data.reveal(), undefined)
    return write(parts, pass, { wanted, secret, held: unknownHeld(pass) })
  }
  const now = settled(pass, held)
  const written = pick(delivery, secret, held.imprint)
  if (!isSetForGood(delivery)) {
    return write(parts, pass, { wanted: compose(delivery, written, secret, held.imprint), secret, held })
  }
  const isLeft = delivery.target.immutable === true || delivery.target.writes === 'keys'
  const data = isLeft ? secret.data.reveal() : written.data
  return write(parts, pass, { wanted: remark(delivery, secret, data, now.imprint), secret, held: now })
}

/** Of an order that is set for good only what was asked first is remembered, whatever has been asked for since. */
const settled = <T extends { readonly imprint: Imprint }>({ delivery, inputs }: Pass, held: T): T =>
  isSetForGood(delivery) ? { ...held, imprint: { ...held.imprint, inputs } } : held

const unknownHeld = ({ delivery, inputs }: Pass): Omit<Held, 'resourceVersion'> => {
  const { force } = delivery.cadence
  return {
    imprint: { logins: [], inputs, outputs: '' },
    ...(force === undefined ? {} : { force }),
  }
}

/** It stays as it is, and nothing is known of the login in it, if there is one. */
export function leave(
  parts: EngineParts,
  pass: Pass,
  secret: CurrentSecret | 'absent',
  until: Instant | undefined,
): Receipt {
  const nextAt = until === undefined ? {} : { nextAt: until }
  if (secret !== 'absent') {
    const { resourceVersion } = secret
    return { ...remember(parts, pass, { ...unknownHeld(pass), resourceVersion }, 'none'), ...nextAt }
  }
  const { target, at } = pass
  return { is: 'receipt', target, logins: [], at, wrote: 'none', expiryAssumed: false, ...nextAt }
}

export function remember({ memory }: EngineParts, pass: Pass, held: Held, wrote: Receipt['wrote']): Receipt {
  const { delivery, target, at } = pass
  const { imprint } = memory.set(delivery.orderedBy.ref, target, settled(pass, held))
  const nextAt = delivery.target.immutable === true ? undefined : dueOf(pass, held.imprint)
  return {
    is: 'receipt',
    target,
    logins: imprint.logins,
    at,
    wrote,
    expiryAssumed: imprint.expiryAssumed === true,
    ...(nextAt === undefined ? {} : { nextAt }),
  }
}

function differs(wanted: SecretWrite, secret: CurrentSecret): boolean {
  const before = secret.data.reveal()
  const after = wanted.data.reveal()
  return (
    before.size !== after.size || [...after].some(([key, value]) => before.get(key)?.equals(value) !== true)
  )
}
