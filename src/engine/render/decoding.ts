// This file is about rendered values that are base64 once more: decoded as strictly as Go does.
import type { TemplateFrom } from '../../model/shape.ts'

type Decoding = TemplateFrom['decoding']

/** Whole groups, the last one padded; the padding's spare bits may be anything. */
const STANDARD = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const URL_SAFE = /^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2}==|[A-Za-z0-9_-]{3}=)?$/

/** Undefined when the value is not encoded so. */
export function decode(value: Buffer, decoding: Decoding): Buffer | undefined {
  switch (decoding) {
    case 'none':
      return value
    case 'base64':
      return decodeAs(value, STANDARD)
    case 'base64url':
      return decodeAs(value, URL_SAFE)
    case 'auto':
      return decodeAs(value, STANDARD) ?? decodeAs(value, URL_SAFE) ?? value
  }
}

/** Line breaks count for nothing, other white space is an error. Node reads both alphabets. */
function decodeAs(value: Buffer, alphabet: RegExp): Buffer | undefined {
  const text = value.toString('latin1').replaceAll(/[\r\n]/g, '')
  return alphabet.test(text) ? Buffer.from(text, 'base64') : undefined
}
