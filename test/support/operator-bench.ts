// This file is about an operator on fakes: one small dialect, a cluster in memory, a clock and a lease that obey.
import { silentLog, type Log } from '../../src/base/log.ts'
import type { Dialect, EventWords, Looked, Status, Translation, World } from '../../src/dialects/dialect.ts'
import type { ClientStats, KubeClient, KubeRequest } from '../../src/kube/client.ts'
import { workQueue } from '../../src/kube/control/queue.ts'
import { KubeError } from '../../src/kube/error.ts'
import type { Election, ElectionOptions } from '../../src/kube/lease.ts'
import type { StartRoster } from '../../src/kube/lease-roster.ts'
import type { KubeObject } from '../../src/kube/resource.ts'
import { seconds } from '../../src/base/duration.ts'
import type { Answer } from '../../src/model/answer.ts'
import type { Target } from '../../src/model/delivery.ts'
import type { Probe, Step, Verdict } from '../../src/model/probe.ts'
import { fault } from '../../src/model/fault.ts'
import type { Kind } from '../../src/model/kind.ts'
import { SECRET } from '../../src/model/kind.ts'
import { type SecretRef, secretKey } from '../../src/model/ref.ts'
import type { Resource } from '../../src/model/resource.ts'
import { type Operator, type OperatorOptions, startOperator } from '../../src/operator/operator.ts'
import { aDelivery, into, noTemplatesYet, passwordUnder } from './builders.ts'
import { FakeLogins, FakeSources, FakeStore } from './engine-bench.ts'
import { ManualClock } from './manual-clock.ts'
import { type ScriptedReflector, ScriptedReflectors } from './scripted-reflectors.ts'

const GROUP = 'example.com'
/** The finalizer of Wishes that are cleaned up after. */
export const OURS = 'example.com/ours'
export const WISH: Kind = {
  group: GROUP,
  kind: 'Wish',
  plural: 'wishes',
  namespaced: true,
  versions: ['v1', 'v1beta1'],
  use: 'ordered',
  reads: 'whole',
  finalizers: [OURS],
  tests: { label: 'example.com/test', namePrefix: 'test-' },
}
const WELL: Kind = { ...WISH, kind: 'Well', plural: 'wells', use: 'referred' }

/** What a Wish may say. */
export interface WishSpec {
  readonly invalid?: true
  /** A Well it needs. */
  readonly well?: string
  readonly warning?: string
  readonly target?: Partial<Target>
  /** The key that the password is written under. */
  readonly key?: string
  readonly force?: string
  /** Deletion has work to do. */
  readonly isCleanedUp?: true
}

const wordsOf = (answer: Answer): string => {
  switch (answer.is) {
    case 'receipt':
      return 'synced'
    case 'failed':
      return `${answer.serving === undefined ? 'failed' : 'serving'}: ${answer.fault.message}`
    case 'yielded':
      return `yielding to ${answer.to.name}`
    case 'target-missing':
      return 'waiting'
    case 'emptied':
      return `empty: ${answer.secret}`
    case 'orphan-deleted':
      return `deleted ${answer.target.name}`
  }
}

function eventOf(answer: Answer): readonly EventWords[] {
  const message = wordsOf(answer)
  if (answer.is !== 'receipt') return [{ type: 'Warning', reason: 'NotSynced', message }]
  return answer.wrote === 'none' ? [] : [{ type: 'Normal', reason: 'Synced', message: answer.wrote }]
}

