// This file is about counting: logins, rotations, pulls that failed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { instant } from '../src/base/clock.ts'
import type { Client, Pulled } from './clients.ts'
import { Consumers } from './consumers.ts'
import type { SeenSecret } from './seen-secret.ts'

const aSecret = (mintedAt: number): SeenSecret => ({
  values: {},
  life: { mintedAt: instant(mintedAt), expiresAt: instant(mintedAt + 60_000) },
})

/** Each pull gives the next outcome; the one after the last ends everything. */
function aClient(name: Client['name'], outcomes: readonly Pulled[], ending: AbortController): Client {
  const left = [...outcomes]
  return {
    name,
    pull() {
      const next = left.shift()
      if (left.length === 0) ending.abort()
      return next === undefined ? Promise.reject(new Error('called off')) : Promise.resolve(next)
    },
  }
}

test('a pull that fails is counted and told, in the client’s own words', async () => {
  const ending = new AbortController()
  const client = aClient('helm', [{ is: 'failed', because: 'denied: no' }], ending)
  const consumers = new Consumers({ namespace: 'argocd', name: 'repo' }, [client])
  const told: string[] = []
  await consumers.pull(
    () => Promise.resolve(aSecret(1)),
    (line) => told.push(line),
    ending.signal,
  )
  assert.deepEqual(told, ['helm could not pull with argocd/repo: denied: no'])
  assert.equal(consumers.failed, 1)
})

test('a rotation counts once every client has pulled with the login that came', async () => {
  const consumers = new Consumers(
    { namespace: 'builds', name: 'pull' },
    (['crane', 'skopeo'] as const).map((name) => aClient(name, [], new AbortController())),
  )
  for (const mintedAt of [1, 1, 2]) consumers.saw(aSecret(mintedAt))
  assert.equal(consumers.logins.length, 2)
  const [crane, skopeo] = consumers.tallies
  for (const mintedAt of [1, 2]) crane?.pulledWith.add(mintedAt)
  skopeo?.pulledWith.add(1)
  assert.equal(consumers.rotations, 0)
  skopeo?.pulledWith.add(2)
  assert.equal(consumers.rotations, 1)
})
