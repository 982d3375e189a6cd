// This file is about writes that are allowed for a time: not sent after it, and called back when it ends.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gatedClient, type KubeClient, type KubeRequest } from './client.ts'

/** Never answers; throws the signal's reason when it aborts, as clients do. */
function silentClient(): KubeClient & { readonly asked: KubeRequest[] } {
  const asked: KubeRequest[] = []
  return {
    asked,
    request: (request) => {
      asked.push(request)
      const { signal } = request
      return new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
      })
    },
    stream: () => Promise.reject(new Error('nothing is streamed here')),
    stats: () => ({ requests: asked.length, sessions: 0, inFlight: 0, streams: 0 }),
    close: () => Promise.resolve(),
  }
}

const write: KubeRequest = { method: 'PATCH', path: '/api/v1/namespaces/apps/secrets/pull' }

test('a write that is under way is called back when the right to write is lost', async () => {
  const lost = new AbortController()
  const client = silentClient()
  const gated = gatedClient(client, () => true, lost.signal)
  const writing = gated.request(write)
  lost.abort(new Error('the renew deadline has passed'))
  await assert.rejects(writing, { name: 'KubeError', reason: 'NotLeader', status: 0 })
})

test('a write that its caller gives up is the caller’s', async () => {
  const lost = new AbortController()
  const own = new AbortController()
  const gated = gatedClient(silentClient(), () => true, lost.signal)
  const writing = gated.request({ ...write, signal: own.signal })
  own.abort(new Error('enough'))
  await assert.rejects(writing, { message: 'enough' })
})

test('what is read goes on, for nobody minds', () => {
  const lost = new AbortController()
  const client = silentClient()
  void gatedClient(client, () => false, lost.signal).request({ ...write, method: 'GET' })
  assert.equal(client.asked[0]?.signal, undefined)
  assert.equal(client.asked[0]?.gate, undefined)
})

test('writes are asked at the moment of sending whether they may', () => {
  const client = silentClient()
  const mayWrite = (): boolean => false
  void gatedClient(client, mayWrite).request(write)
  assert.equal(client.asked[0]?.gate, mayWrite)
})