/** Orders the password into a Secret of the object's name; says in `status.said` what came of it. */
const wishes: Dialect = {
  name: 'mobb',
  kinds: [WISH, WELL, SECRET],
  eventSource: 'wishes',
  statusManager: 'everpull',
  translate(asked: Resource, world: World): Translation {
    const spec = (asked.spec ?? {}) as WishSpec
    const finalizer = spec.isCleanedUp === true ? { finalizer: OURS } : {}
    const { namespace, name } = asked.ref
    if (spec.invalid === true) return { is: 'invalid', fault: fault('spec-invalid', 'this is no wish') }
    if (spec.well !== undefined) {
      const well: Looked = world.get({ group: GROUP, kind: 'Well', namespace, name: spec.well })
      if (well.is !== 'present') {
        const cause = fault('reference-missing', `Well ${spec.well} is ${well.is}`)
        return { is: 'unready', fault: cause, targets: [{ namespace, name }], ...finalizer }
      }
    }
    const { ref, apiVersion, uid, createdAt } = asked
    const shape = passwordUnder(spec.key ?? 'password')
    const delivery = aDelivery({ orderedBy: { ref, apiVersion, uid, createdAt }, shape }, name)
    const cadence = spec.force === undefined ? delivery.cadence : { ...delivery.cadence, force: spec.force }
    const target = { namespace, name, ...spec.target }
    const warnings = spec.warning === undefined ? [] : [{ reason: 'Odd', message: spec.warning }]
    return { is: 'order', deliveries: [into({ ...delivery, cadence }, target)], warnings, ...finalizer }
  },
  status(_asked: Resource, answers: readonly Answer[]): Status {
    return { status: { said: answers.map(wordsOf).join() }, events: answers.flatMap(eventOf) }
  },
}

export const statusError = (status: number, reason: string): KubeError =>
  new KubeError({ status, reason, message: `PATCH: ${reason}` })

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

type Wish = KubeObject & {
  readonly metadata: { readonly namespace: string; readonly resourceVersion: string }
}

export class OperatorBench {
  readonly clock = new ManualClock(Date.parse('2026-01-01T00:00:00Z'))
  readonly reflectors = new ScriptedReflectors()
  readonly store = new FakeStore()
  readonly logins = new FakeLogins(this.clock)
  readonly requests: KubeRequest[] = []
  /** "Normal one Synced created", in the order they were told. */
  readonly events: string[] = []
  readonly logged: string[] = []
  /** What was let go of, in order. */
  readonly ended: string[] = []
  /** How each pass ended. */
  readonly passes: string[] = []
  /** Thrown in place of the next answers to writes. */
  readonly refusals: KubeError[] = []
  readonly wishes = new Map<string, Wish>()
  election: { lead(): void; lose(): void } = { lead: () => {}, lose: () => {} }
  /** By the names of their leases. */
  readonly elections = new Map<string, OperatorBench['election']>()
  /** What the lease says of writing. */
  mayWrite = true
  /** In which versions the kinds are served. */
  versions: readonly string[] = ['v1']
  /** Whether the definitions of the kinds are being deleted. */
  isLeaving = false
  /** What was tested, and what comes of it. */
  readonly probed: Probe[] = []
  probeResult: Step['result'] = 'passed'
  /** Who lives beside us: nobody. */
  startRoster: StartRoster = (options) => {
    queueMicrotask(() => options.onRead([options.identity]))
    return { known: () => undefined, leave: async () => {} }
  }
  operator!: Operator
  #version = 0

