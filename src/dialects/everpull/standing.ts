// This file is about the conditions of both kinds of login, and about writing a status only where it says something new.
import { canonicalJson } from '../../base/canonical-json.ts'
import { earliest, type Instant, rfc3339 } from '../../base/clock.ts'
import type { Resource } from '../../model/resource.ts'
import type { EventWords, InstalledSchema, Status } from '../dialect.ts'
import { conditionOf, type Said, told } from './conditions.ts'
import type { Registry } from './registries.ts'

/** How an object fares as a whole. */
export interface Standing {
  readonly ready: Said['status']
  readonly reason: string
  readonly message: string
  /** Every target holds a login that lives. */
  readonly isServing: boolean
  /** Only a change helps. */
  readonly isStalled: boolean
  /** It is being worked on: not yet served, or tried again. */
  readonly isReconciling: boolean
  readonly at: Instant
}

const OURS = ['Ready', 'Serving', 'Reconciling', 'Stalled'] as const

const yes = (is: boolean): Said['status'] => (is ? 'True' : 'False')

/** `Reconciling` and `Stalled` are true while something is wrong, as kstatus reads them. */
export function conditionsOf(asked: Resource, standing: Standing): readonly unknown[] {
  const { ready, reason, message, isServing, isStalled, isReconciling, at } = standing
  const serving = isServing ? 'every target holds a valid login' : 'not every target holds a valid login'
  const said: readonly Said[] = [
    { type: 'Ready', status: ready, reason, message },
    {
      type: 'Serving',
      status: yes(isServing),
      reason: isServing ? 'LoginsValid' : 'LoginsMissing',
      message: serving,
    },
    {
      type: 'Reconciling',
      status: yes(isReconciling),
      reason: isReconciling ? reason : 'Done',
      message: isReconciling ? message : '',
    },
    {
      type: 'Stalled',
      status: yes(isStalled),
      reason: isStalled ? reason : 'NotStalled',
      message: isStalled ? message : '',
    },
  ]
  return told(asked.status, said, OURS, { at, generation: asked.generation })
}

export type Wanted = Readonly<Record<string, unknown>>

/** What is to be written; fields that were told before and are not any more are taken away. */
export function published(
  asked: Resource,
  wanted: Wanted,
  fields: readonly string[],
  installed: InstalledSchema,
  events: readonly EventWords[],
): Status {
  const before = recordOf(asked.status)
  const said = Object.entries(wanted).filter(([, value]) => value !== undefined)
  const gone = fields.filter((name) => wanted[name] === undefined && isThere(before[name]))
  const all = [...said, ...gone.map((name): [string, unknown] => [name, null])]
  const admitted = all.filter(([name]) => installed.admitsStatusField(name))
  const isNews = admitted.some(
    ([name, value]) => canonicalJson(value) !== canonicalJson(before[name] ?? null),
  )
  return isNews ? { status: Object.fromEntries(admitted), events } : { events }
}

const isThere = (value: unknown): boolean => value !== undefined && value !== null

export const recordOf = (value: unknown): Wanted =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}

/** How many namespaces fail changes often, and is no news by itself. */
const COUNTS = /^\d+ of \d+ namespaces /
const saysTheSame = (a: string, b: string): boolean => a.replace(COUNTS, '') === b.replace(COUNTS, '')

/** Told once: a message that stands in the condition was told when it came there. */
export function readyEvents(asked: Resource, { ready, reason, message }: Standing): readonly EventWords[] {
  const before = conditionOf(asked.status, 'Ready')
  const isTold = before?.reason === reason && before.status === ready && saysTheSame(before.message, message)
  if (isTold) return []
  const isTrouble = ready === 'False' || (ready === 'True' && message !== '' && reason !== 'LoginsFresh')
  return isTrouble ? [{ type: 'Warning', reason, message }] : []
}

/** When logins for a host die and are renewed, as told by one Secret. */
export interface Times {
  readonly hosts: readonly string[]
  readonly expiresAt?: Instant | undefined
  readonly renewsAt?: Instant | undefined
}

const timesOf = (all: readonly Times[]): { readonly expiresAt?: string; readonly renewsAt?: string } => {
  const expiresAt = earliest(all.map((one) => one.expiresAt))
  const renewsAt = earliest(all.map((one) => one.renewsAt))
  return {
    ...(expiresAt === undefined ? {} : { expiresAt: rfc3339(expiresAt) }),
    ...(renewsAt === undefined ? {} : { renewsAt: rfc3339(renewsAt) }),
  }
}

/** The earliest of all, and of each registry. */
export const registryTimes = (registries: readonly Registry[], all: readonly Times[]): Wanted => ({
  ...timesOf(all),
  registries: registries.map(({ host }) => ({
    host,
    ...timesOf(all.filter(({ hosts }) => hosts.includes(host))),
  })),
})
