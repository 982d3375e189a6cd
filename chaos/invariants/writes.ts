// This file is about the fifth invariant: nothing is written when nothing changed, and nothing over and over.
import type { Broken, History, SecretVersion } from '../history.ts'
import { mostCalls } from './calls.ts'

const NAME = 'writes'

export function writes(history: History): readonly Broken[] {
  return [...equal(history), ...looping(history)]
}

/** Two versions in a row that say the same, by the hand of an operator. */
function equal({ secrets, byHand }: History): readonly Broken[] {
  const last = new Map<string, SecretVersion>()
  return secrets.flatMap((version) => {
    const key = `${version.namespace}/${version.name}`
    const before = last.get(key)
    last.set(key, version)
    const isNext =
      before?.is === 'there' && version.is === 'there' && before.uid === version.uid && !version.afterGap
    if (!isNext || byHand.has(version.version)) return []
    return contentOf(before) === contentOf(version)
      ? [
          {
            invariant: NAME,
            what: `${key} was written at version ${version.version}, and nothing of it changed`,
          },
        ]
      : []
  })
}

const contentOf = ({ data, labels, annotations, isOwned }: SecretVersion): string =>
  JSON.stringify([entries(data), entries(labels), entries(annotations), isOwned])

const entries = (map: Readonly<Record<string, string>>): readonly (readonly [string, string])[] =>
  Object.entries(map).toSorted(([a], [b]) => (a < b ? -1 : 1))

/** A status says at most that it is being served, that it is not, and that it is again, for each login. */
const STATUSES_PER_LOGIN = 4
/** A write of a Secret may meet a conflict, be overtaken by an edit, and mend what is around the login. */
const WRITES_PER_LOGIN = 3
const READING: ReadonlySet<string> = new Set(['get', 'list', 'watch'])

/** Requests that an operator made to change one object, refused ones with them. */
function looping(history: History): readonly Broken[] {
  const users = new Set(history.replicas.map(({ user }) => user))
  const counts = new Map<string, number>()
  for (const { user, verb, resource, namespace, name } of history.audit) {
    const isWrite = users.has(user) && !READING.has(verb)
    if (!isWrite || ['leases', 'events', 'serviceaccounts/token'].includes(resource)) continue
    const key = `${resource} ${namespace}/${name}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  const logins = mostCalls(history)
  return [...counts].flatMap(([key, count]) => {
    const most = logins * (key.includes('/status ') ? STATUSES_PER_LOGIN : WRITES_PER_LOGIN)
    return count > most ? [{ invariant: NAME, what: `${count} writes of ${key}; ${most} are allowed` }] : []
  })
}
