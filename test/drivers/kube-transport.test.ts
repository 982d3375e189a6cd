// This file is about the transport over real sockets: what it shares, repeats, gives up and never says.
import assert from 'node:assert/strict'
import * as http from 'node:http'
import * as http2 from 'node:http2'
import * as net from 'node:net'
import { after, before, describe, test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { seededRandom } from '../../src/base/random.ts'
import type { ClusterAccess, Credential, Presented } from '../../src/kube/access.ts'
import { fixedCredential } from '../../src/kube/access.ts'
import type { KubeClient, KubeRequest } from '../../src/kube/client.ts'
import { gatedClient } from '../../src/kube/client.ts'
import { isConflict, KubeError } from '../../src/kube/error.ts'
import type { TransportOptions } from '../../src/kube/transport.ts'
import { connect } from '../../src/kube/transport.ts'
import { eventually } from '../support/eventually.ts'
import { ManualClock } from '../support/manual-clock.ts'
import type { Asked, Script, ScriptedApi } from '../support/scripted-api.ts'
import { scriptedApi } from '../support/scripted-api.ts'
import type { TlsIdentity } from '../support/tls-identity.ts'
import { tlsIdentity } from '../support/tls-identity.ts'

let identity: TlsIdentity
const closing: (() => Promise<void>)[] = []
before(async () => {
  identity = await tlsIdentity('api.test')
})
after(async () => {
  for (const close of closing.toReversed()) await close()
})

async function serving(
  onAsk: (asked: Asked) => void,
  options: Partial<Script> & { access?: Partial<ClusterAccess>; transport?: Partial<TransportOptions> } = {},
): Promise<{ api: ScriptedApi; client: KubeClient }> {
  const api = await scriptedApi({ identity, onAsk, ...options })
  closing.push(() => api.close())
  return { api, client: clientOf(api, options.access, options.transport) }
}

function clientOf(
  api: Pick<ScriptedApi, 'url' | 'ca'>,
  access: Partial<ClusterAccess> = {},
  transport: Partial<TransportOptions> = {},
): KubeClient {
  const client = connect(
    {
      server: api.url,
      credential: fixedCredential({ ca: api.ca, authorization: 'Bearer t0ken' }),
      insecureSkipTlsVerify: false,
      namespace: 'default',
      inCluster: false,
      ...access,
    },
    { clock: systemClock, random: seededRandom(1), userAgent: 'test', ...transport },
  )
  closing.push(() => client.close())
  return client
}

const get = (path = '/api'): KubeRequest => ({ method: 'GET', path })
const ok = (asked: Asked): void => asked.answer(200, { number: asked.number, session: asked.session })

async function failureOf(promise: Promise<unknown>): Promise<KubeError> {
  const error = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  assert.ok(error instanceof KubeError, `expected a KubeError, got ${String(error)}`)
  return error
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

describe('one session', () => {
  test('carries many requests at once, with the credential and the query in place', async () => {
    const seen: Asked[] = []
    const { api, client } = await serving((asked) => {
      seen.push(asked)
      ok(asked)
    })
    await Promise.all(Array.from({ length: 200 }, () => client.request(get())))
    assert.equal(api.sessions(), 1)
    assert.equal(client.stats().requests, 200)
    assert.equal(client.stats().inFlight, 0)
    await client.request({
      method: 'PATCH',
      path: '/x',
      query: { a: 'b c', d: undefined },
      body: { e: 1 },
      contentType: 'application/merge-patch+json',
    })
    const last = seen.at(-1)
    assert.equal(last?.headers['authorization'], 'Bearer t0ken')
    assert.equal(last.headers['content-type'], 'application/merge-patch+json')
    assert.equal(last.query.toString(), 'a=b+c')
    assert.equal(last.body, '{"e":1}')
  })

  test('never has more streams open than the server allows, and the rest wait their turn', async () => {
    let open = 0
    let most = 0
    const { api, client } = await serving(
      (asked) => {
        open += 1
        most = Math.max(most, open)
        setImmediate(() => {
          open -= 1
          ok(asked)
        })
      },
      { maxConcurrentStreams: 4 },
    )
    await Promise.all(Array.from({ length: 60 }, () => client.request(get())))
    assert.equal(api.sessions(), 1)
    assert.ok(most <= 4, `${most} at once`)
  })

  test('is joined by another when watches fill half of it, so that short requests never wait', async () => {
    const { api, client } = await serving(
      (asked) => (asked.path === '/watch' ? asked.begin('x') : ok(asked)),
      { maxConcurrentStreams: 4 },
    )
    const stop = new AbortController()
    const watches = Array.from({ length: 8 }, () => client.stream({ ...get('/watch'), signal: stop.signal }))
    await Promise.all(watches)
    const answer = await client.request<{ session: number }>(get())
    assert.equal(answer.session, 1)
    assert.equal(api.sessions(), 3)
    stop.abort()
  })

  test('is replaced when the server says GOAWAY, and what was under way finishes', async () => {
    const held: Asked[] = []
    const { api, client } = await serving((asked) => {
      if (asked.path === '/slow') {
        held.push(asked)
        asked.goaway(http2.constants.NGHTTP2_NO_ERROR, 2 ** 31 - 1)
      } else ok(asked)
    })
    const slow = client.request<{ session: number }>(get('/slow'))
    await eventually('the slow one is held', () => held.length === 1)
    const answer = await eventually('a second session', async () => {
      const { session } = await client.request<{ session: number }>(get())
      return session === 2 && session
    })
    assert.equal(answer, 2)
    held.forEach(ok)
    assert.equal((await slow).session, 1)
    assert.equal(api.sessions(), 2)
  })

  test('sends a refused stream again, whatever its method', async () => {
    const { api, client } = await serving((asked) => {
      if (asked.number <= 2) asked.reset(http2.constants.NGHTTP2_REFUSED_STREAM)
      else ok(asked)
    })
    assert.deepEqual(await client.request({ method: 'POST', path: '/', body: {} }), { number: 3, session: 1 })
    assert.equal(api.requests(), 3)
  })

  test('gives up on a server that refuses every stream', async () => {
    const { client } = await serving((asked) => asked.reset(http2.constants.NGHTTP2_REFUSED_STREAM))
    assert.equal((await failureOf(client.request(get()))).reason, 'Unreachable')
  })

  test('does not repeat a write whose stream broke, because it may have happened', async () => {
    const { api, client } = await serving((asked) => asked.reset(http2.constants.NGHTTP2_INTERNAL_ERROR))
    const error = await failureOf(client.request({ method: 'PUT', path: '/x', body: {} }))
    assert.equal(error.reason, 'Unreachable')
    assert.equal(api.requests(), 1)
  })

  test('repeats a read once when the connection is cut under it', async () => {
    const { api, client } = await serving((asked) => (asked.number === 1 ? api.cut() : ok(asked)))
    assert.deepEqual(await client.request(get()), { number: 2, session: 2 })
  })

  test('is destroyed when a PING stays unanswered, and the next request opens another', async () => {
    const clock = new ManualClock()
    const { api, client } = await serving(
      (asked) => (asked.path === '/watch' ? asked.begin('x') : ok(asked)),
      {
        transport: { clock },
      },
    )
    const watch = await client.stream(get('/watch'))
    const read = textOf(watch)
    read.catch(() => {})
    api.freeze()
    clock.advance(15_000)
    clock.advance(5000)
    assert.equal((await failureOf(read)).reason, 'Unreachable')
    assert.deepEqual(await client.request(get()), { number: 2, session: 2 })
  })

  test('lives on while PINGs are answered', async () => {
    const clock = new ManualClock()
    const { api, client } = await serving(ok, { transport: { clock } })
    await client.request(get())
    for (let round = 0; round < 3; round += 1) {
      clock.advance(15_000)
      await eventually('the answer to the PING plans the next one', () => (clock.next ?? 0) > 5000)
    }
    await client.request(get())
    assert.equal(api.sessions(), 1)
  })
})

describe('a deadline', () => {
  test('ends a request that is not answered, and frees its place', async () => {
    const clock = new ManualClock()
    const { api, client } = await serving((asked) => (asked.number === 1 ? undefined : ok(asked)), {
      maxConcurrentStreams: 1,
      transport: { clock },
    })
    const hanging = failureOf(client.request({ ...get('/hang'), timeoutMs: 50 }))
    await eventually('it is asked', () => api.requests() === 1)
    clock.advance(50)
    const error = await hanging
    assert.equal(error.reason, 'Timeout')
    assert.match(error.message, /^GET \/hang: no answer within 50 ms$/)
    assert.deepEqual(await client.request(get()), { number: 2, session: 1 })
  })

  test('ends a request that waits for a place', async () => {
    const clock = new ManualClock()
    const { api, client } = await serving(() => {}, { maxConcurrentStreams: 1, transport: { clock } })
    const first = failureOf(client.request({ ...get(), timeoutMs: 100 }))
    await eventually('the first is asked', () => api.requests() === 1)
    const second = failureOf(client.request({ ...get(), timeoutMs: 50 }))
    clock.advance(50)
    assert.equal((await second).reason, 'Timeout')
    clock.advance(50)
    assert.equal((await first).reason, 'Timeout')
    assert.equal(api.requests(), 1)
  })

  test('is not the end of a stream that has begun', async () => {
    const clock = new ManualClock()
    let body: ReturnType<Asked['begin']> | undefined
    const { client } = await serving(
      (asked) => {
        body = asked.begin('a')
      },
      { transport: { clock } },
    )
    const stream = await client.stream({ ...get(), timeoutMs: 5000 })
    clock.advance(9000)
    body?.write('b')
    body?.end()
    assert.equal(await textOf(stream), 'ab')
  })

  test('gives way to the signal of the caller, whose reason is thrown', async () => {
    const { client } = await serving(() => {})
    const stop = new AbortController()
    const asked = client.request({ ...get(), signal: stop.signal })
    setImmediate(() => stop.abort(new RangeError('enough')))
    await assert.rejects(asked, RangeError)
  })
})

describe('a stream', () => {
  test('ends with the signal, and its place is free again', async () => {
    const { client } = await serving((asked) => asked.begin('one'))
    const stop = new AbortController()
    const stream = await client.stream({ ...get(), signal: stop.signal })
    await assert.rejects(async () => {
      for await (const chunk of stream) stop.abort(new RangeError(`enough of ${chunk.length}`))
    }, RangeError)
    await eventually('no stream is open', () => client.stats().streams === 0)
  })

  test('closes when its reader leaves the loop', async () => {
    const { client } = await serving((asked) => asked.begin('one'))
    for await (const chunk of await client.stream(get())) {
      assert.equal(chunk.toString(), 'one')
      break
    }
    assert.equal(client.stats().streams, 0)
  })

  test('that is cut says so, and does not look finished', async () => {
    const { api, client } = await serving((asked) => asked.begin('one'))
    const stream = await client.stream(get())
    const error = await failureOf(
      (async () => {
        for await (const chunk of stream) if (chunk.length > 0) api.cut()
      })(),
    )
    assert.equal(error.reason, 'Unreachable')
  })
})

describe('a refusal', () => {
  const refused = async (
    status: number,
    body: unknown,
    request: Partial<KubeRequest> = {},
    headers = {},
  ): Promise<KubeError> => {
    const { client } = await serving((asked) => asked.answer(status, body, headers))
    return failureOf(client.request({ ...get(), ...request }))
  }

  test('carries status, reason, message and causes', async () => {
    const error = await refused(409, {
      kind: 'Status',
      code: 409,
      reason: 'Conflict',
      message: 'conflict with "x"',
      details: {
        causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "x"', field: '.data.a' }],
      },
    })
    assert.ok(isConflict(error))
    assert.equal(error.causes[0]?.field, '.data.a')
    assert.equal(error.message, 'GET /api: conflict with "x"')
  })

  test('in plain text is told by its status, and Retry-After is read', async () => {
    const error = await refused(429, 'Too many requests, please try again later.', {}, { 'retry-after': '3' })
    assert.equal(error.reason, 'TooManyRequests')
    assert.equal(error.retryAfterMs, 3000)
    assert.equal(error.message, 'GET /api: the server answered 429')
  })

  test('never gives back what was written into a Secret', async () => {
    const body = {
      data: { a: Buffer.from('hunter22').toString('base64') },
      stringData: { b: 'correct horse' },
    }
    const error = await refused(
      403,
      {
        kind: 'Status',
        message: `denied: ${body.data.a} is hunter22, correct horse`,
        details: { causes: [{ message: 'correct horse' }] },
      },
      { method: 'POST', path: '/api/v1/namespaces/a/secrets', body },
    )
    assert.equal(
      error.message,
      'POST /api/v1/namespaces/a/secrets: denied: [redacted] is [redacted], [redacted]',
    )
    assert.equal(error.causes[0]?.message, '[redacted]')
  })

  test('of an answer that is no JSON does not quote it', async () => {
    const { client } = await serving((asked) => asked.answer(200, 'hunter22'))
    const error = await failureOf(client.request(get()))
    assert.equal(error.reason, 'Malformed')
    assert.doesNotMatch(String(error.stack), /hunter22/)
  })
})

describe('a credential', () => {
  test('is looked at again after a 401, once, and the request repeated', async () => {
    let looks = 0
    const credential = (api: { ca: string }): Credential => {
      let now: Presented = { ca: api.ca, authorization: 'Bearer old' }
      return {
        current: () => now,
        renew: async () => {
          looks += 1
          now = { ...now, authorization: 'Bearer new' }
          return now
        },
      }
    }
    const { api } = await serving((asked) => {
      if (asked.headers['authorization'] === 'Bearer new') ok(asked)
      else asked.answer(401, { kind: 'Status', code: 401, reason: 'Unauthorized', message: 'Unauthorized' })
    })
    const client = clientOf(api, { credential: credential(api) })
    await client.request({ method: 'POST', path: '/x', body: {} })
    assert.equal(looks, 1)
    assert.equal(api.requests(), 2)
  })

  test('that stays the same leaves the 401 standing', async () => {
    const { api, client } = await serving((asked) => asked.answer(401, 'no'))
    assert.equal((await failureOf(client.request(get()))).status, 401)
    assert.equal(api.requests(), 1)
  })

  test('with another CA makes a new session, while streams on the old one go on', async () => {
    let now: Presented
    let body: { write(chunk: string): void; end(): void } | undefined
    const { api } = await serving((asked) => {
      if (asked.path === '/watch') body = asked.begin('a')
      else ok(asked)
    })
    now = { ca: api.ca }
    const client = clientOf(api, { credential: { current: () => now, renew: async () => now } })
    const read = textOf(await client.stream(get('/watch')))
    now = { ca: `${api.ca}\n${(await tlsIdentity('other')).cert}` }
    assert.deepEqual(await client.request(get()), { number: 2, session: 2 })
    body?.write('b')
    body?.end()
    assert.equal(await read, 'ab')
  })
})

describe('the way there', () => {
  test('falls back to HTTP/1.1 where ALPN offers nothing else', async () => {
    const { client } = await serving(
      (asked) => (asked.path === '/watch' ? asked.begin('x').end() : ok(asked)),
      { protocols: ['http/1.1'] },
    )
    await Promise.all(
      Array.from({ length: 20 }, () => client.request({ method: 'POST', path: '/', body: { a: 1 } })),
    )
    assert.equal(await textOf(await client.stream(get('/watch'))), 'x')
  })

  test('over HTTP/1.1 repeats a read whose kept connection was cut', async () => {
    const { client } = await serving((asked) => (asked.number === 2 ? asked.reset(0) : ok(asked)), {
      protocols: ['http/1.1'],
    })
    await client.request(get())
    const { number } = await client.request<{ number: number }>(get())
    assert.equal(number, 3)
  })

  test('speaks plain HTTP to an http:// server', async () => {
    const server = http.createServer((request, response) =>
      response.end(JSON.stringify({ path: request.url })),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closing.push(() => new Promise((resolve) => server.close(() => resolve())))
    const { port } = server.address() as net.AddressInfo
    const client = clientOf({ url: `http://127.0.0.1:${port}/proxied/`, ca: '' })
    assert.deepEqual(await client.request(get()), { path: '/proxied/api' })
  })

  test('checks the certificate against serverName, and refuses one it does not know', async () => {
    const { api, client } = await serving(ok, { access: { serverName: 'api.test' } })
    await client.request(get())
    const wrongName = clientOf(api, { serverName: 'other.test' })
    assert.match((await failureOf(wrongName.request(get()))).message, /other\.test/)
    const wrongCa = clientOf(api, { credential: fixedCredential({ ca: (await tlsIdentity('x')).cert }) })
    assert.equal((await failureOf(wrongCa.request(get()))).reason, 'Unreachable')
    const careless = clientOf(api, { insecureSkipTlsVerify: true, credential: fixedCredential({}) })
    await careless.request(get())
  })

  test('leads through a proxy with CONNECT', async () => {
    const { api } = await serving(ok)
    const tunnels: string[] = []
    const proxy = http.createServer()
    proxy.on('connect', (request, near: net.Socket) => {
      tunnels.push(`${request.url} ${request.headers['proxy-authorization']}`)
      const far = net.connect(Number(request.url?.split(':')[1]), '127.0.0.1', () => {
        near.write('HTTP/1.1 200 Connection established\r\n\r\n')
        near.pipe(far).pipe(near)
      })
      far.on('error', () => near.destroy())
      near.on('error', () => far.destroy())
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    const { port } = proxy.address() as net.AddressInfo
    const client = clientOf(api, { proxyUrl: `http://me:secret@127.0.0.1:${port}` })
    await client.request(get())
    assert.deepEqual(tunnels, [
      `127.0.0.1:${new URL(api.url).port} Basic ${Buffer.from('me:secret').toString('base64')}`,
    ])
    await client.close()
    await new Promise((resolve) => proxy.close(resolve))
  })

  test('that leads nowhere says so at once, and is tried anew by the next request', async () => {
    const { api } = await serving(ok)
    const nowhere = net.createServer()
    await new Promise<void>((resolve) => nowhere.listen(0, '127.0.0.1', resolve))
    const { port } = nowhere.address() as net.AddressInfo
    await new Promise((resolve) => nowhere.close(resolve))
    const client = clientOf({ url: `https://127.0.0.1:${port}`, ca: api.ca })
    assert.match((await failureOf(client.request(get()))).message, /ECONNREFUSED/)
    assert.equal((await failureOf(client.request(get()))).reason, 'Unreachable')
  })
})

test('a gate that closes while a write waits for its place keeps it from being sent', async () => {
  let may = true
  const held: Asked[] = []
  const { api, client } = await serving((asked) => void held.push(asked), { maxConcurrentStreams: 1 })
  const gated = gatedClient(client, () => may)
  const first = gated.request({ method: 'PUT', path: '/a', body: {} })
  await eventually('the first is held', () => held.length === 1)
  const second = failureOf(gated.request({ method: 'PUT', path: '/b', body: {} }))
  may = false
  held.forEach(ok)
  await first
  assert.equal((await second).reason, 'NotLeader')
  assert.equal(api.requests(), 1)
})

test('a closed client ends what is under way and takes nothing more', async () => {
  const { client } = await serving(() => {})
  const under = assert.rejects(client.request(get()), /closed/)
  await client.close()
  await under
  await assert.rejects(client.request(get()), /closed/)
})
