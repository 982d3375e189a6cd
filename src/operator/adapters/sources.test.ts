// This file is about testing how templates are read from Secrets and ConfigMaps: rarely, and never taken for text when they are none.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aSecret, textData } from '../../../test/support/builders.ts'
import { statusError } from '../../../test/support/operator-bench.ts'
import { SecretData } from '../../base/secret-text.ts'
import type { CurrentSecret, Glance } from '../../engine/ports.ts'
import type { KubeClient, KubeRequest } from '../../kube/client.ts'
import type { TemplateObject } from '../../model/shape.ts'
import { kubeSources } from './sources.ts'

const { signal } = new AbortController()
const named = (kind: TemplateObject['kind']): TemplateObject => ({ kind, namespace: 'a', name: 't' })
const at = (resourceVersion: string): Glance => ({ resourceVersion, annotations: [] })

interface Scene {
  seen: Glance
  there: unknown
  readonly paths: string[]
}

function having(there: unknown, secret: CurrentSecret | 'absent' = 'absent') {
  const scene: Scene = { seen: 'unknown', there, paths: [] }
  const client: Partial<KubeClient> = {
    async request<T>({ path }: KubeRequest) {
      scene.paths.push(path)
      if (scene.there instanceof Error) throw scene.there
      return scene.there as T
    },
  }
  const sources = kubeSources({
    client: client as KubeClient,
    secrets: { glance: () => scene.seen, read: async () => secret },
    configMaps: { glance: () => scene.seen },
  })
  return { scene, sources }
}

const configMap = (resourceVersion: string, data: Readonly<Record<string, string>>): unknown => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace: 'a', name: 't', resourceVersion },
  data,
  binaryData: { binary: 'AAAA' },
})

test('a ConfigMap is read once a version, and its binary data are no templates', async () => {
  const { scene, sources } = having(configMap('1', { k: 'one' }))
  scene.seen = at('1')
  for (let n = 0; n < 3; n++) {
    const read = await sources.read(named('ConfigMap'), signal)
    assert.ok(read !== 'absent' && read.is === 'texts')
    const text = read.get('k')
    assert.ok(text !== undefined && text !== 'binary')
    assert.equal(text.reveal(), 'one')
    assert.equal(read.get('binary'), undefined)
  }
  assert.deepEqual(scene.paths, ['/api/v1/namespaces/a/configmaps/t'])
  scene.seen = at('2')
  scene.there = configMap('2', { k: 'two' })
  await sources.read(named('ConfigMap'), signal)
  assert.equal(scene.paths.length, 2)
})

test('a ConfigMap that is not there is absent, and one that may not be read says so', async () => {
  const { scene, sources } = having(statusError(404, 'NotFound'))
  assert.equal(await sources.read(named('ConfigMap'), signal), 'absent')
  scene.there = statusError(403, 'Forbidden')
  const refused = await sources.read(named('ConfigMap'), signal)
  assert.ok(refused !== 'absent' && refused.is === 'fault')
  assert.equal(refused.code, 'kube-forbidden')
})

test('a Secret is read by its own reader, and bytes that are no text are told', async () => {
  const data = new SecretData(
    new Map([...textData({ k: 'ünicode' }).reveal(), ['bytes', Buffer.from([0xff, 0xfe])]]),
  )
  const { scene, sources } = having(undefined, aSecret({ data }))
  const read = await sources.read(named('Secret'), signal)
  assert.ok(read !== 'absent' && read.is === 'texts')
  const text = read.get('k')
  assert.equal(text === 'binary' ? text : text?.reveal(), 'ünicode')
  assert.equal(read.get('bytes'), 'binary')
  assert.equal(read.get('other'), undefined)
  assert.deepEqual(scene.paths, [])
})
