// This file is about the invariants themselves: an ordinary history breaks none, and each is broken by what it forbids.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { History } from '../history.ts'
import {
  aCall,
  aClaim,
  aHistory,
  anOutage,
  aPull,
  aRequest,
  aVersion,
  BEGAN,
  BOB,
  dockerConfig,
  LIFE_MS,
} from '../history-fixture.ts'
import { brokenBy } from './all.ts'
import { doneBy, longestWait, PROBE_EVERY_MS } from './allowance.ts'
import { mostCalls } from './calls.ts'
import { flat } from './memory.ts'

const broken = (change: Partial<History>): readonly string[] =>
  brokenBy(aHistory(change)).map(({ invariant }) => invariant)
const expired = { failed: 'Your authorization token has expired' }
const megabytes = (n: number): number => n * 2 ** 20

test('nothing is broken by a seed in which nothing goes wrong', () => {
  assert.deepEqual(broken({}), [])
})

describe('pulls', () => {
  test('must not fail while their login lives', () => {
    assert.deepEqual(broken({ pulls: [aPull({ failed: 'denied' })] }), ['pulls'])
  })
  test('are tried at all', () => {
    assert.deepEqual(broken({ pulls: [] }), ['pulls'])
  })
  test('may be refused while a fault has registries refuse', () => {
    const outages = [anOutage({ takes: ['pulls'], from: BEGAN, until: BEGAN + 3000 })]
    assert.deepEqual(broken({ outages, pulls: [aPull({ failed: 'denied' })] }), [])
  })
  test('must not fail by a login that should have been renewed', () => {
    const late = aPull({ at: BEGAN + LIFE_MS + 100, until: BEGAN + LIFE_MS + 400, ...expired })
    assert.deepEqual(broken({ pulls: [late] }), ['pulls'])
  })
  test('may fail when AWS gave nothing from before it was due, for as long as backing off may last', () => {
    const outages = [anOutage()]
    const pull = (after: number): History['pulls'] => [
      aPull({ at: BEGAN + 9000 + after, until: BEGAN + 9000 + after + 1500, ...expired }),
    ]
    // An outage of 4 s: a wait of 8.5 s may have begun at its end, and 2.5 s are for the renewal itself.
    assert.deepEqual(broken({ outages, pulls: pull(10_900) }), [])
    assert.deepEqual(broken({ outages, pulls: pull(11_100) }), ['pulls'])
  })
  test('are not forgiven for an outage that was over and done with', () => {
    const outages = [anOutage({ from: BEGAN - 9000, until: BEGAN - 8000 })]
    const late = aPull({ at: BEGAN + LIFE_MS + 100, until: BEGAN + LIFE_MS + 400, ...expired })
    assert.deepEqual(broken({ outages, pulls: [late] }), ['pulls'])
  })
  test('say nothing while somebody has edited the login away, but that has to be put right', () => {
    const damages = [{ namespace: 'c1-a', name: 'pull', at: BEGAN + 1000, version: 11 }]
    const byHand = new Set([11])
    const emptied = aVersion({ version: 11, at: BEGAN + 1000, data: {} })
    const pulls = [aPull({ version: 11, failed: 'no auth' })]
    const mended = (after: number) => aVersion({ version: 12, at: BEGAN + 1000 + after })
    const secrets = (after: number) => [aVersion(), emptied, mended(after)]
    assert.deepEqual(broken({ damages, byHand, pulls, secrets: secrets(2000) }), [])
    assert.deepEqual(broken({ damages, byHand, pulls, secrets: secrets(4000) }), ['pulls'])
    assert.deepEqual(broken({ damages, byHand, pulls, secrets: [aVersion(), emptied] }), ['pulls'])
    const after = [aPull({ version: 12, failed: 'no auth' })]
    assert.deepEqual(broken({ damages, byHand, pulls: after, secrets: secrets(2000) }), ['pulls'])
  })
})

describe('what is minted', () => {
  const holding = (password: string): History['secrets'] => [
    aVersion({ data: { '.dockerconfigjson': dockerConfig(password) } }),
  ]
  test('for another is in no Secret, nor is what nobody minted', () => {
    assert.deepEqual(broken({ secrets: holding('of-bob') }), ['minted'])
    assert.deepEqual(broken({ secrets: holding('made-up') }), ['minted'])
  })
  test('in another region opens nothing here', () => {
    const targets = aHistory().targets.map((target) => ({ ...target, region: 'us-east-2' }))
    assert.deepEqual(broken({ targets }), ['minted'])
  })
  test('is of no matter in a version that somebody wrote by hand', () => {
    assert.deepEqual(broken({ secrets: holding('made-up'), byHand: new Set([10]) }), [])
  })
})

