// This file is about bringing the cluster in line with one commit: the plan carried out, one request after the other.
//
// One at a time is rate enough: logins come first, and a repository has time. What is about to be made is written down
// before it is, so that whoever leads next knows it for ours whatever happens in between.
import type { Log } from '../base/log.ts'
import { brief, type HeldPruning, type KeptObject, type SyncProblem } from '../config-repo/sync-record.ts'
import { isConflict, isRoleMissing, isTransient, KubeError } from '../kube/error.ts'
import type { ResourceType } from '../kube/resource.ts'
import type { ClusterWrites } from './cluster-writes.ts'
import type { Desired, Wanted } from './desired.ts'
import { isIntegration, keptType, objectKey } from './kinds.ts'
import type { MarkedObjects } from './marked-objects.ts'
import { type Circumstances, type Look, type Plan, planOf, type Step } from './plan.ts'
import { type Seen, sourceText } from './seen.ts'
import type { Setbacks } from './setbacks.ts'
import type { ObjectCounts } from './recorder.ts'

export interface KeepingParts {
  readonly mark: string
  readonly objects: MarkedObjects
  readonly writes: ClusterWrites
  readonly setbacks: Setbacks
  /** Writes down what is kept; asks nothing of the API server where nothing is new. */
  readonly writeDown: (kept: readonly KeptObject[]) => Promise<void>
  /** Whether somebody said that the pruning of this commit may go on. */
  readonly isApproved: (commit: string) => Promise<boolean>
  readonly log: Log
}

export interface Kept {
  /** So many objects were written or deleted. */
  readonly changes: number
  readonly held: HeldPruning | undefined
  readonly problems: readonly SyncProblem[]
  readonly counts: ObjectCounts
  /** Kinds that cannot be looked at for a while. */
  readonly isBlind: boolean
}

export class Keeping {
  readonly #parts: KeepingParts
  readonly #kept: Map<string, KeptObject>
  /** Statuses that did not take it: the kind as installed has no such field. */
  readonly #untold = new Set<string>()

  constructor(parts: KeepingParts, kept: readonly KeptObject[]) {
    this.#parts = parts
    this.#kept = new Map(kept.map((one) => [objectKey(one), one]))
  }

  all(): readonly KeptObject[] {
    return [...this.#kept.values()]
  }

  /** Throws `KubeError` where the API server is away; what was done until then is known. */
  async bringInLine(wanted: Wanted): Promise<Kept> {
    const { objects, setbacks, writeDown } = this.#parts
    await objects.follow(typesOf(wanted, this.all()))
    const plan = await this.#plan(wanted)
    for (const key of plan.gone) this.#kept.delete(key)
    setbacks.keep(new Set(wanted.objects.map(({ key }) => key)))
    const steps = await this.#withoutForeign(plan.steps.filter((step) => this.#isDue(step)))
    if (this.#announce(wanted, steps)) await writeDown(this.all())
    let changes = 0
    for (const step of steps) changes += await this.#take(wanted, step)
    return this.#result(wanted, plan, changes)
  }

  async #plan(wanted: Wanted): Promise<Plan> {
    const byKey = new Map(wanted.objects.map((desired) => [desired.key, desired]))
    const around = (approved: string | undefined): Circumstances => ({
      mark: this.#parts.mark,
      approved,
      look: ({ key, version }) => this.#look(byKey.get(key) ?? this.#kept.get(key), version),
    })
    const plan = planOf(wanted, this.all(), around(undefined))
    if (plan.held === undefined || !(await this.#parts.isApproved(wanted.commit))) return plan
    return planOf(wanted, this.all(), around(wanted.commit))
  }

  #look(one: Desired | KeptObject | undefined, version: string): Look {
    if (one === undefined) return { is: 'unknown' }
    const type = 'type' in one ? one.type : keptType({ ...one, version })
    if (type === undefined) return { is: 'unknown' }
    return this.#parts.objects.look(type, { namespace: one.namespace, name: one.name })
  }

  #isDue(step: Step): boolean {
    if (step.is === 'delete') return true
    if (step.is === 'tell') return !this.#untold.has(untoldKey(step.uid, step.kept))
    return this.#parts.setbacks.isDue(step.desired.key, step.desired.digest)
  }

  /** What was somebody else's before is looked at first: nothing is written down for it as long as it is. */
  async #withoutForeign(steps: readonly Step[]): Promise<readonly Step[]> {
    const { setbacks, writes, mark } = this.#parts
    const left: Step[] = []
    for (const step of steps) {
      const isAsked = step.is === 'make' && setbacks.isForeign(step.desired.key)
      const because = isAsked
        ? await writes.inTheWay(step.desired, { mark, uid: step.before?.uid })
        : undefined
      if (because === undefined) left.push(step)
      else if (step.is === 'make') this.#noteForeign(step.desired, because)
    }
    return left
  }

