// This file is about all that is known of one seed after it has run: what invariants are judged by.
import type { AuditedRequest } from '../sandbox/control-plane/audit-log.ts'
import type { Loss, Retried } from './fault.ts'
import type { Sharing } from './schedule.ts'

/** One state of a Secret, as a watch showed it. */
export interface SecretVersion {
  readonly is: 'there' | 'gone'
  readonly namespace: string
  readonly name: string
  readonly uid: string
  /** Versions of one API server grow. */
  readonly version: number
  /** When the watch showed it, ms since the epoch. */
  readonly at: number
  /** Versions between this and the one before may have been missed: the watch had to begin anew. */
  readonly afterGap: boolean
  readonly isOwned: boolean
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  /** Decoded. */
  readonly data: Readonly<Record<string, string>>
}

/** Something of somebody else's in a Secret, which has to stay while the Secret does. */
export interface Claim {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  /** `host`: of a docker config under `.dockerconfigjson`. */
  readonly place: 'data' | 'label' | 'annotation' | 'host'
  readonly key: string
  readonly value: string
  /** The version in which it was put there. */
  readonly from: number
  /** The version in which its owner took it out or changed it; undefined: never. */
  until: number | undefined
}

/** A Secret that orders keep, and whose login is in it. */
export interface Target {
  readonly namespace: string
  readonly name: string
  /** ARN. */
  readonly principal: string
  readonly region: string
}

/** What the workload did to a login that a Secret held. */
export interface Damage {
  readonly namespace: string
  readonly name: string
  readonly at: number
  /** Later versions have to be right again. */
  readonly version: number
}

export interface Outage {
  readonly fault: string
  readonly takes: readonly Loss[]
  readonly retried: Retried
  /** The replica it struck, where it struck one. */
  readonly replica: number | undefined
  /** When it was begun, and when its end was done; ms since the epoch. */
  readonly from: number
  until: number
}

/** A moment at which the API server was asked past every front, and how long the answer took; Infinity: none. */
export interface Probe {
  readonly at: number
  readonly tookMs: number
}

export interface PullAttempt {
  readonly client: string
  readonly namespace: string
  readonly name: string
  readonly at: number
  readonly until: number
  /** Of the Secret it pulled with. */
  readonly version: number
  /** When the login in it was minted and dies, by what the operator noted of it. */
  readonly mintedAt: number
  readonly expiresAt: number
  /** In the client's words; undefined: pulled. */
  readonly failed: string | undefined
}

export interface MintCall {
  readonly at: number
  readonly principal: string
  readonly region: string
  readonly outcome: string
}

/** Whom a password was minted for; `unknown` where it was never minted. */
export type Minted = { readonly principal: string; readonly region: string } | 'unknown'

export interface ReplicaRecord {
  readonly number: number
  readonly user: string
  /** Begin and end of each of its processes. */
  readonly runs: readonly { readonly at: number; readonly until: number | undefined }[]
  readonly output: string
  readonly residentBytes: readonly number[]
}

/** The life of something that is expected to be taken away: a namespace, or what orders own while definitions are gone. */
export interface Removal {
  /** Undefined: owned Secrets in all of the seed's namespaces. */
  readonly namespace: string | undefined
  readonly from: number
  until: number
}

export interface History {
  readonly seed: number
  readonly sharing: Sharing
  /** When the orders were applied; when all had converged for the first time; when the last look was taken. */
  readonly began: number
  readonly convergedAt: number
  readonly ended: number
  readonly tokenLifeMs: number
  readonly targets: readonly Target[]
  /** The name of the Secrets that an order outside of namespaces keeps, and nobody else. */
  readonly spreadSecret: string
  /** In the order the watch showed them; of the seed's namespaces only. */
  readonly secrets: readonly SecretVersion[]
  /** Versions that the workload itself wrote. */
  readonly byHand: ReadonlySet<number>
  readonly claims: readonly Claim[]
  readonly damages: readonly Damage[]
  readonly removals: readonly Removal[]
  readonly outages: readonly Outage[]
  readonly probes: readonly Probe[]
  readonly pulls: readonly PullAttempt[]
  readonly calls: readonly MintCall[]
  readonly audit: readonly AuditedRequest[]
  readonly minted: ReadonlyMap<string, Minted>
  readonly replicas: readonly ReplicaRecord[]
  /** Every secret value that the emulator gave out meanwhile. */
  readonly secretValues: readonly string[]
  /** What was still wrong when the limit for convergence after the last fault had passed; empty: nothing. */
  readonly unconverged: readonly string[]
}

/** One sentence; the invariant is named by whoever asked. */
export interface Broken {
  readonly invariant: string
  readonly what: string
}
