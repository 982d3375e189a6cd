// This file is about keys and ciphers in templates: JSON web keys as PEM, decryption, certificates with their keys.
import {
  constants,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  type JsonWebKeyInput,
  type KeyObject,
  privateDecrypt,
} from 'node:crypto'
import { decodeStrict } from '../base64.ts'
import { parseCertificate } from '../certificates.ts'
import { CallError } from '../errors.ts'
import { fn, type Func, type FuncTable, type Scene } from '../func.ts'
import { blocks, pemText } from '../pem.ts'
import { GoMap, type Struct } from '../values.ts'

type JsonWebKey = JsonWebKeyInput['key']

const bytesOf = (s: string): Buffer => Buffer.from(s, 'latin1')

/** Checking and using a private key takes OpenSSL some 2 ms. */
const PRIVATE_KEY_STEPS = 5000
const PUBLIC_KEY_STEPS = 300

/** OpenSSL's words may show parts of a key: whatever it says, the template is told this. */
function orRefuse<T>(refusal: string, act: () => T): T {
  try {
    return act()
  } catch {
    throw new CallError(refusal)
  }
}

/** Curves that the Go library has no PKIX or PKCS #8 form for (X25519, X448, Ed448, secp256k1) are refused. */
const CURVES = new Set(['P-256', 'P-384', 'P-521', 'Ed25519'])

const NUMBERS = new Set(['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi', 'x', 'y'])
const TEXTS = new Set(['kty', 'crv', 'use', 'alg', 'kid', 'x5u', 'x5t'])

/** Numbers are base64 in either alphabet, padded or not; other members are of no interest. */
function isMember(name: string, value: unknown): boolean {
  if (!NUMBERS.has(name)) return !TEXTS.has(name) || typeof value === 'string'
  if (typeof value !== 'string' || !/^(?:[A-Za-z0-9_-]*|[A-Za-z0-9+/]*)={0,2}$/.test(value)) return false
  return value.endsWith('=') ? value.length % 4 === 0 : value.length % 4 !== 1
}

/** A key of 16,384 bits has some 20,000 characters. */
const LONGEST_JWK = 32_768

function readJwk(text: string): JsonWebKey {
  if (text.length > LONGEST_JWK) throw new CallError('the JSON web key is too large')
  const jwk: unknown = orRefuse('failed to parse the JSON web key', () =>
    JSON.parse(bytesOf(text).toString()),
  )
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk)) {
    throw new CallError('failed to parse the JSON web key')
  }
  if (!Object.entries(jwk).every(([name, value]) => isMember(name, value))) {
    throw new CallError('failed to parse the JSON web key')
  }
  const { kty, crv } = jwk as JsonWebKey
  if (kty === 'RSA') return jwk
  if ((kty === 'EC' || kty === 'OKP') && CURVES.has(crv ?? '')) return jwk
  throw new CallError('the key type or curve of the JSON web key is not supported')
}

const der = (key: KeyObject, type: 'spki' | 'pkcs8'): Buffer =>
  key.export({ type: type as 'spki', format: 'der' })

function publicPem(text: string, { budget }: Scene): string {
  budget.step(PUBLIC_KEY_STEPS)
  const jwk = readJwk(text)
  if (jwk.d !== undefined)
    throw new CallError('x509: unsupported public key type: the JSON web key is private')
  const key = orRefuse('the JSON web key is not valid', () => createPublicKey({ key: jwk, format: 'jwk' }))
  return pemText('PUBLIC KEY', der(key, 'spki'))
}

const bigOf = (text: string): bigint => BigInt(`0x${Buffer.from(text, 'base64url').toString('hex') || '0'}`)
const textOf = (n: bigint): string => {
  const hex = n.toString(16)
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').toString('base64url')
}

/** Longer moduli are refused: the inverse below takes time by the square of it. */
const LONGEST_PRIME = 1024

function inverse(a: bigint, modulus: bigint): bigint {
  let [r, next, x, y] = [modulus, a % modulus, 0n, 1n]
  while (next !== 0n) {
    const q = r / next
    ;[r, next, x, y] = [next, r - q * next, y, x - q * y]
  }
  return ((x % modulus) + modulus) % modulus
}

/** The numbers that speed RSA up may be left out of a JSON web key, but OpenSSL asks for them. */
function withPrecomputed(jwk: JsonWebKey): JsonWebKey {
  const { d, p, q } = jwk
  if (jwk.kty !== 'RSA' || d === undefined || p === undefined || q === undefined) return jwk
  if (Math.max(p.length, q.length) > LONGEST_PRIME) throw new CallError('the JSON web key is too large')
  const [D, P, Q] = [bigOf(d), bigOf(p), bigOf(q)]
  if (P < 3n || Q < 3n) throw new CallError('the JSON web key is not valid')
  const computed = { dp: D % (P - 1n), dq: D % (Q - 1n), qi: inverse(Q, P) }
  const differs = (given: string | undefined, value: bigint): boolean =>
    given !== undefined && bigOf(given) !== value
  if (differs(jwk.dp, computed.dp) || differs(jwk.dq, computed.dq) || differs(jwk.qi, computed.qi)) {
    throw new CallError('the JSON web key is not valid')
  }
  return { ...jwk, dp: textOf(computed.dp), dq: textOf(computed.dq), qi: textOf(computed.qi) }
}

function privatePem(text: string, { budget }: Scene): string {
  budget.step(PRIVATE_KEY_STEPS)
  const jwk = readJwk(text)
  if (jwk.d === undefined) throw new CallError('x509: unknown key type: the JSON web key is public')
  const key = orRefuse('the JSON web key is not valid', () =>
    createPrivateKey({ key: withPrecomputed(jwk), format: 'jwk' }),
  )
  return pemText('PRIVATE KEY', der(key, 'pkcs8'))
}

