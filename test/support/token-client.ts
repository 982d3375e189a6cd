// This file is about asking a token endpoint as a CI job does: one request over TLS.
import { request } from 'node:https'
import { text } from 'node:stream/consumers'
import type { IncomingHttpHeaders } from 'node:http'

export interface TokenAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface TokenAsked {
  readonly integration: string
  readonly token?: string
  readonly body?: unknown
  readonly form?: 'login' | 'docker-config'
  /** Instead of what follows from the integration. */
  readonly path?: string
  readonly method?: string
}

export function askEndpoint(url: string, ca: string, asked: TokenAsked): Promise<TokenAnswer> {
  const path = asked.path ?? `/v1/integrations/${asked.integration}/${asked.form ?? 'login'}`
  const { promise, resolve, reject } = Promise.withResolvers<TokenAnswer>()
  const sent = request(
    new URL(path, url),
    {
      method: asked.method ?? 'POST',
      ca,
      agent: false,
      headers: asked.token === undefined ? {} : { authorization: `Bearer ${asked.token}` },
    },
    (response) => {
      text(response).then(
        (body) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        reject,
      )
    },
  )
  sent.on('error', reject)
  sent.end(asked.body === undefined ? undefined : JSON.stringify(asked.body))
  return promise
}

export interface LoginsTold {
  readonly integration: string
  readonly access: string
  readonly logins: readonly {
    readonly registry: string
    readonly username: string
    readonly password: string
    readonly expiresAt: string
  }[]
  readonly note: string
}

export interface RefusalTold {
  readonly error: string
  readonly message: string
}
