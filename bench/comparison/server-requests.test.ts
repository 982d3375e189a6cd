// This file is about reading the API server's own count of requests.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readRequests } from './server-requests.ts'

const METRICS = `# HELP apiserver_request_total Counter of apiserver requests
apiserver_request_total{code="201",resource="secrets",verb="POST"} 10
apiserver_request_total{code="200",resource="leases",verb="PUT"} 4
apiserver_longrunning_requests{resource="secrets",verb="WATCH"} 2
apiserver_request_duration_seconds_count{resource="secrets"} 99
apiserver_request_total{code="200",resource="events",verb="POST"} 1.2e+3
`

test('answered requests and open watches count, and nothing else does', () => {
  assert.deepEqual(readRequests(METRICS, 5), { all: 1216, busy: 1212, at: 5 })
})
