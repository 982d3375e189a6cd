// This file is about the metrics of the token endpoint: how often it gave logins, how often it did not and why.
import { Counter, Histogram, type Registry } from 'prom-client'

export interface TokenEndpointRecorder {
  answered(answer: {
    readonly result: 'granted' | 'refused'
    /** `granted`, or the reason of the refusal. */
    readonly reason: string
    readonly seconds: number
  }): void
}

/** A shared login is given in milliseconds; one that AWS mints takes up to seconds. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 40]

export function tokenEndpointRecorder(registry: Registry): TokenEndpointRecorder {
  const registers = [registry]
  const requests = new Counter({
    name: 'everpull_token_endpoint_requests_total',
    help: 'Requests for logins at the token endpoint, by result and the reason told to whoever asked.',
    labelNames: ['result', 'reason'],
    registers,
  })
  const durations = new Histogram({
    name: 'everpull_token_endpoint_request_duration_seconds',
    help: 'How long the token endpoint took to answer.',
    labelNames: ['result'],
    buckets: BUCKETS,
    registers,
  })
  return {
    answered({ result, reason, seconds }) {
      requests.inc({ result, reason })
      durations.observe({ result }, seconds)
    },
  }
}
