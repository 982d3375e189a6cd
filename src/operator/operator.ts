// This file is about the operator as a whole: it follows the cluster always, and works while it leads.
import type { Clock } from '../base/clock.ts'
import type { Duration } from '../base/duration.ts'
import type { Log } from '../base/log.ts'
import type { Random } from '../base/random.ts'
import type { DialectName } from '../model/dialect-name.ts'
import type { Ref } from '../model/ref.ts'
import type { Resource } from '../model/resource.ts'
import type { KubeClient } from '../kube/client.ts'
import type { Election } from '../kube/lease.ts'
import type { Desk } from './desk.ts'
import { type Office, type OfficeParts, Offices } from './office.ts'
import { ReadModel } from './read-model.ts'
import {
  type ElectionSettings,
  ShardElections,
  type ShardElectionsParts,
  type ShardSinks,
} from './shard-elections.ts'
import { FIRST_SHARD, type Shard, shardAt } from './shards.ts'
import { type WatchOptions, type WatchParts, Watches } from './watches.ts'
import { kindKey } from './world.ts'

export interface OperatorOptions extends WatchOptions {
  readonly takeOver: ReadonlySet<DialectName>
  /** Whether Applications of Argo CD that paused are asked to try again when a login was renewed late. */
  readonly nudgesArgocd?: boolean
  /** How old objects get that were made for a test; ten minutes unless told. */
  readonly testLife?: Duration
  /** Undefined: no election, this process is the only one. */
  readonly election: (ElectionSettings & { readonly shards?: number }) | undefined
}

