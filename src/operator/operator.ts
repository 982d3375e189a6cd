// This file is about the operator as a whole: it follows the cluster always, and works while it leads.
import type { Clock } from '../base/clock.ts'
import type { Duration } from '../base/duration.ts'
import type { Log } from '../base/log.ts'
import type { Random } from '../base/random.ts'
import type { DialectName } from '../model/dialect-name.ts'
import type { Ref } from '../model/ref.ts'
import type { Resource } from '../model/resource.ts'
import type { Logins, Prober, SecretStore, Sources } from '../engine/ports.ts'
import { gatedClient, type KubeClient } from '../kube/client.ts'
import type { WorkQueue, WorkQueueOptions } from '../kube/control/queue.ts'
import type { Election, ElectionOptions } from '../kube/lease.ts'
import type { BeginDuty } from './duty.ts'
import type { Desk } from './desk.ts'
import { Nudge } from './nudge.ts'
import type { PublishParts } from './publish.ts'
import { ReadModel } from './read-model.ts'
import type { SecretIndex } from './secret-index.ts'
import { Term, type TermParts } from './term.ts'
import { TestLeftovers } from './test-leftovers.ts'
import { type WatchOptions, type WatchParts, Watches } from './watches.ts'
import { kindKey } from './world.ts'

export interface OperatorOptions extends WatchOptions {
  readonly takeOver: ReadonlySet<DialectName>
  /** Whether Applications of Argo CD that paused are asked to try again when a login was renewed late. */
  readonly nudgesArgocd?: boolean
  /** How old objects get that were made for a test; ten minutes unless told. */
  readonly testLife?: Duration
  /** Undefined: no election, this process is the only one. */
  readonly election:
    | Pick<
        ElectionOptions,
        'namespace' | 'name' | 'identity' | 'leaseDuration' | 'renewDeadline' | 'retryPeriod'
      >
    | undefined
}

export interface OperatorParts extends WatchParts {
  readonly startQueue: (options: WorkQueueOptions) => WorkQueue
  readonly startElection: (options: ElectionOptions) => Election
  readonly openStore: (client: KubeClient, secrets: SecretIndex) => SecretStore
  readonly openLogins: (client: KubeClient, store: SecretStore) => Logins
  readonly openProber: (client: KubeClient, store: SecretStore) => Prober
  readonly openSources: (client: KubeClient, store: SecretStore, configMaps: Watches['configMaps']) => Sources
  readonly openEvents: (client: KubeClient) => { tell: PublishParts['tellEvent']; close(): Promise<void> }
  readonly installed: PublishParts['installed']
  readonly isLeaving: TermParts['isLeaving']
  readonly faultOf: TermParts['faultOf']
  readonly onPass?: TermParts['onPass']
  readonly onStatus?: TermParts['onStatus']
  readonly duties?: readonly BeginDuty[]
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

export interface Operator {
  readonly readModel: ReadModel
  /** The watches are settled and not all of them failing; with an election, somebody leads, this process or another. */
  isReady(): boolean
  isLeading(): boolean
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
  let office: Office | undefined
  let closing: Promise<void> = Promise.resolve()
  let isSettled = false
  let isStopped = false
  const watches = new Watches(options, parts, {
    onObject: (now, before) => {
      office?.term.onlookers.onObject(now, before)
      office?.leftovers.note(now, before)
    },
    onSecret: (ref, record) => office?.term.onlookers.onSecret(ref, record),
    onReferred: (ref) => office?.term.onlookers.onReferred(ref),
    onKind: (kind) => office?.term.onKind(kind),
    onAccount: (now, before) => office?.term.onlookers.onAccount(now, before),
    usersOf: (ref) => office?.term.usersOf(ref) ?? [],
  })
  const settled = settle(watches, parts.log, () => {
    isSettled = true
  })
  const end = (): void => {
    const ended = office
    office = undefined
    readModel.clear()
    closing = closeAfter(closing, ended, readModel)
  }
  /** One term at a time: the next begins when the last has let go of everything. */
  const lead = async (mayWrite: () => boolean, signal?: AbortSignal): Promise<void> => {
    await settled
    await closing
    if (isStopped || signal?.aborted === true) return
    office = take(options, parts, { watches, readModel, mayWrite })
    signal?.addEventListener('abort', end, { once: true })
  }
  const election = elect(options, parts, watches, lead)
  if (election === undefined) void lead(() => true)

