// This file is about testing what is said of what could not be removed after a test of a connection.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { KubeClient, KubeRequest } from '../kube/client.ts'
import { KubeError } from '../kube/error.ts'
import { type ResourceType, SECRETS } from '../kube/resource.ts'
import { remove } from './removal.ts'
import { INTEGRATIONS } from './tested-spec.ts'

const forbidden = new KubeError({ status: 403, reason: 'Forbidden', message: 'you may not' })

/** What was asked, and what was told, where every answer is this one. */
async function removing(made: readonly ResourceType[], answer: () => Promise<never>) {
  const asked: string[] = []
  const told: string[] = []
  const request = ({ method, path }: KubeRequest): Promise<never> => {
    asked.push(`${method} ${path.split('/').slice(-2).join('/')}`)
    return answer()
  }
  const client = { request } as Partial<KubeClient> as KubeClient
  const home = { client, operatorNamespace: 'everpull', secretName: 'test-1' }
  const onProgress = (line: string): void => void told.push(line)
  await remove(home, { lent: { type: SECRETS }, made: new Set(made) }, { onProgress })
  return { asked, told }
}

it('tells of a key that may not be deleted, though it was made', async () => {
  const { asked, told } = await removing([SECRETS], () => Promise.reject(forbidden))
  assert.deepEqual(asked, ['DELETE secrets/test-1', 'DELETE ecrintegrations/test-1'])
  assert.equal(told.length, 1)
  assert.match(told[0] ?? '', /^Secret everpull\/test-1 is still there: delete it \(.*you may not/)
})

it('says nothing of what was never made, or is gone', async () => {
  assert.deepEqual((await removing([], () => Promise.reject(forbidden))).told, [])
  const gone = new KubeError({ status: 404, reason: 'NotFound', message: 'gone' })
  assert.deepEqual((await removing([SECRETS, INTEGRATIONS], () => Promise.reject(gone))).told, [])
})

it('tells of all that could not be removed for another reason', async () => {
  const away = new KubeError({ status: 0, reason: 'Unreachable', message: 'away' })
  assert.equal((await removing([], () => Promise.reject(away))).told.length, 2)
})
