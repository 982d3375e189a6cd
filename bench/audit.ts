// This file is about counting what one account asked of the API server, from the server's own audit log.
import { open } from 'node:fs/promises'
import { join } from 'node:path'

export interface Requests {
  readonly all: number
  /** create, update, patch, delete; leases left out. */
  readonly writes: number
  readonly byVerb: Readonly<Record<string, number>>
}

interface Line {
  readonly verb: string
  readonly user: { readonly username: string }
  readonly objectRef?: { readonly resource?: string; readonly subresource?: string }
}

const WRITES = new Set(['create', 'update', 'patch', 'delete'])
const CHUNK_BYTES = 1 << 20

/** Follows the log, so that a long one is read once only. */
export class RequestCount {
  readonly #file: string
  readonly #user: string
  readonly #byVerb: Record<string, number> = {}
  #read = 0
  /** The line the log was in the middle of. */
  #rest = ''
  #all = 0
  #writes = 0

  constructor(folder: string, user: string) {
    this.#file = join(folder, 'logs', 'audit.log')
    this.#user = user
  }

  /** All requests of the account so far; subtract two counts to get what lies between them. */
  async now(): Promise<Requests> {
    const log = await open(this.#file)
    try {
      const chunk = Buffer.alloc(CHUNK_BYTES)
      for (;;) {
        const { bytesRead } = await log.read(chunk, 0, CHUNK_BYTES, this.#read)
        if (bytesRead === 0) break
        this.#read += bytesRead
        this.#take(chunk.toString('latin1', 0, bytesRead))
      }
    } finally {
      await log.close()
    }
    return { all: this.#all, writes: this.#writes, byVerb: { ...this.#byVerb } }
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    // Most lines are others': parse only those that may be ours.
    for (const line of lines) if (line.includes(this.#user)) this.#count(JSON.parse(line) as Line)
  }

  #count({ verb, user, objectRef }: Line): void {
    if (user.username !== this.#user) return
    const resource = objectRef?.resource ?? ''
    const name = `${verb} ${resource}${objectRef?.subresource === undefined ? '' : `/${objectRef.subresource}`}`
    this.#all += 1
    if (WRITES.has(verb) && resource !== 'leases') this.#writes += 1
    this.#byVerb[name] = (this.#byVerb[name] ?? 0) + 1
  }
}

export function minus(now: Requests, before: Requests): Requests {
  const byVerb = Object.entries(now.byVerb).map(
    ([verb, n]) => [verb, n - (before.byVerb[verb] ?? 0)] as const,
  )
  return {
    all: now.all - before.all,
    writes: now.writes - before.writes,
    byVerb: Object.fromEntries(byVerb.filter(([, n]) => n > 0)),
  }
}
