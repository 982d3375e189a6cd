// This file is about a map of texts written as YAML, as Kubernetes' own tools read it into texts: `yes` is "true", 0123 is "83".
import type { Budget } from '../../template/budget.ts'
import { LimitError } from '../../template/errors.ts'
import { readYamlTexts } from '../../template/yaml-read.ts'

export type YamlTexts =
  | { readonly is: 'texts'; readonly texts: ReadonlyMap<string, Buffer> }
  /** The words name places, never what stands there. */
  | { readonly is: 'refused'; readonly because: string }

/** Of the budget a line `key: value` takes some 230 steps, and a block of any length some 170. */
export function parseYamlTexts(source: Buffer, budget: Budget): YamlTexts {
  try {
    const read = readYamlTexts(source.toString('latin1'), budget)
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
