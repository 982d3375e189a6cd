// This file is about cutting a stream of bytes into lines, as a watch sends one event per line.
import { KubeError } from './error.ts'

/** An object of etcd's 1.5 MB with its base64 data escaped, and room to spare. */
export const LONGEST_LINE = 8 << 20
const NEWLINE = 0x0a

/** Lines without their end; a rest without a newline is an event cut in two, and is dropped. */
export async function* linesOf(
  chunks: AsyncIterable<Buffer>,
  longest = LONGEST_LINE,
): AsyncGenerator<Buffer> {
  let pieces: Buffer[] = []
  let size = 0
  for await (const chunk of chunks) {
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const rest = chunk.subarray(start, end)
      start = end + 1
      if (size + rest.length > longest) throw tooLong(longest)
      if (pieces.length === 0) yield rest
      else yield Buffer.concat([...pieces, rest])
      pieces = []
      size = 0
    }
    if (start === chunk.length) continue
    pieces.push(chunk.subarray(start))
    size += chunk.length - start
    if (size > longest) throw tooLong(longest)
  }
}

const tooLong = (longest: number): KubeError =>
  new KubeError({
    status: 0,
    reason: 'TooLarge',
    message: `a line of a watch is longer than ${longest} bytes`,
  })
