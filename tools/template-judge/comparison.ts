// This file is about comparing our engine with the judge on random templates.
import { toBytes } from '../../src/template/bytes.ts'
import { Stop } from '../../src/template/errors.ts'
import { VOCABULARY } from '../../src/template/functions/vocabulary.ts'
import { parse } from '../../src/template/parser.ts'
import { parseTemplate } from '../../src/template/template.ts'
import { excused } from './exclusions.ts'
import { type Answer, judged } from './judge.ts'
import { TemplateMaker } from './templates.ts'
import { DATA } from './words.ts'

export interface Difference {
  readonly template: string
  readonly go: Answer
  readonly our: Answer
}

export interface Comparison {
  readonly compared: number
  readonly rendered: number
  readonly differences: readonly Difference[]
  /** How many differences did not count, by why. */
  readonly excused: ReadonlyMap<string, number>
  /** Functions called by any template, and by one that both engines render. */
  readonly called: ReadonlySet<string>
  readonly renderedWith: ReadonlySet<string>
}

function ours(template: string): Answer {
  const parsed = parseTemplate('k', template)
  const done = parsed.is === 'refused' ? parsed : parsed.template.render(DATA)
  if (done.is === 'text') return { bytes: done.bytes }
  return { err: done.error.message, limit: done.error.code === 'limit' }
}

function functionsOf(template: string): ReadonlySet<string> {
  try {
    return parse('k', toBytes(template), VOCABULARY).functions
  } catch (error) {
    if (error instanceof Stop) return new Set()
    throw error
  }
}

const agree = (go: Answer, our: Answer): boolean =>
  'bytes' in go && 'bytes' in our ? go.bytes.equals(our.bytes) : 'err' in go && 'err' in our

/** Templates asked of one judge: its start costs as much as a hundred of them. */
const CHUNK = 2000

/** Compares `count` templates made from `seed`. Errors agree whatever they say. */
export async function compare(judge: string, seed: number, count: number): Promise<Comparison> {
  const maker = new TemplateMaker(seed)
  const differences: Difference[] = []
  const reasons = new Map<string, number>()
  const called = new Set<string>()
  const renderedWith = new Set<string>()
  let rendered = 0
  for (let done = 0; done < count; done += CHUNK) {
    const templates = Array.from({ length: Math.min(CHUNK, count - done) }, () => maker.make())
    const asked = judged(judge, DATA, templates)
    const own = templates.map(ours)
    const answers = await asked
    templates.forEach((template, i) => {
      const [go, our] = [answers[i], own[i]]
      if (go === undefined || our === undefined) throw new Error('the judge left a template out')
      const functions = functionsOf(template)
      for (const name of functions) called.add(name)
      const because = agree(go, our) ? undefined : excused(template, go, our)
      if (because !== undefined) reasons.set(because, (reasons.get(because) ?? 0) + 1)
      else if (!agree(go, our)) differences.push({ template, go, our })
      else if ('bytes' in go) {
        rendered++
        for (const name of functions) renderedWith.add(name)
      }
    })
  }
  return { compared: count, rendered, differences, excused: reasons, called, renderedWith }
}

/** What a person sees of a long answer: where it begins to differ, and some text around. */
const BEFORE = 60
const AFTER = 240

function shown(answer: Answer, from: number): string {
  if ('err' in answer) return `refused: ${answer.err}`
  const text = answer.bytes.toString('utf8')
  return (from > BEFORE ? '…' : '') + JSON.stringify(text.slice(Math.max(from - BEFORE, 0), from + AFTER))
}

/** Where two texts part. */
function parting(go: Answer, our: Answer): number {
  if ('err' in go || 'err' in our) return 0
  const [a, b] = [go.bytes.toString('utf8'), our.bytes.toString('utf8')]
  let at = 0
  while (at < a.length && a[at] === b[at]) at++
  return at
}

/** A difference for people: the template and both answers. */
export function differenceText({ template, go, our }: Difference): string {
  const from = parting(go, our)
  return `${JSON.stringify(template)}\n  the judge: ${shown(go, from)}\n  ours:      ${shown(our, from)}`
}
