// This file is about where our engine and the judge may answer differently, and why.
import type { Answer } from './judge.ts'

interface Exclusion {
  readonly because: string
  applies(template: string, go: Answer, our: Answer): boolean
}

const bytesText = (answer: Answer): string => ('bytes' in answer ? answer.bytes.toString('latin1') : '')
const withoutDigits = (answer: Answer): string => bytesText(answer).replaceAll(/[.,]?\d+/g, '')

/** Looked at only where answers differ; whatever none of them covers fails the comparison. */
const EXCLUSIONS: readonly Exclusion[] = [
  {
    because: 'only we count steps, and the judge refuses counts that would fill the machine',
    applies: (_, go, our) =>
      ('err' in our && our.limit) || ('err' in go && go.limit && !go.err.includes('died')),
  },
  {
    because: 'the clock went on between the two: dates of what is no time are dates of now',
    applies: (template, go, our) =>
      /date|now|ago|duration/i.test(template) && withoutDigits(go) === withoutDigits(our),
  },
  {
    because: 'fromYaml gives an error as a value, and the words of errors are our own',
    applies: (template, go) =>
      template.includes('fromYaml') && /yaml: |converting YAML|into Go value/.test(bytesText(go)),
  },
  {
    because: 'Go prints addresses of its memory, which differ every time; we refuse',
    applies: (_, __, our) => 'err' in our && our.err.includes('addresses of memory'),
  },
  {
    because: 'a float beyond 64 bits becomes another integer on each processor, in Go itself',
    applies: (template) => /\d[eE]\+?(?:19|[2-9]\d|\d{3})|\d{19}/.test(template),
  },
]

/** Why a difference does not count; undefined when it does. */
export const excused = (template: string, go: Answer, our: Answer): string | undefined =>
  EXCLUSIONS.find((exclusion) => exclusion.applies(template, go, our))?.because
