// This file is about the operator as a whole: it follows the cluster always, and works while it leads.
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Random } from '../base/random.ts'
import type { DialectName } from '../dialects/dialect.ts'
import type { Logins, SecretStore } from '../engine/ports.ts'
import { gatedClient, type KubeClient } from '../kube/client.ts'
import type { WorkQueue, WorkQueueOptions } from '../kube/control/queue.ts'
import type { Election, ElectionOptions } from '../kube/lease.ts'
import type { PublishParts } from './publish.ts'
import { ReadModel } from './read-model.ts'
import type { SecretIndex } from './secret-index.ts'
import { Term, type TermParts } from './term.ts'
import { type WatchOptions, type WatchParts, Watches } from './watches.ts'

export interface OperatorOptions extends WatchOptions {
  readonly takeOver: ReadonlySet<DialectName>
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
  readonly openEvents: (client: KubeClient) => { tell: PublishParts['tellEvent']; close(): Promise<void> }
  readonly installed: PublishParts['installed']
  readonly onPass?: TermParts['onPass']
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
  phases(): ReturnType<Watches['phases']>
  /** Finishes what is in flight, gives the lease back, ends the watches. */
  stop(): Promise<void>
}

export function startOperator(options: OperatorOptions, parts: OperatorParts): Operator {
  const readModel = new ReadModel()
  let term: Term | undefined
  let closing: Promise<void> = Promise.resolve()
  let isSettled = false
  let mayWrite = (): boolean => options.election === undefined
  const watches = new Watches(options, parts, {
    onObject: (now, before) => term?.onObject(now, before),
    onSecret: (ref, record) => term?.onSecret(ref, record),
    onAccount: (ref) => term?.onAccount(ref),
  })
  const client = gatedClient(parts.client, () => mayWrite())
  const store = parts.openStore(client, watches.secrets)
  const logins = parts.openLogins(client, store)
  const events = parts.openEvents(client)

  const begin = (): void => {
    term = new Term({
      ...parts,
      client,
      mayWork: () => mayWrite(),
      watches,
      logins,
      store,
      tellEvent: (about, words, source) => events.tell(about, words, source),
      takeOver: options.takeOver,
      readModel,
    })
    term.start()
  }
  const end = (): void => {
    const ended = term
    term = undefined
    closing = closeAfter(closing, ended)
  }
  const settled = settle(watches, parts.log, () => {
    isSettled = true
  })
  const lead = async (signal?: AbortSignal): Promise<void> => {
    await settled
    if (signal?.aborted === true) return
    begin()
    signal?.addEventListener('abort', end, { once: true })
  }

  const election =
    options.election === undefined
      ? undefined
      : parts.startElection({ ...options.election, ...parts, onLeading: (signal) => void lead(signal) })
  if (election === undefined) void lead()
  else mayWrite = () => election.mayWrite()

  return {
    readModel,
    isReady: () => isSettled && !isCutOff(watches) && (election === undefined || election.holder() !== ''),
    isLeading: () => election === undefined || election.leading(),
    queueDepth: () => term?.queueStats().depth ?? 0,
    phases: () => watches.phases(),
    stop: async () => {
      end()
      await closing
      await events.close()
      await election?.stop()
      await watches.stop()
    },
  }
}

const isCutOff = (watches: Watches): boolean => watches.phases().every(({ phase }) => phase.is === 'failing')

async function closeAfter(earlier: Promise<void>, ended: Term | undefined): Promise<void> {
  await earlier
  await ended?.close()
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
