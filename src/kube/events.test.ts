// This file is about events that are told too often, to a server that is slow, forbids, or forgets.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../../test/support/eventually.ts'
import { ManualClock } from '../../test/support/manual-clock.ts'
import type { Log } from '../base/log.ts'
import { silentLog } from '../base/log.ts'
import type { KubeClient, KubeRequest } from './client.ts'
import { KubeError } from './error.ts'
import { eventRecorder } from './events.ts'

interface Written {
  readonly method: string
  readonly path: string
  readonly body: Record<string, unknown>
}

function recorded(answer: (request: KubeRequest, nth: number) => unknown, log: Log = silentLog) {
  const written: Written[] = []
  const request = async (asked: KubeRequest): Promise<unknown> => {
    written.push({ method: asked.method, path: asked.path, body: asked.body as Record<string, unknown> })
    return answer(asked, written.length)
  }
  const clock = new ManualClock()
  return { written, clock, recorder: eventRecorder({ request } as unknown as KubeClient, clock, log) }
}

const about = {
  apiVersion: 'x.test/v1',
  ref: { kind: 'Thing', namespace: 'n', name: 'thing' },
  uid: 'u1',
  resourceVersion: '7',
}
const text = (message: string) => ({ type: 'Warning', reason: 'Broken', message }) as const
const refuse = (status: number, reason: string): never => {
  throw new KubeError({ status, reason, message: reason })
}

test('an event says what, about what, by whom and when', async () => {
  const { written, recorder } = recorded(() => ({}))
  recorder.tell(about, text('m'.repeat(2000)), 'the-source')
  await recorder.close()
  const [{ method, path, body }] = written as [Written]
  assert.deepEqual([method, path], ['POST', '/api/v1/namespaces/n/events'])
  const { metadata, message, ...rest } = body
  assert.match((metadata as { name: string }).name, /^thing\.[0-9a-f]+$/)
  assert.equal(String(message).length, 1024)
  assert.deepEqual(rest, {
    apiVersion: 'v1',
    kind: 'Event',
    involvedObject: {
      apiVersion: 'x.test/v1',
      kind: 'Thing',
      name: 'thing',
      namespace: 'n',
      uid: 'u1',
      resourceVersion: '7',
    },
    type: 'Warning',
    reason: 'Broken',
    source: { component: 'the-source' },
    reportingComponent: 'the-source',
    firstTimestamp: '2024-05-01T12:00:00Z',
    lastTimestamp: '2024-05-01T12:00:00Z',
    count: 1,
  })
})

test('the same event told again while the first is being written is counted in one patch', async () => {
  const gate = Promise.withResolvers<void>()
  const { written, recorder, clock } = recorded(() => gate.promise)
  recorder.tell(about, text('a'), 's')
  await eventually('it is being written', () => written.length === 1)
  clock.advance(5000)
  for (let n = 0; n < 5; n += 1) recorder.tell(about, text('a'), 's')
  gate.resolve()
  await recorder.close()
  const counted = written.slice(1)
  assert.deepEqual(counted.at(-1)?.body, { count: 6, lastTimestamp: '2024-05-01T12:00:05Z' })
  assert.ok(counted.every(({ method }) => method !== 'DELETE'))
})

test('an event the server has forgotten is created anew', async () => {
  const { written, recorder } = recorded(({ method }) => (method === 'PATCH' ? refuse(404, 'NotFound') : {}))
  recorder.tell(about, text('a'), 's')
  await eventually('it is created', () => written.length === 1)
  recorder.tell(about, text('a'), 's')
  await recorder.close()
  assert.deepEqual(
    written.map(({ method }) => method),
    ['POST', 'PATCH', 'POST'],
  )
  assert.equal(written[2]?.body['count'], 2)
})

test('an object that tells too much is silenced, and others are not', async () => {
  const { written, recorder, clock } = recorded(() => ({}))
  for (let n = 0; n < 100; n += 1) recorder.tell(about, text(`message ${n}`), 's')
  recorder.tell({ ...about, uid: 'u2' }, text('other'), 's')
  await eventually('they are written', () => written.length === 26)
  clock.advance(300_000)
  recorder.tell(about, text('later'), 's')
  await recorder.close()
  assert.equal(written.length, 27)
})

test('a right that is missing is warned of once', async () => {
  const warned: string[] = []
  const log: Log = { ...silentLog, warn: (message) => warned.push(message) }
  const { recorder, written } = recorded(() => refuse(403, 'Forbidden'), log)
  for (let n = 0; n < 10; n += 1) recorder.tell(about, text(`message ${n}`), 's')
  await recorder.close()
  assert.deepEqual([warned, written.length], [['events may not be written'], 10])
})

test('a namespace that is being deleted takes no events, which is nobody’s missing right', async () => {
  const warned: string[] = []
  const log: Log = { ...silentLog, warn: (message) => warned.push(message) }
  const causes = [{ reason: 'NamespaceTerminating' }]
  const { recorder } = recorded(() => {
    throw new KubeError({ status: 403, reason: 'Forbidden', message: 'being terminated', causes })
  }, log)
  recorder.tell(about, text('a'), 's')
  await recorder.close()
  assert.deepEqual(warned, [])
})

test('closing waits no longer than its grace for a server that does not answer', async () => {
  const { recorder, clock } = recorded(() => new Promise(() => {}))
  recorder.tell(about, text('a'), 's')
  const closing = recorder.close(1000)
  clock.advance(1000)
  await closing
  recorder.tell(about, text('b'), 's')
})
