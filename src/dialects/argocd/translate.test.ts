// This file is about testing what labelled Secrets order, and what is told of them.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { instant } from '../../base/clock.ts'
import type { Receipt } from '../../model/answer.ts'
import { fault } from '../../model/fault.ts'
import type { Resource } from '../../model/resource.ts'
import type { World } from '../dialect.ts'
import { aNamespace, anIntegration, aSecret, aWorld } from '../everpull/integration-fixture.ts'
import { integrationRef } from '../everpull/lending.ts'
import type { RepositoryData } from './registry-url.ts'
import { status } from './status.ts'
import { translate } from './translate.ts'

const URL = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/charts'

const labelled = (
  data: RepositoryData = {},
  annotations: Readonly<Record<string, string>> = {},
): Resource => ({
  ...aSecret('argocd', 'charts'),
  annotations,
  spec: { data: { url: URL, type: 'helm', enableOCI: 'true', ...data } },
})

const SHARED = { sharing: { namespaces: { names: ['argocd'] } } }
const sharing = (name: string): Resource => ({ ...anIntegration(SHARED), ref: integrationRef(name) })
const world = (...there: readonly Resource[]): World => aWorld([aNamespace('argocd'), ...there])

describe('a labelled Secret', () => {
  it('orders the login of its registry under two of its own keys, from the default integration', () => {
    const ordered = translate(labelled(), world(sharing('default')))
    assert.ok(ordered.is === 'order', JSON.stringify(ordered))
    const [delivery, ...others] = ordered.deliveries
    assert.deepEqual([others, ordered.warnings], [[], []])
    assert.deepEqual(
      [delivery?.target.namespace, delivery?.target.name, delivery?.target.writes, delivery?.target.owner],
      ['argocd', 'charts', 'keys', 'none'],
    )
    assert.deepEqual(delivery?.logins[0]?.scope, { service: 'private', region: 'eu-west-1' })
    assert.deepEqual(delivery?.logins[0]?.identity.through, integrationRef('default'))
    assert.ok(delivery?.shape.is === 'key-values')
    assert.deepEqual(
      delivery.shape.entries.map(({ key }) => key),
      ['username', 'password'],
    )
  })

  it('may name another integration', () => {
    const asked = labelled({}, { 'everpull.dev/integration': 'prod' })
    const ordered = translate(asked, world(sharing('default'), sharing('prod')))
    assert.ok(ordered.is === 'order')
    assert.deepEqual(ordered.deliveries[0]?.logins[0]?.identity.through, integrationRef('prod'))
  })

  it('is served no integration that is not shared with its namespace', () => {
    const own = { ...anIntegration(), ref: integrationRef('default') }
    const ordered = translate(labelled(), world(own))
    assert.ok(ordered.is === 'unready')
    assert.equal(ordered.fault.code, 'integration-refused')
    assert.deepEqual(ordered.targets, [{ namespace: 'argocd', name: 'charts' }])
  })

  it('waits for an integration that is not there', () => {
    const ordered = translate(labelled(), world())
    assert.ok(ordered.is === 'unready')
    assert.equal(ordered.fault.code, 'reference-missing')
    assert.deepEqual(ordered.through, integrationRef('default'))
  })

  it('asks the endpoints that its host speaks of', () => {
    const url = '123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com'
    const ordered = translate(labelled({ url }), world(sharing('default')))
    assert.ok(ordered.is === 'order')
    assert.deepEqual(ordered.deliveries[0]?.logins[0]?.scope, {
      service: 'private',
      region: 'us-gov-west-1',
      fips: true,
    })
  })

  it('whose URL names no registry of ECR is left alone', () => {
    const ordered = translate(
      labelled({ url: `${URL.split('/')[0]}.evil.example` }),
      world(sharing('default')),
    )
    assert.ok(ordered.is === 'invalid')
    assert.match(
      ordered.fault.message,
      /^Secret argocd\/charts cannot be kept fresh: its "url" names no registry/,
    )
  })

  it('is forced by a new value of the annotation', () => {
    const ordered = translate(labelled({}, { 'everpull.dev/refresh': 'now' }), world(sharing('default')))
    assert.ok(ordered.is === 'order')
    assert.deepEqual(ordered.deliveries[0]?.cadence, { is: 'renewed', force: 'now' })
  })
})

const at = instant(Date.parse('2026-05-04T10:00:00Z'))
const receipt = (wrote: Receipt['wrote']): Receipt => ({
  is: 'receipt',
  target: { namespace: 'argocd', name: 'charts' },
  logins: [{ mintedAt: at, expiresAt: at }],
  at,
  wrote,
  expiryAssumed: false,
})

describe('events about a labelled Secret', () => {
  const told = (answer: Parameters<typeof status>[0][number]): string =>
    status([answer])
      .events.map(({ type, reason, message }) => `${type} ${reason} ${message}`)
      .join('\n')

  it('say when the new login expires, and nothing where nothing was written', () => {
    assert.match(told(receipt('updated')), /^Normal Refreshed wrote a login that expires at 20/)
    assert.equal(told(receipt('none')), '')
  })

  it('say what still serves while renewing fails', () => {
    const cause = fault('aws-throttled', 'AWS is throttling')
    const serving = { until: at, since: at }
    assert.equal(told({ is: 'failed', fault: cause, at }), 'Warning Throttled AWS is throttling')
    assert.match(
      told({ is: 'failed', fault: cause, at, serving }),
      /^Warning Throttled serving a login that expires at 20.*; renewing fails: AWS is throttling$/,
    )
  })
})
