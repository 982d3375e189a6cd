// This file is about recognising a Secret that nobody marked, yet holds just what a delivery would write save the login.
import type { Delivery } from '../model/delivery.ts'
import {
  configKey,
  type DockerConfig,
  type KeyValues,
  keysOf,
  type LoginField,
  type Shape,
  type Value,
} from '../model/shape.ts'
import type { CurrentSecret } from './ports.ts'

/** The user of every login that AWS gives. */
const USERNAME = 'AWS'

/** Left behind by the system we replace: same type, labels and keys, and in them the same hosts or texts. */
export function looksLikeOurs({ target, shape }: Delivery, secret: CurrentSecret): boolean {
  const keys = new Set(keysOf(shape))
  const labels = Object.entries(secret.labels)
  return (
    secret.type === (target.type ?? 'Opaque') &&
    secret.data.keys.length === keys.size &&
    secret.data.keys.every((key) => keys.has(key)) &&
    labels.length === Object.keys(target.labels).length &&
    labels.every(([key, value]) => target.labels[key] === value) &&
    holdsTheSame(shape, secret.data.reveal())
  )
}

function holdsTheSame(shape: Shape, data: ReadonlyMap<string, Buffer>): boolean {
  switch (shape.is) {
    case 'docker-config':
      return isForTheSameHosts(shape, data.get(configKey(shape))?.toString() ?? '')
    case 'key-values':
      return hasTheSameTexts(shape, data)
    case 'template':
      // What a template would give is not known before there is a login.
      return false
  }
}

function isForTheSameHosts({ hosts }: DockerConfig, text: string): boolean {
  const auths = entriesOf(membersOf(parsed(text))['auths'])
  const wanted = new Set(hosts.map(({ host }) => host))
  return (
    auths.length === wanted.size &&
    auths.every(([host, entry]) => wanted.has(host) && membersOf(entry)['username'] === USERNAME)
  )
}

/** Without a user in it, it might be anybody's password. */
function hasTheSameTexts({ entries }: KeyValues, data: ReadonlyMap<string, Buffer>): boolean {
  const values = new Map(entries.map(({ key, value }) => [key, value]))
  const tellsUser = [...values.values()].some((value) => value.is === 'login' && value.field in USERS)
  return tellsUser && [...values].every(([key, value]) => isLike(value, data.get(key)?.toString() ?? ''))
}

/** The fields that tell whose login it is, and how. */
const USERS: Partial<Record<LoginField, RegExp>> = {
  username: new RegExp(`^${USERNAME}$`),
  usernamePassword: new RegExp(`^${USERNAME}:`),
}

const isLike = (value: Value, text: string): boolean =>
  value.is === 'literal' ? text === value.text : USERS[value.field]?.test(text) !== false

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const membersOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
const entriesOf = (value: unknown): readonly (readonly [string, unknown])[] =>
  Object.entries(membersOf(value))
