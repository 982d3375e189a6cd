// This file is about testing the words an ExternalSecret's status and events are written in.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Instant, instant } from '../../base/clock.ts'
import type { Answer, Failed, Receipt } from '../../model/answer.ts'
import { type Fault, fault } from '../../model/fault.ts'
import type { Resource } from '../../model/resource.ts'
import type { Status } from '../dialect.ts'
import { anExternalSecret, generatorRef } from './fixtures/resources.ts'
import { syncedVersion } from './marks.ts'
import { status } from './status.ts'

const at = (minute: number): Instant => instant(Date.parse('2026-05-04T10:00:00Z') + minute * 60_000)
const target = { namespace: 'apps', name: 'regcred' }

const aReceipt = (rest: Partial<Receipt> = {}): Receipt => ({
  is: 'receipt',
  target,
  logins: [{ mintedAt: at(0), expiresAt: at(720) }],
  at: at(0),
  wrote: 'created',
  expiryAssumed: false,
  ...rest,
})

const aFailure = (what: Fault, rest: Partial<Failed> = {}): Failed => ({
  is: 'failed',
  fault: what,
  at: at(5),
  ...rest,
})

interface Ready {
  readonly status: string
  readonly reason: string
  readonly message: string
  readonly lastTransitionTime: string
}
interface Written {
  readonly refreshTime?: string
  readonly syncedResourceVersion?: string
  readonly binding?: { readonly name: string }
  readonly conditions: readonly Ready[]
}

/** What stands after an answer over what stood. */
function say(answer: Answer, asked: Resource = anExternalSecret()): Status & { readonly after: Written } {
  const said = status(asked, [answer])
  return { ...said, after: { ...(asked.status as Written), ...(said.status as Written | undefined) } }
}

/** The object once a status has been written to it. */
const having = (written: Written, asked: Resource = anExternalSecret()): Resource => ({
  ...asked,
  status: written,
})

const readyAfter = (answer: Answer, asked?: Resource): Ready | undefined =>
  say(answer, asked).after.conditions[0]

describe('a receipt', () => {
  test('makes the object Ready, in the words of external-secrets', () => {
    assert.deepEqual(say(aReceipt()).status, {
      refreshTime: '2026-05-04T10:00:00Z',
      syncedResourceVersion: syncedVersion(anExternalSecret()),
      binding: { name: 'regcred' },
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'SecretSynced',
          message: 'secret synced',
          lastTransitionTime: '2026-05-04T10:00:00Z',
        },
      ],
    })
  })

  test('tells a creation and an update, each time', () => {
    const { after, events } = say(aReceipt())
    assert.deepEqual(events, [{ type: 'Normal', reason: 'Created', message: 'secret created' }])
    const updated = say(aReceipt({ wrote: 'updated', at: at(480) }), having(after))
    assert.deepEqual(updated.events, [{ type: 'Normal', reason: 'Updated', message: 'secret updated' }])
    assert.equal(updated.after.refreshTime, '2026-05-04T18:00:00Z')
    assert.equal(updated.after.conditions[0]?.lastTransitionTime, '2026-05-04T10:00:00Z')
  })

  test('that wrote nothing writes no status and tells nothing', () => {
    const { after } = say(aReceipt())
    const again = status(having(after), [aReceipt({ wrote: 'none', at: at(60) })])
    assert.deepEqual(again, { events: [] })
  })

  test('that wrote nothing leaves the refresh time alone when only the metadata moved', () => {
    const { after } = say(aReceipt())
    const relabelled = { ...having(after), labels: { team: 'a' } }
    const again = say(aReceipt({ wrote: 'none', at: at(60) }), relabelled)
    assert.equal(again.after.refreshTime, after.refreshTime)
    assert.equal(again.after.syncedResourceVersion, syncedVersion(relabelled))
  })

  test('ends a failure and tells no event of its own', () => {
    const failed = say(aFailure(fault('aws-throttled', 'slow down')))
    const again = say(aReceipt({ wrote: 'none', at: at(9) }), having(failed.after))
    assert.equal(again.after.conditions[0]?.message, 'secret synced')
    assert.equal(again.after.conditions[0]?.lastTransitionTime, '2026-05-04T10:09:00Z')
    assert.deepEqual(again.events, [])
  })

  test('says so when the expiry is assumed', () => {
    assert.equal(
      readyAfter(aReceipt({ expiryAssumed: true }))?.message,
      'secret synced: AWS told no expiry worth believing, so twelve hours are assumed',
    )
  })

  test('says when the login dies where it is never renewed', () => {
    assert.equal(
      readyAfter(aReceipt(), anExternalSecret({ refreshInterval: '0s' }))?.message,
      'secret synced: serves a login that dies at 2026-05-04T22:00:00Z and will not be renewed because spec.refreshInterval is 0s',
    )
  })

  test('tells once that an interval outlives the login', () => {
    const asked = anExternalSecret({ refreshInterval: '24h' })
    const { after, events } = say(aReceipt(), asked)
    assert.equal(after.conditions[0]?.message, 'secret synced')
    assert.deepEqual(
      events.map(({ reason }) => reason),
      ['Created', 'RenewedByExpiry'],
    )
    const renewed = say(aReceipt({ wrote: 'updated', at: at(480) }), having(after, asked))
    assert.deepEqual(
      renewed.events.map(({ reason }) => reason),
      ['Updated'],
    )
  })

  test('of an interval as long as the login lives is not worth a word', () => {
    const { events } = say(aReceipt(), anExternalSecret({ refreshInterval: '12h' }))
    assert.equal(events.length, 1)
  })
})