  #noteForeign({ key, digest, path }: Desired, because: string): void {
    this.#parts.setbacks.note(key, digest, 'foreign', { path, because })
  }

  /** True where something is to be made that nobody would know for ours. */
  #announce({ commit }: Wanted, steps: readonly Step[]): boolean {
    const fresh = steps.flatMap((step) =>
      step.is === 'make' && step.before === undefined ? [step.desired] : [],
    )
    for (const desired of fresh) this.#kept.set(desired.key, keptOf(desired, this.#parts.mark, commit))
    return fresh.length > 0
  }

  /** How much it changed. */
  async #take(wanted: Wanted, step: Step): Promise<number> {
    switch (step.is) {
      case 'make':
      case 'apply':
        return this.#apply(wanted, step)
      case 'tell':
        await this.#tell(step.kept, step.uid)
        return 0
      case 'delete':
        return this.#delete(step.kept, step.uid)
    }
  }

  async #apply({ commit }: Wanted, step: Step & { readonly is: 'make' | 'apply' }): Promise<number> {
    const { desired } = step
    const { setbacks, objects, mark, log } = this.#parts
    try {
      const made = await this.#write(step)
      if (made.is === 'foreign') {
        this.#noteForeign(desired, made.because)
        this.#forgetPending(desired.key)
        return 0
      }
      objects.left(desired.type, desired, made.seen)
      const kept = settled(desired, this.#kept.get(desired.key), { mark, commit, seen: made.seen })
      this.#kept.set(desired.key, kept)
      setbacks.clear(desired.key)
      log.info('applied from the Git repository', toldOf(kept))
      if (isIntegration(kept)) await this.#tell(kept, made.seen.uid, made.seen)
      return 1
    } catch (error) {
      if (isPassing(error)) throw error
      setbacks.note(desired.key, desired.digest, 'failed', {
        path: desired.path,
        because: refusal(error, desired),
      })
      if (!isConflict(error)) this.#forgetPending(desired.key)
      return 0
    }
  }

  async #write(step: Step & { readonly is: 'make' | 'apply' }) {
    const { writes, mark } = this.#parts
    if (step.is === 'make') return writes.make(step.desired, { mark, uid: step.before?.uid })
    return { is: 'made' as const, seen: await writes.apply(step.desired, step.uid) }
  }

  /** Nothing was made after all. */
  #forgetPending(key: string): void {
    if (this.#kept.get(key)?.uid === undefined) this.#kept.delete(key)
  }

  async #tell(kept: KeptObject, uid: string, seen?: Seen): Promise<void> {
    const type = keptType(kept)
    const source = { commit: kept.commit, path: kept.path }
    if (type === undefined || seen?.source === sourceText(source)) return
    const told = await this.#parts.writes.tell(type, kept, uid, source).catch((error: unknown) => {
      if (isPassing(error)) throw error
      return undefined
    })
    if (told?.source === sourceText(source)) this.#parts.objects.left(type, kept, told)
    else this.#untold.add(untoldKey(uid, kept))
  }

  async #delete(kept: KeptObject, uid: string): Promise<number> {
    const type = keptType(kept)
    if (type === undefined) return 0
    try {
      await this.#parts.writes.delete(type, kept, uid)
      this.#parts.log.info('deleted, as the Git repository holds it no more', toldOf(kept))
      // It may be held by a finalizer: it is forgotten once the watch shows that it is gone.
      return 1
    } catch (error) {
      if (isPassing(error)) throw error
      const { setbacks } = this.#parts
      setbacks.note(objectKey(kept), kept.digest, 'failed', {
        path: kept.path,
        because: refusal(error, { type }),
      })
      return 0
    }
  }

  #result(wanted: Wanted, plan: Plan, changes: number): Kept {
    const { setbacks } = this.#parts
    const elsewhere = plan.foreign.map(({ desired, because }) => ({ path: desired.path, because }))
    const spared = plan.spared.map(({ path, kind, name }) => ({
      path,
      because: `${kind} ${name} came from here and stays, as it is not known whether it is still wanted`,
    }))
    const { missing, isBlind } = this.#blindness(wanted)
    return {
      changes,
      held: plan.held,
      problems: [...wanted.problems, ...elsewhere, ...setbacks.problems(), ...missing, ...spared].map(brief),
      counts: {
        synced: wanted.objects.filter((desired) => this.#isKept(desired)).length,
        skipped: wanted.problems.length,
        failed: setbacks.count('failed') + missing.length,
        foreign: setbacks.count('foreign') + elsewhere.length,
        held: plan.held?.count ?? 0,
        spared: spared.length,
      },
      isBlind,
    }
  }

  #isKept({ key, digest }: Desired): boolean {
    const kept = this.#kept.get(key)
    return kept?.uid !== undefined && kept.digest === digest
  }

  /** What of the wanted is of a kind that nobody serves, or that we may not look at. */
  #blindness(wanted: Wanted): { readonly missing: readonly SyncProblem[]; readonly isBlind: boolean } {
    const missing: SyncProblem[] = []
    let isBlind = false
    for (const { type, path } of wanted.objects) {
      const phase = this.#parts.objects.phase(type)
      const { kind } = type
      if (phase?.is === 'absent')
        missing.push({
          path,
          because: `${kind} (${type.group}/${type.version}) is not installed in the cluster`,
        })
      if (phase?.is === 'forbidden') {
        missing.push({
          path,
          because: `${kind}s may not be listed: apply the output of "everpull rbac --config-repo"`,
        })
      }
      if (phase?.is === 'failing' || phase?.is === 'listing') isBlind = true
    }
    return { missing, isBlind }
  }
}

