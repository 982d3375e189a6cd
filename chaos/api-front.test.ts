// This file is about the front of a replica: what passes it unchanged, and what each harm looks like to our own client.
import assert from 'node:assert/strict'
import * as http2 from 'node:http2'
import { after, before, describe, it } from 'node:test'
import { systemClock } from '../src/base/clock.ts'
import { seededRandom } from '../src/base/random.ts'
import { fixedCredential } from '../src/kube/access.ts'
import type { KubeClient } from '../src/kube/client.ts'
import { connect } from '../src/kube/transport.ts'
import { eventually } from '../test/support/eventually.ts'
import { type Asked, type ScriptedApi, scriptedApi } from '../test/support/scripted-api.ts'
import { tlsIdentity } from '../test/support/tls-identity.ts'
import { openApiFront } from './api-front.ts'
import type { ApiFront, Rule } from './front.ts'

describe('the front of a replica', () => {
  let api: ScriptedApi
  let front: ApiFront
  let client: KubeClient
  let onAsk: (asked: Asked) => void = (asked) => asked.answer(200, { path: asked.path })
  const seen: string[] = []

  before(async () => {
    const identity = await tlsIdentity()
    api = await scriptedApi({
      identity,
      onAsk(asked) {
        seen.push(`${asked.method} ${asked.path}`)
        onAsk(asked)
      },
    })
    front = await openApiFront({ upstream: api.url, upstreamCa: api.ca })
    client = connect(
      {
        server: front.url,
        credential: fixedCredential({ ca: front.ca, authorization: 'Bearer t0ken' }),
        insecureSkipTlsVerify: false,
        namespace: 'default',
        inCluster: false,
      },
      { clock: systemClock, random: seededRandom(1), userAgent: 'test' },
    )
  })
  after(async () => {
    await client.close()
    await front[Symbol.asyncDispose]()
    await api.close()
  })

  const SECRET = '/api/v1/namespaces/apps/secrets/one'
  const get = (path = SECRET): Promise<unknown> => client.request({ method: 'GET', path, timeoutMs: 30_000 })
  const put = (timeoutMs = 30_000): Promise<unknown> =>
    client.request({ method: 'PUT', path: SECRET, body: { a: 1 }, timeoutMs })

  async function under<T>(rule: Rule, run: () => Promise<T>): Promise<T> {
    const takeBack = front.add(rule)
    return run().finally(takeBack)
  }

  it('passes method, path, query, headers and body on, and the answer back', async () => {
    let asked: Asked | undefined
    onAsk = (one) => {
      asked = one
      one.answer(201, { ok: true }, { 'x-kept': 'yes' })
    }
    const answer = await client.request({
      method: 'PATCH',
      path: SECRET,
      query: { fieldManager: 'x y' },
      body: { a: 'b'.repeat(200_000) },
      contentType: 'application/merge-patch+json',
    })
    assert.deepEqual(answer, { ok: true })
    assert.equal(asked?.method, 'PATCH')
    assert.equal(asked?.query.get('fieldManager'), 'x y')
    assert.equal(asked?.headers['authorization'], 'Bearer t0ken')
    assert.equal(asked?.headers['content-type'], 'application/merge-patch+json')
    assert.equal(asked?.body.length, 200_008)
    onAsk = (one) => one.answer(200, { path: one.path })
  })

  it('passes events of a watch as they come, until watches are cut', async () => {
    let write: (text: string) => void = () => {}
    onAsk = (one) => {
      const body = one.begin('first\n')
      write = (text) => body.write(text)
    }
    const chunks = await client.stream({ method: 'GET', path: '/api/v1/secrets', query: { watch: 'true' } })
    const events = chunks[Symbol.asyncIterator]()
    assert.equal(String((await events.next()).value), 'first\n')
    write('second\n')
    assert.equal(String((await events.next()).value), 'second\n')
    front.cutWatches()
    await assert.rejects(events.next())
    onAsk = (one) => one.answer(200, { path: one.path })
  })

  it('refuses in the server’s place', async () => {
    const rule: Rule = {
      matches: ({ resource }) => resource === 'secrets',
      at: 'asked',
      treatment: { is: 'refuse', status: 429, reason: 'TooManyRequests', retryAfter: 1 },
      times: 1,
    }
    const before = seen.length
    await under(rule, () => assert.rejects(get, { status: 429, reason: 'TooManyRequests' }))
    assert.equal(seen.length, before)
    await get()
  })

  it('resets a write before the server knows of it, or when it was done already', async () => {
    for (const [at, reached] of [
      ['asked', 0],
      ['answered', 1],
    ] as const) {
      const before = seen.length
      await under({ matches: () => true, at, treatment: { is: 'cut' } }, () => assert.rejects(put))
      assert.equal(seen.length - before, reached)
    }
  })

  it('tells an opening watch that its version is gone', async () => {
    await under({ matches: ({ isWatch }) => isWatch, at: 'asked', treatment: { is: 'expire' } }, async () => {
      const chunks = await client.stream({ method: 'GET', path: '/api/v1/secrets', query: { watch: 'true' } })
      const read = await Array.fromAsync(chunks)
      const event = JSON.parse(Buffer.concat(read).toString()) as { type: string; object: { code: number } }
      assert.deepEqual([event.type, event.object.code], ['ERROR', 410])
    })
  })

  it('holds a request until the rule is taken back', async () => {
    const before = seen.length
    let held = 0
    const noting = front.add({
      matches: () => true,
      at: 'asked',
      treatment: { is: 'call', what: () => void held++ },
    })
    const takeBack = front.add({ matches: () => true, at: 'asked', treatment: { is: 'hold' } })
    const asked = get()
    await eventually('it is held', () => held === 1)
    assert.equal(seen.length, before)
    takeBack()
    await asked
    noting()
  })

  it('never passes on what was held when the client gave up', async () => {
    const before = seen.length
    const isPut: Rule['matches'] = ({ method }) => method === 'PUT'
    await under({ matches: isPut, at: 'asked', treatment: { is: 'hold' } }, async () => {
      await assert.rejects(() => put(50))
      // On the same connection, after the word that it gave up.
      await get()
    })
    await get()
    assert.deepEqual(seen.slice(before), [`GET ${SECRET}`, `GET ${SECRET}`])
  })

  it('has somebody called at each moment of a request, in order', async () => {
    const calls: string[] = []
    const rules = (['asked', 'answered', 'told'] as const).map((at) =>
      front.add({ matches: () => true, at, treatment: { is: 'call', what: () => void calls.push(at) } }),
    )
    await get()
    await eventually('it is told', () => calls.length === 3)
    assert.deepEqual(calls, ['asked', 'answered', 'told'])
    for (const takeBack of rules) takeBack()
  })

  it('lets nothing pass while it is silent, and everything afterwards', async () => {
    const before = seen.length
    const heal = front.partition('silent')
    const asked = get()
    await assert.rejects(() => put(100))
    assert.equal(seen.length, before)
    heal()
    assert.deepEqual(await asked, { path: SECRET })
  })

  it('cuts and refuses connections while it is closed', async () => {
    const heal = front.partition('closed')
    await assert.rejects(get)
    heal()
    assert.deepEqual(await get(), { path: SECRET })
  })

  it('closes at any moment of a connection', { timeout: 60_000 }, async () => {
    for (let stepsLater = 0; stepsLater < 40; stepsLater += 1) {
      const closing = await openApiFront({ upstream: api.url, upstreamCa: api.ca })
      const clients = [1, 2, 3].map(() => http2.connect(closing.url, { ca: closing.ca }))
      for (const one of clients) {
        one.on('error', () => {})
        one.request({ ':path': SECRET }).on('error', () => {})
      }
      for (let step = 0; step < stepsLater; step += 1) await new Promise(setImmediate)
      await closing[Symbol.asyncDispose]()
      for (const one of clients) one.destroy()
    }
  })

  it('loses its client when the server goes', async () => {
    await get()
    api.cut()
    assert.deepEqual(await get(), { path: SECRET })
  })
})
