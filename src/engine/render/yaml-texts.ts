// This file is about a map of texts written as YAML, as Kubernetes' own tools read it into texts: `yes` is "true", 0123 is "83".
import { Budget, DEFAULT_LIMITS } from '../../template/budget.ts'
import { LimitError } from '../../template/errors.ts'
import { readYamlTexts } from '../../template/yaml-read.ts'

export type YamlTexts =
  | { readonly is: 'texts'; readonly texts: ReadonlyMap<string, Buffer> }
  /** The words name places, never what stands there. */
  | { readonly is: 'refused'; readonly because: string }

/** Some 6000 tokens, of which a line `key: value` has seven and a block of any length five: they are read in 50 ms. */
const LIMITS = { ...DEFAULT_LIMITS, steps: 200_000 }

export function parseYamlTexts(source: Buffer): YamlTexts {
  try {
    const read = readYamlTexts(source.toString('latin1'), new Budget(LIMITS))
    if (read.is === 'refused') return read
    const texts = [...read.texts].map(([key, text]) => [asBytes(key).toString(), asBytes(text)] as const)
    return { is: 'texts', texts: new Map(texts) }
  } catch (error) {
    // The library descends as deep as the text is nested, until the stack is full.
    if (error instanceof RangeError) return { is: 'refused', because: 'it is nested too deep' }
    if (error instanceof LimitError) return { is: 'refused', because: `it is too costly: ${error.message}` }
    throw error
  }
}

const asBytes = (text: string): Buffer => Buffer.from(text, 'latin1')
