// This file is about what a seed means: how many replicas there are, and which faults strike when.
//
// The same seed is the same schedule as long as the list of faults is the same; what then happens is up to the machine.
import { type Random, seededRandom } from '../src/base/random.ts'
import type { FaultKind } from './fault.ts'

/** How the replicas share the work. */
export type Sharing =
  /** One replica that asks nobody. */
  | 'alone'
  /** One at a time by a lease; the others stand by. */
  | 'standby'
  /** Each has its share. */
  | 'shards'

export interface PlannedFault {
  readonly kind: FaultKind
  /** Milliseconds after everything had converged for the first time. */
  readonly begin: number
  readonly length: number
  /** The number of the replica aimed at. */
  readonly target: number
  /** Of the fault's own random numbers. */
  readonly seed: number
}

export interface Schedule {
  readonly seed: number
  readonly replicas: number
  readonly sharing: Sharing
  /** In the order they begin. */
  readonly faults: readonly PlannedFault[]
}

/** All faults have begun and ended within: two renewals of a login that lives 10 s, and the seed has 40 s in all. */
export const FAULTS_END_MS = 14_000
/** Drawn so often; one that finds no place among the others is left out. */
const DRAWS = [3, 6] as const

export interface Choice {
  readonly faults: readonly FaultKind[]
  /** Whether the operator can share work out by shards. */
  readonly shards: boolean
}

export function scheduleOf(seed: number, choice: Choice): Schedule {
  const random = seededRandom(seed)
  // The first numbers of neighbouring seeds are alike.
  for (let i = 0; i < 8; i++) random()
  const replicas = 1 + Math.floor(random() * 3)
  const sharing = sharingOf(replicas, choice.shards, random)
  const possible = choice.faults.filter(({ leastReplicas = 1 }) => replicas >= leastReplicas)
  const faults: PlannedFault[] = []
  const draws = whole(DRAWS, random)
  for (let i = 0; i < draws; i++) {
    const drawn = draw(possible, replicas, random)
    if (drawn !== undefined && !faults.some((other) => areInTheWay(drawn, other))) faults.push(drawn)
  }
  return { seed, replicas, sharing, faults: faults.toSorted((a, b) => a.begin - b.begin) }
}

function sharingOf(replicas: number, shards: boolean, random: Random): Sharing {
  const draw = random()
  if (replicas === 1) return draw < 0.5 ? 'alone' : 'standby'
  return shards && draw < 0.5 ? 'shards' : 'standby'
}

function draw(possible: readonly FaultKind[], replicas: number, random: Random): PlannedFault | undefined {
  const kind = weighted(possible, random)
  const length = whole(kind?.length ?? [0, 0], random)
  const begin = Math.floor(random() * Math.max(0, FAULTS_END_MS - length))
  const target = Math.floor(random() * replicas)
  const seed = Math.floor(random() * 2 ** 32)
  return kind === undefined ? undefined : { kind, begin, length, target, seed }
}

function weighted(kinds: readonly FaultKind[], random: Random): FaultKind | undefined {
  let left = random() * kinds.reduce((sum, { weight }) => sum + weight, 0)
  return kinds.find(({ weight }) => (left -= weight) < 0)
}

const whole = ([least, most]: readonly [number, number], random: Random): number =>
  least + Math.floor(random() * (most - least + 1))

/** What it takes to be over, which the next on the same thing waits for. */
const endOf = ({ begin, length, kind }: PlannedFault): number => begin + length + (kind.mends ?? 0)

const areInTheWay = (one: PlannedFault, other: PlannedFault): boolean =>
  one.kind.touches.some((thing) => other.kind.touches.includes(thing)) &&
  one.begin < endOf(other) &&
  other.begin < endOf(one)

/** One line a fault, for people. */
export function printed({ seed, replicas, sharing, faults }: Schedule): string {
  const head = `seed ${seed}: ${replicas} replica${replicas === 1 ? '' : 's'}, ${sharing}`
  const lines = faults.map(({ kind, begin, length, target }) => {
    const at = kind.aim === 'replica' ? ` on replica ${target}` : ''
    return `  ${inSeconds(begin)} to ${inSeconds(begin + length)}  ${kind.name}${at}`
  })
  return [head, ...lines].join('\n')
}

const inSeconds = (ms: number): string => `${(ms / 1000).toFixed(1).padStart(5)} s`