test('members of the status that nobody asked for are no reason to write it again', () => {
  const { after } = say(aReceipt())
  const more = { ...after, binding: { name: 'regcred', other: 'x' }, another: 1 }
  assert.equal(say(aReceipt(), having(more)).status, undefined)
})

describe('a failure', () => {
  const source = 'spec.dataFrom[0].sourceRef.generatorRef'
  const rows: readonly [string, Fault, string, string][] = [
    [
      'of AWS',
      fault('aws-denied', 'not allowed to ecr:GetAuthorizationToken'),
      'could not get secret data from provider: not allowed to ecr:GetAuthorizationToken',
      `error processing ${source}, err: error using generator: unable to get authorization token: not allowed to ecr:GetAuthorizationToken`,
    ],
    [
      'of AWS to give a token for ECR Public',
      {
        ...fault('aws-denied', 'not allowed'),
        step: 'error using generator: unable to get public authorization token',
      },
      'could not get secret data from provider: not allowed',
      `error processing ${source}, err: error using generator: unable to get public authorization token: not allowed`,
    ],
    [
      'of a credential Secret',
      fault('credential-missing', 'cannot find secret data for key: "two"'),
      'could not get secret data from provider: cannot find secret data for key: "two"',
      `error processing ${source}, err: error using generator: unable to create aws session: cannot find secret data for key: "two"`,
    ],
    [
      'to find the generator',
      fault('reference-missing', '"ecr" not found', source),
      'could not get secret data from provider: "ecr" not found',
      `error processing ${source}, err: unable to get generator: "ecr" not found`,
    ],
    [
      'of a generator’s spec, at the second reference',
      fault('reference-invalid', 'no region', 'spec.dataFrom[1].sourceRef.generatorRef'),
      'could not get secret data from provider: no region',
      'error processing spec.dataFrom[1].sourceRef.generatorRef, err: error using generator: no region',
    ],
    [
      'of the reference',
      {
        ...fault('spec-invalid', 'generatorRef references unknown GVK x', source),
        step: 'unable to get generator',
      },
      'could not get secret data from provider: generatorRef references unknown GVK x',
      `error processing ${source}, err: unable to get generator: generatorRef references unknown GVK x`,
    ],
    [
      'of the spec',
      fault('spec-invalid', 'either data or dataFrom should be specified', 'spec'),
      'could not get secret data from provider: either data or dataFrom should be specified',
      'could not get secret data from provider: either data or dataFrom should be specified',
    ],
    [
      'of a field that is not supported',
      fault('field-unsupported', 'spec.target.immutable: true is not supported', 'spec.target.immutable'),
      'could not update secret: spec.target.immutable: true is not supported',
      'could not update secret: spec.target.immutable: true is not supported',
    ],
    [
      'to write another kind of object',
      fault('field-unsupported', 'only Secrets', 'spec.target.manifest'),
      'invalid generic target: only Secrets',
      'invalid generic target: only Secrets',
    ],
    [
      'of a template',
      fault('template-failed', 'template: a:1: no such key', 'template a'),
      'could not update secret: template: a:1: no such key',
      'could not apply template: could not execute template: template: a:1: no such key',
    ],
    [
      'to own the target',
      fault('target-owned', 'Secret regcred is owned by Thing x'),
      'failed to take ownership of target secret: Secret regcred is owned by Thing x',
      'failed to take ownership of target secret: Secret regcred is owned by Thing x',
    ],
    [
      'to own what another ExternalSecret owns',
      {
        ...fault('target-owned', 'Secret regcred is owned by ExternalSecret x'),
        owner: { group: 'external-secrets.io', kind: 'ExternalSecret', namespace: 'apps', name: 'x' },
      },
      'target is owned by another ExternalSecret: Secret regcred is owned by ExternalSecret x',
      'target is owned by another ExternalSecret: Secret regcred is owned by ExternalSecret x',
    ],
    [
      'of an immutable target',
      fault('target-immutable', 'delete it'),
      'could not update secret, target is immutable: delete it',
      'could not update secret, target is immutable: delete it',
    ],
    [
      'of the API server',
      fault('kube-forbidden', 'may not update secrets in apps'),
      'could not update secret: may not update secrets in apps',
      'could not update secret: may not update secrets in apps',
    ],
  ]
  for (const [name, what, message, event] of rows) {
    test(`${name} is told in the upstream words and by one event`, () => {
      const { after, events } = say(aFailure(what))
      assert.deepEqual(after, {
        conditions: [
          {
            type: 'Ready',
            status: 'False',
            reason: 'SecretSyncedError',
            message,
            lastTransitionTime: '2026-05-04T10:05:00Z',
          },
        ],
      })
      assert.deepEqual(events, [{ type: 'Warning', reason: 'UpdateFailed', message: event }])
    })
  }

  test('keeps what was synced before', () => {
    const synced = say(aReceipt()).after
    const { after } = say(aFailure(fault('template-failed', 'x')), having(synced))
    assert.equal(after.refreshTime, synced.refreshTime)
    assert.equal(after.syncedResourceVersion, synced.syncedResourceVersion)
    assert.deepEqual(after.binding, synced.binding)
    assert.equal(after.conditions[0]?.status, 'False')
  })

  test('among several generators names them all where it does not say which', () => {
    const asked = anExternalSecret({ dataFrom: [generatorRef('a'), generatorRef('b')] })
    const { events } = say(aFailure(fault('aws-unavailable', 'no answer')), asked)
    assert.match(events[0]?.message ?? '', /^error processing spec\.dataFrom, err: /)
  })
})