/** A private key in any of the three forms it may have in a PEM block, whatever the block calls itself. */
function privateKeyOf(key: Buffer): KeyObject {
  for (const type of ['pkcs1', 'pkcs8', 'sec1'] as const) {
    try {
      return createPrivateKey({ key, format: 'der', type })
    } catch {
      // The next form may fit.
    }
  }
  throw new CallError('could not parse private key: unable to parse private key type')
}

const HASHES: ReadonlyMap<string, string> = new Map([
  ['SHA1', 'sha1'],
  ['SHA512', 'sha512'],
])

/** Go uses no shorter RSA keys. */
const SHORTEST_RSA = 1024

function rsaDecrypt(scheme: string, hash: string, secret: string, pem: string, { budget }: Scene): string {
  if (scheme === 'None') return secret
  if (scheme !== 'RSA-OAEP') throw new CallError('decryption scheme is not supported')
  budget.step(PRIVATE_KEY_STEPS)
  const [block] = blocks(pem)
  if (block === undefined) throw new CallError('failed to decode PEM block')
  const key = privateKeyOf(block.bytes)
  if (key.asymmetricKeyType !== 'rsa') throw new CallError('could not parse RSA private key')
  if ((key.asymmetricKeyDetails?.modulusLength ?? 0) < SHORTEST_RSA)
    throw new CallError('the RSA key is insecure')
  const oaepHash = HASHES.get(hash) ?? 'sha256'
  const open = { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }
  return orRefuse('error decrypting data with RSA', () =>
    privateDecrypt(open, bytesOf(secret)).toString('latin1'),
  )
}

const AES_KEY = 32
const AES_BLOCK = 16

/** AES-256 in CBC mode, the vector first; the padding is believed as sprig does. */
function decryptAes(password: string, secret: string, { budget }: Scene): string {
  if (secret === '') return ''
  budget.characters(secret.length)
  const bytes = decodeStrict(secret)
  if (bytes === undefined) throw new CallError('illegal base64 data')
  if (bytes.length <= AES_BLOCK || bytes.length % AES_BLOCK !== 0) {
    throw new CallError('the encrypted text is no whole number of blocks after its vector')
  }
  const key = Buffer.alloc(AES_KEY)
  bytesOf(password).copy(key)
  const decipher = createDecipheriv('aes-256-cbc', key, bytes.subarray(0, AES_BLOCK)).setAutoPadding(false)
  const open = Buffer.concat([decipher.update(bytes.subarray(AES_BLOCK)), decipher.final()])
  const end = open.length - (open.at(-1) ?? 0)
  if (end < 0) throw new CallError('slice bounds out of range')
  return open.subarray(0, end).toString('latin1')
}

/** What sprig calls a certificate: the PEM texts of one and of its key. */
class KeyPair implements Struct {
  readonly typeName = 'sprig.certificate'
  readonly kind = 'struct'
  readonly isStringer = false
  readonly cert: string
  readonly key: string
  constructor(cert: string, key: string) {
    this.cert = cert
    this.key = key
  }
  get fields(): GoMap {
    return new GoMap('string', new Map(Object.entries({ Cert: this.cert, Key: this.key })))
  }
  text(): string {
    return `{${this.cert} ${this.key}}`
  }
  jsonText(): string {
    return this.text()
  }
}

function decodeBase64(text: string, what: string): string {
  const bytes = decodeStrict(text)
  if (bytes === undefined) throw new CallError(`unable to decode base64 ${what}`)
  return bytes.toString('latin1')
}

/** The forms of a private key by what its PEM block is called. */
const KEY_FORMS: ReadonlyMap<string, 'pkcs1' | 'pkcs8' | 'sec1'> = new Map([
  ['PRIVATE KEY', 'pkcs8'],
  ['RSA PRIVATE KEY', 'pkcs1'],
  ['EC PRIVATE KEY', 'sec1'],
])

function buildCustomCert(cert64: string, key64: string, { budget }: Scene): Struct {
  budget.step(PRIVATE_KEY_STEPS)
  const cert = decodeBase64(cert64, 'certificate')
  const key = decodeBase64(key64, 'private key')
  const [certBlock] = blocks(cert)
  if (certBlock === undefined) throw new CallError('unable to decode certificate')
  parseCertificate(certBlock.bytes)
  const [keyBlock] = blocks(key)
  const form = KEY_FORMS.get(keyBlock?.type ?? '')
  if (keyBlock === undefined || form === undefined) throw new CallError('error parsing private key')
  orRefuse('error parsing private key', () =>
    createPrivateKey({ key: keyBlock.bytes, format: 'der', type: form }),
  )
  return new KeyPair(cert, key)
}

export const KEYS: FuncTable = new Map<string, Func>([
  ['jwkPublicKeyPem', fn(['string'], publicPem)],
  ['jwkPrivateKeyPem', fn(['string'], privatePem)],
  ['rsaDecrypt', fn(['string', 'string', 'string', 'string'], rsaDecrypt)],
  ['decryptAES', fn(['string', 'string'], decryptAes)],
  ['buildCustomCert', fn(['string', 'string'], buildCustomCert)],
])

const ofPair = (read: (pair: KeyPair) => string): Func =>
  fn(['any'], (v) => (v instanceof KeyPair ? read(v) : null))

export const CERTIFICATE_FIELDS: FuncTable = new Map([
  ['Cert', ofPair((pair) => pair.cert)],
  ['Key', ofPair((pair) => pair.key)],
])
