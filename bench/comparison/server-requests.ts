// This file is about how many requests the API server has been asked, from its own metrics.
import { setTimeout as pause } from 'node:timers/promises'
import type { ApiClient } from '../../sandbox/control-plane/api-client.ts'

export interface ServerRequests {
  /** Answered ones, and watches that are open: a watch is counted by the server when it ends. */
  readonly all: number
  /** The same without leases, which the control plane renews by itself whatever else happens. */
  readonly busy: number
  /** Milliseconds on the monotonic clock. */
  readonly at: number
}

const LINE = /^(apiserver_request_total|apiserver_longrunning_requests)\{(.*)\} (\S+)$/gm

export function readRequests(metrics: string, at: number): ServerRequests {
  let all = 0
  let leases = 0
  for (const [, , labels = '', value] of metrics.matchAll(LINE)) {
    all += Number(value)
    if (labels.includes('resource="leases"')) leases += Number(value)
  }
  return { all, busy: all - leases, at }
}

export class RequestCount {
  readonly #server: ApiClient
  /** Requests a millisecond that come without anybody at work. */
  #idleRate = 0

  constructor(server: ApiClient) {
    this.#server = server
  }

  async now(): Promise<ServerRequests> {
    const { status, body } = await this.#server.call('GET', '/metrics')
    if (status !== 200) throw new Error(`the API server does not tell its metrics: ${status}`)
    return readRequests(body, performance.now())
  }

  /** Learns what the control plane asks of itself; nobody else may be at work meanwhile. */
  async learnIdle(ms: number): Promise<void> {
    const before = await this.now()
    await pause(ms)
    const after = await this.now()
    this.#idleRate = (after.all - before.all) / (after.at - before.at)
  }

  /** What lies between, without what the control plane asks of itself and what the bench asked. */
  between(before: ServerRequests, after: ServerRequests, ofBench: number): number {
    const idle = this.#idleRate * (after.at - before.at)
    return Math.max(0, Math.round(after.all - before.all - ofBench - idle))
  }
}
