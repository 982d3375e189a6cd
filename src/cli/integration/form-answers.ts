// This file is about answers at a terminal: held to what the flags take, and lists among them.
import { splitList, type Value } from '../../config/values.ts'
import type { Questions, TextAsked } from '../questions.ts'

type Flaw = (answer: string) => string | undefined

export const flawOf =
  <T>(read: (text: string) => Value<T>): Flaw =>
  (answer) => {
    const result = read(answer)
    return result.is === 'value'
      ? undefined
      : answer === ''
        ? 'it is needed'
        : `"${answer}" ${result.because}`
  }

export const listOf = (answer: string): readonly string[] => splitList(answer)

export const flawOfEach =
  <T>(read: (text: string) => Value<T>): Flaw =>
  (answer) =>
    splitList(answer)
      .map(flawOf(read))
      .find((flaw) => flaw !== undefined)

/** An answer that may be left out. */
export const flawUnlessEmpty =
  <T>(read: (text: string) => Value<T>): Flaw =>
  (answer) =>
    answer === '' ? undefined : flawOf(read)(answer)

/** Asks until the answer can be read. */
export async function askFor<T>(
  questions: Questions,
  asked: TextAsked,
  read: (text: string) => Value<T>,
): Promise<T> {
  const result = read(await questions.text({ ...asked, flaw: flawOf(read) }))
  if (result.is === 'value') return result.value
  throw new TypeError(`an answer was taken that ${result.because}`)
}
