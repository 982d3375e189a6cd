// This file is about keeping one copy of what many objects say in the same words: templates, references, conditions.
import { LRUCache } from 'lru-cache'

/** Far more than differ among a thousand objects that were made alike. */
const MOST_KEPT = 1000
/** Longer parts are hardly ever equal, and comparing them costs. */
const LONGEST = 2048

type Members = Record<string, unknown>

export class EqualParts {
  readonly #known = new LRUCache<string, { readonly value: unknown }>({ max: MOST_KEPT })

  /** Parsed JSON with equal parts seen before, at any depth, in place of its own: none of it may be changed any more. */
  readonly share = <T>(parsed: T): T => {
    const text = this.#textOf(parsed)
    return text === undefined ? parsed : (this.#first(text, parsed) as T)
  }

  /** A text that no other value has, once its parts are shared; none where it would be too long to be looked for. */
  #textOf(value: unknown): string | undefined {
    if (typeof value === 'string') return value.length > LONGEST ? undefined : JSON.stringify(value)
    if (typeof value !== 'object' || value === null) return String(value)
    let text: string | undefined = Array.isArray(value) ? '[' : '{'
    for (const key of Object.keys(value)) {
      const member = (value as Members)[key]
      const part = this.#textOf(member)
      if (part === undefined) text = undefined
      else {
        if (typeof member === 'string' || typeof member === 'object')
          (value as Members)[key] = this.#first(part, member)
        if (text !== undefined) text += `${JSON.stringify(key)}:${part},`
      }
    }
    return text === undefined || text.length > LONGEST ? undefined : text
  }

  #first(text: string, value: unknown): unknown {
    const known = this.#known.get(text)
    if (known !== undefined) return known.value
    this.#known.set(text, { value })
    return value
  }
}
