// This file is about values nobody may see: they print as "[redacted]" wherever they are printed by accident.
import { inspect } from 'node:util'

const HIDDEN = '[redacted]'

/** A secret value; only `.reveal()` gives it away, and only renderers, the Secret writer and credential adapters call it. */
export class SecretText {
  readonly #value: string
  constructor(value: string) {
    this.#value = value
  }
  reveal(): string {
    return this.#value
  }
  toString(): string {
    return HIDDEN
  }
  toJSON(): string {
    return HIDDEN
  }
  [inspect.custom](): string {
    return HIDDEN
  }
}
