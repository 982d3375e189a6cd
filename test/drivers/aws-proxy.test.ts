// This file is about reaching AWS through the environment's proxy, which the SDK ignores by itself.
import assert from 'node:assert/strict'
import { createServer, request as forward, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test, type TestContext } from 'node:test'
import { type AwsSettings, openAws } from '../../src/aws/connection.ts'
import type { AwsLogins } from '../../src/operator/adapters/logins.ts'
import {
  accessKeySource,
  anAwsWorld,
  anIdentity,
  type AwsWorld,
  PUBLIC,
  WEST,
} from '../support/aws-logins.ts'

let world: AwsWorld
before(async () => {
  world = await anAwsWorld()
})
after(() => world.close())

interface Proxy {
  readonly url: string
  /** Absolute URLs that were asked for, and the host and port of every tunnel. */
  readonly seen: readonly string[]
}

/** Passes plain requests on to the emulator, whatever host they name, and opens no tunnels. */
async function aProxy(t: TestContext): Promise<Proxy> {
  const seen: string[] = []
  const server: Server = createServer((incoming, outgoing) => {
    seen.push(incoming.url ?? '')
    const onward = forward(
      world.sandbox.url,
      { method: incoming.method, headers: incoming.headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
      },
    )
    incoming.pipe(onward)
  })
  server.on('connect', ({ url }, socket) => {
    seen.push(url ?? '')
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

function loginsWith(t: TestContext, settings: Partial<AwsSettings>): AwsLogins {
  const aws = openAws({ ...world.settings, ...settings })
  t.after(() => aws.close())
  return world.logins({ aws })
}

test('plain endpoints are asked through HTTP_PROXY', async (t) => {
  const proxy = await aProxy(t)
  const url = 'http://aws.example'
  const logins = loginsWith(t, {
    proxyEnv: { HTTP_PROXY: proxy.url },
    endpoints: { ecr: url, ecrPublic: url, sts: url },
  })
  await world.mint(anIdentity(accessKeySource(), world.puller()), WEST, logins)
  await world.mint(anIdentity(accessKeySource()), PUBLIC, logins)
  assert.equal(proxy.seen.length, 3)
  assert.ok(proxy.seen.every((asked) => asked.startsWith('http://aws.example/')))
})

test("AWS's own endpoints are asked through HTTPS_PROXY, each service and region by its own name", async (t) => {
  const proxy = await aProxy(t)
  const logins = loginsWith(t, { proxyEnv: { https_proxy: proxy.url }, endpoints: {} })
  await world.refusal(anIdentity(accessKeySource()), 'aws-unavailable', WEST, logins)
  await world.refusal(anIdentity(accessKeySource()), 'aws-unavailable', PUBLIC, logins)
  await world.refusal(anIdentity(accessKeySource(), world.puller()), 'aws-unavailable', WEST, logins)
  assert.deepEqual(
    [...new Set(proxy.seen)],
    [
      'api.ecr.us-west-1.amazonaws.com:443',
      'api.ecr-public.us-east-1.amazonaws.com:443',
      'sts.us-west-1.amazonaws.com:443',
    ],
  )
})

test('NO_PROXY is heeded', async (t) => {
  const proxy = await aProxy(t)
  const logins = loginsWith(t, { proxyEnv: { HTTP_PROXY: proxy.url, NO_PROXY: '127.0.0.1' } })
  await world.mint(anIdentity(accessKeySource()), WEST, logins)
  assert.deepEqual(proxy.seen, [])
})

test('a proxy that is not there cannot be reached', async (t) => {
  const logins = loginsWith(t, { proxyEnv: { HTTPS_PROXY: 'http://127.0.0.1:1' }, endpoints: {} })
  const message = await world.refusal(anIdentity(accessKeySource()), 'aws-unavailable', WEST, logins)
  assert.match(message, /^ECR in us-west-1 cannot be reached/)
})

test('an answer that is not from AWS is told as such', async (t) => {
  const server = createServer((_, answer) =>
    answer.writeHead(403, { 'content-type': 'text/html' }).end('<p>blocked'),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const logins = loginsWith(t, { endpoints: { ecr: url, sts: url } })
  for (const identity of [anIdentity(accessKeySource()), anIdentity(accessKeySource(), world.puller())]) {
    assert.match(
      await world.refusal(identity, 'aws-unexpected', WEST, logins),
      /gave no answer that AWS gives/,
    )
  }
})