  constructor() {
    this.store.onChange = (ref) => void setImmediate(() => this.#showSecret(ref))
  }

  async probe(probe: Probe): Promise<Verdict> {
    this.probed.push(probe)
    return { at: this.clock.now(), steps: [{ name: 'login', result: this.probeResult, tookMs: 1 }] }
  }

  /** Starts and, unless told otherwise, lets the first lists be read. */
  async start(change: Partial<OperatorOptions> = {}, isSettled = true): Promise<void> {
    this.operator = startOperator(
      {
        dialects: [wishes],
        namespaces: undefined,
        driftWatch: true,
        allowedAccounts: { is: 'none' },
        homes: { argocd: 'argocd' },
        runtime: 'default',
        ambientOpenTo: 'all',
        operatorNamespace: 'operators',
        takeOver: new Set(),
        election: undefined,
        ...change,
      },
      {
        client: this.#client(),
        startReflector: this.reflectors.start,
        servedVersions: async () => this.versions,
        onServed: async () => {},
        templates: noTemplatesYet(),
        startQueue: workQueue,
        startElection: (options) => this.#elect(options),
        startRoster: (options) => this.startRoster(options),
        openStore: () => this.store,
        openLogins: () => this.logins,
        openProber: () => ({ probe: (probe) => this.probe(probe) }),
        isLeaving: async () => this.isLeaving,
        openSources: () => new FakeSources(),
        openEvents: () => ({
          tell: (about, { type, reason, message }) =>
            void this.events.push(`${type} ${about.ref.name} ${reason} ${message}`),
          close: async () => void this.ended.push('events'),
        }),
        installed: () => ({ admitsStatusField: () => true, admitsConditionType: () => true }),
        faultOf: (_error, doing) => fault('kube-unavailable', doing),
        onPass: ({ is }) => this.passes.push(is),
        clock: this.clock,
        random: () => 0.5,
        log: this.#log(),
      },
    )
    await turn()
    if (isSettled) await this.list()
  }

  /** The first lists are read. */
  async list(): Promise<void> {
    for (const { metadata } of this.wishes.values()) this.#show(metadata.name)
    for (const { ref } of this.store.secrets.values()) this.#showSecret(ref)
    for (const reflector of this.reflectors.started) reflector.sync()
    await this.settle()
  }

  /** An election as the command line would ask for. */
  static readonly elected: Partial<OperatorOptions> = {
    election: {
      namespace: 'operators',
      name: 'lease',
      identity: 'us',
      leaseDuration: seconds(15),
      renewDeadline: seconds(10),
      retryPeriod: seconds(2),
    },
  }

  /** The same, with all there is dealt out to two shards. */
  static readonly inShards: Partial<OperatorOptions> = {
    election: { ...OperatorBench.elected.election, shards: 2 } as OperatorOptions['election'],
  }

  /** The lease of one of them is had, and that of the whole installation before. */
  async takeShard(shard: number): Promise<void> {
    if (!this.elections.has('lease-shard-0')) this.elections.get('lease')?.lead()
    await this.settle()
    this.elections.get(`lease-shard-${shard}`)?.lead()
    await this.settle()
  }

  /** Somebody writes a Wish. */
  async wish(
    name: string,
    spec: WishSpec = {},
    metadata: Partial<KubeObject['metadata']> = {},
  ): Promise<void> {
    this.#version += 1
    const before = this.wishes.get(name)
    this.wishes.set(name, {
      ...before,
      apiVersion: `${GROUP}/v1`,
      kind: 'Wish',
      metadata: {
        uid: `uid-of-${name}`,
        creationTimestamp: '2026-01-01T00:00:00Z',
        ...before?.metadata,
        ...metadata,
        name,
        namespace: 'a',
        generation: this.#version,
        resourceVersion: String(this.#version),
      },
      spec,
    })
    this.#show(name)
    await this.settle()
  }

  /** Something of a Wish changes that is not its spec. */
  async touch(name: string, metadata: Partial<KubeObject['metadata']>, status?: unknown): Promise<void> {
    const before = this.wishes.get(name)
    if (before === undefined) throw new Error(`there is no Wish ${name}`)
    this.#version += 1
    this.wishes.set(name, {
      ...before,
      ...(status === undefined ? {} : { status }),
      metadata: { ...before.metadata, ...metadata, resourceVersion: String(this.#version) },
    })
    this.#show(name)
    await this.settle()
  }

  /** A Wish is gone for good. */
  async forget(name: string): Promise<void> {
    this.wishes.delete(name)
    this.reflectors.of('Wish').remove({ namespace: 'a', name })
    await this.settle()
  }

  said(name: string): unknown {
    const status = this.wishes.get(name)?.['status'] as { said?: unknown } | undefined
    return status?.said
  }

  /** Lets everything run that waits for nothing but its turn. */
  async settle(): Promise<void> {
    for (let turns = 0; turns < 12; turns += 1) await turn()
  }

  /** Lets all run that is due, however many they are and in however many turns; not what comes in a moment. */
  async settleAll(): Promise<void> {
    for (let before = -1; before !== this.passes.length; ) {
      before = this.passes.length
      await this.settle()
    }
  }

  /** Lets time pass, timer by timer, with all that each of them brings about. */
  async pass(ms: number): Promise<void> {
    const end = this.clock.now() + ms
    await this.settle()
    while (this.clock.now() < end) {
      const left = end - this.clock.now()
      this.clock.advance(Math.min(this.clock.next ?? left, left))
      await this.settle()
    }
  }

  #running(kind: string): ScriptedReflector | undefined {
    return this.reflectors.started.findLast((one) => one.type.kind === kind && !one.isStopped)
  }

  #show(name: string): void {
    const wish = this.wishes.get(name)
    if (wish !== undefined) {
      const { metadata, ...members } = wish
      this.#running('Wish')?.put(metadata, members)
    }
  }

  #showSecret(ref: SecretRef): void {
    const secret = this.store.secrets.get(secretKey(ref))
    if (secret === undefined) this.#running('Secret')?.remove(ref)
    else {
      const { uid, resourceVersion, annotations } = secret
      this.#running('Secret')?.put({ ...ref, uid, resourceVersion, annotations })
    }
  }

  #client(): KubeClient {
    const nothing: ClientStats = { requests: 0, sessions: 0, inFlight: 0, streams: 0 }
    return {
      request: <T>(request: KubeRequest) => this.#answer(request) as Promise<T>,
      stream: (request) => this.answerStream(request),
      stats: () => nothing,
      close: async () => {},
    }
  }

