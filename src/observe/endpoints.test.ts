// This file is about what probes and scrapes get.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '../base/log.ts'
import { openEndpoints, type Verdict } from './endpoints.ts'
import { makeMetrics } from './metrics.ts'

const ANY = { host: '127.0.0.1', port: 0 }

function watched(state: { alive: Verdict; ready: Verdict }) {
  return { metrics: makeMetrics('1'), alive: () => state.alive, ready: () => state.ready }
}
const well: Verdict = { ok: true }

test('metrics and probes answer on their own addresses, and only there', async () => {
  const state: { alive: Verdict; ready: Verdict } = {
    alive: well,
    ready: { ok: false, because: 'the caches fill' },
  }
  const endpoints = await openEndpoints({ metrics: ANY, health: ANY }, watched(state), silentLog)
  const get = async (base: string, path: string) => {
    const answer = await fetch(new URL(path, base))
    return [answer.status, (await answer.text()).split('\n')[0]]
  }
  try {
    const metrics = await fetch(endpoints.metricsUrl)
    assert.match(metrics.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
    assert.match(await metrics.text(), /^everpull_build_info/m)
    assert.deepEqual(await get(endpoints.healthUrl, '/healthz'), [200, 'ok'])
    assert.deepEqual(await get(endpoints.healthUrl, '/readyz'), [503, 'the caches fill'])
    state.ready = well
    assert.deepEqual(await get(endpoints.healthUrl, '/readyz?verbose'), [200, 'ok'])
    state.alive = { ok: false, because: 'stuck' }
    assert.deepEqual(await get(endpoints.healthUrl, '/healthz'), [503, 'stuck'])
    assert.deepEqual(await get(endpoints.healthUrl, '/metrics'), [404, '/healthz'])
    assert.equal((await fetch(endpoints.metricsUrl, { method: 'POST' })).status, 405)
  } finally {
    await endpoints.close()
  }
  await assert.rejects(fetch(endpoints.healthUrl))
})

test('one address serves both', async () => {
  const first = await openEndpoints(
    { metrics: ANY, health: ANY },
    watched({ alive: well, ready: well }),
    silentLog,
  )
  const port = Number(new URL(first.metricsUrl).port)
  await first.close()
  const same = { host: '127.0.0.1', port }
  const endpoints = await openEndpoints(
    { metrics: same, health: same },
    watched({ alive: well, ready: well }),
    silentLog,
  )
  try {
    assert.equal((await fetch(new URL('/healthz', endpoints.metricsUrl))).status, 200)
    assert.equal((await fetch(endpoints.metricsUrl)).status, 200)
  } finally {
    await endpoints.close()
  }
})

test('an address in use is told with the flag that changes it', async () => {
  const first = await openEndpoints(
    { metrics: ANY, health: ANY },
    watched({ alive: well, ready: well }),
    silentLog,
  )
  const taken = { host: '127.0.0.1', port: Number(new URL(first.healthUrl).port) }
  try {
    await assert.rejects(
      openEndpoints({ metrics: ANY, health: taken }, watched({ alive: well, ready: well }), silentLog),
      /cannot listen on 127\.0\.0\.1:\d+ \(EADDRINUSE\): choose another address with --health-address/,
    )
  } finally {
    await first.close()
  }
})
