// This file is about X.509 certificates: what templates ask of them, and chains of them put in order.
import { X509Certificate } from 'node:crypto'
import { CallError } from './errors.ts'
import { context, DerError, elements, OBJECT_IDENTIFIER, OCTET_STRING, only, SEQUENCE } from './der.ts'

export interface Certificate {
  readonly raw: Buffer
  /** Undefined when the extension is missing or names no key. */
  readonly authorityKeyId: Buffer | undefined
  readonly subjectKeyId: Buffer | undefined
  readonly names: Names
}

/** The subject alternative names, each kind in the order of the certificate. */
export interface Names {
  readonly dns: readonly string[]
  readonly addresses: readonly Buffer[]
  readonly mail: readonly string[]
  readonly uris: readonly string[]
}

const SUBJECT_KEY_ID = '551d0e'
const SUBJECT_ALTERNATIVE_NAME = '551d11'
const AUTHORITY_KEY_ID = '551d23'
/** The field of a certificate's body that holds its extensions. */
const EXTENSIONS = context(3, true)

/** The extensions of a certificate by their identifiers in hexadecimal. */
function extensionsOf(raw: Buffer): ReadonlyMap<string, Buffer> {
  const body = only(only(raw, SEQUENCE), SEQUENCE)
  const field = elements(body).find(({ tag }) => tag === EXTENSIONS)
  const found = new Map<string, Buffer>()
  for (const extension of field === undefined ? [] : elements(only(field.content, SEQUENCE))) {
    const parts = elements(extension.content)
    const id = parts[0]?.tag === OBJECT_IDENTIFIER ? parts[0].content.toString('hex') : ''
    const value = parts.at(-1)
    if (value?.tag === OCTET_STRING) found.set(id, value.content)
  }
  return found
}

function namesOf(extension: Buffer | undefined): Names {
  const all = extension === undefined ? [] : elements(only(extension, SEQUENCE))
  const tagged = (n: number): Buffer[] => all.filter(({ tag }) => tag === context(n)).map((e) => e.content)
  const texts = (n: number): string[] => tagged(n).map((content) => content.toString('latin1'))
  return { mail: texts(1), dns: texts(2), uris: texts(6), addresses: tagged(7) }
}

function keyIdOf(extension: Buffer | undefined): Buffer | undefined {
  if (extension === undefined) return undefined
  return elements(only(extension, SEQUENCE)).find(({ tag }) => tag === context(0))?.content
}

/** Reads a certificate from DER; throws a CallError when it is none. */
export function parseCertificate(der: Buffer): Certificate {
  try {
    const { raw } = new X509Certificate(der)
    if (raw.length !== der.length) throw new DerError('trailing data')
    const extensions = extensionsOf(raw)
    const subject = extensions.get(SUBJECT_KEY_ID)
    return {
      raw,
      authorityKeyId: keyIdOf(extensions.get(AUTHORITY_KEY_ID)),
      subjectKeyId: subject === undefined ? undefined : only(subject, OCTET_STRING),
      names: namesOf(extensions.get(SUBJECT_ALTERNATIVE_NAME)),
    }
  } catch (error) {
    // OpenSSL's words may show parts of what it read.
    if (error instanceof RangeError) throw error
    throw new CallError('x509: malformed certificate')
  }
}

/** A certificate nobody else is named as the signer of. */
export const isRoot = ({ authorityKeyId, subjectKeyId }: Certificate): boolean =>
  authorityKeyId === undefined || sameKey(authorityKeyId, subjectKeyId)

/** A missing key identifier is as good as an empty one. */
const sameKey = (a: Buffer | undefined, b: Buffer | undefined): boolean =>
  (a ?? Buffer.alloc(0)).equals(b ?? Buffer.alloc(0))

/** The certificates from the leaf to the root, each followed by its signer; throws a CallError when they are no chain. */
export function chainOf(certificates: readonly Certificate[]): readonly Certificate[] {
  const signers = certificates.map((one) =>
    certificates.find((other) => other !== one && sameKey(one.authorityKeyId, other.subjectKeyId)),
  )
  const leaves = certificates.filter((one) => !signers.includes(one))
  const [leaf] = leaves
  if (leaf === undefined) throw new CallError('no leaf certificate found')
  if (leaves.length > 1) throw new CallError('found multiple leaf or disjunct certificates')
  const chain: Certificate[] = []
  for (let next: Certificate | undefined = leaf; next !== undefined; ) {
    if (chain.length >= certificates.length) throw new CallError('constructing chain resulted in cycle')
    chain.push(next)
    next = signers[certificates.indexOf(next)]
  }
  return chain
}
