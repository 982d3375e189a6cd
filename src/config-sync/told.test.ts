// This file is about testing that each change of the sync is told once.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { silentLog } from '../base/log.ts'
import { MOST_PROBLEMS } from '../config-repo/sync-record.ts'
import { Told } from './told.ts'

function aTelling({ uid }: { readonly uid: string | undefined } = { uid: 'u' }) {
  const events: string[] = []
  const warned: string[] = []
  const told = new Told({
    tellEvent: (_about, { type, reason }) => void events.push(`${type} ${reason}`),
    ownNamespace: 'everpull',
    uid: () => uid,
    log: { ...silentLog, warn: (message) => void warned.push(message) },
  })
  return { told, events, warned }
}

it('a failure is told once, and its end', () => {
  const { told, events } = aTelling()
  told.failed('BranchMissing', 'no branch')
  told.failed('BranchMissing', 'no branch')
  told.synced('c', 0)
  told.synced('c', 0)
  assert.deepEqual(events, ['Warning BranchMissing', 'Normal Synced'])
})

it('pruning that is held is told once for each commit', () => {
  const { told, events } = aTelling()
  for (const commit of ['a', 'a', 'b']) told.held({ commit, count: 2, because: 'many' })
  told.held(undefined)
  told.held({ commit: 'b', count: 2, because: 'many' })
  assert.deepEqual(events, ['Warning PruningHeld', 'Warning PruningHeld', 'Warning PruningHeld'])
})

it('only problems that are new are told', () => {
  const { told, events } = aTelling()
  const one = { path: 'a', because: 'x' }
  told.problems([one])
  told.problems([one])
  told.problems([one, { path: 'b', because: 'y' }])
  told.problems([])
  assert.deepEqual(events, ['Warning NotApplied', 'Warning NotApplied'])
})

it('no more problems are logged at once than are written down', () => {
  const { told, events, warned } = aTelling()
  told.problems(Array.from({ length: 20_000 }, (_, i) => ({ path: `${i}`, because: 'x' })))
  assert.deepEqual([events.length, warned.length], [1, MOST_PROBLEMS])
})

it('no event is told of a record that is not there yet', () => {
  const { told, events } = aTelling({ uid: undefined })
  told.failed('GitMissing', 'no git')
  assert.deepEqual(events, [])
})
