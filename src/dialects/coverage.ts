// This file is about how a dialect says how far it goes: every field of the API, and what becomes of it.

/**
 * `honoured`: acted upon. `ignored`: of no effect, which the object is told. `later`: not yet supported; an object
 * that uses it is refused. `refused`: will not be supported.
 */
export type Standing = 'honoured' | 'ignored' | 'later' | 'refused'

export interface Coverage {
  /** From `spec` on, `[]` for the members of a list; stands for everything below it. */
  readonly path: string
  readonly standing: Standing
  /** The values that standing is true for; any other is `later`. Absent: all. */
  readonly only?: readonly string[]
  readonly note?: string
}
