// This file is about the transitions of a reflector, one row each.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { KubeError } from './error.ts'
import type { ReflectorCourse, ReflectorOutcome } from './reflector-state.ts'
import { nextState, START } from './reflector-state.ts'

const refused = (status: number, retryAfterMs?: number): KubeError =>
  new KubeError({ status, reason: 'x', message: 'x', retryAfterMs })

const failed = (status: number, from?: string, progressed = false): ReflectorOutcome => ({
  is: 'failed',
  error: refused(status),
  from,
  progressed,
})

const watching: ReflectorCourse = { state: { is: 'watching', from: '5' }, failures: 0 }
const secondPage: ReflectorCourse = { state: { is: 'listing', token: 't', paged: true }, failures: 0 }
const listing = { is: 'listing', token: undefined, paged: true } as const

interface Row {
  readonly name: string
  readonly course: ReflectorCourse
  readonly outcome: ReflectorOutcome
  readonly expected: Partial<ReflectorCourse['state']>
}

const rows: readonly Row[] = [
  {
    name: 'a page with more behind it asks for the next',
    course: START,
    outcome: { is: 'page', resourceVersion: '5', continue: 't' },
    expected: { is: 'listing', token: 't', paged: true },
  },
  {
    name: 'the last page leads to a watch from its version',
    course: secondPage,
    outcome: { is: 'page', resourceVersion: '5', continue: undefined },
    expected: { is: 'watching', from: '5' },
  },
  {
    name: 'a watch that ended is opened again where it ended',
    course: watching,
    outcome: { is: 'ended', from: '9' },
    expected: { is: 'watching', from: '9' },
  },
  { name: 'a first 410 lists again at once', course: watching, outcome: failed(410, '9'), expected: listing },
  {
    name: 'a first 410 after other failures does too',
    course: { ...watching, failures: 4 },
    outcome: failed(410, '9'),
    expected: listing,
  },
  {
    name: 'an expired continue lists again in one piece',
    course: secondPage,
    outcome: failed(410),
    expected: { is: 'listing', token: undefined, paged: false },
  },
]

describe('a reflector', () => {
  for (const { name, course, outcome, expected } of rows) {
    test(name, () => assert.deepEqual(nextState(course, outcome, () => 1).state, expected))
  }
})

function waitOf(course: ReflectorCourse, outcome: ReflectorOutcome) {
  const { state } = nextState(course, outcome, () => 1)
  assert.equal(state.is, 'waiting')
  return state.is === 'waiting' ? state : assert.fail()
}

test('a second 410 in a row waits, so that a list and a refused watch do not spin', () => {
  const relisting = nextState(watching, failed(410, '9'), () => 1)
  const listed = nextState(relisting, { is: 'page', resourceVersion: '10', continue: undefined }, () => 1)
  const wait = waitOf(listed, failed(410, '10'))
  assert.equal(wait.ms, 2000)
  assert.deepEqual(wait.next, listing)
})

test('a broken watch goes on from its last version, a broken list from the start', () => {
  assert.deepEqual(waitOf(watching, failed(500, '9')).next, { is: 'watching', from: '9' })
  assert.deepEqual(waitOf(secondPage, failed(500)).next, listing)
})

test('waits grow with failures in a row, to 30 s, or 8 s while nobody answers', () => {
  const waits = (status: number): number[] =>
    [0, 1, 4, 20].map((failures) => waitOf({ ...watching, failures }, failed(status, '9')).ms)
  assert.deepEqual(waits(500), [1000, 2000, 16_000, 30_000])
  assert.deepEqual(waits(0), [1000, 2000, 8000, 8000])
})

test('401 and 403 are waited out like anything else', () => {
  for (const status of [401, 403]) assert.ok(waitOf({ ...START, failures: 50 }, failed(status)).ms <= 30_000)
})

test('a watch that told something starts the row of failures over', () => {
  assert.equal(nextState({ ...watching, failures: 7 }, failed(500, '9', true), () => 1).failures, 1)
  assert.equal(nextState({ ...watching, failures: 7 }, { is: 'ended', from: '9' }, () => 1).failures, 0)
})

test('Retry-After is the least wait', () => {
  const outcome = { is: 'failed', error: refused(429, 5000), from: '9', progressed: false } as const
  const wait = nextState(watching, outcome, () => 0).state
  assert.equal(wait.is === 'waiting' && wait.ms, 5000)
})

test('a kind that is not served is asked for every 15 to 30 s, and then listed', () => {
  const wait = waitOf(watching, failed(404, '9'))
  assert.equal(wait.ms, 30_000)
  assert.deepEqual(wait.next, listing)
  assert.deepEqual(
    nextState({ state: wait, failures: 3 }, { is: 'waited' }, () => 1),
    { state: listing, failures: 3 },
  )
})
