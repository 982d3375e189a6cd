// This file is about comparing our template engine with Go's on random templates.
// Usage: (cd tools/template-judge && go build -o JUDGE .) && node tools/compare-templates.ts JUDGE [SEED] [COUNT]
import { spawnSync } from 'node:child_process'
import { parseTemplate } from '../src/template/template.ts'
import { TemplateMaker } from './template-judge/templates.ts'
import { DATA } from './template-judge/words.ts'

interface Answer {
  readonly out?: string
  readonly err?: string
}

function ours(template: string): Answer {
  const parsed = parseTemplate('k', template)
  if (parsed.is === 'refused') return { err: parsed.error.message }
  const rendered = parsed.template.render(new Map(Object.entries(DATA)))
  return rendered.is === 'text' ? { out: rendered.bytes.toString('utf8') } : { err: rendered.error.message }
}

function judged(judge: string, templates: readonly string[]): Answer[] {
  const rows = templates.map((template, id) => JSON.stringify({ id, template }))
  const input = [JSON.stringify({ data: DATA }), ...rows].join('\n')
  const done = spawnSync(judge, { input, maxBuffer: 2 ** 30, encoding: 'utf8', env: { TZ: 'UTC' } })
  if (done.status !== 0) throw new Error(`the judge failed: ${done.stderr}`)
  const lines = done.stdout.trimEnd().split('\n')
  return lines.map((line) => (JSON.parse(line) as { result: Answer }).result)
}

const [judge, seed = '1', count = '1000'] = process.argv.slice(2)
if (judge === undefined) throw new Error('usage: node tools/compare-templates.ts JUDGE [SEED] [COUNT]')
const maker = new TemplateMaker(Number(seed))
const templates = Array.from({ length: Number(count) }, () => maker.make())
const answers = judged(judge, templates)
const withoutDigits = (text: string | undefined): string | undefined => text?.replaceAll(/\d+/g, '0')

/** What cannot agree: the time of day, bytes that JSON cannot carry, what costs too much on either side. */
function incomparable(template: string, go: Answer, our: Answer): boolean {
  const clock = /date|Date/.test(template) && withoutDigits(go.out) === withoutDigits(our.out)
  const tooCostly = go.err?.endsWith('too large for the judge') || our.err?.includes('too costly: ')
  return clock || tooCostly || (go.out?.includes('\ufffd') ?? false)
}

let different = 0
let rendered = 0
let sameError = 0
templates.forEach((template, i) => {
  const go = answers[i] ?? {}
  const our = ours(template)
  if (go.out !== undefined) rendered++
  if (go.out === undefined && go.err === our.err) sameError++
  if (go.out === our.out || incomparable(template, go, our)) return
  different++
  console.log(JSON.stringify({ template, go, our }))
})
const refused = templates.length - rendered
console.log(
  `${templates.length} templates, seed ${seed}: ${rendered} render, ${refused} refused (${sameError} in the same words), ${different} answered differently`,
)
process.exitCode = different === 0 ? 0 : 1
