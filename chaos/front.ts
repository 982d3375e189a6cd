// This file is about what stands between one replica and the API server: it forwards, and does harm on request.

/** A request as it comes by; bodies pass unread. */
export interface PassingRequest {
  readonly method: string
  /** With its query. */
  readonly path: string
  /** `secrets`, `externalsecrets/status`, `leases`; empty outside resources. */
  readonly resource: string
  readonly namespace: string
  readonly name: string
  readonly isWatch: boolean
}

/** A point in a request's life at which something is done to it. */
export type Moment =
  /** It has come in and is not forwarded yet. */
  | 'asked'
  /** The API server has answered; the replica has not heard of it. */
  | 'answered'
  /** The replica has been sent the whole answer. */
  | 'told'

export type Treatment =
  | { readonly is: 'delay'; readonly ms: number }
  /** Answered by the front itself; with `retryAfter` in seconds. */
  | { readonly is: 'refuse'; readonly status: number; readonly reason: string; readonly retryAfter?: number }
  /** Its stream is reset. */
  | { readonly is: 'cut' }
  /** Neither forwarded nor answered, until the rule is taken back; dropped when the replica gives up on it. */
  | { readonly is: 'hold' }
  /** For watches: the event that tells that the version is gone, and the end. */
  | { readonly is: 'expire' }
  /** Whatever the caller does; the request waits for it. */
  | { readonly is: 'call'; readonly what: (request: PassingRequest) => Promise<void> | void }

export interface Rule {
  readonly matches: (request: PassingRequest) => boolean
  readonly at: Moment
  readonly treatment: Treatment
  /** The next so many matching requests; absent: until taken back. */
  readonly times?: number
}

export interface ApiFront extends AsyncDisposable {
  /** https://127.0.0.1:PORT, for the replica's kubeconfig. */
  readonly url: string
  /** PEM. */
  readonly ca: string
  /** Takes the rule back when called. What is held goes on. */
  add(rule: Rule): () => void
  /** `closed`: connections are cut and refused. `silent`: they stay, and nothing comes through either way any more. */
  partition(how: 'closed' | 'silent'): () => void
  /** Ends every watch that is open now, without a word. */
  cutWatches(): void
}

export interface FrontOptions {
  /** The API server, https://127.0.0.1:PORT. */
  readonly upstream: string
  /** PEM of what signed its certificate. */
  readonly upstreamCa: string
}
