// This file is about parsing each distinct template once: thousands of objects share a handful of texts.
import { LRUCache } from 'lru-cache'
import { type Parsed, parseTemplate } from '../../template/template.ts'

/** Distinct templates kept; a parsed one takes a few kilobytes. */
const KEPT = 1000

export class ParsedTemplates {
  readonly #cache = new LRUCache<string, Parsed>({ max: KEPT })

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
