// This file is about running one seed on a lane: orders, operators, faults and pulls, and what is known of it all afterwards.
import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import type { AuditedRequest } from '../sandbox/control-plane/audit-log.ts'
import { OPERATOR_NAMESPACE, replicaAccount } from './accounts.ts'
import { insist } from './api-objects.ts'
import type { AuditTail } from './audit-tail.ts'
import { runFaults } from './fault-runner.ts'
import type { History, MintCall, Minted, Outage, SecretVersion } from './history.ts'
import { doneBy, TAKE_OVER_MS } from './invariants/allowance.ts'
import type { Lane } from './lane.ts'
import { loginsIn } from './logins-in.ts'
import { Lookout } from './lookout.ts'
import { TOKEN_LIFE_MS } from './open-lane.ts'
import { type clientsOf, Pullers } from './pullers.ts'
import { RunningReplica } from './replica.ts'
import type { Schedule, Sharing } from './schedule.ts'
import type { SecretHistory } from './secret-history.ts'
import { lookUp } from './seed-keys.ts'
import { SPREAD_SECRET } from './seed-orders.ts'
import { SeedWorkload } from './seed-workload.ts'

export interface LaneTools {
  readonly lane: Lane
  readonly history: SecretHistory
  readonly audit: AuditTail
  readonly clients: Awaited<ReturnType<typeof clientsOf>>
}

/** Takes 3 s; a machine that is busy with other things has taken thirty times as long. Nothing is judged in this time. */
const FIRST_LIMIT_MS = 60_000
/** How often is looked whether all is right. */
const LOOK_EVERY_MS = 250
/** Added to the arithmetic of the last outage: statuses are written after Secrets, and read here one after the other. */
const TELLING_MS = 3000
const CLEAR_LIMIT_MS = 6000

const LEASES = ['--leader-elect', '--lease-duration=1.5s', '--renew-deadline=1s', '--retry-period=300ms']

const flagsFor = (sharing: Sharing, replicas: number): readonly string[] => {
  switch (sharing) {
    case 'alone':
      return []
    case 'standby':
      return LEASES
    case 'shards':
      return [...LEASES, `--shards=${replicas}`]
  }
}

/** Who tells what happened, also where a seed comes to no history. */
export interface Account {
  readonly tell: (line: string) => void
  /** Told once, before anything of the seed is made; both grow. */
  readonly seen: (seen: Pick<History, 'probes' | 'outages'>) => void
  /** Told once; their output grows. */
  readonly replicas: (replicas: readonly RunningReplica[]) => void
}

/** `prefix` begins the name of everything that is made, and no two seeds of a lane have the same. */
export async function runSeed(
  schedule: Schedule,
  prefix: string,
  tools: LaneTools,
  account: Account,
): Promise<History> {
  const lookout = new Lookout(tools.lane.sandbox)
  try {
    return await runWatched(schedule, prefix, { ...tools, lookout }, account)
  } finally {
    lookout.stop()
  }
}

type WatchedTools = LaneTools & { readonly lookout: Lookout }

async function runWatched(
  schedule: Schedule,
  prefix: string,
  tools: WatchedTools,
  account: Account,
): Promise<History> {
  const { lane, history, audit, lookout } = tools
  const outages: Outage[] = []
  account.seen({ probes: lookout.probes, outages })
  await audit.skip()
  history.take('')
  const before = await emulatorNow(lane)
  const workload = await SeedWorkload.prepare({ lane, history, prefix })
  const replicas: RunningReplica[] = []
  try {
    await openReplicas(schedule, lane, replicas)
    lookout.weigh(replicas)
    account.replicas(replicas)
    return await strike({ schedule, prefix, tools, tell: account.tell, outages, before, workload, replicas })
  } finally {
    await Promise.all(replicas.map((replica) => replica[Symbol.asyncDispose]()))
    await workload.clear().catch(() => {})
    await workload.clearUsers().catch(() => {})
    // The next seed's operators are to find a lease that nobody holds.
    const lease = `/apis/coordination.k8s.io/v1/namespaces/${OPERATOR_NAMESPACE}/leases`
    await insist(lane.sandbox.controlPlane.admin, 'DELETE', lease)
  }
}

