// This file is about URLs as Go's net/url reads and writes them, on byte strings.
import { isIPv6 } from 'node:net'
import { CallError } from './errors.ts'

export interface Url {
  readonly scheme: string
  readonly opaque: string
  /** Name and password as they are, not as they are written; undefined when there is none before the host. */
  readonly user: UserInfo | undefined
  readonly host: string
  readonly path: string
  readonly query: string
  readonly fragment: string
  /** How the path and the fragment were written, where that is not the usual way. */
  readonly rawPath?: string
  readonly rawFragment?: string
  /** Written with one slash after the scheme. */
  readonly omitsHost?: boolean
  /** Ends with a question mark and nothing behind it. */
  readonly asksNothing?: boolean
}
export interface UserInfo {
  readonly name: string
  readonly password: string | undefined
}

/** What may stand unescaped in a part of a URL, besides letters, digits and -_.~ */
const PLAIN = {
  path: '$&+,/:;=@',
  user: '$&+,;=',
  fragment: '$&+,/:;=?@!()*',
  host: '!$&\'()*+,;=:[]<>"',
  zone: '!$&\'()*+,;=:[]<>"',
} as const
type Part = keyof typeof PLAIN

const isUnreserved = (c: string): boolean => /[A-Za-z0-9\-_.~]/.test(c)
const isPlain = (c: string, part: Part): boolean => isUnreserved(c) || PLAIN[part].includes(c)

