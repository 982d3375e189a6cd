// This file is about where our engine and the judge may answer differently, and why.
import type { Answer } from './judge.ts'

interface Exclusion {
  readonly because: string
  applies(template: string, go: Answer, our: Answer): boolean
}

/** Whether both rendered, and the same save for what a pattern stands for. */
function alike(go: Answer, our: Answer, varying: RegExp): boolean {
  if ('err' in go || 'err' in our) return false
  const [theirs, own] = [go, our].map(({ bytes }) => bytes.toString('latin1').replaceAll(varying, ''))
  return theirs === own
}

const sorted = (answer: Answer): Answer =>
  'bytes' in answer ? { bytes: Buffer.from(answer.bytes.toSorted()) } : answer

const DIGITS = /-?[.,]?\d+/g
const HASH = /\$2a\$10\$[./A-Za-z0-9]{53}/g
/** Whatever other functions made of it. */
const YAML_ERROR = /convert\w*\W*yaml|unmarshal/i

/** Looked at only where answers differ; whatever none of them covers fails the comparison. */
const EXCLUSIONS: readonly Exclusion[] = [
  {
    because: 'only we count steps, and the judge refuses counts that would fill the machine',
    applies: (_, go, our) =>
      ('err' in our && our.limit) || ('err' in go && go.limit && !go.err.includes('died')),
  },
  {
    because: 'the clock went on between the two: dates of what is no time are dates of now',
    applies: (template, go, our) => /date|now|ago|duration/i.test(template) && alike(go, our, DIGITS),
  },
  {
    because: 'a float beyond 64 bits becomes another integer on each processor, in Go itself',
    applies: (template, go, our) =>
      /\d[eE]\+?(?:19|[2-9]\d|\d{3})|\d{19}/.test(template) && alike(go, our, DIGITS),
  },
  {
    because: 'Go gives keys and values in any order',
    applies: (template, go, our) => /keys|values/.test(template) && alike(sorted(go), sorted(our), /$^/g),
  },
  {
    because: 'bcrypt draws a salt each time',
    applies: (_, go, our) => alike(go, our, HASH),
  },
  {
    because: 'fromYaml gives an error as a value, and the words of errors are our own',
    applies: (template, go, our) =>
      template.includes('fromYaml') &&
      [go, our].every((answer) => 'bytes' in answer && YAML_ERROR.test(answer.bytes.toString('latin1'))),
  },
  {
    because: 'Go prints addresses of its memory, which differ every time; we refuse',
    applies: (_, __, our) => 'err' in our && our.err.includes('addresses of memory'),
  },
]

/** Why a difference does not count; undefined when it does. */
export const excused = (template: string, go: Answer, our: Answer): string | undefined =>
  EXCLUSIONS.find((exclusion) => exclusion.applies(template, go, our))?.because
