// This file is about how messages call what was rendered: by its key, unless a template made the key too.
import type { TemplateFrom } from '../../model/shape.ts'

export interface Named {
  /** As in `label "a"`, or `a label made by spec.x`. */
  readonly said: string
  readonly at: string
}

/** Which template made a key that nobody wrote down; such a key may hold a login. */
export class Naming {
  readonly #makers = new Map<string, string>()

  made(into: TemplateFrom['into'], key: string, at: string): void {
    this.#makers.set(`${into} ${key}`, at)
  }

  written(into: TemplateFrom['into'], key: string): void {
    this.#makers.delete(`${into} ${key}`)
  }

  of(into: TemplateFrom['into'], key: string): Named {
    const at = this.#makers.get(`${into} ${key}`)
    const what = WORDS[into]
    return at === undefined
      ? { said: `${what} "${key}"`, at: `template ${key}` }
      : { said: `${what === 'annotation' ? 'an' : 'a'} ${what} made by ${at}`, at }
  }
}

const WORDS = { data: 'key', labels: 'label', annotations: 'annotation' } as const
