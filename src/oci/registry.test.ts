// This file is about asking registries over TLS: which logins they are shown, and which never.
import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { after, before, test, type TestContext } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { type TlsIdentity, tlsIdentity } from '../../test/support/tls-identity.ts'
import { SecretText } from '../base/secret-text.ts'
import { openRegistries, type RegistryAnswer } from './registry.ts'

let identity: TlsIdentity
const trusted = getCACertificates('default')
before(async () => {
  identity = await tlsIdentity()
  setDefaultCACertificates([...trusted, identity.cert])
})
after(() => setDefaultCACertificates(trusted))

type Answer = (request: IncomingMessage, response: ServerResponse, host: string) => void

/** Its host, and what it was shown for which path. */
async function aRegistry(t: TestContext, answer: Answer): Promise<{ host: string; shown: string[] }> {
  const shown: string[] = []
  const server: Server = createServer(identity, (request, response) => {
    shown.push(`${request.url} ${request.headers.authorization ?? 'nothing'}`)
    answer(request, response, host)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return { host, shown }
}

async function ping(t: TestContext, host: string, timeoutMs = 5_000): Promise<RegistryAnswer> {
  const registries = openRegistries({ proxyEnv: {}, timeoutMs })
  t.after(() => registries.close())
  const { signal } = new AbortController()
  return registries.ping({ host, username: 'AWS', password: new SecretText('pass'), signal })
}

const BASIC = `Basic ${Buffer.from('AWS:pass').toString('base64')}`
const challenging =
  (challenge: (host: string) => string, body = '{"token":"t"}'): Answer =>
  (request, response, host) => {
    if (request.url?.startsWith('/token') === true) return void response.end(body)
    const { authorization } = request.headers
    if (authorization === 'Bearer t') return void response.end()
    response.writeHead(401, { 'www-authenticate': challenge(host) }).end()
  }

test('a registry that wants the login gets it', async (t) => {
  const { host, shown } = await aRegistry(t, (request, response) => {
    if (request.headers.authorization === BASIC) return void response.end()
    response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
  })
  assert.deepEqual(await ping(t, host), { is: 'answered', status: 200 })
  assert.deepEqual(shown, ['/v2/ nothing', `/v2/ ${BASIC}`])
})

test('a registry that wants a token gets one for the login', async (t) => {
  const { host, shown } = await aRegistry(
    t,
    challenging((own) => `Bearer realm="https://${own}/token/",service="me"`),
  )
  assert.deepEqual(await ping(t, host), { is: 'answered', status: 200 })
  assert.deepEqual(shown, ['/v2/ nothing', `/token/?service=me ${BASIC}`, '/v2/ Bearer t'])
})

test('the login goes to no other host, and to none in the clear', async (t) => {
  for (const realm of ['https://other.example/token/', 'http://127.0.0.1/token/', 'nowhere']) {
    const { host, shown } = await aRegistry(
      t,
      challenging(() => `Bearer realm="${realm}"`),
    )
    assert.deepEqual(await ping(t, host), { is: 'answered', status: 401 })
    assert.deepEqual(shown, ['/v2/ nothing', `/v2/ ${BASIC}`])
  }
})

test('a token that is none is no token', async (t) => {
  for (const body of ['{}', 'no JSON', '{"token":1}']) {
    const { host } = await aRegistry(
      t,
      challenging((own) => `Bearer realm="https://${own}/token/"`, body),
    )
    assert.deepEqual(await ping(t, host), { is: 'unreached', code: 'MalformedAnswer' })
  }
})

test('an answer without end is given up', async (t) => {
  const { host } = await aRegistry(t, (_, response) => response.end('x'.repeat(1_000_000)))
  assert.deepEqual(await ping(t, host), { is: 'unreached', code: 'Unknown' })
})

test('a registry that says nothing is given up', async (t) => {
  const { host } = await aRegistry(t, () => {})
  assert.deepEqual(await ping(t, host, 50), { is: 'unreached', code: 'Timeout' })
})

test('a registry that is not there is told by its errno', async (t) => {
  assert.deepEqual(await ping(t, '127.0.0.1:1'), { is: 'unreached', code: 'ECONNREFUSED' })
})

test('a certificate nobody vouches for is told', async (t) => {
  setDefaultCACertificates(trusted)
  t.after(() => setDefaultCACertificates([...trusted, identity.cert]))
  const { host, shown } = await aRegistry(t, (_, response) => response.end())
  const answer = await ping(t, host)
  assert.ok(answer.is === 'unreached' && answer.code.includes('SELF_SIGNED'), JSON.stringify(answer))
  assert.deepEqual(shown, [])
})

test('whoever calls it off is told so', async (t) => {
  const { host } = await aRegistry(t, () => {})
  const registries = openRegistries({ proxyEnv: {} })
  t.after(() => registries.close())
  const reason = new Error('called off')
  const signal = AbortSignal.abort(reason)
  const asked = { host, username: 'AWS', password: new SecretText('pass'), signal }
  await assert.rejects(registries.ping(asked), reason)
})