describe('a failure to renew while the login lives', () => {
  const failing = (since: number, cause = 'no answer'): Failed =>
    aFailure(fault('aws-unavailable', cause), {
      target,
      serving: { until: at(720), since: at(since) },
      at: at(since),
    })
  const synced = having(say(aReceipt()).after)

  test('keeps the object Ready and says until when, since when and why', () => {
    const { after, events } = say(failing(480), synced)
    assert.deepEqual(after.conditions[0], {
      type: 'Ready',
      status: 'True',
      reason: 'SecretSynced',
      message:
        'secret synced: serving a login that expires at 2026-05-04T22:00:00Z; renewing fails since 2026-05-04T18:00:00Z: no answer',
      lastTransitionTime: '2026-05-04T10:00:00Z',
    })
    assert.deepEqual(
      events.map(({ reason }) => reason),
      ['UpdateFailed'],
    )
    assert.equal(after.refreshTime, '2026-05-04T10:00:00Z')
  })

  test('is told once, and since when by who saw it first', () => {
    const { after } = say(failing(480), synced)
    assert.deepEqual(status(having(after), [failing(500)]), { events: [] })
  })

  test('is told again when the cause is another', () => {
    const { after } = say(failing(480), synced)
    const other = say(failing(500, 'slow down'), having(after))
    assert.match(other.after.conditions[0]?.message ?? '', /slow down$/)
    assert.equal(other.events.length, 1)
  })
})

test('who yields says to whom, once', () => {
  const to = { group: 'external-secrets.io', kind: 'ExternalSecret', namespace: 'apps', name: 'older' }
  const answer: Answer = { is: 'yielded', to, target, at: at(0) }
  const { after, events } = say(answer)
  assert.match(
    after.conditions[0]?.message ?? '',
    /^target is owned by another ExternalSecret: yielding to ExternalSecret apps\/older/,
  )
  assert.equal(after.conditions[0]?.reason, 'SecretSyncedError')
  assert.equal(events[0]?.reason, 'UpdateFailed')
  assert.deepEqual(status(having(after), [answer]), { events: [] })
})

test('who yields to an orderer of another kind does not call it an ExternalSecret', () => {
  const to = { group: 'ecr.mobb.redhat.com', kind: 'Secret', namespace: 'apps', name: 'older' }
  assert.match(
    readyAfter({ is: 'yielded', to, target, at: at(0) })?.message ?? '',
    /^failed to take ownership of target secret: yielding to Secret apps\/older/,
  )
})

test('a target that is missing under Merge is no failure', () => {
  const { after, events } = say({ is: 'target-missing', target, at: at(0) })
  assert.deepEqual(after, {
    syncedResourceVersion: syncedVersion(anExternalSecret()),
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason: 'SecretMissing',
        message: 'secret will not be created due to CreationPolicy=Merge',
        lastTransitionTime: '2026-05-04T10:00:00Z',
      },
    ],
  })
  assert.deepEqual(events, [])
})

test('a condition that stays true for another reason keeps its time', () => {
  const { after } = say(aReceipt())
  const { after: missing } = say({ is: 'target-missing', target, at: at(60) }, having(after))
  assert.deepEqual(
    [missing.conditions[0]?.reason, missing.conditions[0]?.lastTransitionTime],
    ['SecretMissing', '2026-05-04T10:00:00Z'],
  )
})
