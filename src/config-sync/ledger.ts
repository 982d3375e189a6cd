// This file is about the record of the sync as a ConfigMap: read when a term begins, written when it says something new.
import { canonicalJson } from '../base/canonical-json.ts'
import {
  PRUNE_ANNOTATION,
  readSyncRecord,
  SYNC_RECORD,
  type SyncRecord,
  syncRecordData,
} from '../config-repo/sync-record.ts'
import type { KubeClient } from '../kube/client.ts'
import { isNotFound } from '../kube/error.ts'
import { CONFIG_MAPS, type KubeObject } from '../kube/resource.ts'
import { createObject, getObject, mergePatch } from '../kube/writes.ts'
import { FIELD_MANAGER } from './cluster-writes.ts'

interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>
}

export interface Read {
  /** Undefined: none was written yet, or what is there is no record. */
  readonly record: SyncRecord | undefined
  /** Somebody edited it into what is none. */
  readonly isBroken: boolean
}

/** What an approval has to name at least of a commit. */
const SHORTEST_COMMIT = 7
const LABELS = { 'app.kubernetes.io/name': 'everpull' }

export class Ledger {
  readonly #client: KubeClient
  readonly #namespace: string
  readonly #signal: AbortSignal
  #uid: string | undefined
  #written: string | undefined
  /** Keys that are there. */
  #keys: readonly string[] = []

  constructor(client: KubeClient, namespace: string, signal: AbortSignal) {
    this.#client = client
    this.#namespace = namespace
    this.#signal = signal
  }

  /** Undefined until it is known to be there. */
  get uid(): string | undefined {
    return this.#uid
  }

  async read(): Promise<Read> {
    const found = await this.#get()
    if (found === undefined) return { record: undefined, isBroken: false }
    this.#uid = found.metadata.uid
    this.#keys = Object.keys(found.data ?? {})
    const record = readSyncRecord(found.data)
    this.#written = record === undefined ? undefined : canonicalJson(syncRecordData(record))
    return { record, isBroken: record === undefined && this.#keys.length > 0 }
  }

  /** Whether somebody said that what this commit lacks may be pruned. */
  async isApproved(commit: string): Promise<boolean> {
    const found = await this.#get()
    const said = found?.metadata.annotations?.[PRUNE_ANNOTATION]?.trim() ?? ''
    return said.length >= SHORTEST_COMMIT && commit.startsWith(said)
  }

  /** Whether it says something else than what was written last. */
  isNews(record: SyncRecord): boolean {
    return canonicalJson(syncRecordData(record)) !== this.#written
  }

  async write(record: SyncRecord): Promise<void> {
    const data = syncRecordData(record)
    const text = canonicalJson(data)
    const gone = this.#keys.filter((key) => data[key] === undefined).map((key) => [key, null] as const)
    const written = await this.#put({ ...Object.fromEntries(gone), ...data }, data)
    this.#uid = written.metadata.uid
    this.#keys = Object.keys(data)
    this.#written = text
  }

  async #put(patch: Readonly<Record<string, string | null>>, data: SyncData): Promise<KubeObject> {
    const metadata = { namespace: this.#namespace, name: SYNC_RECORD }
    const writing = { fieldManager: FIELD_MANAGER, metadataOnly: true, signal: this.#signal }
    try {
      return await mergePatch(this.#client, CONFIG_MAPS, metadata, { data: patch }, writing)
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
    const whole: ConfigMap = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { ...metadata, labels: LABELS },
      data,
    }
    return createObject<KubeObject>(this.#client, CONFIG_MAPS, whole, writing)
  }

  async #get(): Promise<ConfigMap | undefined> {
    try {
      const name = { namespace: this.#namespace, name: SYNC_RECORD }
      return await getObject<ConfigMap>(this.#client, CONFIG_MAPS, name, { signal: this.#signal })
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }
}

type SyncData = Readonly<Record<string, string>>
