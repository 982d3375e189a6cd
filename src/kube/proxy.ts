// This file is about which proxy an environment wants for a server, as Go's clients read it.
import * as net from 'node:net'

type Environment = Readonly<Record<string, string | undefined>>

/** The proxy for `server`, or undefined for a direct way. Loopback is always direct. */
export function proxyFromEnvironment(server: string, env: Environment): string | undefined {
  const url = new URL(server)
  const scheme = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY'
  const proxy = env[scheme] ?? env[scheme.toLowerCase()]
  if (proxy === undefined || proxy === '') return undefined
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isLoopback(host) || isExempt(host, url.port, env['NO_PROXY'] ?? env['no_proxy'] ?? '')) return undefined
  return proxy.includes('://') ? proxy : `http://${proxy}`
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || host.startsWith('127.')

/** NO_PROXY: "*", domains with everything below them, addresses, ranges; each with an optional port. */
function isExempt(host: string, port: string, list: string): boolean {
  return list
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .some((entry) => entry === '*' || matches(host, port === '' ? '443' : port, entry))
}

function matches(host: string, port: string, entry: string): boolean {
  if (entry.includes('/')) return inRange(host, entry)
  const [, name = entry, only] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? []
  if (net.isIPv6(entry)) return entry === host
  if (only !== undefined && only !== port) return false
  const domain = name.replace(/^\*?\./, '')
  if (name.startsWith('.') || name.startsWith('*.')) return host.endsWith(`.${domain}`)
  return host === domain || host.endsWith(`.${domain}`)
}

function inRange(host: string, range: string): boolean {
  const [base = '', bits = ''] = range.split('/')
  const family = net.isIP(host)
  if (family === 0 || net.isIP(base) !== family) return false
  const type = family === 4 ? 'ipv4' : 'ipv6'
  const block = new net.BlockList()
  try {
    block.addSubnet(base, Number(bits), type)
  } catch {
    // A range that is none exempts nothing.
    return false
  }
  return block.check(host, type)
}