/** Each is told as soon as it is open, so that it is closed also where another cannot be. */
async function openReplicas(schedule: Schedule, lane: Lane, opened: RunningReplica[]): Promise<void> {
  const flags = flagsFor(schedule.sharing, schedule.replicas)
  for (let number = 0; number < schedule.replicas; number += 1)
    opened.push(await RunningReplica.open({ lane, number, account: replicaAccount(number), flags }))
}

/** A seed whose replicas are open, and not yet at work. */
interface Prepared {
  readonly schedule: Schedule
  readonly prefix: string
  readonly tools: WatchedTools
  readonly tell: Account['tell']
  /** Grows. */
  readonly outages: Outage[]
  readonly before: EmulatorMark
  readonly workload: SeedWorkload
  readonly replicas: readonly RunningReplica[]
}

/** Starts them, waits until all is right, has the faults strike, and waits until all is right again. */
async function strike(prepared: Prepared): Promise<History> {
  const { schedule, tools, tell, outages, workload, replicas } = prepared
  const { lane, history, lookout } = tools
  const began = Date.now()
  await workload.applyAll()
  await Promise.all(replicas.map((replica) => replica.start()))
  const first = await converged(workload, () => Date.now() > began + FIRST_LIMIT_MS)
  if (first.length > 0) throw new Error(`nothing had struck yet, and ${first.join('; ')}`)
  const convergedAt = Date.now()
  tell(`all is right after ${convergedAt - began} ms`)
  const pullers = new Pullers({ lane, history, namespaces: workload.namespaces }, tools.clients)
  await runFaults(schedule.faults, { lane, replicas, workload, tell }, outages)
  const quiet = Date.now()
  const limit = (): number =>
    Math.max(quiet, doneBy({ outages, probes: lookout.probes }, quiet)) + TAKE_OVER_MS + TELLING_MS
  const unconverged = await converged(workload, () => Date.now() > limit())
  await pullers.stop()
  const ended = Date.now()
  tell(`all is ${unconverged.length === 0 ? 'right again' : 'not right'} after ${ended - quiet} ms`)
  return gather(prepared, { began, convergedAt, ended, unconverged, pulls: pullers.attempts })
}

type Struck = Pick<History, 'began' | 'convergedAt' | 'ended' | 'unconverged' | 'pulls'>

/** All that is known of the seed, and its operators ended. */
async function gather(prepared: Prepared, struck: Struck): Promise<History> {
  const { schedule, prefix, tools, outages, before, workload, replicas } = prepared
  const { lane, history, audit, lookout } = tools
  const secrets = history.take(`${prefix}-`)
  const [{ calls, secretValues }, minted] = await Promise.all([
    emulatorSince(lane, before, workload.principals),
    mintedOf(lane, secrets),
  ])
  const requests = (await audit.requests()).filter(({ at }) => at <= struck.ended)
  lookout.stop()
  await cleared(workload, lane)
  await Promise.all(replicas.map((replica) => replica.stop()))
  return {
    ...struck,
    seed: schedule.seed,
    sharing: schedule.sharing,
    tokenLifeMs: TOKEN_LIFE_MS,
    targets: workload.targets,
    spreadSecret: SPREAD_SECRET,
    secrets,
    byHand: workload.record.byHand,
    claims: workload.record.claims,
    damages: workload.record.damages,
    removals: workload.record.removals,
    outages,
    probes: lookout.probes,
    calls,
    audit: requests.filter((request) => isOf(prefix, request)),
    minted,
    replicas: replicas.map((replica) => ({
      number: replica.number,
      user: replica.user,
      runs: replica.starts,
      output: replica.output,
      residentBytes: lookout.residentBytes(replica),
    })),
    secretValues,
  }
}

