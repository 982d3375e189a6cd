// This file is about testing which managed policies steps show, and what is missing for which purpose.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MANAGED_POLICIES } from '../model/managed-policies.ts'
import type { StepTold } from './commands.ts'
import { policiesTold, purposesTold } from './held-policies.ts'

const HOST = '123456789012.dkr.ecr.us-west-1.amazonaws.com'
const NOT_ASKED: ReadonlySet<string> = new Set(['ecr:InitiateLayerUpload', 'ecr:PutImage'])
const ALL = MANAGED_POLICIES.at(-1)?.actions ?? []

const stepOf = (action: string, result: StepTold['result'] = 'passed'): StepTold => ({
  name: action === 'ecr:GetAuthorizationToken' ? 'login' : action,
  on: action === 'ecr:GetAuthorizationToken' ? 'us-west-1' : HOST,
  result,
  ...(NOT_ASKED.has(action) ? { inferred: true } : {}),
})

/** Everything passes, save these. */
const steps = (changed: Readonly<Record<string, StepTold['result'] | 'absent'>> = {}): readonly StepTold[] =>
  ALL.flatMap((action) => {
    const result = changed[action] ?? 'passed'
    return result === 'absent' ? [] : [stepOf(action, result)]
  })

const heldIn = (all: readonly StepTold[]) => policiesTold(all).map(({ held }) => held)
const allowedIn = (all: readonly StepTold[]) => purposesTold(all).map(({ allowed }) => allowed)

describe('the managed policies that a caller has', () => {
  it('are all three where everything that can be asked is allowed', () => {
    assert.deepEqual(
      policiesTold(steps()).map(({ name, held }) => `${name} ${held}`),
      [
        'AmazonEC2ContainerRegistryReadOnly yes',
        'AmazonEC2ContainerRegistryPowerUser yes',
        'AmazonEC2ContainerRegistryFullAccess yes',
      ],
    )
  })

  it('do not include full access where the registry itself may not be read', () => {
    const told = policiesTold(steps({ 'ecr:DescribeRegistry': 'denied' }))
    assert.deepEqual(
      told.map(({ held, missing }) => [held, ...missing]),
      [['yes'], ['yes'], ['no', 'ecr:DescribeRegistry']],
    )
  })

  it('are only the first where nothing may be written', () => {
    const denied = { 'ecr:UploadLayerPart': 'denied', 'ecr:CompleteLayerUpload': 'denied' } as const
    assert.deepEqual(heldIn(steps(denied)), ['yes', 'no', 'no'])
  })

  for (const action of MANAGED_POLICIES[0]?.actions ?? []) {
    it(`are none without ${action}, which is named`, () => {
      const told = policiesTold(steps({ [action]: 'denied' }))
      assert.deepEqual(
        told.map(({ held, missing }) => [held, ...missing]),
        [
          ['no', action],
          ['no', action],
          ['no', action],
        ],
      )
    })
  }

  it('are unknown where nobody could ask', () => {
    assert.deepEqual(heldIn(steps({ 'ecr:ListImages': 'skipped' })), ['unknown', 'unknown', 'unknown'])
    assert.deepEqual(heldIn(steps({ 'ecr:GetRegistryPolicy': 'absent' })), ['yes', 'yes', 'unknown'])
    assert.deepEqual(heldIn([]), ['unknown', 'unknown', 'unknown'])
  })

  it('are not told by a login of ECR Public', () => {
    const open: StepTold = { name: 'login', on: 'ECR Public', result: 'denied' }
    assert.deepEqual(heldIn([...steps(), open]), ['yes', 'yes', 'yes'])
  })
})

describe('what is missing', () => {
  it('is nothing where all is allowed, and what is judged from others is told', () => {
    assert.deepEqual(purposesTold(steps()).at(-1), {
      purpose: 'pushing',
      allowed: 'yes',
      missing: [],
      unknown: ['ecr:InitiateLayerUpload', 'ecr:PutImage'],
    })
  })

  it('for pushing keeps nobody from reading and reporting', () => {
    assert.deepEqual(allowedIn(steps({ 'ecr:UploadLayerPart': 'denied' })), ['yes', 'yes', 'no'])
  })

  it('for reporting keeps nobody from reading and pushing', () => {
    const told = purposesTold(steps({ 'ecr:DescribeImages': 'denied' }))
    assert.deepEqual(
      told.map(({ purpose, allowed, missing }) => [purpose, allowed, ...missing]),
      [
        ['reading', 'yes'],
        ['reporting', 'no', 'ecr:DescribeImages'],
        ['pushing', 'yes'],
      ],
    )
  })

  it('for reading is missing for everything', () => {
    assert.deepEqual(allowedIn(steps({ 'ecr:GetDownloadUrlForLayer': 'denied' })), ['no', 'no', 'no'])
  })
})
