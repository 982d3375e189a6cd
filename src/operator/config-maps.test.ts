// This file is about testing how ConfigMaps are followed: none before somebody refers to one, and all of them by metadata.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { statusError } from '../../test/support/operator-bench.ts'
import { ScriptedReflectors } from '../../test/support/scripted-reflectors.ts'
import { silentLog } from '../base/log.ts'
import type { KubeClient } from '../kube/client.ts'
import { ConfigMaps } from './config-maps.ts'

const ONE = { namespace: 'a', name: 'one' }
const TWO = { namespace: 'a', name: 'two' }

function bench(namespaces?: readonly string[]) {
  const reflectors = new ScriptedReflectors()
  const changed: string[] = []
  const client: Partial<KubeClient> = {}
  const configMaps = new ConfigMaps({
    client: client as KubeClient,
    startReflector: reflectors.start,
    namespaces,
    onChange: ({ kind, name }) => changed.push(`${kind} ${name}`),
    clock: new ManualClock(),
    random: () => 0,
    log: silentLog,
  })
  return { configMaps, reflectors, changed }
}

describe('ConfigMaps', () => {
  it('are not followed before somebody refers to one', () => {
    const { configMaps, reflectors } = bench()
    assert.equal(configMaps.get(ONE).is, 'unread')
    assert.equal(configMaps.glance(ONE), 'unknown')
    assert.deepEqual(reflectors.started, [])
  })

  it('are all followed from then on, in the namespaces served', async () => {
    const { configMaps, reflectors, changed } = bench(['a'])
    const fetched = configMaps.fetch(ONE)
    const reflector = reflectors.of('ConfigMap')
    assert.deepEqual(reflector.namespaces, ['a'])
    reflector.put({ ...ONE, uid: 'u', resourceVersion: '7' })
    reflector.sync()
    const looked = await fetched
    assert.ok(looked.is === 'present')
    assert.deepEqual([looked.resource.uid, looked.resource.resourceVersion], ['u', '7'])
    assert.equal(configMaps.get(TWO).is, 'absent')
    assert.equal(configMaps.glance(TWO), 'absent')
    reflector.put({ ...TWO, resourceVersion: '8' })
    assert.deepEqual(configMaps.glance(TWO), { resourceVersion: '8', annotations: [] })
    reflector.remove(ONE)
    assert.equal(configMaps.get(ONE).is, 'absent')
    assert.deepEqual(changed, ['ConfigMap one', 'ConfigMap two', 'ConfigMap one'])
  })

  it('are followed once, whoever asks', async () => {
    const { configMaps, reflectors } = bench()
    const both = [configMaps.fetch(ONE), configMaps.fetch(TWO)]
    reflectors.of('ConfigMap').sync()
    await Promise.all(both)
    assert.equal(reflectors.started.length, 1)
    await configMaps.stop()
  })

  it('that may not be read are denied, naming what to do', async () => {
    const { configMaps, reflectors } = bench()
    const fetched = configMaps.fetch(ONE)
    reflectors.of('ConfigMap').enter({ is: 'forbidden', error: statusError(403, 'Forbidden') })
    const looked = await fetched
    assert.ok(looked.is === 'denied')
    assert.equal(looked.fault.code, 'reference-unreadable')
    assert.match(looked.fault.message, /^ConfigMap one cannot be read: .*everpull rbac/)
  })
})
