// This file is about ending a pass well: the Secret written where it has to be, and what is now true remembered.
import type { Answer, Receipt } from '../model/answer.ts'
import { fault } from '../model/fault.ts'
import { compose } from './compose.ts'
import { type Held, pick } from './held.ts'
import { dueOf, type EngineParts, failed, type Pass } from './pass.ts'
import type { CurrentSecret, SecretWrite } from './ports.ts'

interface Change {
  readonly wanted: SecretWrite
  /** What it replaces. */
  readonly secret: CurrentSecret | undefined
  readonly held: Omit<Held, 'resourceVersion'>
}

export async function write(
  parts: EngineParts,
  pass: Pass,
  { wanted, secret, held }: Change,
): Promise<Answer | 'moved'> {
  if (secret?.immutable === true && differs(wanted, secret)) {
    const advice =
      pass.delivery.target.whenMissing === 'create'
        ? 'delete it, and it is written anew at once'
        : 'delete it, and make it anew without immutable'
    return failed(pass, fault('target-immutable', `Secret ${wanted.ref.name} is immutable: ${advice}`))
  }
  const written = await parts.store.write(wanted, pass.signal)
  if (written.is === 'moved') return 'moved'
  if (written.is === 'fault') return failed(pass, written)
  const { resourceVersion } = written
  return remember(parts, pass, { ...held, resourceVersion }, secret === undefined ? 'created' : 'updated')
}

/** Mends what is around the written keys, and leaves those as they are. */
export function redress(
  parts: EngineParts,
  pass: Pass,
  secret: CurrentSecret,
  held: Held,
): Promise<Answer | 'moved'> {
  const wanted = compose(pass.delivery, pick(pass.delivery, secret), secret, held.imprint)
  return write(parts, pass, { wanted, secret, held })
}

export function remember({ memory }: EngineParts, pass: Pass, held: Held, wrote: Receipt['wrote']): Receipt {
  const { delivery, target, at } = pass
  memory.set(delivery.orderedBy.ref, target, held)
  const nextAt = dueOf(pass, held.imprint)
  return {
    is: 'receipt',
    target,
    logins: held.imprint.logins,
    at,
    wrote,
    expiryAssumed: held.imprint.expiryAssumed === true,
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