  async #answer(request: KubeRequest): Promise<unknown> {
    await turn()
    request.signal?.throwIfAborted()
    if (request.gate?.() === false) throw statusError(0, 'NotLeader')
    this.requests.push(request)
    const refusal = this.refusals.shift()
    if (refusal !== undefined) throw refusal
    const [, name = ''] = /\/wishes\/([^/]+)/.exec(request.path) ?? []
    const before = this.wishes.get(name)
    if (before === undefined) return this.answerOther(request)
    if (request.method === 'DELETE') return this.#delete(request, before)
    const { metadata = {}, ...members } = request.body as { metadata?: Partial<KubeObject['metadata']> }
    if (metadata.resourceVersion !== before.metadata.resourceVersion) throw statusError(409, 'Conflict')
    this.#version += 1
    const resourceVersion = String(this.#version)
    this.wishes.set(name, {
      ...before,
      ...members,
      metadata: { ...before.metadata, ...metadata, resourceVersion },
    })
    setImmediate(() => this.#show(name))
    return { metadata: { name, resourceVersion } }
  }

  #delete({ body }: KubeRequest, { metadata: { uid, name } }: Wish): unknown {
    const { preconditions } = body as { preconditions?: { uid?: string } }
    if (preconditions?.uid !== uid) throw statusError(409, 'Conflict')
    setImmediate(() => void this.forget(name))
    return {}
  }

  /** What the API server says about objects that are no Wishes. */
  protected answerOther(_request: KubeRequest): unknown {
    throw statusError(404, 'NotFound')
  }

  /** What it streams: nothing. */
  protected answerStream(_request: KubeRequest): Promise<AsyncIterable<Buffer>> {
    return Promise.reject(new Error('nothing is streamed here'))
  }

  #elect(options: ElectionOptions): Election {
    let term: AbortController | undefined
    this.election = {
      lead: () => {
        term = new AbortController()
        options.onLeading(term.signal)
      },
      lose: () => {
        this.mayWrite = false
        term?.abort()
        term = undefined
      },
    }
    this.elections.set(options.name, this.election)
    return {
      leading: () => term !== undefined,
      mayWrite: () => term !== undefined && this.mayWrite,
      holder: () => (term === undefined ? 'somebody' : options.identity),
      stop: async () => {
        this.ended.push('lease')
        term?.abort()
      },
    }
  }

  #log(): Log {
    const note = (message: string): void => void this.logged.push(message)
    const log: Log = { ...silentLog, info: note, warn: note, error: note, child: () => log }
    return log
  }
}
