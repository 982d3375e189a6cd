// This file is about counting what one account asked of the API server, from the server's own audit log.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface Requests {
  readonly all: number
  /** create, update, patch, delete; leases and access reviews left out. */
  readonly writes: number
  readonly byVerb: Readonly<Record<string, number>>
}

interface Line {
  readonly verb: string
  readonly user: { readonly username: string }
  readonly objectRef?: { readonly resource?: string; readonly subresource?: string }
}

const WRITES = new Set(['create', 'update', 'patch', 'delete'])

/** All requests of `user` so far; subtract two counts to get what lies between them. */
export async function requestsOf(folder: string, user: string): Promise<Requests> {
  const log = await readFile(join(folder, 'logs', 'audit.log'), 'utf8')
  const byVerb: Record<string, number> = {}
  let all = 0
  let writes = 0
  for (const text of log.split('\n')) {
    // Most lines are others': parse only those that may be ours.
    if (!text.includes(user) || !text.endsWith('}')) continue
    const line = JSON.parse(text) as Line
    if (line.user.username !== user) continue
    all += 1
    const resource = line.objectRef?.resource ?? ''
    if (WRITES.has(line.verb) && resource !== 'leases') writes += 1
    const name = `${line.verb} ${resource}${line.objectRef?.subresource === undefined ? '' : `/${line.objectRef.subresource}`}`
    byVerb[name] = (byVerb[name] ?? 0) + 1
  }
  return { all, writes, byVerb }
}
