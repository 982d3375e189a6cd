// This file is about new objects at a steady pace, and how long each waits for its Secret.
import { setTimeout as pause } from 'node:timers/promises'
import { inParallel } from '../in-parallel.ts'
import { ordersOf, placeOrder, wishesOf } from '../workload.ts'
import type { Arena } from './arena.ts'
import type { Figures } from './cell.ts'
import { Meter, quiet } from './meter.ts'
import { percentile } from './statistics.ts'
import type { Subject } from './subjects.ts'
import { pidOf } from './works.ts'

export const CREATIONS_A_MINUTE = 500
const EVERY_MS = 60_000 / CREATIONS_A_MINUTE
const LIMIT_MS = 600_000
/** How many objects show that the process is at work, before any is timed. */
const WARM_UP = 4

/** `objects` of the options are created one after the other; nothing is ordered before. */
export async function creations(arena: Arena, subject: Subject, objects: number): Promise<Figures> {
  const { stage, options, admin, history, minted } = arena
  const spread = { ...options, objects: objects + WARM_UP }
  const all = ordersOf(spread)
  const wishes = wishesOf(all, stage.sandbox.aws.principals, spread)
  const first = all.slice(0, WARM_UP)
  const timed = all.slice(WARM_UP)
  const operator = await subject.start(stage)
  try {
    await inParallel(first, 1, (order) => placeOrder(admin, order, options.refreshInterval))
    const wanted = (orders: typeof all) =>
      new Map([...wishes].filter(([key]) => orders.some((order) => keyOf(order) === key)))
    await history.allRight(wanted(first), minted, LIMIT_MS)
    await quiet(arena)
    const meter = await Meter.begin(arena, pidOf(operator))
    const begun = performance.now()
    const sent = new Map<string, number>()
    const placed: Promise<unknown>[] = []
    for (const [i, order] of timed.entries()) {
      await pause(Math.max(0, begun + i * EVERY_MS - performance.now()))
      sent.set(keyOf(order), performance.now())
      placed.push(placeOrder(admin, order, options.refreshInterval))
    }
    await Promise.all(placed)
    const right = await history.allRight(wanted(timed), minted, LIMIT_MS)
    await quiet(arena)
    const waits = [...right].map(([key, at]) => (at - (sent.get(key) ?? 0)) / 1000)
    return {
      p50Seconds: percentile(waits, 0.5),
      p99Seconds: percentile(waits, 0.99),
      ...(await meter.read(pidOf(operator))),
    }
  } finally {
    await operator.end()
  }
}

const keyOf = ({ namespace, name }: { readonly namespace: string; readonly name: string }): string =>
  `${namespace}/${name}`