const toldOf = ({ kind, name, path, commit }: KeptObject) => ({ object: `${kind} ${name}`, path, commit })

const untoldKey = (uid: string, { commit, path }: KeptObject): string => `${uid} ${commit} ${path}`

function typesOf(wanted: Wanted, kept: readonly KeptObject[]): readonly ResourceType[] {
  const all = [...wanted.objects.map(({ type }) => type), ...kept.flatMap((one) => keptType(one) ?? [])]
  return [...new Map(all.map((type) => [`${type.plural}.${type.version}.${type.group}`, type])).values()]
}

const keptOf = (
  { type, namespace, name, path, digest }: Desired,
  mark: string,
  commit: string,
): KeptObject => ({
  group: type.group,
  version: type.version,
  kind: type.kind,
  ...(namespace === undefined ? {} : { namespace }),
  name,
  path,
  mark,
  digest,
  commit,
})

/** What was changed by hand came from the commit that it is put back to. */
function settled(
  desired: Desired,
  before: KeptObject | undefined,
  { mark, commit, seen }: { readonly mark: string; readonly commit: string; readonly seen: Seen },
): KeptObject {
  const isSame = before?.uid !== undefined && before.digest === desired.digest && before.path === desired.path
  const now = keptOf(desired, mark, isSame ? before.commit : commit)
  return { ...now, uid: seen.uid, stored: seen.stored }
}

/** The API server is away, or somebody else leads: the round is over. */
const isPassing = (error: unknown): boolean =>
  !(error instanceof KubeError) || error.is('NotLeader') || error.status === 401 || isTransient(error)

function refusal(error: unknown, { type }: { readonly type: ResourceType }): string {
  const message = error instanceof Error ? error.message : String(error)
  if (isRoleMissing(error)) return `${message}: apply the output of "everpull rbac --config-repo"`
  if (error instanceof KubeError && error.status === 404) return `${type.kind} cannot be applied: ${message}`
  return `the API server refuses it: ${message}`
}
