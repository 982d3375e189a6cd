// This file is about PEM blocks and certificates in templates.
import type { Budget } from '../budget.ts'
import { type Certificate, chainOf, isRoot, parseCertificate } from '../certificates.ts'
import { CallError } from '../errors.ts'
import { fn, type FuncTable } from '../func.ts'
import { blocks, encodeBlock, nextBlock, type PemBlock, pemText } from '../pem.ts'
import { strings } from '../values.ts'
import { parseUrl, urlText } from '../urls.ts'

/** Reading a certificate takes OpenSSL some 30 µs, reading a block of PEM some 5. */
const CERTIFICATE_STEPS = 100
const BLOCK_STEPS = 20

/** A chain is searched for the signer of each. */
const MOST_CERTIFICATES = 100

function* charged(text: string, budget: Budget): Generator<PemBlock> {
  budget.text(text.length * 2)
  budget.parsed(text.length)
  for (const block of blocks(text)) {
    budget.step(BLOCK_STEPS)
    yield block
  }
}

function filterPem(type: string, text: string, budget: Budget): string {
  let out = ''
  budget.parsed(text.length)
  let rest = text.length
  let kept = 0
  for (let found = nextBlock(text, 0); found !== undefined; found = nextBlock(text, found.next)) {
    budget.step(BLOCK_STEPS)
    rest = text.length - found.next
    if (found.block.type.toLowerCase() !== type.toLowerCase()) continue
    const block = encodeBlock(found.block)
    if (block === undefined) throw new CallError('pem: cannot encode a header key that contains a colon')
    kept++
    out += block
    budget.grow(out.length, block.length)
  }
  if (kept === 0 && rest > 0) throw new CallError('error filtering pem: found junk')
  return out
}

function certificatesOf(text: string, budget: Budget): Certificate[] {
  const found: Certificate[] = []
  for (const { bytes } of charged(text, budget)) {
    budget.step(CERTIFICATE_STEPS)
    if (found.length >= MOST_CERTIFICATES) throw new CallError(`more than ${MOST_CERTIFICATES} certificates`)
    found.push(parseCertificate(bytes))
  }
  return found
}

const asPem = ({ raw }: Certificate): string => pemText('CERTIFICATE', raw)

function filterChain(kind: string, text: string, budget: Budget): string {
  const certificates = certificatesOf(text, budget)
  budget.step((certificates.length * certificates.length) / 4)
  const chain = chainOf(certificates)
  const [leaf] = chain
  const last = chain.at(-1)
  if (kind === 'leaf') return leaf !== undefined && !isRoot(leaf) ? asPem(leaf) : ''
  if (kind === 'root') return last !== undefined && isRoot(last) ? asPem(last) : ''
  if (kind !== 'intermediate') return ''
  const above = chain.slice(1)
  const root = above.findIndex(isRoot)
  return (root < 0 ? above : above.slice(0, root)).map(asPem).join('')
}

const dotted = (bytes: Buffer): string => Array.from(bytes, String).join('.')

/** An address as net.IP prints it. */
function addressText(bytes: Buffer): string {
  if (bytes.length === 4) return dotted(bytes)
  if (bytes.length !== 16) throw new CallError('x509: cannot parse IP address of length')
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(i * 2).toString(16))
  if (/^(0:){5}ffff:/.test(`${groups.join(':')}:`)) return dotted(bytes.subarray(12))
  const runs = [...groups.join(':').matchAll(/(?<![^:])0(:0)+(?![^:])/g)].toSorted(
    (a, b) => b[0].length - a[0].length,
  )
  const [longest] = runs
  if (longest === undefined) return groups.join(':')
  const text = groups.join(':')
  const head = text.slice(0, longest.index).replace(/:$/, '')
  const tail = text.slice(longest.index + longest[0].length).replace(/^:/, '')
  return `${head}::${tail}`
}

function namesIn(text: string, budget: Budget): string[] {
  const [first] = charged(text, budget)
  if (first === undefined) throw new CallError('failed to decode PEM block')
  budget.step(CERTIFICATE_STEPS)
  const { names } = parseCertificate(first.bytes)
  const uris = names.uris.map((uri) => urlText(parseUrl(uri)))
  const all = [...names.dns, ...names.addresses.map(addressText), ...names.mail, ...uris]
  budget.step(all.length)
  return all
}

export const CERTIFICATES: FuncTable = new Map([
  ['filterPEM', fn(['string', 'string'], (type, text, { budget }) => filterPem(type, text, budget))],
  ['filterCertChain', fn(['string', 'string'], (kind, text, { budget }) => filterChain(kind, text, budget))],
  ['certSANs', fn(['string'], (text, { budget }) => strings(namesIn(text, budget)))],
])
