// This file is about values nobody may see: they print as "[redacted]" wherever they are printed by accident.
import { inspect } from 'node:util'

const HIDDEN = '[redacted]'

/** A secret value; only `.reveal()` gives it away, where it is rendered, compared, written or used. */
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

/** The data of a Secret: key names may be seen, values only through `.reveal()`. */
export class SecretData {
  readonly #values: ReadonlyMap<string, Buffer>
  constructor(values: ReadonlyMap<string, Buffer>) {
    this.#values = values
  }
  get keys(): readonly string[] {
    return [...this.#values.keys()]
  }
  reveal(): ReadonlyMap<string, Buffer> {
    return this.#values
  }
  toString(): string {
    return HIDDEN
  }
  toJSON(): Record<string, string> {
    return Object.fromEntries(this.keys.map((key) => [key, HIDDEN]))
  }
  [inspect.custom](): string {
    return `SecretData(${this.keys.join(', ')})`
  }
}
