// This file is about users of AWS for orders: a key for each, and whom a password that was minted stands for.
import type { Lane } from './lane.ts'
import type { Key } from './orders.ts'
import type { Keys } from './seed-orders.ts'

const ACCOUNT = '123456789012'
/** As the sandbox's own bot may. */
const MAY_PULL = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['ecr:*'], Resource: '*' }],
}

export async function newKey(lane: Lane, name: string): Promise<Key> {
  const { arn } = await lane.admin<{ arn: string }>('POST', '/users', {
    account: ACCOUNT,
    name,
    policies: { pull: MAY_PULL },
  })
  const { id, secret } = await lane.admin<{ id: string; secret: string }>('POST', '/access-keys', {
    user: arn,
  })
  return { arn, accessKeyId: id, secretAccessKey: secret }
}

/** Of the three users of one seed. */
export async function newKeys(lane: Lane, prefix: string): Promise<Keys> {
  const of = (name: keyof Keys): Promise<Key> => newKey(lane, `${prefix}-${name}`)
  const [a, b, mobb] = await Promise.all([of('a'), of('b'), of('mobb')])
  return { a, b, mobb }
}

/** Whom a password stands for, by the emulator that minted it. */
export async function lookUp(
  lane: Lane,
  password: string,
  region: string,
): Promise<{ readonly is: string; readonly principal?: string }> {
  return lane.admin('POST', '/authorize', { service: 'ecr', account: ACCOUNT, region, password, actions: [] })
}
