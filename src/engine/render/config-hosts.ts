// This file is about single hosts of a docker config that others use too: found, put in and taken out, the rest as it was.
import { bareHost } from '../../model/config-host.ts'

type Members = Record<string, unknown>

/** Why hosts cannot be put into a value; undefined when they can. Repeats nothing of it. */
export function hostsFlaw(value: Buffer): string | undefined {
  const config = parsed(value)
  if (!isMap(config)) return 'it is no JSON object'
  return Object.hasOwn(config, 'auths') && !isMap(config['auths']) ? 'its "auths" is no object' : undefined
}

/** Of a docker config only the entries of these hosts, under every spelling: spelled as given first, in that order. */
export function pickHosts(value: Buffer, hosts: readonly string[]): Buffer {
  const auths = authsOf(parsed(value))
  const ours = new Set(hosts)
  const spellings = [...ours]
    .filter((host) => Object.hasOwn(auths, host))
    .concat(stale(auths, ours).toSorted())
  return written({ auths: Object.fromEntries(spellings.map((host) => [host, inOrder(auths[host])])) })
}

/** `entries` is a docker config of its own. Other spellings of its hosts are taken out. */
export function putHosts(value: Buffer | undefined, entries: Buffer): Buffer {
  const config = value === undefined ? {} : parsed(value)
  if (!isMap(config)) throw new Error('hosts were put into what is no docker config')
  const ours = authsOf(parsed(entries))
  const auths = authsOf(config)
  const others = without(auths, new Set(stale(auths, new Set(Object.keys(ours)))))
  return written(merged(config, { auths: merged(others, ours) }))
}

/** Takes entries out that are logins of ECR; somebody else's stay. The same value where there are none. */
export function dropHosts(value: Buffer, hosts: readonly string[]): Buffer {
  const config = parsed(value)
  const auths = authsOf(config)
  const gone = new Set(hosts.filter((host) => Object.hasOwn(auths, host) && isOfEcr(auths[host])))
  return isMap(config) && gone.size > 0 ? written(merged(config, { auths: without(auths, gone) })) : value
}

/** The hosts whose entries differ between two docker configs, as `bareHost` spells them. */
export function changedHosts(before: Buffer | undefined, after: Buffer | undefined): ReadonlySet<string> {
  const [a = {}, b = {}] = [before, after].map((value) => authsOf(value === undefined ? {} : parsed(value)))
  const spellings = new Set([...Object.keys(a), ...Object.keys(b)])
  return new Set([...spellings].filter((host) => textOf(a[host]) !== textOf(b[host])).map(bareHost))
}

/** Spellings of our hosts that are not ours. */
function stale(auths: Members, ours: ReadonlySet<string>): readonly string[] {
  const bare = new Set([...ours].map(bareHost))
  return Object.keys(auths).filter((host) => !ours.has(host) && bare.has(bareHost(host)))
}

/** The user of every login that ECR gives. */
const USERNAME = 'AWS'

function isOfEcr(entry: unknown): boolean {
  if (!isMap(entry)) return false
  const { username, auth } = entry
  const user =
    typeof username !== 'string' && typeof auth === 'string'
      ? Buffer.from(auth, 'base64').toString().split(':')[0]
      : username
  return user === USERNAME
}

/** As Docker's own tools write an entry, whoever wrote it. */
function inOrder(entry: unknown): unknown {
  if (!isMap(entry)) return entry
  const { username, password, auth, ...rest } = entry
  const sorted = Object.entries(rest).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return merged({ username, password, auth }, Object.fromEntries(sorted))
}

const textOf = (entry: unknown): string | undefined => JSON.stringify(inOrder(entry))

const authsOf = (config: unknown): Members => {
  const auths = isMap(config) ? config['auths'] : undefined
  return isMap(auths) ? auths : {}
}

const written = (config: Members): Buffer => Buffer.from(JSON.stringify(config))

const without = (auths: Members, hosts: ReadonlySet<string>): Members =>
  Object.fromEntries(Object.entries(auths).filter(([host]) => !hosts.has(host)))

/** Members keep their places; any name is one, `__proto__` too. */
const merged = (members: Members, over: Members): Members => ({ ...members, ...over })

const isMap = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !exact.isRawJSON(value)

/** What ECMAScript has and the compiler's library has not yet: numbers of any length, as they were spelled. */
interface ExactJson {
  parse(text: string, revive: (key: string, value: unknown, spelled: { source?: string }) => unknown): unknown
  rawJSON(text: string): unknown
  isRawJSON(value: unknown): boolean
}
const exact = JSON as unknown as ExactJson

/** Undefined where it is no JSON. */
function parsed(value: Buffer): unknown {
  try {
    return exact.parse(UTF8.decode(value), (_key, one, { source }) =>
      typeof one === 'number' && source !== undefined && String(one) !== source ? exact.rawJSON(source) : one,
    )
  } catch {
    return undefined
  }
}

/** A byte order mark is no JSON to those who read a docker config. */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
