// This file is about the token endpoint as a server that anybody can reach: what it does not take, and how long it waits.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:https'
import { connect as connectPlain } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, test } from 'node:test'
import { connect, type TLSSocket } from 'node:tls'
import { eventually } from '../support/eventually.ts'
import { leaksIn } from '../support/leaks.ts'
import { signingKey } from '../support/oidc-issuer.ts'
import { ruleOf, TokenBench } from '../support/token-bench.ts'

const LOGIN = '/v1/integrations/ci/login'

async function connected(bench: TokenBench): Promise<TLSSocket> {
  const socket = connect({
    port: Number(new URL(bench.url).port),
    host: '127.0.0.1',
    ca: bench.identity.cert,
  })
  socket.on('error', () => {})
  await once(socket, 'secureConnect')
  return socket
}

/** However it comes about. */
const closed = (socket: TLSSocket): Promise<void> =>
  new Promise((resolve) => {
    socket.once('close', () => resolve())
  })

/** All that comes back until the other side closes. */
async function answerTo(socket: TLSSocket): Promise<string> {
  const answer = text(socket).catch(() => '')
  await closed(socket)
  return answer
}

describe('the token endpoint takes', () => {
  const rows: readonly (readonly [string, object, string])[] = [
    ['no other path', { path: '/v1/integrations/ci' }, '404 path-unknown'],
    ['no path that leads out', { path: '/v1/integrations/../ci/login' }, '404 path-unknown'],
    ['no name that is none', { path: '/v1/integrations/CI%2F/login' }, '404 path-unknown'],
    ['no other method', { method: 'PUT' }, '405 method-wrong'],
    ['no query string', { path: `${LOGIN}?access=push` }, '400 request-malformed'],
    ['no token in a query string', { path: `${LOGIN}?token=canary` }, '400 request-malformed'],
    ['no other field', { body: { role: 'arn:aws:iam::1:role/x' } }, '400 request-malformed'],
    ['no other access', { body: { access: 'admin' } }, '400 request-malformed'],
    ['no list', { body: [] }, '400 request-malformed'],
    ['no long body', { body: { registry: 'x'.repeat(5000) } }, '413 request-too-large'],
    ['nobody without a token', {}, '401 token-missing'],
  ]
  for (const [what, asked, says] of rows) {
    test(what, async () => {
      await using bench = await TokenBench.open()
      assert.equal(await bench.says(asked), says)
      assert.doesNotMatch(JSON.stringify(bench.log), /canary/)
    })
  }

  test('nothing that is not said over TLS 1.2 or better', async () => {
    await using bench = await TokenBench.open()
    const { port } = new URL(bench.url)
    const old = connect({
      port: Number(port),
      host: '127.0.0.1',
      ca: bench.identity.cert,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
    })
    const [error] = (await once(old, 'error')) as [Error]
    assert.match(error.message, /version|protocol/i)
    const plain = connectPlain(Number(port), '127.0.0.1')
    plain.on('error', () => {})
    plain.write(`POST ${LOGIN} HTTP/1.1\r\nhost: x\r\n\r\n`)
    assert.doesNotMatch(await text(plain).catch(() => ''), /token-missing/)
    assert.deepEqual(bench.told, [])
  })
})

