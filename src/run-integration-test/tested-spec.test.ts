// This file is about testing what a copy of an integration takes along that is made for a test.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { KubeClient } from '../kube/client.ts'
import { specFor } from './tested-spec.ts'

it('takes nobody along who may use it, in the cluster or from outside', async () => {
  const spec = {
    region: 'eu-west-1',
    auth: { accessKey: { secretName: 'key' } },
    sharing: { namespaces: { names: ['*'] } },
    runtimes: { policy: 'Selected', names: ['a'] },
    ciAccess: [{ issuer: 'https://ci.example', audience: 'a', subject: 's' }],
  }
  const client = { request: () => Promise.resolve({ spec }) } as Partial<KubeClient> as KubeClient
  const home = { client, operatorNamespace: 'everpull', secretName: 'test-1', canFetch: true }
  const tested = await specFor({ is: 'integration', name: 'prod' }, {}, home)
  assert.deepEqual(tested, {
    region: 'eu-west-1',
    auth: { accessKey: { secretName: 'key', secretNamespace: 'everpull' } },
    probe: { permissions: ['pull'], interval: '168h' },
  })
})
