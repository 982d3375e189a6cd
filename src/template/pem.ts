// This file is about PEM as Go's encoding/pem reads and writes it, on byte strings.
import { decodeStrict } from './base64.ts'

export interface PemBlock {
  readonly type: string
  readonly headers: ReadonlyMap<string, string>
  readonly bytes: Buffer
}

const BEGIN = '-----BEGIN '
const END = '\n-----END '
const DASHES = '-----'

/** The line at `at` without its break and the white space before it, and where the next one starts. */
function lineAt(s: string, at: number): { line: string; next: number } {
  const found = s.indexOf('\n', at)
  let end = found < 0 ? s.length : found
  if (found > at && s[end - 1] === '\r') end--
  while (end > at && (s[end - 1] === ' ' || s[end - 1] === '\t')) end--
  return { line: s.slice(at, end), next: found < 0 ? s.length : found + 1 }
}

/** A block may hold blanks too. */
const decodeBody = (text: string): Buffer | undefined => decodeStrict(text.replaceAll(/[ \t\r\n]/g, ''))

/** Header lines up to the first line without a colon; undefined when the text ends among them. */
function readHeaders(s: string, from: number): { headers: Map<string, string>; at: number } | undefined {
  const headers = new Map<string, string>()
  for (let at = from; at < s.length; ) {
    const { line, next } = lineAt(s, at)
    const colon = line.indexOf(':')
    if (colon < 0) return { headers, at }
    headers.set(line.slice(0, colon).trim(), line.slice(colon + 1).trim())
    at = next
  }
  return undefined
}

/** The block that ends at `end`, where its END line is looked for; 'none' when the search is over. */
function blockEndingAt(
  s: string,
  from: number,
  end: number,
): { block: PemBlock; next: number } | 'none' | undefined {
  const begin = s.slice(from, end).lastIndexOf(BEGIN)
  if (begin < 0 || (begin > 0 && s[from + begin - 1] !== '\n')) return undefined
  const { line, next } = lineAt(s, from + begin + BEGIN.length)
  if (!line.endsWith(DASHES)) return undefined
  const type = line.slice(0, -DASHES.length)
  const body = readHeaders(s, next)
  if (body === undefined) return 'none'
  const trailer = end + END.length
  if (body.headers.size > 0 && end < body.at) return trailer < body.at ? 'none' : undefined
  if (s.slice(trailer, trailer + type.length + DASHES.length) !== type + DASHES) return undefined
  const afterTrailer = lineAt(s, trailer + type.length + DASHES.length)
  if (afterTrailer.line !== '') return undefined
  const bytes = decodeBody(s.slice(body.at, Math.max(end, body.at)))
  if (bytes === undefined) return undefined
  return { block: { type, headers: body.headers, bytes }, next: afterTrailer.next }
}

/** The first block at or after `from`, and where the text goes on behind it; undefined when there is none. */
export function nextBlock(s: string, from: number): { block: PemBlock; next: number } | undefined {
  for (let at = from; ; ) {
    const end = s.indexOf(END, at)
    if (end < 0) return undefined
    const found = blockEndingAt(s, at, end)
    if (found === 'none') return undefined
    if (found !== undefined) return found
    at = end + END.length
  }
}

/** Every block in turn. */
export function* blocks(s: string): Generator<PemBlock> {
  for (let found = nextBlock(s, 0); found !== undefined; found = nextBlock(s, found.next)) yield found.block
}

/** The text of a block; undefined when a header cannot be written. */
export function encodeBlock({ type, headers, bytes }: PemBlock): string | undefined {
  const names = [...headers.keys()].toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  if (names.some((name) => name.includes(':'))) return undefined
  const first = names.filter((name) => name === 'Proc-Type')
  const ordered = [...first, ...names.filter((name) => name !== 'Proc-Type')]
  const head = ordered.map((name) => `${name}: ${headers.get(name)}\n`).join('')
  const body = bytes.toString('base64').replaceAll(/.{1,64}/g, '$&\n')
  return `${BEGIN}${type}${DASHES}\n${head}${head === '' ? '' : '\n'}${body}-----END ${type}${DASHES}\n`
}

/** A block without headers. */
export const pemText = (type: string, bytes: Buffer): string =>
  encodeBlock({ type, headers: new Map(), bytes }) ?? ''
