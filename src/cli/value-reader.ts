// This file is about reading option values: all mistakes are gathered and told at once.
import { readEach, splitList, type Value } from '../config/values.ts'

export interface ValueReader {
  readonly mistakes: string[]
  one<T>(flag: string, given: string | boolean | undefined, read: (text: string) => Value<T>): T | undefined
  /** A repeated flag, each a comma list; empty when not given. */
  many<T>(flag: string, given: readonly string[] | undefined, read: (text: string) => Value<T>): readonly T[]
}

export function valueReader(): ValueReader {
  const mistakes: string[] = []
  const take = <T>(flag: string, text: string, result: Value<T>): T | undefined => {
    if (result.is === 'value') return result.value
    mistakes.push(`${flag}: "${text}" ${result.because}`)
    return undefined
  }
  return {
    mistakes,
    one: (flag, given, read) =>
      given === undefined ? undefined : take(flag, String(given), read(String(given))),
    many: (flag, given = [], read) => {
      const text = given.join(',')
      return take(flag, text, readEach(splitList(text), read)) ?? []
    },
  }
}
