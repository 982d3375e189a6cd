// This file is about one connection's worth of HTTP, whichever version it speaks.
import type { Readable } from 'node:stream'

export interface WireRequest {
  readonly method: string
  /** With the query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer | undefined
  /** Ends the exchange, whatever it waits for. */
  readonly signal: AbortSignal
  /** Called in the turn in which the request is put on the wire; throwing sends nothing. */
  readonly onSend: () => void
}

export interface WireReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Readable
  /** Asked once the body ended: whether it was all there. A connection cut in the middle looks like an end, too. */
  readonly complete: () => boolean
}

export type Send = (request: WireRequest) => Promise<WireReply>

export interface Wire {
  /**
   * Claims one exchange, unless it would have to wait behind long-lived ones, or nothing new is taken here. What is
   * claimed must be used. It rejects with `NotProcessed` when the server has certainly not acted on the request.
   */
  claim(streaming: boolean): Send | undefined
  /** False once it takes nothing new; exchanges already started go on. */
  readonly open: boolean
  /** Takes nothing new, ends when the last exchange has. */
  retire(): void
  destroy(): void
}

/** The request did not reach a point where the server acts on it: sending it again is safe, whatever its method. */
export class NotProcessed extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'NotProcessed'
  }
}

/** The connection ended under the request: the server may have acted on it or not. */
export class ConnectionLost extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'ConnectionLost'
  }
}
