// This file is about testing what the status of objects of ecr.mobb.redhat.com says.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Instant, instant } from '../../base/clock.ts'
import type { Answer, Failed, Receipt } from '../../model/answer.ts'
import { fault } from '../../model/fault.ts'
import type { InstalledSchema } from '../dialect.ts'
import { someTime } from '../fixtures/world.ts'
import { aPullSecret } from './fixtures/resources.ts'
import { status } from './status.ts'

const ours: InstalledSchema = { admitsStatusField: () => true, admitsConditionType: () => true }
const originals: InstalledSchema = {
  admitsStatusField: (name) => name === 'phase' || name === 'lastUpdatedTime',
  admitsConditionType: () => false,
}

const target = { namespace: 'builds', name: 'ecr-docker-secret' }
const later = (minutes: number): Instant => instant(someTime + minutes * 60_000)

const aReceipt = (changed: Partial<Receipt> = {}): Receipt => ({
  is: 'receipt',
  target,
  logins: [{ mintedAt: someTime, expiresAt: later(720) }],
  at: someTime,
  wrote: 'created',
  nextAt: later(480),
  expiryAssumed: false,
  ...changed,
})

const aFailure = (changed: Partial<Failed> = {}): Failed => ({
  is: 'failed',
  fault: fault('aws-denied', 'AWS denies ecr:GetAuthorizationToken'),
  target,
  at: later(60),
  ...changed,
})

const said = (answer: Answer, before?: unknown, installed = ours): ReturnType<typeof status> =>
  status(aPullSecret({}, before === undefined ? {} : { status: before }), [answer], installed)

test('a Secret that was written is Updated, and since when', () => {
  assert.deepEqual(said(aReceipt()), {
    status: {
      phase: 'Updated',
      lastUpdatedTime: '2026-05-04T10:00:00Z',
      expiresAt: '2026-05-04T22:00:00Z',
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'Updated',
          message: 'Secret builds/ecr-docker-secret holds a valid login',
          lastTransitionTime: '2026-05-04T10:00:00Z',
          observedGeneration: 3,
        },
      ],
    },
    events: [
      { type: 'Normal', reason: 'Updated', message: 'Secret builds/ecr-docker-secret holds a valid login' },
    ],
  })
})

test('a pass that wrote nothing leaves the time of the last write, and tells no event', () => {
  const before = said(aReceipt()).status
  const { status: now, events } = said(aReceipt({ at: later(5), wrote: 'none' }), before)
  assert.equal(now, undefined)
  assert.deepEqual(events, [])
})

test('a failure is Failed with its cause, and the time of the last write stays', () => {
  const { status: now, events } = said(aFailure(), said(aReceipt()).status)
  assert.equal(now?.['phase'], 'Failed')
  assert.equal(now?.['lastUpdatedTime'], '2026-05-04T10:00:00Z')
  assert.deepEqual(now?.['conditions'], [
    {
      type: 'Ready',
      status: 'False',
      reason: 'AccessDenied',
      message: 'AWS denies ecr:GetAuthorizationToken',
      lastTransitionTime: '2026-05-04T11:00:00Z',
      observedGeneration: 3,
    },
  ])
  assert.deepEqual(events, [
    { type: 'Warning', reason: 'AccessDenied', message: 'AWS denies ecr:GetAuthorizationToken' },
  ])
})

test('an object that never had a Secret has no time of a last write', () => {
  assert.equal('lastUpdatedTime' in (said(aFailure()).status ?? {}), false)
})

test('while the login written earlier lives the object stays Updated and says what fails', () => {
  const { status: now } = said(
    aFailure({ serving: { until: later(720), since: later(480) } }),
    said(aReceipt()).status,
  )
  assert.equal(now?.['phase'], 'Updated')
  assert.deepEqual(now?.['conditions'], [
    {
      type: 'Ready',
      status: 'True',
      reason: 'AccessDenied',
      message:
        'serving a login that expires at 2026-05-04T22:00:00Z; renewing fails since 2026-05-04T18:00:00Z: ' +
        'AWS denies ecr:GetAuthorizationToken',
      lastTransitionTime: '2026-05-04T10:00:00Z',
      observedGeneration: 3,
    },
  ])
})

test('the same failure again is no second event and no other status', () => {
  const first = said(aFailure(), said(aReceipt()).status)
  const again = said(aFailure({ at: later(61) }), first.status)
  assert.deepEqual(again.events, [])
  assert.equal(again.status, undefined)
})

test('where the original definitions are installed, phase and event carry the news', () => {
  const { status: now, events } = said(aFailure(), { phase: 'Updated' }, originals)
  assert.deepEqual(now, { phase: 'Failed' })
  assert.deepEqual(
    events.map((e) => e.reason),
    ['AccessDenied'],
  )
  assert.deepEqual(said(aReceipt(), undefined, originals).status, {
    phase: 'Updated',
    lastUpdatedTime: '2026-05-04T10:00:00Z',
  })
})

test('yielding names who keeps the Secret', () => {
  const to = { group: 'ecr.mobb.redhat.com', kind: 'Secret', namespace: 'builds', name: 'older' }
  const { status: now, events } = said({ is: 'yielded', to, target, at: someTime })
  assert.equal(now?.['phase'], 'Failed')
  assert.match(
    events[0]?.message ?? '',
    /^yielding to Secret builds\/older, which keeps Secret builds\/ecr-docker-secret/,
  )
})

test('an expiry that AWS did not tell is said to be assumed', () => {
  assert.match(said(aReceipt({ expiryAssumed: true })).events[0]?.message ?? '', /twelve hours are assumed/)
})

test('conditions of others stay', () => {
  const foreign = {
    type: 'Audited',
    status: 'True',
    reason: 'Seen',
    message: '',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  }
  const conditions = said(aReceipt(), { conditions: [foreign, 'nonsense'] }).status?.['conditions']
  assert.deepEqual((conditions as unknown[]).slice(0, 2), [foreign, 'nonsense'])
})

test('lacking credentials names the Secret they belong into', () => {
  const lacking = fault('aws-no-credentials', 'there are no AWS credentials')
  assert.match(said(aFailure({ fault: lacking })).events[0]?.message ?? '', /aws-ecr-cloud-credentials/)
})
