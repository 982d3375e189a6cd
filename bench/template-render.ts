// This file is about how long the common template takes, from its text to the rendered bytes, without any cache.
import { parseTemplate } from '../src/template/template.ts'
import { TEMPLATE } from './workload.ts'

export interface TemplateRender {
  readonly medianMicroseconds: number
  readonly rounds: number
}

/** As long as a real login: a token of ECR has some 2,000 characters. */
const DATA: ReadonlyMap<string, string> = new Map([
  ['username', 'AWS'],
  ['password', 'eyJwYXls'.repeat(250)],
  ['proxy_endpoint', 'https://123456789012.dkr.ecr.eu-west-1.amazonaws.com'],
  ['expires_at', '1716350400'],
])

/** The engine optimises what it has seen often; an operator has, soon after its start. */
const WARM_UP = 20_000
/** Other work on the machine slows whole stretches: the figure is that of the least disturbed one. */
const BATCHES = 5
const ROUNDS = 5000

function renderOnce(): void {
  const parsed = parseTemplate('.dockerconfigjson', TEMPLATE)
  if (parsed.is === 'refused') throw new Error(parsed.error.message)
  const rendered = parsed.template.render(DATA)
  if (rendered.is === 'failed') throw new Error(rendered.error.message)
}

function medianOfBatch(): number {
  const times = Array.from({ length: ROUNDS }, () => {
    const start = performance.now()
    renderOnce()
    return performance.now() - start
  })
  return times.toSorted((a, b) => a - b)[ROUNDS / 2] ?? Number.NaN
}

/** Parses and renders the template over and over; each round is timed by itself. */
export function measureTemplateRender(): TemplateRender {
  for (let round = 0; round < WARM_UP; round++) renderOnce()
  const medians = Array.from({ length: BATCHES }, medianOfBatch)
  return { medianMicroseconds: Math.min(...medians) * 1000, rounds: BATCHES * ROUNDS }
}
