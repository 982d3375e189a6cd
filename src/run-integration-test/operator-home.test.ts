// This file is about testing where the operator is taken to live, and when nobody may guess.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { KubeClient } from '../kube/client.ts'
import { KubeError } from '../kube/error.ts'
import type { Caller } from '../look-around.ts'
import { CommandFailure } from '../operator/commands.ts'
import type { Cluster } from '../reach-cluster.ts'
import { operatorHome } from './operator-home.ts'

const CALLER = { config: {} } as Caller

function home(leases: () => Promise<readonly string[]>, mayGuess: 'yes' | 'no', told?: string) {
  const request = async () => ({
    items: (await leases()).map((namespace) => ({ metadata: { name: 'everpull', namespace } })),
  })
  const cluster = { client: { request } as Partial<KubeClient>, access: { namespace: 'default' } } as Cluster
  return operatorHome(CALLER, cluster, told, undefined, mayGuess)
}

it('is where its lease is', async () => {
  for (const mayGuess of ['yes', 'no'] as const)
    assert.equal(await home(() => Promise.resolve(['everpull']), mayGuess), 'everpull')
})

it('is that of the context where nobody can tell', async () => {
  const forbidden = new KubeError({ status: 403, reason: 'Forbidden', message: 'no' })
  assert.equal(await home(() => Promise.reject(forbidden), 'no'), 'default')
  assert.equal(await home(() => Promise.resolve([]), 'no'), 'default')
  assert.equal(await home(() => Promise.resolve(['a', 'b']), 'yes'), 'default')
})

it('has to be told where there are several leases and a secret is to be left there', async () => {
  const two = () => Promise.resolve(['everpull', 'a-tenant'])
  await assert.rejects(home(two, 'no'), (error) => {
    assert.ok(error instanceof CommandFailure)
    assert.match(error.message, /^there are leases everpull in a-tenant, everpull: say with --namespace/)
    return true
  })
  assert.equal(await home(two, 'no', 'everpull'), 'everpull')
})
