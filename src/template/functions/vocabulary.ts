// This file is about which functions templates may call, and why some that users know are refused.
import type { Func, FuncTable, Vocabulary } from '../func.ts'
import { CASING } from './casing.ts'
import { CERTIFICATES } from './certificates.ts'
import { DATES } from './dates.ts'
import { DICTS } from './dicts.ts'
import { ENCODING } from './encoding.ts'
import { JSON_FUNCTIONS } from './json.ts'
import { KEYS } from './keys.ts'
import { LISTS } from './lists.ts'
import { LOGIC } from './logic.ts'
import { NUMBERS } from './numbers.ts'
import { PASSWORDS } from './passwords.ts'
import { PATHS } from './paths.ts'
import { PRINTING } from './printing.ts'
import { REGEXES } from './regexes.ts'
import { STRINGS } from './strings.ts'
import { TYPES } from './types.ts'
import { URLS } from './urls.ts'
import { VERSIONS } from './versions.ts'
import { YAML } from './yaml.ts'

/** Every function there is, by what it is about. */
export const FUNCTION_GROUPS: readonly (readonly [title: string, functions: FuncTable])[] = [
  ['Decisions and defaults', LOGIC],
  ['Printing and escaping', PRINTING],
  ['Strings', STRINGS],
  ['Case', CASING],
  ['Lists', LISTS],
  ['Dictionaries', DICTS],
  ['Numbers', NUMBERS],
  ['Encodings and digests', ENCODING],
  ['JSON', JSON_FUNCTIONS],
  ['YAML', YAML],
  ['Regular expressions', REGEXES],
  ['Dates', DATES],
  ['Semantic versions', VERSIONS],
  ['Types', TYPES],
  ['Paths', PATHS],
  ['URLs', URLS],
  ['PEM and certificates', CERTIFICATES],
  ['Keys and ciphers', KEYS],
  ['Passwords', PASSWORDS],
]

const refuse = (why: string, ...names: readonly string[]): [string, string][] =>
  names.map((name) => [name, why])

const PKCS_12 = 'PKCS #12 stores are not made here: keep keys and certificates as PEM'

const REFUSED: ReadonlyMap<string, string> = new Map([
  ...refuse('templates do not see the environment of the operator', 'env', 'expandenv'),
  ...refuse('templates do not reach the network', 'getHostByName'),
  ...refuse(
    'its answer differs at every rendering, which would rewrite the Secret for ever',
    'encryptAES',
    'genCA',
    'genCAWithKey',
    'genPrivateKey',
    'genSelfSignedCert',
    'genSelfSignedCertWithKey',
    'genSignedCert',
    'genSignedCertWithKey',
    'randAlpha',
    'randAlphaNum',
    'randAscii',
    'randBytes',
    'randInt',
    'randNumeric',
    'shuffle',
    'uuidv4',
  ),
  ...refuse('it is too slow for an operator', 'derivePassword'),
  ...refuse(
    PKCS_12,
    'fullPemToPkcs12',
    'fullPemToPkcs12Pass',
    'pemToPkcs12',
    'pemToPkcs12Pass',
    'pemTruststoreToPKCS12',
    'pemTruststoreToPKCS12Pass',
    'pkcs12cert',
    'pkcs12certPass',
    'pkcs12key',
    'pkcs12keyPass',
  ),
  ...refuse('it is left from an earlier engine: name the key instead, as in {{ .key }}', 'getSecretKey'),
])

export const VOCABULARY: Vocabulary = {
  functions: new Map<string, Func>(FUNCTION_GROUPS.flatMap(([, table]) => [...table])),
  refused: REFUSED,
}
