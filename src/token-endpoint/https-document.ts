// This file is about fetching a small document of somebody else over TLS: bounded in size and time, and never led elsewhere.
import { Agent, request } from 'node:https'

export interface DocumentSettings {
  /** HTTPS_PROXY and NO_PROXY, in either case. */
  readonly proxyEnv: Readonly<Record<string, string | undefined>>
  /** PEM; what Node trusts where not given. */
  readonly ca?: string
  /** Milliseconds for all of it. */
  readonly timeoutMs?: number
}

export interface Documents {
  /** Throws an Error whose message says what was wrong, fit for a log. */
  fetch(url: URL): Promise<unknown>
  close(): void
}

const TIMEOUT_MS = 5000
/** Bytes. */
const LONGEST = 64 * 1024

export function openDocuments({ proxyEnv, ca, timeoutMs = TIMEOUT_MS }: DocumentSettings): Documents {
  const agent = new Agent({ keepAlive: false, maxSockets: 8, proxyEnv: { ...proxyEnv } })
  return {
    async fetch(url) {
      if (url.protocol !== 'https:') throw new Error(`${url.href} is not served over TLS`)
      const signal = AbortSignal.timeout(timeoutMs)
      try {
        return JSON.parse(await read(url, { agent, signal, ...(ca === undefined ? {} : { ca }) }))
      } catch (error) {
        if (signal.aborted)
          throw new Error(`${url.href} was not read within ${timeoutMs} ms`, { cause: error })
        if (error instanceof SyntaxError) throw new Error(`${url.href} is no JSON`, { cause: error })
        throw error
      }
    },
    close: () => agent.destroy(),
  }
}

interface Means {
  readonly agent: Agent
  readonly signal: AbortSignal
  readonly ca?: string
}

function read(url: URL, means: Means): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      asked.destroy()
      reject(error)
    }
    const headers = { accept: 'application/json' }
    const asked = request(url, { ...means, headers, minVersion: 'TLSv1.2' }, (response) => {
      const { statusCode = 0 } = response
      if (statusCode !== 200) return fail(new Error(`${url.href} answers ${statusCode}${hint(statusCode)}`))
      const parts: Buffer[] = []
      let length = 0
      response.on('data', (part: Buffer) => {
        length += part.length
        if (length > LONGEST) return fail(new Error(`${url.href} is longer than ${LONGEST} bytes`))
        parts.push(part)
      })
      response.on('error', fail)
      response.on('end', () => resolve(Buffer.concat(parts).toString()))
    })
    asked.on('error', (error: NodeJS.ErrnoException) =>
      fail(new Error(`${url.href} is not reached: ${error.code ?? error.message}`, { cause: error })),
    )
    asked.end()
  })
}

const hint = (status: number): string =>
  status >= 300 && status < 400 ? ', and redirects are not followed' : ''