describe('the token endpoint waits', () => {
  test('not for headers that trickle, nor for a body that does', async () => {
    const limits = { headersTimeout: 300, requestTimeout: 400, connectionsCheckingInterval: 50 }
    await using bench = await TokenBench.open({ limits })
    for (const begun of [
      'POST /v1/integ',
      `POST ${LOGIN} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{`,
    ]) {
      const socket = await connected(bench)
      socket.write(begun)
      assert.match(await answerTo(socket), /^HTTP\/1\.1 408|^$/)
    }
  })

  test('not for a connection that says nothing', async () => {
    const limits = { headersTimeout: 300, requestTimeout: 400, connectionsCheckingInterval: 50 }
    await using bench = await TokenBench.open({ limits })
    await answerTo(await connected(bench))
  })

  test('not for AWS for ever, and the token may be shown again', async () => {
    await using bench = await TokenBench.open({ limits: { patience: 200 } })
    const { mint } = bench
    bench.mint = () => new Promise(() => {})
    const token = await bench.token()
    assert.equal(await bench.says({ token }), '503 login-unavailable')
    bench.mint = mint
    assert.equal(await bench.says({ token }), '200')
  })

  test('for nobody who left, and their token may be shown again', async () => {
    await using bench = await TokenBench.open()
    const { mint } = bench
    bench.mint = () => new Promise(() => {})
    const token = await bench.token()
    const headers = { authorization: `Bearer ${token}` }
    const left = request(new URL(LOGIN, bench.url), {
      method: 'POST',
      ca: bench.identity.cert,
      agent: false,
      headers,
    })
    left.on('error', () => {})
    left.end()
    await eventually('AWS is asked', () => bench.wants.length > 0)
    left.destroy()
    await eventually('it is noticed', () => bench.told.length > 0)
    assert.equal(bench.told[0]?.reason, 'asker-gone')
    bench.mint = mint
    assert.equal(await bench.says({ token }), '200')
  })

  test('with no more than so many at once', async () => {
    await using bench = await TokenBench.open({ limits: { mostAtOnce: 2 } })
    let release = (): void => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const { mint } = bench
    bench.mint = async (want) => {
      await held
      return mint(want)
    }
    const waiting = [bench.says({ token: await bench.token() }), bench.says({ token: await bench.token() })]
    await eventually('both are asked for', () => bench.wants.length === 2)
    assert.equal(await bench.says({ token: await bench.token() }), '503 busy')
    release()
    assert.deepEqual(await Promise.all(waiting), ['200', '200'])
  })

  test('for no body that trickles before others are answered', async () => {
    await using bench = await TokenBench.open({ limits: { mostAtOnce: 1 } })
    const trickling = await connected(bench)
    trickling.write(
      `POST ${LOGIN} HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 100\r\n\r\n`,
    )
    // It is being read by now.
    assert.match(String(await once(trickling, 'data')), /^HTTP\/1\.1 100 /)
    trickling.write('{')
    assert.equal(await bench.says({ token: await bench.token() }), '200')
    trickling.destroy()
  })

  for (const limits of [{ mostConnections: 1 }, { mostOfAnAddress: 1 }])
    test(`with no more than so many connections (${Object.keys(limits).join()})`, async () => {
      await using bench = await TokenBench.open({ limits })
      const first = await connected(bench)
      const second = connect({
        port: Number(new URL(bench.url).port),
        host: '127.0.0.1',
        ca: bench.identity.cert,
      })
      second.on('error', () => {})
      await closed(second)
      first.destroy()
      await eventually('there is room again', () => bench.says().catch(() => undefined))
    })
})

describe('the token endpoint is asked too often', () => {
  test('by an address, before anything is verified', async () => {
    await using bench = await TokenBench.open({ perAddress: { burst: 3, perSecond: 0.5 } })
    const asked = await Promise.all(Array.from({ length: 3 }, () => bench.says()))
    assert.deepEqual([...new Set(asked)], ['401 token-missing'])
    const { status, headers, body } = await bench.ask({ token: await bench.token() })
    assert.deepEqual([status, headers['retry-after']], [429, '2'])
    assert.match(body, /this address asks too often/)
    assert.deepEqual(bench.issuer.asked, [])
  })

  test('by a subject, and others are not', async () => {
    await using bench = await TokenBench.open({ perSubject: { burst: 2, perSecond: 0.1 } })
    const says = async (sub: string): Promise<string> => bench.says({ token: await bench.token({ sub }) })
    const [main, other] = ['repo:org/app:ref:refs/heads/main', 'repo:org/app:ref:refs/heads/other']
    assert.deepEqual([await says(main), await says(main), await says(main)], ['200', '200', '429 too-often'])
    assert.equal(await says(other), '200')
  })

  test('but not by somebody whose name was forged', async () => {
    await using bench = await TokenBench.open({ perSubject: { burst: 1, perSecond: 0.01 } })
    const forged = await signingKey('ES256', bench.issuer.keys[0]?.kid)
    for (let i = 0; i < 3; i += 1) {
      assert.equal(await bench.says({ token: await bench.token({}, forged) }), '403 not-allowed')
    }
    assert.equal(await bench.says({ token: await bench.token() }), '200')
  })
})

describe('a replica that does not lead', () => {
  test('says so, and so does its readiness', async () => {
    await using bench = await TokenBench.open()
    const readiness = async (): Promise<number> =>
      (await bench.ask({ path: '/readyz', method: 'GET' })).status
    assert.equal(await readiness(), 200)
    bench.leads = false
    assert.equal(await readiness(), 503)
    const { status, headers } = await bench.ask({ token: await bench.token() })
    assert.deepEqual([status, headers['retry-after'], headers['connection']], [503, '1', 'close'])
    assert.deepEqual([bench.issuer.asked, bench.wants], [[], []])
  })
})

describe('something unexpected', () => {
  test('is logged, and tells whoever asked nothing', async () => {
    await using bench = await TokenBench.open()
    bench.mint = () => {
      throw new TypeError('canary of the inside')
    }
    const token = await bench.token()
    const { status, body } = await bench.ask({ token })
    assert.equal(status, 500)
    assert.doesNotMatch(body, /canary/)
    assert.match(JSON.stringify(bench.log), /canary of the inside/)
    assert.deepEqual(leaksIn(JSON.stringify(bench.log), [token]), [])
    bench.integration('ci', { ciAccess: [ruleOf(bench.issuer.issuer)] })
    assert.equal(await bench.says(), '401 token-missing')
  })
})
