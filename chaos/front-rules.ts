// This file is about the rules of a front: which requests are treated how, at which moment, and for how long.
import { pause, systemClock } from '../src/base/clock.ts'
import type { Moment, PassingRequest, Rule, Treatment } from './front.ts'

/** What is left to do with a request when all waiting is over. */
export type Fate = { readonly is: 'pass' } | Exclude<Treatment, { readonly is: 'delay' | 'hold' | 'call' }>

export interface FrontRules {
  /** Takes the rule back when called; what it holds goes on. */
  add(rule: Rule): () => void
  /** Puts the request through every rule that matches, oldest first, until one decides. */
  fateOf(request: PassingRequest, moment: Moment, left: AbortSignal): Promise<Fate>
}

interface Kept {
  readonly rule: Rule
  left: number
  readonly over: AbortController
}

const PASS: Fate = { is: 'pass' }

export function frontRules(): FrontRules {
  const kept = new Set<Kept>()
  return {
    add(rule) {
      const one = { rule, left: rule.times ?? Number.POSITIVE_INFINITY, over: new AbortController() }
      kept.add(one)
      return () => {
        kept.delete(one)
        one.over.abort()
      }
    },
    async fateOf(request, moment, left) {
      for (const one of kept) {
        if (one.rule.at !== moment || one.left === 0 || !one.rule.matches(request)) continue
        one.left -= 1
        const fate = await suffered(one, request, left)
        if (fate.is !== 'pass') return fate
      }
      return PASS
    },
  }
}

async function suffered({ rule, over }: Kept, request: PassingRequest, left: AbortSignal): Promise<Fate> {
  const { treatment } = rule
  switch (treatment.is) {
    case 'delay':
      await pause(systemClock, treatment.ms, AbortSignal.any([over.signal, left])).catch(() => {})
      return PASS
    case 'hold':
      await aborted(AbortSignal.any([over.signal, left]))
      return PASS
    case 'call':
      await treatment.what(request)
      return PASS
    case 'cut':
    case 'expire':
    case 'refuse':
      return treatment
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
