// This file is about what everyone who talks to the API server is given: requests, streams, figures.
import { KubeError } from './error.ts'

export interface KubeRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** As `collectionPath` and `objectPath` make it: encoded, without a query. */
  readonly path: string
  readonly query?: Readonly<Record<string, string | undefined>> | undefined
  /** Sent as JSON. */
  readonly body?: unknown
  /** Defaults to application/json; patches say which kind they are. */
  readonly contentType?: string | undefined
  readonly accept?: string | undefined
  /** Milliseconds for the whole exchange, waiting for a free stream included. Defaults to 30,000; streams: to the headers. */
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Asked in the same turn in which the request is put on the wire, after every wait; false throws `NotLeader`. */
  readonly gate?: (() => boolean) | undefined
}

export interface ClientStats {
  /** Requests sent, watches and retries included. */
  readonly requests: number
  /** Connections opened so far (HTTP/2 sessions, or HTTP/1.1 sockets). */
  readonly sessions: number
  /** Requests waiting for an answer, and streams open. */
  readonly inFlight: number
  readonly streams: number
}

export interface KubeClient {
  /** The parsed body of a 2xx answer. Throws `KubeError`, or the signal's reason when it aborts. */
  request<T>(request: KubeRequest): Promise<T>
  /** The bytes of a 2xx answer as they arrive. Leaving the loop, or aborting the signal, closes the stream. */
  stream(request: KubeRequest): Promise<AsyncIterable<Buffer>>
  stats(): ClientStats
  /** Ends every exchange; later calls throw. */
  close(): Promise<void>
}

/** One finished exchange, for metrics. `status` is 0 when there was no answer. */
export interface Exchange {
  readonly method: KubeRequest['method']
  readonly path: string
  readonly status: number
  /** Milliseconds until the headers. */
  readonly took: number
}

/**
 * The same client, whose writes go out only while `mayWrite()` says so at the moment of sending. Once `lost` aborts,
 * those that are under way are called back and throw `NotLeader`: on a slow way they could arrive when another has begun
 * to write. Whether they were carried out before is not known then.
 */
export function gatedClient(client: KubeClient, mayWrite: () => boolean, lost?: AbortSignal): KubeClient {
  const write = async <T>(request: KubeRequest): Promise<T> => {
    const signals = [request.signal, lost].filter((signal) => signal !== undefined)
    const signal = signals.length > 1 ? AbortSignal.any(signals) : signals[0]
    try {
      return await client.request<T>({ ...request, gate: mayWrite, signal })
    } catch (error) {
      throw lost?.aborted === true && error === lost.reason ? calledBack(request) : error
    }
  }
  return {
    request: (request) => (request.method === 'GET' ? client.request(request) : write(request)),
    stream: (request) => client.stream(request),
    stats: () => client.stats(),
    close: () => client.close(),
  }
}

const calledBack = ({ method, path }: KubeRequest): KubeError =>
  new KubeError({
    status: 0,
    reason: 'NotLeader',
    message: `${method} ${path}: called back, because writing is not allowed any more`,
  })
