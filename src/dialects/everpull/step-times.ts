// This file is about how long the steps of a test took, and AWS's ids of them: told as events, as no status is to hold them.
import type { Step } from '../../model/probe.ts'
import type { EventWords } from '../dialect.ts'

export const TIMES_REASON = 'StepsTimed'

/** The API server cuts an event at 1,024 characters. */
const LONGEST = 1000

export interface StepTimes {
  readonly tookMs: number
  readonly requestId?: string
}

/** A step is told as its number, its name and its times; as many as fit into one event. */
export function timesEvents(steps: readonly Step[]): readonly EventWords[] {
  const messages: string[] = []
  for (const [at, step] of steps.entries()) {
    const text = stepText(step, at + 1)
    const last = messages.at(-1)
    if (last !== undefined && last.length + 2 + text.length <= LONGEST) {
      messages[messages.length - 1] = `${last}; ${text}`
    } else messages.push(text)
  }
  return messages.map((message) => ({ type: 'Normal', reason: TIMES_REASON, message }))
}

const stepText = ({ name, tookMs, requestId }: Step, number: number): string =>
  `${number} ${name} took ${tookMs} ms${requestId === undefined ? '' : ` as request ${requestId}`}`

const STEP = /^(\d+) .* took (\d+) ms(?: as request (\S+))?$/

/** By number of the step, which begins with one; what reads otherwise is left out. */
export function readTimes(messages: readonly string[]): ReadonlyMap<number, StepTimes> {
  const times = new Map<number, StepTimes>()
  for (const text of messages.flatMap((message) => message.split('; '))) {
    const [, number, tookMs, requestId] = STEP.exec(text) ?? []
    if (number === undefined) continue
    times.set(Number(number), {
      tookMs: Number(tookMs),
      ...(requestId === undefined ? {} : { requestId }),
    })
  }
  return times
}
