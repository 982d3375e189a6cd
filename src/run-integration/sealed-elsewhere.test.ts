// This file is about testing whether the cluster's controller is asked what it opens, and what its answers come to.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Asked, scriptedApi } from '../../test/support/scripted-api.ts'
import { sealingKey } from '../../test/support/sealing-key.ts'
import { type TlsIdentity, tlsIdentity } from '../../test/support/tls-identity.ts'
import { systemClock } from '../base/clock.ts'
import { seededRandom } from '../base/random.ts'
import { sealedSecret } from '../config-repo/secret-manifests.ts'
import { fixedCredential } from '../kube/access.ts'
import { connect } from '../kube/transport.ts'
import { CommandFailure } from '../operator/commands.ts'
import { readCertificate } from '../seal/certificate.ts'
import type { SealingCertificate } from '../seal/sealing.ts'
import { tryOpening } from './sealed-elsewhere.ts'

const CONTROLLER = { namespace: 'kube-system', name: 'sealed-secrets-controller' }
const SERVICE = '/api/v1/namespaces/kube-system/services/sealed-secrets-controller'
const PROXY = '/api/v1/namespaces/kube-system/services/http:sealed-secrets-controller:http/proxy/v1'
const NOW = new Date('2026-01-01T00:00:00Z')
const OBJECT = sealedSecret({ integration: 'ci', namespace: 'everpull', encryptedData: { key: 'AgB=' } })

type Answer = readonly [status: number, body: unknown]
type Answers = Readonly<Record<string, Answer>>

const THERE: Answers = { [`GET ${SERVICE}`]: [200, { spec: { ports: [{ name: 'http', port: 8080 }] } }] }
const denied = { kind: 'Status', reason: 'Forbidden', message: 'not for you' }

describe('what was sealed with a certificate out of a file', () => {
  let identity: TlsIdentity
  let given: SealingCertificate
  let own: SealingCertificate & { readonly bundle: string }
  const closing: (() => Promise<void>)[] = []
  before(async () => {
    identity = await tlsIdentity('api.test')
    given = await certificate()
    own = await certificate()
  })
  after(async () => {
    for (const close of closing.toReversed()) await close()
  })

  async function certificate() {
    const { certificate: bundle } = await sealingKey()
    const read = readCertificate(bundle, NOW)
    assert.equal(read.is, 'certificate')
    return { ...read.certificate, bundle }
  }

  /** By an API server with these answers, and 404 to all else. */
  async function tried(answers: Answers) {
    const asked: Asked[] = []
    const api = await scriptedApi({
      identity,
      onAsk: (one) => {
        asked.push(one)
        one.answer(...(answers[`${one.method} ${decodeURIComponent(one.path)}`] ?? [404, 'not found']))
      },
    })
    closing.push(() => api.close())
    const client = connect(
      {
        server: api.url,
        credential: fixedCredential({ ca: api.ca, authorization: 'Bearer t0ken' }),
        insecureSkipTlsVerify: false,
        namespace: 'default',
        inCluster: false,
      },
      { clock: systemClock, random: seededRandom(1), userAgent: 'test' },
    )
    closing.push(() => client.close())
    const sealed = { object: OBJECT, certificate: given, file: 'sealing.pem' }
    const outcome = await tryOpening(client, CONTROLLER, sealed, NOW).catch((error: unknown) => {
      if (error instanceof CommandFailure) return error
      throw error
    })
    return { asked, outcome }
  }

  test('is shown to the controller as it would be committed, and needs no word where it opens it', async () => {
    const { asked, outcome } = await tried({ ...THERE, [`POST ${PROXY}/verify`]: [200, ''] })
    assert.equal(outcome, undefined)
    const [, posted] = asked
    assert.deepEqual(JSON.parse(posted?.body ?? ''), OBJECT)
    assert.equal(posted?.headers['content-type'], 'application/json')
  })

  test('is refused where the controller opens it by none of its keys, with both fingerprints and what to do', async () => {
    const { outcome } = await tried({
      ...THERE,
      [`POST ${PROXY}/verify`]: [409, ''],
      [`GET ${PROXY}/cert.pem`]: [200, own.bundle],
    })
    assert.ok(outcome instanceof CommandFailure && !outcome.usage)
    assert.ok(outcome.message.includes(`sealing.pem (SHA-256 ${given.fingerprint})`))
    assert.ok(outcome.message.includes(`whose own certificate is SHA-256 ${own.fingerprint}`))
    assert.match(outcome.message, /leave --cert out, or give .* kubeseal --fetch-cert .*--skip-test/)
  })

  test('is refused as well where the controller’s own certificate may not be read', async () => {
    const { outcome } = await tried({
      ...THERE,
      [`POST ${PROXY}/verify`]: [409, ''],
      [`GET ${PROXY}/cert.pem`]: [403, denied],
    })
    assert.ok(outcome instanceof CommandFailure)
    assert.match(outcome.message, /of this cluster; nothing was changed: leave --cert out/)
  })

  const silences: readonly (readonly [string, Answers])[] = [
    ['there is no controller', {}],
    ['it may not be asked', { ...THERE, [`POST ${PROXY}/verify`]: [403, denied] }],
    ['nobody serves it', { ...THERE, [`POST ${PROXY}/verify`]: [503, 'no endpoints'] }],
    ['it is asked too often', { ...THERE, [`POST ${PROXY}/verify`]: [429, ''] }],
    ['it cannot say', { ...THERE, [`POST ${PROXY}/verify`]: [500, ''] }],
  ]
  for (const [because, answers] of silences) {
    test(`is let through with a note where ${because}`, async () => {
      const { outcome } = await tried(answers)
      assert.ok(typeof outcome === 'string')
      assert.match(outcome, /^nobody could ask the Sealed Secrets controller kube-system\/sealed-secrets-/)
      assert.match(outcome, /sealing\.pem \(.*\); integration list tells once it is in the cluster$/)
    })
  }
})