/** What operators did elsewhere belongs to the seed before, whose namespaces may still be ending. */
const isOf = (prefix: string, { namespace, name }: AuditedRequest): boolean =>
  namespace === '' ||
  namespace === OPERATOR_NAMESPACE ||
  namespace.startsWith(`${prefix}-`) ||
  name === prefix

/** Empty as soon as nothing is wrong; what is wrong when it is enough. */
async function converged(workload: SeedWorkload, isEnough: () => boolean): Promise<readonly string[]> {
  for (;;) {
    const flaws = await workload.flaws().catch((error: unknown) => [String(error)])
    if (flaws.length === 0 || isEnough()) return flaws
    await pause(LOOK_EVERY_MS)
  }
}

/** While operators run, for some of what goes has work for them; what takes long is left to those of the next seed. */
async function cleared(workload: SeedWorkload, lane: Lane): Promise<void> {
  await workload.clear()
  const end = performance.now() + CLEAR_LIMIT_MS
  const api = lane.sandbox.controlPlane.admin
  const isThere = async (namespace: string): Promise<boolean> =>
    (await insist(api, 'GET', `/api/v1/namespaces/${namespace}`)).status !== 404
  while (performance.now() < end) {
    const there = await Promise.all(workload.namespaces.map(isThere))
    if (!there.includes(true)) return
    await pause(LOOK_EVERY_MS)
  }
}

interface EmulatorMark {
  readonly seq: number
  readonly secrets: number
}

interface Called {
  readonly seq: number
  readonly time: string
  readonly operation: string
  readonly principal: string
  readonly region: string
  readonly outcome: string
}

const callsSince = async (lane: Lane, seq: number): Promise<readonly Called[]> =>
  (await lane.admin<{ calls: readonly Called[] }>('GET', `/calls?since=${seq}`)).calls

const secretsOf = async (lane: Lane): Promise<readonly { readonly value: string }[]> =>
  (await lane.admin<{ secrets: readonly { readonly value: string }[] }>('GET', '/secrets')).secrets

async function emulatorNow(lane: Lane): Promise<EmulatorMark> {
  const [calls, secrets] = await Promise.all([callsSince(lane, 0), secretsOf(lane)])
  return { seq: calls.at(-1)?.seq ?? 0, secrets: secrets.length }
}

async function emulatorSince(
  lane: Lane,
  mark: EmulatorMark,
  principals: readonly string[],
): Promise<{ readonly calls: readonly MintCall[]; readonly secretValues: readonly string[] }> {
  const [calls, secrets] = await Promise.all([callsSince(lane, mark.seq), secretsOf(lane)])
  return {
    calls: calls
      .filter(
        ({ operation, principal }) => operation === 'GetAuthorizationToken' && principals.includes(principal),
      )
      .map(({ time, principal, region, outcome }) => ({ at: Date.parse(time), principal, region, outcome })),
    secretValues: secrets.slice(mark.secrets).map(({ value }) => value),
  }
}

/** Whom each password that was ever in a Secret was minted for. */
async function mintedOf(lane: Lane, secrets: readonly SecretVersion[]): Promise<ReadonlyMap<string, Minted>> {
  const logins = new Map(
    secrets.flatMap(({ data }) => loginsIn(data).map((login) => [login.password, login.region] as const)),
  )
  const entries = [...logins].map(async ([password, region]): Promise<readonly [string, Minted]> => {
    const { is, principal } = await lookUp(lane, password, region)
    const isKnown = (is === 'allowed' || is === 'expired') && principal !== undefined
    if (isKnown) return [password, { principal, region }]
    return [
      password,
      is === 'foreign' && principal !== undefined ? { principal, region: 'another region' } : 'unknown',
    ]
  })
  return new Map(await Promise.all(entries))
}
