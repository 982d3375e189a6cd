// This file is about changing one object of the cluster as a repository wants it, and what came of that.
//
// Applied by server-side apply under a manager of our own. What others added to the spec belongs to them and would stay:
// the spec is then set whole, as the repository is the only one to say who may use an integration.
import { ADOPT_ANNOTATION, MARK_LABEL } from '../config-repo/sync-record.ts'
import type { KubeClient } from '../kube/client.ts'
import { isAlreadyExists, isConflict, isNotFound } from '../kube/error.ts'
import type { KubeObject, ManagedFieldsEntry, ObjectName, ResourceType } from '../kube/resource.ts'
import { applyObject, deleteObject, getObject, jsonPatch, statusPatch } from '../kube/writes.ts'
import type { Desired } from './desired.ts'
import { type Seen, seenOf } from './seen.ts'

export const FIELD_MANAGER = 'everpull-config'
/** As who serves them: a status by anybody else is taken for a word of another controller, which is waited for. */
const STATUS_MANAGER = 'everpull'

export type Made =
  | { readonly is: 'made'; readonly seen: Seen }
  /** Somebody else made an object of that name. */
  | { readonly is: 'foreign'; readonly because: string }

export interface Owning {
  readonly mark: string
  /** Of the object as it was last applied. */
  readonly uid: string | undefined
}

export class ClusterWrites {
  readonly #client: KubeClient
  readonly #signal: AbortSignal

  constructor(client: KubeClient, signal: AbortSignal) {
    this.#client = client
    this.#signal = signal
  }

  /** Nothing of that name is known to be ours: it is looked for first. Throws `KubeError`. */
  async make(desired: Desired, owning: Owning): Promise<Made> {
    const there = await this.#get(desired)
    if (there !== undefined) {
      const { uid = '' } = there.metadata
      return mayHave(there, owning)
        ? { is: 'made', seen: await this.apply(desired, uid) }
        : { is: 'foreign', because: foreign(desired, there) }
    }
    try {
      // Without force: who made one of that name in this very moment has it.
      return { is: 'made', seen: seenOf(await this.#apply(desired, undefined)) }
    } catch (error) {
      if (!isConflict(error) && !isAlreadyExists(error)) throw error
      return { is: 'foreign', because: foreign(desired, undefined) }
    }
  }

  /** Why nothing can be made of it yet; undefined: it can be tried. */
  async inTheWay(desired: Desired, owning: Owning): Promise<string | undefined> {
    const there = await this.#get(desired)
    return there === undefined || mayHave(there, owning) ? undefined : foreign(desired, there)
  }

  /** Throws `KubeError`; a conflict where it is another object by now. */
  async apply(desired: Desired, uid: string): Promise<Seen> {
    const applied = await this.#apply(desired, uid)
    if (!addedByOthers(applied.metadata.managedFields ?? [])) return seenOf(applied)
    const whole = await jsonPatch<KubeObject>(
      this.#client,
      desired.type,
      nameOf(desired),
      [
        { op: 'test', path: '/metadata/uid', value: uid },
        { op: 'replace', path: '/spec', value: desired.spec },
      ],
      this.#writing(),
    )
    return seenOf(whole)
  }

  /** Resolves also where there is nothing, or another object, by then. */
  async delete(type: ResourceType, name: ObjectName, uid: string): Promise<void> {
    try {
      await deleteObject(this.#client, type, name, {
        only: { uid },
        propagation: 'Background',
        signal: this.#signal,
      })
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error
    }
  }

  /** Says in the status of an integration where it came from. Undefined: it is gone. */
  async tell(
    type: ResourceType,
    name: ObjectName,
    uid: string,
    source: { readonly commit: string; readonly path: string },
  ): Promise<Seen | undefined> {
    try {
      const told = await statusPatch<KubeObject>(
        this.#client,
        type,
        name,
        { source },
        { ...this.#writing(), fieldManager: STATUS_MANAGER, only: { uid } },
      )
      return seenOf(told)
    } catch (error) {
      if (isNotFound(error) || isConflict(error)) return undefined
      throw error
    }
  }

  async #get(desired: Desired): Promise<KubeObject | undefined> {
    try {
      return await getObject<KubeObject>(this.#client, desired.type, nameOf(desired), {
        signal: this.#signal,
      })
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }

  #apply(
    { type, name, namespace, labels, annotations, spec }: Desired,
    uid: string | undefined,
  ): Promise<KubeObject> {
    const metadata = {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      labels,
      annotations,
    }
    return applyObject<KubeObject>(
      this.#client,
      type,
      { metadata, spec },
      { ...this.#writing(), fieldValidation: 'Strict', force: uid !== undefined },
    )
  }

  #writing() {
    return { fieldManager: FIELD_MANAGER, signal: this.#signal }
  }
}

const nameOf = ({ name, namespace }: Desired): ObjectName => ({ name, namespace })

function mayHave({ metadata }: KubeObject, { mark, uid }: Owning): boolean {
  const { labels = {}, annotations = {} } = metadata
  if (uid !== undefined && metadata.uid === uid) return true
  if (labels[MARK_LABEL] !== undefined) return labels[MARK_LABEL] === mark
  return annotations[ADOPT_ANNOTATION] === 'true'
}

function foreign({ type, name }: Desired, there: KubeObject | undefined): string {
  const other = there?.metadata.labels?.[MARK_LABEL]
  if (other !== undefined) return 'another Git sync keeps an object of this name in line: it is left to that'
  return `somebody else made ${type.kind} ${name}: it is left as it is until it is deleted, or annotated with ${ADOPT_ANNOTATION}=true`
}

type Fields = Readonly<Record<string, unknown>>

/** Whether the spec holds fields that somebody owns and we do not. */
export function addedByOthers(managed: readonly ManagedFieldsEntry[]): boolean {
  const isOurs = ({ manager, operation }: ManagedFieldsEntry): boolean =>
    manager === FIELD_MANAGER && operation === 'Apply'
  const specOf = ({ fieldsV1 }: ManagedFieldsEntry): Fields => fieldsIn(fieldsV1, 'f:spec')
  const own = specOf(managed.find(isOurs) ?? {})
  return managed
    .filter((entry) => !isOurs(entry) && (entry.subresource ?? '') === '')
    .some((entry) => goesBeyond(specOf(entry), own))
}

const goesBeyond = (theirs: Fields, own: Fields): boolean =>
  Object.keys(theirs).some(
    (key) => key !== '.' && (own[key] === undefined || goesBeyond(fieldsIn(theirs, key), fieldsIn(own, key))),
  )

function fieldsIn(fields: Fields | undefined, key: string): Fields {
  const found = fields?.[key]
  return typeof found === 'object' && found !== null ? (found as Fields) : {}
}
