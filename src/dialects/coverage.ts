// This file is about how a dialect says how far it goes: every field of the API, and what becomes of it.

/**
 * `honoured`: acted upon. `ignored`: of no effect, which the object is told. `refused`: an object that uses it is
 * refused.
 */
export type Standing = 'honoured' | 'ignored' | 'refused'

export interface Coverage {
  /** From `spec` on, `[]` for the members of a list; what is not honoured stands for everything below it. */
  readonly path: string
  readonly standing: Standing
  /** The values that standing is true for; any other is refused. Absent: all. */
  readonly only?: readonly string[]
  readonly note?: string
  /** Refused by whatever acts upon it, in the words of the original. */
  readonly isToldWhereUsed?: true
}
