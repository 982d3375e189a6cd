// This file is about rendered values that are base64 once more: decoded as strictly as Go does.
import type { TemplateFrom } from '../../model/shape.ts'
import { type Alphabet, decodeStrict } from '../../template/base64.ts'

type Decoding = TemplateFrom['decoding']

/** Undefined when the value is not encoded so. */
export function decode(value: Buffer, decoding: Decoding): Buffer | undefined {
  switch (decoding) {
    case 'none':
      return value
    case 'base64':
      return decodeAs(value, 'standard')
    case 'base64url':
      return decodeAs(value, 'url')
    case 'auto':
      return decodeAs(value, 'standard') ?? decodeAs(value, 'url') ?? value
  }
}

const decodeAs = (value: Buffer, alphabet: Alphabet): Buffer | undefined =>
  decodeStrict(value.toString('latin1'), alphabet)
