// This file is about hashes of passwords, which differ every time by their salt.
import { createHash, randomBytes } from 'node:crypto'
import { encodeBase64, hashSync } from 'bcryptjs'
import { fromBytes, toBytes } from '../bytes.ts'
import { CallError } from '../errors.ts'
import { fn, type Func, type FuncTable, type Scene, variadic } from '../func.ts'

/** Go's default cost: 2^10 rounds. */
const PREFIX = '$2a$10$'
const SALT_BYTES = 16
/** Bcrypt reads no further; Go says so instead of ignoring the rest. */
const LONGEST_PASSWORD = 72

/** A hash of a password in UTF-8, with a salt of its own. */
export const hashPassword = (password: string): string =>
  hashSync(password, PREFIX + encodeBase64(randomBytes(SALT_BYTES), SALT_BYTES))

/** What is as long as a hash, for rehearsals. */
export const rehearsedHash = (): string => PREFIX.padEnd(60, '.')

function bcrypt(password: string, { budget, hash }: Scene): string {
  if (password.length > LONGEST_PASSWORD) {
    return `failed to encrypt string with bcrypt: bcrypt: password length exceeds ${LONGEST_PASSWORD} bytes`
  }
  const text = fromBytes(password)
  if (toBytes(text) !== password) throw new CallError('bcrypt: the password is not UTF-8')
  budget.hash()
  return hash(text)
}

/** A line of an htpasswd file: by SHA-1 where `sha` is asked for, else by bcrypt. */
function htpasswd(user: string, password: string, algorithm: string | undefined, scene: Scene): string {
  if (user.includes(':')) return `invalid username: ${user}`
  if (algorithm !== 'sha') return `${user}:${bcrypt(password, scene)}`
  return `${user}:{SHA}${createHash('sha1').update(Buffer.from(password, 'latin1')).digest('base64')}`
}

const varying = (func: Func): Func => ({ ...func, readsClock: true, isSlow: true })

export const PASSWORDS: FuncTable = new Map([
  ['bcrypt', varying(fn(['string'], bcrypt))],
  [
    'htpasswd',
    // Older releases of sprig take no algorithm.
    varying(
      variadic(['string', 'string'], 'string', ([user, password], algorithms, scene) => {
        if (algorithms.length > 1) throw new CallError('wrong number of args for htpasswd: want 2 or 3')
        return htpasswd(user, password, algorithms[0], scene)
      }),
    ),
  ],
])
