// This file is about the values a setting can have: each reader turns one text into a value, or says what is wrong.
import { isAbsolute } from 'node:path'
import { type Duration, parseDuration } from '../base/duration.ts'
import { parseSelector } from '../model/selector.ts'

/** `because` completes the sentence `--flag: "text" …`. */
export type Value<T> = { is: 'value'; value: T } | { is: 'wrong'; because: string }

/** An address to listen on; without a host it means all interfaces. Port 0 means any free port. */
export interface ListenAddress {
  readonly host?: string
  readonly port: number
}

export interface ServiceAccountName {
  readonly namespace: string
  readonly name: string
}

/** Which service accounts' tokens the operator may ask for. */
export type ServiceAccountIdentities =
  | { readonly is: 'none' }
  | { readonly is: 'all' }
  | { readonly is: 'named'; readonly accounts: readonly ServiceAccountName[] }

/** Who may use the operator's own AWS identity. */
export type AmbientCredentials =
  | { readonly is: 'allow' }
  | { readonly is: 'deny' }
  | { readonly is: 'namespaces'; readonly namespaces: readonly string[] }

const value = <T>(v: T): Value<T> => ({ is: 'value', value: v })
const wrong = (because: string): Value<never> => ({ is: 'wrong', because })

/** RFC 1123 label, as Kubernetes wants the names of namespaces. */
const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
/** RFC 1123 subdomain, as Kubernetes wants the names of service accounts. */
const SUBDOMAIN = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

export const readText = (text: string): Value<string> => value(text)

export function readPaths(text: string): Value<readonly string[]> {
  const paths = text.split(',')
  const relative = paths.find((path) => !isAbsolute(path))
  return relative === undefined ? value(paths) : wrong(`names "${relative}", which is no absolute path`)
}

export function readBoolean(text: string): Value<boolean> {
  if (['true', '1', 'yes', 'on'].includes(text.toLowerCase())) return value(true)
  if (['false', '0', 'no', 'off'].includes(text.toLowerCase())) return value(false)
  return wrong('is neither true nor false')
}

export function readPositiveDuration(text: string): Value<Duration> {
  const read = parseDuration(text)
  if (read === undefined) return wrong('is no duration such as 15s or 1h30m')
  return read > 0 ? value(read) : wrong('must be longer than nothing')
}

/** `HOST:PORT`, `:PORT` or `[IPV6]:PORT`. */
export function readAddress(text: string): Value<ListenAddress> {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text)
  const port = Number(match?.[3])
  if (match === null || port > 65_535) return wrong('is no address such as 127.0.0.1:8080 or :8080')
  const host = match[1] ?? match[2]
  return value(host === undefined || host === '' ? { port } : { host, port })
}

export const readNamespace = (text: string): Value<string> =>
  LABEL.test(text) ? value(text) : wrong('is no namespace name')

export const readObjectName = (text: string): Value<string> =>
  SUBDOMAIN.test(text) ? value(text) : wrong('is no name of an object')

export const MOST_SHARDS = 64

export function readShards(text: string): Value<number> {
  const number = /^\d{1,3}$/.test(text) ? Number(text) : 0
  return number >= 1 && number <= MOST_SHARDS ? value(number) : wrong(`is no number from 1 to ${MOST_SHARDS}`)
}

/** As kubectl takes it; the API server reads it in the same way. */
export const readSelector = (text: string): Value<string> =>
  parseSelector(text) === undefined
    ? wrong('is no label selector, such as team=a,tier in (gold,silver),!legacy')
    : value(text)

/** `NAMESPACE/NAME`. */
export function readServiceAccount(text: string): Value<ServiceAccountName> {
  const [namespace = '', name = '', ...rest] = text.split('/')
  if (rest.length > 0 || !LABEL.test(namespace) || !SUBDOMAIN.test(name)) {
    return wrong('is no service account such as my-namespace/my-account')
  }
  return value({ namespace, name })
}

/** Nothing, `true`: every account; `false`: none; else `NAMESPACE/NAME,…`. */
export function readServiceAccountIdentities(text: string): Value<ServiceAccountIdentities> {
  const all = readBoolean(text)
  if (all.is === 'value') return value({ is: all.value ? 'all' : 'none' })
  const accounts = readEach(splitList(text), readServiceAccount)
  if (accounts.is === 'wrong') return accounts
  return accounts.value.length > 0
    ? value({ is: 'named', accounts: accounts.value })
    : wrong('names no account')
}

/** `allow`, `deny` or `namespaces=A,B`. */
export function readAmbientCredentials(text: string): Value<AmbientCredentials> {
  if (text === 'allow' || text === 'deny') return value({ is: text })
  if (!text.startsWith('namespaces=')) return wrong('is none of allow, deny, namespaces=A,B')
  const namespaces = readEach(splitList(text.slice('namespaces='.length)), readNamespace)
  if (namespaces.is === 'wrong') return namespaces
  return namespaces.value.length > 0
    ? value({ is: 'namespaces', namespaces: namespaces.value })
    : wrong('names no namespace')
}

export function readUrl(text: string): Value<string> {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const fits = url !== undefined && (url.protocol === 'https:' || url.protocol === 'http:')
  return fits ? value(text) : wrong('is no http:// or https:// URL')
}

/** A reader of one of a closed set of words. */
export function oneOf<const W extends string>(words: readonly W[]): (text: string) => Value<W> {
  return (text) => {
    const found = words.find((word) => word === text)
    return found === undefined ? wrong(`is none of ${words.join(', ')}`) : value(found)
  }
}

/** The first wrong element makes the list wrong. */
export function readEach<T>(texts: readonly string[], read: (text: string) => Value<T>): Value<readonly T[]> {
  const values: T[] = []
  for (const text of texts) {
    const one = read(text)
    if (one.is === 'wrong') return texts.length === 1 ? one : wrong(`holds "${text}", which ${one.because}`)
    values.push(one.value)
  }
  return value(values)
}

/** The members of a comma list, without blanks, empty ones and repetitions. */
export const splitList = (text: string): string[] => [
  ...new Set(
    text
      .split(',')
      .map((t) => t.trim())
      .filter((t) => t !== ''),
  ),
]
