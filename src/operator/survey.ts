// This file is about the survey a term begins with: everything there is states what it claims, before anything is written.
import type { Clock } from '../base/clock.ts'
import { type Log, stackOf } from '../base/log.ts'
import { breather } from '../kube/breath.ts'
import { type Ref, refKey } from '../model/ref.ts'
import type { Resource } from '../model/resource.ts'
import type { Following } from './following.ts'
import type { Reconciler } from './reconcile.ts'
import type { Shard } from './shards.ts'

/** Orders of other shards that are read at once before passes begin: one that is slow must not hold all the others up. */
const WIDTH = 16

export interface SurveyParts {
  readonly reconciler: Pick<Reconciler, 'survey'>
  readonly following: Pick<Following, 'survey'>
  readonly shard: Shard
  /** Aborts with the term: what is left is nobody's concern then. */
  readonly ending: AbortSignal
  readonly isOver: () => boolean
  readonly clock: Clock
  readonly log: Log
}

/** Thousands of objects, some of them slow to translate: the lease is renewed in between. Passes wait for the end. */
export async function survey(all: readonly Resource[], parts: SurveyParts): Promise<void> {
  const breathe = breather(parts.clock)
  for (const { ref } of all) {
    if (parts.isOver()) return
    parts.reconciler.survey(refKey(ref))
    const breath = breathe()
    if (breath !== undefined) await breath
  }
  if (parts.shard.count > 1) await surveyOthers(all, parts)
}

/** Spread orders of other shards; what cannot be told of them is told when they are followed. */
async function surveyOthers(all: readonly Resource[], parts: SurveyParts): Promise<void> {
  const others = all.filter(({ ref }) => parts.shard.stance(ref) === 'follows').values()
  const surveyNext = async (): Promise<void> => {
    for (const { ref } of others) {
      if (parts.isOver()) return
      await surveyOther(ref, parts)
    }
  }
  await Promise.all(Array.from({ length: WIDTH }, surveyNext))
}

async function surveyOther(ref: Ref, { following, ending, isOver, log }: SurveyParts): Promise<void> {
  try {
    await following.survey(ref, ending)
  } catch (error) {
    if (isOver()) return
    log.error('a survey ended in an unexpected error', { error: stackOf(error) })
  }
}
