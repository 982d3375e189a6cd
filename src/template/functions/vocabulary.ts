// This file is about which functions templates may call, and why some that users know are refused.
import type { Func, Vocabulary } from '../func.ts'
import { CASING } from './casing.ts'
import { DATES } from './dates.ts'
import { DICTS } from './dicts.ts'
import { ENCODING } from './encoding.ts'
import { JSON_FUNCTIONS } from './json.ts'
import { LISTS } from './lists.ts'
import { LOGIC } from './logic.ts'
import { NUMBERS } from './numbers.ts'
import { PATHS } from './paths.ts'
import { PRINTING } from './printing.ts'
import { REGEXES } from './regexes.ts'
import { STRINGS } from './strings.ts'
import { TYPES } from './types.ts'
import { VERSIONS } from './versions.ts'

const TABLES = [
  LOGIC,
  PRINTING,
  STRINGS,
  CASING,
  LISTS,
  DICTS,
  NUMBERS,
  ENCODING,
  JSON_FUNCTIONS,
  REGEXES,
  DATES,
  VERSIONS,
  TYPES,
  PATHS,
]

const refuse = (why: string, ...names: readonly string[]): [string, string][] =>
  names.map((name) => [name, why])

const REFUSED: ReadonlyMap<string, string> = new Map([
  ...refuse('templates do not see the environment of the operator', 'env', 'expandenv'),
  ...refuse('templates do not reach the network', 'getHostByName'),
  ...refuse(
    'its answer differs at every rendering, which would rewrite the Secret for ever',
    'bcrypt',
    'buildCustomCert',
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
    'not yet supported',
    'certSANs',
    'decryptAES',
    'filterCertChain',
    'filterPEM',
    'fromYaml',
    'fullPemToPkcs12',
    'fullPemToPkcs12Pass',
    'hexdec',
    'jwkPrivateKeyPem',
    'jwkPublicKeyPem',
    'pemToPkcs12',
    'pemToPkcs12Pass',
    'pemTruststoreToPKCS12',
    'pemTruststoreToPKCS12Pass',
    'pkcs12cert',
    'pkcs12certPass',
    'pkcs12key',
    'pkcs12keyPass',
    'rsaDecrypt',
    'toYaml',
    'urlJoin',
    'urlParse',
  ),
])

export const VOCABULARY: Vocabulary = {
  functions: new Map<string, Func>(TABLES.flatMap((table) => [...table])),
  refused: REFUSED,
}
