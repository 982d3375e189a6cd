// This file is about reading a list object by object, so that a page of thousands is never in memory at once.
//
// Assumption: the body is one JSON object whose member "items" is an array of objects, in any position. Only the depth
// of brackets and the ends of strings are followed; what is between is left to JSON.parse, one item at a time.
import type { Breathe } from './breath.ts'
import { KubeError } from './error.ts'
import { LONGEST_LINE } from './lines.ts'
import type { KubeObject } from './resource.ts'

export interface ListMeta {
  readonly resourceVersion: string
  /** Set when there are more pages. */
  readonly continue: string | undefined
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d

/** Depth inside the list object, and inside its array of items. */
const IN_LIST = 1
const IN_ITEMS = 2

/** Gives every item to `onItem` as it is complete. Throws `Malformed` or `TooLarge`; never quotes what it read. */
export async function readList(
  chunks: AsyncIterable<Buffer>,
  onItem: (item: KubeObject) => void,
  breathe: Breathe,
  largest: number = LONGEST_LINE,
): Promise<ListMeta> {
  const splitter = new ItemSplitter(largest)
  for await (const chunk of chunks) {
    for (const item of splitter.push(chunk)) {
      onItem(parse(item) as KubeObject)
      const breath = breathe()
      if (breath !== undefined) await breath
    }
  }
  const envelope = parse(splitter.envelope()) as {
    metadata?: { resourceVersion?: string; continue?: string }
  }
  const { resourceVersion, continue: token } = envelope.metadata ?? {}
  if (resourceVersion === undefined) throw malformed()
  return { resourceVersion, continue: token === '' ? undefined : token }
}

/** Separates the items from everything around them. */
class ItemSplitter {
  readonly #largest: number
  #depth = 0
  #inString = false
  #escaped = false
  /** Between the brackets of "items". */
  #inItems = false
  /** Pieces of the item, or of the envelope, that earlier chunks held. */
  #item: Buffer[] = []
  #itemSize = 0
  #envelope: Buffer[] = []
  #envelopeSize = 0

  constructor(largest: number) {
    this.#largest = largest
  }

  *push(chunk: Buffer): Generator<Buffer> {
    /** Where what is being collected (item or envelope) starts in this chunk; -1 while neither is. */
    let from = this.#inItems && this.#depth === IN_ITEMS ? -1 : 0
    for (let at = this.#afterString(chunk, 0); at < chunk.length; at += 1) {
      const byte = chunk[at]
      if (byte === QUOTE) {
        this.#inString = true
        at = this.#afterString(chunk, at + 1) - 1
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        if (this.#inItems && this.#depth === IN_ITEMS) from = at
        this.#depth += 1
        if (byte === OPEN_BRACKET && this.#depth === IN_ITEMS && !this.#inItems) {
          this.#keepEnvelope(chunk.subarray(from, at + 1))
          this.#inItems = this.#endsWithItems()
          from = this.#inItems ? -1 : at + 1
        }
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        this.#depth -= 1
        if (this.#inItems && this.#depth === IN_ITEMS) {
          yield this.#wholeItem(chunk.subarray(from, at + 1))
          from = -1
        } else if (this.#inItems && this.#depth === IN_LIST) {
          this.#inItems = false
          from = at
        }
      }
    }
    if (from < 0) return
    if (this.#inItems) this.#keepItem(chunk.subarray(from))
    else this.#keepEnvelope(chunk.subarray(from))
  }

  /** Where the string that `at` is in ends (or `at` itself outside of one). Most bytes of a list are in strings. */
  #afterString(chunk: Buffer, at: number): number {
    while (this.#inString && at < chunk.length) {
      if (this.#escaped) {
        this.#escaped = false
        at += 1
        continue
      }
      const quote = chunk.indexOf(QUOTE, at)
      const end = quote < 0 ? chunk.length : quote
      const backslashes = trailing(chunk, at, end)
      if (backslashes % 2 === 1) {
        this.#escaped = true
        at = end
      } else {
        this.#inString = quote < 0
        at = quote < 0 ? end : end + 1
      }
    }
    return at
  }

  envelope(): Buffer {
    if (this.#depth !== 0) throw malformed()
    return Buffer.concat(this.#envelope, this.#envelopeSize)
  }

  #wholeItem(last: Buffer): Buffer {
    this.#keepItem(last)
    const whole = this.#item.length === 1 ? last : Buffer.concat(this.#item, this.#itemSize)
    this.#item = []
    this.#itemSize = 0
    return whole
  }

  #keepItem(piece: Buffer): void {
    this.#item.push(piece)
    this.#itemSize += piece.length
    if (this.#itemSize > this.#largest) throw tooLarge(this.#largest)
  }

  #keepEnvelope(piece: Buffer): void {
    this.#envelope.push(piece)
    this.#envelopeSize += piece.length
    if (this.#envelopeSize > this.#largest) throw tooLarge(this.#largest)
  }

  #endsWithItems(): boolean {
    const tail = Buffer.concat(this.#envelope, this.#envelopeSize).subarray(-64).toString()
    return /"items"\s*:\s*\[$/.test(tail)
  }
}

/** How many backslashes stand directly before `end`, none before `start` counted. */
function trailing(chunk: Buffer, start: number, end: number): number {
  let at = end
  while (at > start && chunk[at - 1] === BACKSLASH) at -= 1
  return end - at
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    // The parser's own message quotes what it stumbled over, which may be a Secret's.
    throw malformed()
  }
}

const malformed = (): KubeError =>
  new KubeError({ status: 0, reason: 'Malformed', message: 'the answer is not a list of objects' })

const tooLarge = (largest: number): KubeError =>
  new KubeError({
    status: 0,
    reason: 'TooLarge',
    message: `an object of a list is larger than ${largest} bytes`,
  })