describe('what is somebody else’s', () => {
  const labelled = (version: number, labels: Record<string, string>) => aVersion({ version, labels })
  const claims = [aClaim()]
  test('stays: a label, an annotation, a key, a host', () => {
    const kept = [
      labelled(10, { theirs: 'kept' }),
      aVersion({ version: 11, data: {}, labels: { theirs: 'kept' } }),
    ]
    assert.deepEqual(broken({ claims, secrets: kept }), [])
    assert.deepEqual(broken({ claims, secrets: [labelled(10, { theirs: 'kept' }), labelled(11, {})] }), [
      'foreign',
    ])
    for (const place of ['annotation', 'data', 'host'] as const) {
      assert.deepEqual(broken({ claims: [aClaim({ place })] }), ['foreign'])
    }
  })
  test('stays as it is', () => {
    const secrets = [labelled(10, { theirs: 'kept' }), labelled(11, { theirs: 'other' })]
    assert.deepEqual(broken({ claims, secrets }), ['foreign'])
  })
  test('may go when its owner takes it away', () => {
    const secrets = [labelled(10, { theirs: 'kept' }), labelled(11, {})]
    assert.deepEqual(broken({ claims: [aClaim({ until: 11 })], secrets, byHand: new Set([11]) }), [])
  })
  test('is not deleted, unless its namespace is, or what owns it', () => {
    const secrets = [labelled(10, { theirs: 'kept' }), aVersion({ is: 'gone', version: 11, at: BEGAN + 50 })]
    const removal = { namespace: 'c1-a', from: BEGAN, until: BEGAN + 100 }
    assert.deepEqual(broken({ claims, secrets }), ['foreign'])
    assert.deepEqual(broken({ claims, secrets, removals: [removal] }), [])
    assert.deepEqual(broken({ claims, secrets, removals: [{ ...removal, namespace: undefined }] }), [])
    assert.deepEqual(broken({ claims, secrets, removals: [{ ...removal, namespace: 'c1-b' }] }), ['foreign'])
  })
  test('is not written where no order names it', () => {
    const theirs = aVersion({ name: 'bystander', uid: 'other', version: 12, data: {} })
    assert.deepEqual(broken({ secrets: [aVersion(), theirs] }), ['foreign'])
    assert.deepEqual(broken({ secrets: [aVersion(), theirs], byHand: new Set([12]) }), [])
  })
})

describe('calls', () => {
  const times = (count: number): History['calls'] => Array.from({ length: count }, () => aCall())
  test('are within what the arithmetic allows', () => {
    const most = mostCalls(aHistory())
    assert.ok(most < 8, `${most} for 20 s of logins that live for 10`)
    assert.deepEqual(broken({ calls: times(most) }), [])
    assert.deepEqual(broken({ calls: times(most + 1) }), ['calls'])
    assert.deepEqual(broken({ calls: [...times(most), aCall({ principal: BOB })] }), [])
  })
  test('are not allowed once for each moment of an outage', () => {
    const most = mostCalls(aHistory({ outages: [anOutage({ until: BEGAN + 15_000 })] }))
    assert.ok(most < 30, `${most} with 10 s of failures`)
  })
})

describe('writes', () => {
  test('change something', () => {
    assert.deepEqual(broken({ secrets: [aVersion(), aVersion({ version: 11 })] }), ['writes'])
    assert.deepEqual(broken({ secrets: [aVersion(), aVersion({ version: 11, afterGap: true })] }), [])
    assert.deepEqual(
      broken({ secrets: [aVersion(), aVersion({ version: 11, annotations: { a: 'b' } })] }),
      [],
    )
  })
  test('do not go on and on', () => {
    const status = aRequest({ resource: 'externalsecrets/status', status: 409 })
    assert.deepEqual(broken({ audit: Array.from({ length: 200 }, () => status) }), ['writes'])
    const read = aRequest({ verb: 'get' })
    assert.deepEqual(broken({ audit: Array.from({ length: 200 }, () => read) }), [])
  })
})

describe('memory', () => {
  test('stays small', () => {
    const replicas = aHistory().replicas.map((one) => ({ ...one, residentBytes: [megabytes(400)] }))
    assert.deepEqual(broken({ replicas }), ['memory'])
  })
  test('stays flat over many seeds', () => {
    const looks = (growth: number): readonly number[] =>
      Array.from({ length: 40 }, (_, i) => megabytes(90 + (i % 5) + growth * i))
    assert.deepEqual(flat(looks(0)), [])
    assert.equal(flat(looks(2)).length, 1)
    assert.deepEqual(flat(looks(2).slice(0, 8)), [])
  })
})

