// This file is about the identifiers AWS hands out: their prefixes, lengths and alphabets.
import { randomBytes, randomUUID } from 'node:crypto'

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** 16 characters after the prefix, as access key and principal ids have. */
const unique = (prefix: string): string =>
  prefix + [...randomBytes(16)].map((byte) => BASE32.charAt(byte % 32)).join('')

export const userKeyId = (): string => unique('AKIA')
export const sessionKeyId = (): string => unique('ASIA')
export const userId = (): string => unique('AIDA')
export const roleId = (): string => unique('AROA')
/** 30 bytes give the 40 characters of a secret access key. */
export const secretAccessKey = (): string => randomBytes(30).toString('base64')
export const requestId = (): string => randomUUID()
