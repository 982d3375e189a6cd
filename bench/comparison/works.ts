// This file is about the works that each operator is measured at, on objects that lie ready in a fresh control plane.
import { setTimeout as pause } from 'node:timers/promises'
import type { RunningOperator } from '../../test/support/stage.ts'
import { inParallel } from '../in-parallel.ts'
import { forceSync, type Keys, ordersOf, replaceKeys, wishesOf } from '../workload.ts'
import type { Arena } from './arena.ts'
import type { Figures } from './cell.ts'
import { Meter, quiet } from './meter.ts'
import type { Wishes } from './secret-history.ts'
import type { Subject } from './subjects.ts'

const LIMIT_MS = 1_500_000
const STEADY_MS = 30_000
/** As many triggers at a time as the raw limit has writes. */
const TRIGGERS_IN_FLIGHT = 50

export const wishesIn = ({ stage, options }: Arena): Wishes =>
  wishesOf(ordersOf(options), stage.sandbox.aws.principals, options)

export const pidOf = ({ child }: RunningOperator): number => {
  if (child.pid === undefined) throw new Error('the process did not start')
  return child.pid
}

/** From the start of the process until every Secret is right; the process runs on. */
export async function coldStart(
  arena: Arena,
  subject: Subject,
): Promise<{ readonly operator: RunningOperator; readonly figures: Figures }> {
  await arena.minted.forgetPast()
  arena.history.forget()
  const meter = await Meter.begin(arena)
  const begun = performance.now()
  const operator = await subject.start(arena.stage)
  try {
    const wallSeconds = await untilRight(arena, operator, begun)
    await quiet(arena)
    return { operator, figures: { wallSeconds, ...(await meter.read(pidOf(operator))) } }
  } catch (error) {
    await operator.end()
    throw error
  }
}

/** Nothing to do; the figures are those of one minute. */
export async function steady(arena: Arena, operator: RunningOperator): Promise<Figures> {
  const meter = await Meter.begin(arena, pidOf(operator))
  await pause(STEADY_MS)
  const { cpuSeconds, peakBytes, requests, awsCalls } = await meter.read(pidOf(operator))
  const toAMinute = 60_000 / STEADY_MS
  return {
    cpuSeconds: cpuSeconds * toAMinute,
    peakBytes,
    requests: requests * toAMinute,
    awsCalls: awsCalls * toAMinute,
  }
}

/** Every object is told to sync now, by the annotation that both operators honour; the telling is part of the time. */
export const rotation = (arena: Arena, operator: RunningOperator): Promise<Figures> =>
  triggered(arena, operator, () =>
    inParallel(ordersOf(arena.options), TRIGGERS_IN_FLIGHT, (order) => forceSync(arena.admin, order)),
  )

/** Every namespace gets other access keys, which an operator has to notice by itself. */
export const keyRotation = (arena: Arena, operator: RunningOperator): Promise<Figures> =>
  triggered(arena, operator, async () => replaceKeys(arena.admin, await newKeys(arena), arena.options))

async function triggered(
  arena: Arena,
  operator: RunningOperator,
  trigger: () => Promise<void>,
): Promise<Figures> {
  await arena.minted.forgetPast()
  arena.history.forget()
  const meter = await Meter.begin(arena, pidOf(operator))
  const begun = performance.now()
  await trigger()
  const wallSeconds = await untilRight(arena, operator, begun)
  await quiet(arena)
  return { wallSeconds, ...(await meter.read(pidOf(operator))) }
}

/** Seconds from `begun` until the last Secret was right. */
export async function untilRight(arena: Arena, operator: RunningOperator, begun: number): Promise<number> {
  const ended = operator.ended.then((code) => {
    throw new Error(`the process ended with ${code}: ${operator.output.slice(-2000)}`)
  })
  // When nobody waits any more, its end is none of our business.
  ended.catch(() => {})
  const right = await Promise.race([arena.history.allRight(wishesIn(arena), arena.minted, LIMIT_MS), ended])
  return (Math.max(...right.values()) - begun) / 1000
}

async function newKeys({ stage }: Arena): Promise<Keys> {
  const of = async (user: string): Promise<Keys['bot']> => {
    const { id, secret } = await stage.admin<{ id: string; secret: string }>('POST', '/access-keys', { user })
    return { accessKeyId: id, secretAccessKey: secret }
  }
  const { bot, publisher } = stage.sandbox.aws.principals
  return { bot: await of(bot.arn), publisher: await of(publisher.arn) }
}
