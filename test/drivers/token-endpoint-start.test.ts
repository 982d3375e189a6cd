// This file is about starting the token endpoint beside an operator, and what keeps it from starting.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { type Fields, silentLog } from '../../src/base/log.ts'
import type { KubeClient, KubeRequest } from '../../src/kube/client.ts'
import { KubeError } from '../../src/kube/error.ts'
import type { Desk } from '../../src/operator/desk.ts'
import { runTokenEndpoint } from '../../src/run-token-endpoint.ts'
import { instant } from '../../src/base/clock.ts'
import { anIntegration, aWorld } from '../../src/dialects/everpull/integration-fixture.ts'
import { tlsIdentity, type TlsIdentity } from '../support/tls-identity.ts'
import { askEndpoint } from '../support/token-client.ts'
import { OidcIssuer } from '../support/oidc-issuer.ts'

describe('the token endpoint', () => {
  let folder = ''
  let identity: TlsIdentity
  const settings = (changed: object = {}) => ({
    address: { host: '127.0.0.1', port: 0 },
    certificate: { cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') },
    audience: 'everpull',
    ...changed,
  })
  const asked: KubeRequest[] = []
  const lines: (readonly [string, Fields | undefined])[] = []
  let review: () => unknown = () => ({})

  const client = {
    request: async (request: KubeRequest) => {
      asked.push(request)
      return review()
    },
  } as unknown as KubeClient
  const desk: Desk = {
    since: instant(0),
    look: async (ask) => ask(aWorld([anIntegration({})])),
    obtain: () => Promise.reject(new TypeError('nobody gets that far')),
  }
  const start = (changed: object = {}) =>
    runTokenEndpoint(settings(changed), {
      desk: () => desk,
      client,
      apiAudiences: async () => ['https://kubernetes.default.svc'],
      environment: {},
      recorder: { answered: () => {} },
      clock: systemClock,
      log: {
        ...silentLog,
        info: (text, fields) => void lines.push([text, fields]),
        warn: (text, fields) => void lines.push([text, fields]),
      },
    })

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'everpull-endpoint-'))
    identity = await tlsIdentity('endpoint')
    await writeFile(join(folder, 'tls.crt'), identity.cert)
    await writeFile(join(folder, 'tls.key'), identity.key)
  })
  after(() => rm(folder, { recursive: true }))

  test('does not start with a certificate that cannot be used', async () => {
    const certificate = { cert: join(folder, 'tls.crt'), key: join(folder, 'none') }
    await assert.rejects(
      start({ certificate }),
      /^CommandFailure: --token-endpoint-cert and --token-endpoint-key: .*none cannot be read: ENOENT/,
    )
  })

  test('does not start where somebody else listens', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => {
      other.listen(0, '127.0.0.1', resolve)
    })
    const { port } = other.address() as AddressInfo
    await assert.rejects(
      start({ address: { host: '127.0.0.1', port } }),
      /EADDRINUSE.*choose another --token-endpoint-address/,
    )
    await new Promise((resolve) => other.close(resolve))
  })

  test('takes no tokens that open the API server', async () => {
    const audience = 'https://kubernetes.default.svc'
    await assert.rejects(start({ audience }), /is what the API server takes tokens for: choose another/)
  })

  test('has tokens reviewed for its audience, and tells what keeps it from that', async () => {
    await using issuer = await OidcIssuer.open()
    const endpoint = await start()
    const url = String(lines.find(([text]) => text === 'token endpoint: listening')?.[1]?.['url'])
    const token = await issuer.token({ aud: 'everpull', sub: 'system:serviceaccount:builds:ci' })
    const says = async (): Promise<number> =>
      (await askEndpoint(url, identity.cert, { integration: 'ecr-prod', token })).status
    try {
      review = () => ({ status: { authenticated: false, error: 'expired' } })
      assert.equal(await says(), 401)
      const { path, method, body } = asked.at(-1) ?? {}
      assert.deepEqual([method, path], ['POST', '/apis/authentication.k8s.io/v1/tokenreviews'])
      assert.deepEqual((body as { spec: object }).spec, { token, audiences: ['everpull'] })
      review = () => ({
        status: { authenticated: true, user: { username: 'jane' }, audiences: ['everpull'] },
      })
      assert.equal(await says(), 401)
      assert.match(JSON.stringify(lines.at(-1)), /jane is no service account/)
      review = () => {
        throw new KubeError({ status: 403, reason: 'Forbidden', message: 'tokenreviews is forbidden' })
      }
      assert.equal(await says(), 503)
      assert.match(
        JSON.stringify(lines.at(-1)),
        /forbidden \(apply the output of \\"everpull rbac --token-endpoint\\"\)/,
      )
    } finally {
      await endpoint.close()
    }
  })
})
