// This file is about testing which answers end a gap in a login.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { instant } from '../base/clock.ts'
import type { Answer, Receipt } from '../model/answer.ts'
import { fault } from '../model/fault.ts'
import type { Ref } from '../model/ref.ts'
import { Gaps } from './nudge-gaps.ts'

const NOW = Date.parse('2026-05-04T10:00:00Z')
const BY: Ref = { group: 'everpull.dev', kind: 'RegistryLogin', namespace: 'argocd', name: 'charts' }
const target = { namespace: 'argocd', name: 'charts' }
const at = instant(NOW)

/** Of a login that dies so many seconds from now. */
const wrote = (how: Receipt['wrote'], diesIn = 3600, into = target): Receipt => ({
  is: 'receipt',
  target: into,
  logins: [{ mintedAt: at, expiresAt: instant(NOW + diesIn * 1000) }],
  at,
  wrote: how,
  expiryAssumed: false,
})
const failing = fault('aws-throttled', 'too many requests')
const failed: Answer = { is: 'failed', fault: failing, target, at }
const serving = (diesIn: number): Answer => ({
  ...failed,
  serving: { until: instant(NOW + diesIn * 1000), since: at },
})

describe('a gap in a login', () => {
  const rows: readonly (readonly [string, boolean, readonly Answer[]])[] = [
    ['ends with the first login in a Secret', true, [wrote('created')]],
    ['may have been before anybody looked', true, [wrote('updated')]],
    ['was none where nothing had to be written', false, [wrote('none')]],
    ['was none where a login that lives is renewed', false, [wrote('none', 60), wrote('updated')]],
    ['ends when a login that has died is renewed', true, [wrote('none', -1), wrote('updated')]],
    ['ends after failures that outlived the login', true, [wrote('none', 60), serving(-1), wrote('updated')]],
    [
      'was none where renewing failed only for a while',
      false,
      [wrote('none', 60), serving(60), wrote('updated')],
    ],
    ['ends after failures with no login at all', true, [failed, wrote('updated')]],
    ['was none where an order was wrong for a while', false, [wrote('none'), failed, wrote('updated')]],
    [
      'was none where an order without a Secret was wrong',
      false,
      [wrote('none'), { is: 'failed', fault: failing, at }, wrote('updated')],
    ],
    ['ends when a Secret that was deleted is back', true, [wrote('none'), wrote('created')]],
    [
      'ends when a Secret is there that was missing',
      true,
      [{ is: 'target-missing', target, at }, wrote('updated')],
    ],
    ['ends once', false, [failed, wrote('updated'), wrote('updated')]],
    ['is of no interest elsewhere', false, [wrote('created', 60, { namespace: 'team-a', name: 'pull' })]],
  ]
  for (const [says, isHealed, answers] of rows) {
    it(says, () => {
      const gaps = new Gaps('argocd')
      const healed = answers.map((answer) => gaps.note(BY, [answer], at))
      assert.deepEqual(healed.at(-1), isHealed ? [target] : [])
    })
  }

  it('is told Secret by Secret', () => {
    const gaps = new Gaps('argocd')
    const other = { ...target, name: 'other' }
    gaps.note(BY, [wrote('none', -1), wrote('none', 60, other)], at)
    assert.deepEqual(gaps.note(BY, [wrote('updated'), wrote('updated', 3600, other)], at), [target])
  })

  it('is forgotten with what it was in', () => {
    const gaps = new Gaps('argocd')
    gaps.note(BY, [wrote('none')], at)
    gaps.forget(BY)
    assert.deepEqual(gaps.note(BY, [wrote('updated')], at), [target])
  })
})
