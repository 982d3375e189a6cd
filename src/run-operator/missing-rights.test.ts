// This file is about testing that a missing right is told once, with what it is for and how to get it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { type Fields, type Log, silentLog } from '../base/log.ts'
import { readConfig } from '../config.ts'
import { dialects } from '../dialects/all.ts'
import { FEATURES } from '../generate/features.ts'
import type { KubeClient, KubeRequest } from '../kube/client.ts'
import { KubeError } from '../kube/error.ts'
import { neededRights, tellingMissingRights } from './missing-rights.ts'

const USER = 'User "system:serviceaccount:everpull:everpull"'
const forbidden = (message: string): KubeError => new KubeError({ status: 403, reason: 'Forbidden', message })

function bench(flags: Readonly<Record<string, string>> = {}) {
  const read = readConfig(flags, {}, { inCluster: true, podNamespace: 'everpull' })
  assert.ok(read.is === 'config')
  const served = dialects.filter(({ name }) => read.config.dialects.includes(name))
  const told: Fields[] = []
  const messages: string[] = []
  const log: Log = {
    ...silentLog,
    warn: (message, fields = {}) => {
      messages.push(message)
      told.push(fields)
    },
  }
  const clock = new ManualClock()
  let answer: KubeError
  const refusing: KubeClient = {
    request: () => Promise.reject(answer),
    stream: () => Promise.reject(answer),
    stats: () => ({ requests: 0, sessions: 0, inFlight: 0, streams: 0 }),
    close: async () => {},
  }
  const client = tellingMissingRights(
    refusing,
    neededRights(read.config, { namespace: 'everpull' }, served),
    log,
    clock,
  )
  const ask = async (error: KubeError, body?: unknown): Promise<void> => {
    answer = error
    const request: KubeRequest = { method: 'POST', path: '/', ...(body === undefined ? {} : { body }) }
    await assert.rejects(client.request(request), error)
  }
  return { ask, told, messages, clock }
}

const cannotPatchStatus = forbidden(
  `PATCH /x: registrylogins.everpull.dev "a" is forbidden: ${USER} cannot patch resource "registrylogins/status" in API group "everpull.dev" in the namespace "apps"`,
)

test('a right that is missing is told once, with its feature and the remedy', async () => {
  const { ask, told, messages } = bench()
  await ask(cannotPatchStatus)
  await ask(cannotPatchStatus)
  assert.deepEqual(messages, ['a right is missing: apply the output of "everpull rbac"'])
  assert.deepEqual(told, [
    {
      right: 'patch registrylogins.everpull.dev/status in namespace apps',
      neededTo: FEATURES.statuses.neededFor,
      without: FEATURES.statuses.without,
    },
  ])
})

test('it is told again where it is missing an hour later', async () => {
  const { ask, told, clock } = bench()
  await ask(cannotPatchStatus)
  clock.advance(3_600_000)
  await ask(cannotPatchStatus)
  assert.equal(told.length, 2)
})

test('the remedy is the command with the flags that the operator runs with', async () => {
  const { ask, messages } = bench({ namespace: 'apps,web', driftWatch: 'false' })
  await ask(cannotPatchStatus)
  assert.deepEqual(messages, [
    'a right is missing: apply the output of "everpull rbac --namespace=apps,web --drift-watch=false"',
  ])
})

test('a right to own is named after what would be the owner', async () => {
  const { ask, told } = bench()
  const owner = { apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret', name: 'a', uid: 'u' }
  const words =
    "cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on"
  await ask(forbidden(`POST /x: secrets "a" is forbidden: ${words}: , <nil>`), {
    metadata: { ownerReferences: [owner] },
  })
  assert.equal(told[0]?.['right'], 'update externalsecrets.external-secrets.io/finalizers')
  assert.equal(told[0]?.['neededTo'], FEATURES.ownership.neededFor)
})

test('what is refused for another reason is nobody’s right', async () => {
  const { ask, told } = bench()
  await ask(forbidden('POST /x: secrets "a" is forbidden: exceeded quota: few'))
  await ask(new KubeError({ status: 404, reason: 'NotFound', message: 'GET /x: not found' }))
  assert.deepEqual(told, [])
})
