// This file is about asking whoever sits at the terminal: text, secrets, and one or several of a list.
import { CommandFailure } from '../operator/commands.ts'
import { shownText } from './shown-text.ts'

export interface Choice<T> {
  readonly name: string
  readonly value: T
  readonly describes?: string
  /** Why it cannot be chosen. */
  readonly refused?: string
}

export interface TextAsked {
  readonly message: string
  readonly preset?: string
  /** What is wrong with an answer, as a sentence. */
  readonly flaw?: (answer: string) => string | undefined
}

/** Each rejects with a CommandFailure where whoever is asked leaves. */
export interface Questions {
  text(asked: TextAsked): Promise<string>
  /** Nothing of the answer is shown, not even its length. */
  secret(asked: TextAsked): Promise<string>
  one<T>(message: string, choices: readonly Choice<T>[]): Promise<T>
  many<T>(message: string, choices: readonly Choice<T>[]): Promise<readonly T[]>
}

/** Asked on standard error, so that what is told can be piped on; the library is loaded with the first question. */
export function terminalQuestions(): Questions {
  const context = { input: process.stdin, output: process.stderr }
  const validate = (flaw: TextAsked['flaw']) => (answer: string) => flaw?.(answer.trim()) ?? true
  return {
    async text({ message, preset, flaw }) {
      const { default: input } = await import('@inquirer/input')
      const asked = {
        message: shownText(message),
        validate: validate(flaw),
        ...(preset === undefined ? {} : { default: shownText(preset) }),
      }
      return (await answered(input(asked, context))).trim()
    },
    async secret({ message, flaw }) {
      const { default: password } = await import('@inquirer/password')
      return answered(password({ message: shownText(message), validate: validate(flaw) }, context))
    },
    async one(message, choices) {
      const { default: select } = await import('@inquirer/select')
      return answered(select({ message: shownText(message), choices: choices.map(asOffered) }, context))
    },
    async many(message, choices) {
      const { default: checkbox } = await import('@inquirer/checkbox')
      return answered(
        checkbox({ message: shownText(message), choices: choices.map(asOffered), required: true }, context),
      )
    },
  }
}

const asOffered = <T>({ name, value, describes, refused }: Choice<T>) => ({
  name: shownText(name),
  value,
  ...(describes === undefined ? {} : { description: shownText(describes) }),
  ...(refused === undefined ? {} : { disabled: shownText(refused) }),
})

/** Ctrl-C, or a terminal that closes, ends the command. */
async function answered<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    if (!(error instanceof Error) || !ENDED.has(error.name)) throw error
    throw new CommandFailure('left without an answer: nothing was changed')
  }
}

const ENDED = new Set(['ExitPromptError', 'AbortPromptError', 'CancelPromptError'])