describe('who holds the work', () => {
  const lease = (user: string, at: number, holder = user) =>
    aRequest({
      user,
      resource: 'leases',
      name: 'everpull',
      namespace: 'everpull',
      at,
      until: at + 10,
      holder,
    })
  const replicas = ['replica-0', 'replica-1'].map((user, number) => ({
    ...(aHistory().replicas[0] ?? assert.fail()),
    number,
    user,
  }))
  const standby = { sharing: 'standby', replicas } as const
  const write = (user: string, at: number) => aRequest({ user, at, until: at + 5 })
  test('is the only one who writes', () => {
    const terms = [lease('replica-0', BEGAN), lease('replica-1', BEGAN + 3000)]
    const audit = (user: string, at: number) => [...terms, write(user, BEGAN + at)]
    assert.deepEqual(broken({ ...standby, audit: audit('replica-0', 1000) }), [])
    assert.deepEqual(broken({ ...standby, audit: audit('replica-1', 1000) }), ['holders'])
    assert.deepEqual(broken({ ...standby, audit: audit('replica-0', 4000) }), ['holders'])
    assert.deepEqual(broken({ ...standby, audit: audit('replica-1', 4000) }), [])
  })
  test('writes no more once the lease is given back', () => {
    const audit = [
      lease('replica-0', BEGAN),
      lease('replica-0', BEGAN + 500, ''),
      write('replica-0', BEGAN + 900),
    ]
    assert.deepEqual(broken({ ...standby, audit }), ['holders'])
  })
  test('is asked of each shard on its own', () => {
    const audit = [write('replica-0', BEGAN + 10), { ...lease('replica-0', BEGAN), name: 'everpull-shard-9' }]
    assert.deepEqual(broken({ sharing: 'shards', replicas, audit }), ['holders'])
    assert.deepEqual(broken({ sharing: 'shards', replicas, audit: [write('somebody', BEGAN + 10)] }), [])
    const shard = (user: string, n: number) => ({ ...lease(user, BEGAN), name: `everpull-shard-${n}` })
    const cut = lease('replica-0', BEGAN, 'shards-of-2')
    const crossed = [cut, shard('replica-0', 0), shard('replica-1', 1)]
    const both = ['replica-0', 'replica-1'].flatMap((user) =>
      broken({ sharing: 'shards', replicas, audit: [...crossed, write(user, BEGAN + 100)] }),
    )
    assert.deepEqual(both, ['holders'])
  })
})

test('secrets are in no output', () => {
  const replicas = aHistory().replicas.map((one) => ({ ...one, output: 'the key is hunter2-hunter2' }))
  assert.deepEqual(broken({ replicas, secretValues: ['hunter2-hunter2'] }), ['secrecy'])
})

test('what is not right in the end is told', () => {
  assert.deepEqual(broken({ unconverged: ['c1-a/pull is not there'] }), ['convergence'])
})

describe('allowances', () => {
  test('are what doubled waits may come to', () => {
    const waits = { first: 500, longest: 30_000 }
    assert.equal(longestWait(waits, 0), 500)
    assert.equal(longestWait(waits, 4000), 8500)
    assert.equal(longestWait(waits, 100_000), 30_000)
  })
  test('follow one outage after the other', () => {
    const one = anOutage({ from: BEGAN, until: BEGAN + 1000 })
    const other = anOutage({ from: BEGAN + 3000, until: BEGAN + 4000 })
    const alone = doneBy({ outages: [one], probes: [] }, BEGAN)
    const both = doneBy({ outages: [one, other], probes: [] }, BEGAN)
    assert.equal(alone - BEGAN, 1000 + 2500 + 2500)
    assert.equal(both - BEGAN, 4000 + 2500 + 2500)
  })
  test('grow by what a busy machine took, told by answers that came late', () => {
    const quick = Array.from({ length: 40 }, (_, i) => ({ at: BEGAN + i * PROBE_EVERY_MS, tookMs: 10 }))
    assert.equal(doneBy({ outages: [], probes: quick }, BEGAN) - BEGAN, 2500)
    const slow = [{ at: BEGAN + 100, tookMs: 1300 }]
    assert.equal(doneBy({ outages: [], probes: slow }, BEGAN) - BEGAN, 3500)
  })
})
