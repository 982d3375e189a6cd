// This file is about parsing each distinct template once: thousands of objects share a handful of texts.
import { LRUCache } from 'lru-cache'
import { type Parsed, parseTemplate } from './template.ts'

/** Characters of templates kept; parsed they take some ten times as many bytes. A single text beyond it is not kept. */
const KEPT = 2 << 20

export class ParsedTemplates {
  readonly #cache = new LRUCache<string, Parsed>({
    maxSize: KEPT,
    sizeCalculation: (_parsed, key) => key.length,
  })

  /** `name` is the key the template stands under; errors name it. */
  get(name: string, text: string): Parsed {
    const key = `${name}\n${text}`
    let parsed = this.#cache.get(key)
    if (parsed === undefined) {
      parsed = parseTemplate(name, text)
      this.#cache.set(key, parsed)
    }
    return parsed
  }
}
