// This file is about objects whose values are needed now and then: read when needed, kept while the watch shows the same version.
import { LRUCache } from 'lru-cache'
import { type SecretData, SecretText } from '../../base/secret-text.ts'
import type { Glance, SecretStore } from '../../engine/ports.ts'
import type { Fault } from '../../model/fault.ts'
import { type SecretRef, secretKey } from '../../model/ref.ts'

export type CredentialStore = Pick<SecretStore, 'glance' | 'read'>

/** An object as read whole: a Secret, or one that is kept like one. */
export interface ValuesRead {
  readonly is: 'secret' | 'config-map'
  readonly resourceVersion: string
  readonly data: SecretData
}

export interface ValuesStore {
  glance(ref: SecretRef): Glance
  read(ref: SecretRef, signal: AbortSignal): Promise<ValuesRead | 'absent' | Fault>
}

export interface SecretValues {
  readonly is: 'values'
  get(key: string): SecretText | undefined
}

type Reading = SecretValues | 'absent' | Fault

/** Far more credentials than anybody has; each is a few kilobytes at most. */
const MOST_KEPT = 2000

interface Kept {
  readonly version: string
  readonly values: SecretValues | 'absent'
}

interface Flight {
  readonly signal: AbortSignal
  readonly done: Promise<Reading>
}

export interface SecretReader {
  read(ref: SecretRef, signal: AbortSignal): Promise<Reading>
}

/** Readers of the same Secret at the same time share one request. */
export function secretReader(store: ValuesStore): SecretReader {
  const kept = new LRUCache<string, Kept>({ max: MOST_KEPT })
  const flights = new Map<string, Flight>()

  const fetch = async (ref: SecretRef, key: string, signal: AbortSignal): Promise<Reading> => {
    const secret = await store.read(ref, signal)
    if (secret === 'absent') {
      kept.set(key, { version: 'absent', values: secret })
      return secret
    }
    if (secret.is === 'fault') return secret
    // The bytes lie in a block that many share: kept, a few of them would keep all of it.
    const texts = new Map([...secret.data.reveal()].map(([name, bytes]) => [name, textOf(bytes)]))
    const values: SecretValues = { is: 'values', get: (name) => texts.get(name) }
    kept.set(key, { version: secret.resourceVersion, values })
    return values
  }

  const share = (ref: SecretRef, key: string, signal: AbortSignal): Flight => {
    const done = fetch(ref, key, signal).finally(() => flights.delete(key))
    const flight = { signal, done }
    flights.set(key, flight)
    return flight
  }

  return {
    async read(ref, signal) {
      const key = secretKey(ref)
      for (;;) {
        const glance = store.glance(ref)
        const version = typeof glance === 'string' ? glance : glance.resourceVersion
        const known = kept.get(key)
        if (version !== 'unknown' && known?.version === version) return known.values
        const flight = flights.get(key)
        if (flight === undefined) return share(ref, key, signal).done
        try {
          return await flight.done
        } catch (error) {
          // Somebody else's reading was called off, not ours.
          if (!flight.signal.aborted || signal.aborted) throw error
        }
      }
    },
  }
}

const textOf = (bytes: Buffer): SecretText => new SecretText(bytes.toString('utf8'))