export const escapePart = (s: string, part: Part): string =>
  s.replaceAll(/[^A-Za-z0-9\-_.~]/g, (c) =>
    isPlain(c, part) ? c : `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )

const refuse = (why: string): never => {
  throw new CallError(`unable to parse url: ${why}`)
}

function unescapePart(s: string, part: Part): string {
  return s.replaceAll(/%([0-9a-fA-F]{2})?|[^%]/g, (c, hex: string | undefined) => {
    if (c === '%') return refuse('invalid URL escape')
    const inHost = part === 'host' || part === 'zone'
    if (hex === undefined)
      return inHost && c < '\x80' && !isPlain(c, part) ? refuse('invalid character in host name') : c
    const code = Number.parseInt(hex, 16)
    const char = String.fromCharCode(code)
    if (part === 'host' && code < 0x80 && hex !== '25') return refuse('invalid URL escape')
    if (part === 'zone' && hex !== '25' && char !== ' ' && !isPlain(char, 'host'))
      return refuse('invalid URL escape')
    return char
  })
}

function cut(s: string, separator: string): [before: string, after: string | undefined] {
  const at = s.indexOf(separator)
  return at < 0 ? [s, undefined] : [s.slice(0, at), s.slice(at + separator.length)]
}

function schemeOf(s: string): [scheme: string, rest: string] {
  if (s.startsWith(':')) return refuse('missing protocol scheme')
  const found = /^([A-Za-z][A-Za-z0-9+\-.]*):/.exec(s)
  return found === null ? ['', s] : [(found[1] ?? '').toLowerCase(), s.slice(found[0].length)]
}

const checkPort = (port: string): string =>
  /^(:[0-9]*)?$/.test(port) ? port : refuse('invalid port after host')

function bracketedHost(s: string): string {
  const close = s.lastIndexOf(']')
  if (close < 0) return refuse("missing ']' in host")
  const port = unescapePart(checkPort(s.slice(close + 1)), 'host')
  const name = s.slice(1, close)
  const zone = name.indexOf('%25')
  const address = unescapePart(zone < 0 ? name : name.slice(0, zone), 'host')
  const whole = address + (zone < 0 ? '' : unescapePart(name.slice(zone), 'zone'))
  if (!isIPv6(address) || whole.endsWith('%')) return refuse('invalid host')
  return `[${whole}]${port}`
}

function hostOf(scheme: string, s: string): string {
  const bracket = s.lastIndexOf('[')
  if (bracket > 0) return refuse('invalid IP-literal')
  if (bracket === 0) return bracketedHost(s)
  const isStrict = scheme === 'http' || scheme === 'https'
  const colon = isStrict ? s.indexOf(':') : s.lastIndexOf(':')
  if (colon >= 0) checkPort(s.slice(colon))
  return unescapePart(s, 'host')
}

function userOf(s: string): UserInfo {
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(s)) return refuse('invalid userinfo')
  const [name, password] = cut(s, ':')
  return {
    name: unescapePart(name, 'user'),
    password: password === undefined ? undefined : unescapePart(password, 'user'),
  }
}

function authorityOf(scheme: string, s: string): Pick<Url, 'user' | 'host'> {
  const at = s.lastIndexOf('@')
  const host = hostOf(scheme, s.slice(at + 1))
  return { user: at < 0 ? undefined : userOf(s.slice(0, at)), host }
}

/** Raw only where it is not how the part is usually written. */
const rawUnlessUsual = (raw: string, value: string, part: Part): string | undefined =>
  escapePart(value, part) === raw ? undefined : raw

type Head = Omit<Url, 'fragment' | 'rawFragment'>
const NO_HEAD: Head = { scheme: '', opaque: '', user: undefined, host: '', path: '', query: '' }

function headOf(s: string): Head {
  if (/[\x00-\x1f\x7f]/.test(s)) return refuse('invalid control character in URL')
  if (s === '*') return { ...NO_HEAD, path: '*' }
  const [scheme, afterScheme] = schemeOf(s)
  const [rest, query] = cut(afterScheme, '?')
  const queried = { ...NO_HEAD, scheme, query: query ?? '', asksNothing: query === '' }
  if (!rest.startsWith('/')) {
    if (scheme !== '') return { ...queried, opaque: rest }
    if (cut(rest, '/')[0].includes(':')) return refuse('first path segment in URL cannot contain colon')
  }
  const hasAuthority = rest.startsWith('//') && (scheme !== '' || !rest.startsWith('///'))
  const slash = hasAuthority ? rest.indexOf('/', 2) : 0
  const authority = hasAuthority ? authorityOf(scheme, rest.slice(2, slash < 0 ? undefined : slash)) : {}
  const raw = slash < 0 ? '' : rest.slice(slash)
  const path = unescapePart(raw, 'path')
  const rawPath = rawUnlessUsual(raw, path, 'path')
  return {
    ...queried,
    ...authority,
    path,
    omitsHost: !hasAuthority && scheme !== '' && rest.startsWith('/'),
    ...(rawPath === undefined ? {} : { rawPath }),
  }
}

/** Reads a URL as url.Parse does; throws a CallError that shows none of it. */
export function parseUrl(s: string): Url {
  const [head, raw] = cut(s, '#')
  const url = headOf(head)
  const fragment = unescapePart(raw ?? '', 'fragment')
  const rawFragment = rawUnlessUsual(raw ?? '', fragment, 'fragment')
  return { ...url, fragment, ...(rawFragment === undefined ? {} : { rawFragment }) }
}

export const userText = ({ name, password }: UserInfo): string =>
  escapePart(name, 'user') + (password === undefined ? '' : `:${escapePart(password, 'user')}`)

/** What may stand unescaped where somebody wrote a path or fragment in another way than usual. */
const isValidRaw = (raw: string, part: 'path' | 'fragment'): boolean =>
  raw.split('').every((c) => isPlain(c, part) || "!$&'()*+,;=:@[]%".includes(c))

function escaped(value: string, raw: string | undefined, part: 'path' | 'fragment'): string {
  if (raw !== undefined && isValidRaw(raw, part)) return raw
  return part === 'path' && value === '*' ? '*' : escapePart(value, part)
}

function authorityText(url: Url): string {
  const { scheme, user, host, path } = url
  if (scheme === '' && host === '' && user === undefined) return ''
  if (url.omitsHost && host === '' && user === undefined) return ''
  const slashes = host !== '' || path !== '' || user !== undefined ? '//' : ''
  return slashes + (user === undefined ? '' : `${userText(user)}@`) + escapePart(host, 'host')
}

/** Writes a URL as its String method does. */
export function urlText(url: Url): string {
  const scheme = url.scheme === '' ? '' : `${url.scheme}:`
  const query = url.asksNothing || url.query !== '' ? `?${url.query}` : ''
  const fragment = url.fragment === '' ? '' : `#${escaped(url.fragment, url.rawFragment, 'fragment')}`
  if (url.opaque !== '') return scheme + url.opaque + query + fragment
  const path = escaped(url.path, url.rawPath, 'path')
  const before = scheme + authorityText(url)
  const slash = path !== '' && !path.startsWith('/') && url.host !== '' ? '/' : ''
  const dot = before + slash === '' && cut(path, '/')[0].includes(':') ? './' : ''
  return before + slash + dot + path + query + fragment
}

/** The host without its port and brackets. */
export function hostName(host: string): string {
  const colon = host.lastIndexOf(':')
  const name = colon >= 0 && /^:[0-9]*$/.test(host.slice(colon)) ? host.slice(0, colon) : host
  return name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1) : name
}
