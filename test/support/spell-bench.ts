// This file is about an operator on fakes with an order that is spread over namespaces, and one that lends to it.
import type { KubeRequest } from '../../src/kube/client.ts'
import type { KubeObject } from '../../src/kube/resource.ts'
import type { Instant } from '../../src/base/clock.ts'
import type { Dialect, Status, Translation, World } from '../../src/dialects/dialect.ts'
import { ordererOf } from '../../src/model/delivery.ts'
import { fault } from '../../src/model/fault.ts'
import { type Kind, NAMESPACE, SECRET } from '../../src/model/kind.ts'
import { type Ref, refText } from '../../src/model/ref.ts'
import type { Resource } from '../../src/model/resource.ts'
import type { OperatorOptions } from '../../src/operator/operator.ts'
import { aDelivery, aWant, into, passwordUnder } from './builders.ts'
import { OperatorBench, OURS, statusError, WISH } from './operator-bench.ts'
import type { ScriptedReflector } from './scripted-reflectors.ts'

export interface SpellSpec {
  readonly exclude?: readonly string[]
  readonly key?: string
  /** A Lender whose identity it is served with. */
  readonly through?: string
}

const SPELL: Kind = { ...WISH, kind: 'Spell', plural: 'spells', namespaced: false, finalizers: [OURS] }
const LENDER: Kind = { ...SPELL, kind: 'Lender', plural: 'lenders' }
const SPELLS = '/spells/pull'
const LENDERS = '/lenders/bank'

/**
 * A Spell is ordered once for the whole cluster, and served in every namespace that its spec does not exclude. A Lender
 * cannot go while it is used.
 */
const spells: Dialect = {
  name: 'mobb',
  kinds: [SPELL, LENDER, NAMESPACE, SECRET],
  eventSource: 'spells',
  statusManager: 'everpull',
  translate(asked, world): Translation {
    if (asked.ref.kind === LENDER.kind) return lending(asked, world)
    return asked.ref.namespace === '' ? spread(asked, world) : cast(asked)
  },
  status(_asked, answers, _installed, others): Status {
    const shares = (others?.shares ?? []).map(
      (share) => `${share.namespace} ${share.answers.map(({ is }) => is).join()}`,
    )
    const own = answers.flatMap((answer) => (answer.is === 'failed' ? [answer.fault.message] : []))
    const users = (others?.circumstances?.users ?? []).map(refText)
    return { status: { said: [...own, ...shares, ...users].join('; ') }, events: [] }
  },
}

function spread({ spec }: Resource, world: World): Translation {
  const { exclude = [] } = (spec ?? {}) as SpellSpec
  const listed = world.list(NAMESPACE, {})
  if (listed.is !== 'listed') {
    return { is: 'unready', fault: fault('reference-unreadable', 'no namespaces'), targets: [] }
  }
  const namespaces = listed.resources
    .filter(({ ref, deletingSince }) => deletingSince === undefined && !exclude.includes(ref.name))
    .map(({ ref }) => ref.name)
  return { is: 'order', deliveries: [], warnings: [], spread: namespaces, finalizer: OURS }
}

function cast(asked: Resource): Translation {
  const { key = 'password', through } = (asked.spec ?? {}) as SpellSpec
  const lent = through === undefined ? {} : { through: lender(through) }
  const delivery = aDelivery({
    orderedBy: ordererOf(asked),
    logins: [{ ...aWant(), identity: { ...aWant().identity, ...lent } }],
    shape: passwordUnder(key),
  })
  const target = { namespace: asked.ref.namespace, name: 'spell' }
  return { is: 'order', deliveries: [into(delivery, target)], warnings: [] }
}

const lender = (name: string): Ref => ({ group: LENDER.group, kind: LENDER.kind, namespace: '', name })

function lending(asked: Resource, world: World): Translation {
  const users = world.usersOf(asked.ref)
  const holds = fault('in-use', `${users.length} users`)
  return {
    is: 'order',
    deliveries: [],
    warnings: [],
    finalizer: OURS,
    circumstances: { users, findings: [] },
    ...(users.length === 0 ? {} : { holds }),
  }
}

export class SpellBench extends OperatorBench {
  /** When its status was written. */
  readonly toldAt: Instant[] = []
  readonly #objects = new Map<string, KubeObject>()
  #changes = 0

  /** With Secrets left from before. */
  static async after(before: SpellBench): Promise<SpellBench> {
    await before.operator.stop()
    const bench = new SpellBench()
    bench.clock.advance(before.clock.now() - bench.clock.now())
    for (const [key, secret] of before.store.secrets) bench.store.secrets.set(key, secret)
    return bench
  }

  async begin(
    namespaces: readonly string[],
    spec: SpellSpec = {},
    metadata: object = {},
    options: Partial<OperatorOptions> = {},
  ): Promise<void> {
    await this.start({ dialects: [spells], ...options }, false)
    this.cast(spec, metadata)
    await new Promise((resolve) => setImmediate(resolve))
    await this.list()
    if (options.election !== undefined) this.election.lead()
    await this.settle()
    for (const name of namespaces) this.reflectors.of('Namespace').put({ name })
    this.reflectors.of('Namespace').sync()
    await this.settleAll()
  }

  /** Somebody writes the Spell. */
  cast(spec: SpellSpec, metadata: object = {}): void {
    this.#change(SPELLS, SPELL, { name: 'pull', generation: this.#changes + 1, ...metadata }, { spec })
  }

  /** Somebody writes the Lender. */
  lend(metadata: object = {}): void {
    this.#change(LENDERS, LENDER, { name: 'bank', generation: this.#changes + 1, ...metadata })
  }

  get secrets(): readonly string[] {
    return [...this.store.secrets.keys()].toSorted()
  }

  get words(): string {
    return this.#said(SPELLS)
  }

  get lendersWords(): string {
    return this.#said(LENDERS)
  }

  get finalizers(): readonly string[] {
    return this.#finalizers(SPELLS)
  }

  get lendersFinalizers(): readonly string[] {
    return this.#finalizers(LENDERS)
  }

  protected override answerOther({ path, body }: KubeRequest): unknown {
    const [at, kind] = path.includes(LENDERS) ? [LENDERS, LENDER] : [SPELLS, SPELL]
    if (!path.includes(at)) throw statusError(404, 'NotFound')
    if (path.endsWith('/status') && kind === SPELL) this.toldAt.push(this.clock.now())
    const { metadata = {}, ...members } = body as { metadata?: object }
    return this.#change(at, kind, metadata, members)
  }

  #followers(kind: string): ScriptedReflector | undefined {
    return this.reflectors.started.findLast((one) => one.type.kind === kind && !one.isStopped)
  }

  #said(path: string): string {
    return String((this.#objects.get(path)?.['status'] as { said?: unknown } | undefined)?.said)
  }

  #finalizers(path: string): readonly string[] {
    return this.#objects.get(path)?.metadata.finalizers ?? []
  }

  #change(path: string, { kind }: Kind, metadata: object, members: object = {}): KubeObject {
    this.#changes += 1
    const before = this.#objects.get(path)
    const resourceVersion = String(this.#changes)
    const now = {
      apiVersion: 'example.com/v1',
      kind,
      ...before,
      ...members,
      metadata: { name: '', ...before?.metadata, ...metadata, resourceVersion },
    }
    this.#objects.set(path, now)
    const { metadata: shown, ...rest } = now
    setImmediate(() => this.#followers(kind)?.put(shown, rest))
    return now
  }
}