export interface OperatorParts extends WatchParts, OfficeParts, ShardElectionsParts {
  readonly client: KubeClient
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

export interface Operator {
  readonly readModel: ReadModel
  /** The watches are settled and not all of them failing; with an election, somebody leads, this process or another. */
  isReady(): boolean
  isLeading(): boolean
  /** Of the shards that orders are dealt out to, those that are served here. */
  shardsHeld(): readonly number[]
  queueDepth(): number
  /** Milliseconds that the object which is due longest has been so, its pass included. */
  longestWait(): number
  /** Objects that are due and wait for their turn. */
  due(): Iterable<Ref>
  /** Where logins are asked for beside the orders; undefined while another leads. */
  desk(): Desk | undefined
  /** An object of an ordered kind as last seen. */
  seen(ref: Ref): Resource | undefined
  phases(): ReturnType<Watches['phases']>
  /** Finishes what is in flight, gives the lease back, ends the watches. */
  stop(): Promise<void>
}

export function startOperator(options: OperatorOptions, parts: OperatorParts): Operator {
  const readModel = new ReadModel()
  const offices = new Map<number, Office>()
  /** By shard: one term at a time, the next begins when the last has let go of everything. */
  const closings = new Map<number, Promise<void>>()
  /** By shard: who waits to open an office there, until it is given up. */
  const entrants = new Map<number, symbol>()
  /** Until it has let go of everything, it knows who uses what: its passes in flight go by that. */
  let lastFirst: Office | undefined
  let isSettled = false
  let isStopped = false
  const tellAll = (tell: (office: Office) => void): void => {
    for (const office of offices.values()) tell(office)
  }
  const first = (): Office | undefined => offices.get(FIRST_SHARD)
  const watches = new Watches(options, parts, {
    onObject: (now, before) =>
      tellAll(({ term, leftovers }) => {
        term.onlookers.onObject(now, before)
        leftovers.note(now, before)
      }),
    onSecret: (ref, record) => tellAll(({ term }) => term.onlookers.onSecret(ref, record)),
    onReferred: (ref) => tellAll(({ term }) => term.onlookers.onReferred(ref)),
    onKind: (kind) => tellAll(({ term }) => term.onKind(kind)),
    onAccount: (now, before) => tellAll(({ term }) => term.onlookers.onAccount(now, before)),
    usersOf: (ref) => lastFirst?.term.usersOf(ref) ?? [],
  })
  const opener = new Offices(options, parts, {
    watches,
    readModel,
    officeCount: () => offices.size,
  })
  const settled = settle(watches, parts.log, () => {
    isSettled = true
  })
  const count = options.election?.shards ?? 1
  const finish = (shard: number): Promise<void> => {
    entrants.delete(shard)
    const ended = offices.get(shard)
    const earlier = closings.get(shard) ?? Promise.resolve()
    if (ended === undefined) return earlier
    offices.delete(shard)
    forget(readModel, ended)
    const closing = closeAfter(earlier, ended, readModel).finally(() => {
      if (lastFirst === ended) lastFirst = undefined
    })
    closings.set(shard, closing)
    if (count > 1) parts.log.info('left a shard', { shard, of: count })
    return closing
  }
  const lead = async (shard: number, mayWrite: () => boolean, signal?: AbortSignal): Promise<void> => {
    const entrant = Symbol(shard)
    entrants.set(shard, entrant)
    await settled
    await closings.get(shard)
    if (isStopped || signal?.aborted === true || entrants.get(shard) !== entrant) return
    const office = opener.open(shardOfMany(watches, shard, count), mayWrite, signal)
    offices.set(shard, office)
    if (shard === FIRST_SHARD) lastFirst = office
    if (count > 1) parts.log.info('took a shard', { shard, of: count })
    signal?.addEventListener('abort', () => void finish(shard), { once: true })
  }
  const election = elect(options, parts, watches, {
    onHeld: (...held) => void lead(...held),
    finish,
    settled,
  })
  if (election === undefined) void lead(FIRST_SHARD, () => true)

  return {
    readModel,
    isReady: () => isSettled && !isCutOff(watches) && (election === undefined || election.holder() !== ''),
    isLeading: () => election === undefined || election.held().length > 0,
    shardsHeld: () => election?.held() ?? [FIRST_SHARD],
    queueDepth: () => sum([...offices.values()].map(({ term }) => term.queueStats().depth)),
    longestWait: () => Math.max(0, ...[...offices.values()].map(({ term }) => term.longestWait())),
    due: () => [...offices.values()].flatMap(({ term }) => [...term.due()]),
    desk: () => first()?.term.desk,
    seen: (ref) => watches.served.get(kindKey(ref))?.watch.get(ref),
    phases: () => watches.phases(),
    stop: async () => {
      isStopped = true
      if (count === 1) await finish(FIRST_SHARD)
      await election?.stop()
      await watches.stop()
    },
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)

function shardOfMany({ served }: Watches, index: number, count: number): Shard {
  const kinds = [...served.values()].map(({ watch }) => watch.kind)
  return shardAt(index, count, (key) => served.get(key)?.watch.kind, kinds)
}

/** What decides which shards are held; all there is counts as one. */
interface Elected {
  holder(): string
  held(): readonly number[]
  stop(): Promise<void>
}

/** Nothing is left running when the election cannot even begin. */
function elect(
  { election: settings }: OperatorOptions,
  parts: OperatorParts,
  watches: Watches,
  sinks: ShardSinks,
): Elected | undefined {
  if (settings === undefined) return undefined
  const { shards = 1, ...rest } = settings
  try {
    if (shards > 1) return new ShardElections(rest, shards, parts, sinks)
    const election: Election = parts.startElection({
      ...rest,
      ...parts,
      onLeading: (signal) => sinks.onHeld(FIRST_SHARD, () => election.mayWrite(), signal),
    })
    return {
      holder: () => election.holder(),
      held: () => (election.leading() ? [FIRST_SHARD] : []),
      stop: () => election.stop(),
    }
  } catch (error) {
    void watches.stop()
    throw error
  }
}

const isCutOff = (watches: Watches): boolean => watches.phases().every(({ phase }) => phase.is === 'failing')

async function closeAfter(earlier: Promise<void>, ended: Office, readModel: ReadModel): Promise<void> {
  await earlier
  await ended.close()
  // What ended within the grace was still recorded; a standby has no figures of its own.
  forget(readModel, ended)
}

const forget = (readModel: ReadModel, { shard }: Office): void =>
  readModel.clear((ref) => shard.stance(ref) === 'owns')

async function settle(watches: Watches, log: Log, onSettled: () => void): Promise<void> {
  await watches.settled()
  onSettled()
  for (const { what, phase } of watches.phases()) tellPhase(log, what, phase)
}

function tellPhase(log: Log, what: string, phase: ReturnType<Watches['phases']>[number]['phase']): void {
  if (phase.is === 'forbidden')
    log.warn('a kind may not be watched: apply the output of "everpull rbac"', {
      kind: what,
      error: phase.error.message,
    })
  if (phase.is === 'absent') log.info('a kind is not installed; it is waited for', { kind: what })
  if (phase.is === 'failing')
    log.warn('a kind cannot be watched yet', { kind: what, error: phase.error.message })
}
