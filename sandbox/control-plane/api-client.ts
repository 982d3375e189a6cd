// This file is about talking to the sandbox's API server as its admin: a few requests, not an operator's hot path.
import { request } from 'node:https'

export interface ApiAnswer {
  readonly status: number
  readonly body: string
}

export interface ApiClient {
  /** A request with an optional JSON body. Any answer is an answer; it throws when there is none within 10 s. */
  call(method: string, path: string, body?: unknown, contentType?: string): Promise<ApiAnswer>
}

/** Without a token the caller is anonymous. `ca` is asked for each request: the server makes it at its first start. */
export function apiClient(port: number, token: string | undefined, ca: () => Buffer | undefined): ApiClient {
  return {
    call: (method, path, body, contentType = 'application/json') =>
      new Promise((resolve, reject) => {
        const headers = {
          // The server's keys are served under a media type of their own.
          accept: 'application/json, */*;q=0.5',
          'content-type': contentType,
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        }
        const asked = request(
          { host: '127.0.0.1', port, path, method, headers, ca: ca(), agent: false, timeout: 10_000 },
          (answer) => {
            const chunks: Buffer[] = []
            answer.on('data', (chunk: Buffer) => chunks.push(chunk))
            answer.on('error', reject)
            answer.on('end', () =>
              resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
            )
          },
        )
        asked.on('timeout', () => asked.destroy(new Error(`${method} ${path}: no answer within 10 s`)))
        asked.on('error', reject)
        asked.end(body === undefined ? undefined : JSON.stringify(body))
      }),
  }
}