  return {
    readModel,
    isReady: () => isSettled && !isCutOff(watches) && (election === undefined || election.holder() !== ''),
    isLeading: () => election === undefined || election.leading(),
    queueDepth: () => office?.term.queueStats().depth ?? 0,
    longestWait: () => office?.term.longestWait() ?? 0,
    due: () => office?.term.due() ?? [],
    desk: () => office?.term.desk,
    seen: (ref) => watches.served.get(kindKey(ref))?.watch.get(ref),
    phases: () => watches.phases(),
    stop: async () => {
      isStopped = true
      end()
      await closing
      await election?.stop()
      await watches.stop()
    },
  }
}

/** A term with everything that writes in its name. */
interface Office {
  readonly term: Term
  readonly leftovers: TestLeftovers
  close(): Promise<void>
}

interface Incumbent {
  readonly watches: Watches
  readonly readModel: ReadModel
  readonly mayWrite: () => boolean
}

/** Each term writes through a gate of its own, which is shut for good when the term is over. */
function take(options: OperatorOptions, parts: OperatorParts, incumbent: Incumbent): Office {
  let isOver = false
  const { watches, readModel } = incumbent
  const mayWork = (): boolean => !isOver && incumbent.mayWrite()
  const client = gatedClient(parts.client, mayWork)
  const store = parts.openStore(client, watches.secrets)
  const logins = parts.openLogins(client, store)
  const prober = parts.openProber(client, store)
  const templateSources = parts.openSources(client, store, watches.configMaps)
  const events = parts.openEvents(client)
  const { takeOver } = options
  const tellEvent: PublishParts['tellEvent'] = (about, words, source) => events.tell(about, words, source)
  const term = new Term({
    ...parts,
    client,
    mayWork,
    watches,
    logins,
    prober,
    store,
    templateSources,
    tellEvent,
    takeOver,
    readModel,
  })
  const namespace = options.homes.argocd
  const nudge =
    options.nudgesArgocd === true
      ? new Nudge({ ...parts, client, readModel, namespace, tellEvent })
      : undefined
  const duties = (parts.duties ?? []).map((begin) => begin({ client, mayWork, tellEvent }))
  const leftovers = new TestLeftovers({
    ...parts,
    client,
    served: watches.served,
    ...(options.testLife === undefined ? {} : { life: options.testLife }),
  })
  term.start()
  return {
    term,
    leftovers,
    close: async () => {
      await Promise.all([term.close(), leftovers.close(), ...duties.map((duty) => duty.close())])
      await nudge?.close()
      await events.close()
      isOver = true
    },
  }
}

/** Nothing is left running when the election cannot even begin. */
function elect(
  options: OperatorOptions,
  parts: OperatorParts,
  watches: Watches,
  lead: (mayWrite: () => boolean, signal: AbortSignal) => Promise<void>,
): Election | undefined {
  if (options.election === undefined) return undefined
  try {
    const election: Election = parts.startElection({
      ...options.election,
      ...parts,
      onLeading: (signal) => void lead(() => election.mayWrite(), signal),
    })
    return election
  } catch (error) {
    void watches.stop()
    throw error
  }
}

const isCutOff = (watches: Watches): boolean => watches.phases().every(({ phase }) => phase.is === 'failing')

async function closeAfter(
  earlier: Promise<void>,
  ended: Office | undefined,
  readModel: ReadModel,
): Promise<void> {
  await earlier
  await ended?.close()
  // What ended within the grace was still recorded; a standby has no figures of its own.
  readModel.clear()
}

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
