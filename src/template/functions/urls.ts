// This file is about URLs in templates: taking them apart, putting them together.
import { CallError } from '../errors.ts'
import { fn, type FuncTable } from '../func.ts'
import { hostName, parseUrl, urlText, userText } from '../urls.ts'
import { dict, type GoMap, kindName } from '../values.ts'

function parse(text: string): GoMap {
  const url = parseUrl(text)
  return dict(
    new Map([
      ['scheme', url.scheme],
      ['host', url.host],
      ['hostname', hostName(url.host)],
      ['path', url.path],
      ['query', url.query],
      ['opaque', url.opaque],
      ['fragment', url.fragment],
      ['userinfo', url.user === undefined ? '' : userText(url.user)],
    ]),
  )
}

function part(url: GoMap, key: string): string {
  const value = url.entries.get(key) ?? (url.entries.has(key) ? null : '')
  if (typeof value === 'string') return value
  throw new CallError(`unable to parse ${key} key, must be of type string, but ${kindName(value)} found`)
}

function join(url: GoMap): string {
  const [scheme, host, path, query] = [
    part(url, 'scheme'),
    part(url, 'host'),
    part(url, 'path'),
    part(url, 'query'),
  ]
  const [opaque, fragment, userinfo] = [part(url, 'opaque'), part(url, 'fragment'), part(url, 'userinfo')]
  const user = userinfo === '' ? undefined : parseUrl(`proto://${userinfo}@host`).user
  return urlText({ scheme, opaque, user, host, path, query, fragment })
}

export const URLS: FuncTable = new Map([
  [
    'urlParse',
    fn(['string'], (text, { budget }) => {
      budget.step(text.length * 2)
      return parse(text)
    }),
  ],
  [
    'urlJoin',
    fn(['map'], (url, { budget }) => {
      for (const value of url.entries.values()) budget.step(typeof value === 'string' ? 1 + value.length : 1)
      return join(url)
    }),
  ],
])
