// This file is about testing what is known of namespaces: nothing until somebody asks, and then only those served.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { kubeError } from '../../test/support/family-bench.ts'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { ScriptedReflectors } from '../../test/support/scripted-reflectors.ts'
import { silentLog } from '../base/log.ts'
import type { KubeClient } from '../kube/client.ts'
import { Namespaces } from './namespaces.ts'

function bench(namespaces?: readonly string[]) {
  const reflectors = new ScriptedReflectors()
  const told: string[] = []
  const client: Partial<KubeClient> = {}
  const followed = new Namespaces({
    client: client as KubeClient,
    startReflector: reflectors.start,
    namespaces,
    onChange: (now, before) => told.push(`${before?.ref.name ?? '-'} > ${now?.ref.name ?? '-'}`),
    clock: new ManualClock(),
    random: () => 0,
    log: silentLog,
  })
  const open = () => {
    const opened = followed.open()
    return { opened, watch: reflectors.of('Namespace') }
  }
  return { followed, reflectors, told, open }
}

const names = ({ followed }: ReturnType<typeof bench>): readonly string[] => {
  const listed = followed.list()
  return listed.is === 'listed' ? listed.resources.map(({ ref }) => ref.name) : []
}

describe('namespaces', () => {
  it('are not followed until somebody asks', () => {
    const { followed, reflectors } = bench()
    assert.deepEqual([followed.list(), reflectors.started], [{ is: 'unread' }, []])
  })

  it('are all there once they were listed, followed once however many ask', async () => {
    const one = bench()
    const { opened, watch } = one.open()
    void one.followed.open()
    watch.put({ name: 'a' })
    assert.equal(one.followed.list().is, 'unread', 'who looks meanwhile waits for the list')
    watch.sync()
    await opened
    assert.deepEqual([names(one), one.reflectors.started.length], [['a'], 1])
  })

  it('are shown with labels, finalizers and termination, and with nothing else', async () => {
    const { followed, open } = bench()
    const { watch } = open()
    const deletionTimestamp = '2026-01-01T00:00:00Z'
    const metadata = {
      labels: { room: 'a' },
      annotations: { note: 'x' },
      finalizers: ['f'],
      deletionTimestamp,
    }
    watch.put({ name: 'a', ...metadata })
    watch.sync()
    const listed = followed.list()
    assert.ok(listed.is === 'listed')
    const [found] = listed.resources
    assert.deepEqual(
      [found?.labels, found?.annotations, found?.finalizers, found?.deletingSince],
      [{ room: 'a' }, {}, ['f'], Date.parse(deletionTimestamp)],
    )
  })

  it('are those served, where only some are', () => {
    const one = bench(['a'])
    const { watch } = one.open()
    watch.put({ name: 'a' })
    watch.put({ name: 'b' })
    watch.sync()
    assert.deepEqual([names(one), one.told], [['a'], ['- > a']])
  })

  it('are told of when something of them changes, and not when only an annotation does', () => {
    const one = bench()
    const { watch } = one.open()
    watch.put({ name: 'a' })
    watch.put({ name: 'a', annotations: { note: 'x' } })
    watch.put({ name: 'a', labels: { room: 'a' } })
    watch.put({ name: 'a', labels: { room: 'a' }, finalizers: ['f'] })
    watch.remove({ name: 'a' })
    assert.deepEqual(one.told, ['- > a', 'a > a', 'a > a', 'a > -'])
  })

  it('that may not be listed say so, and what to do', async () => {
    const { followed, open } = bench()
    const { opened, watch } = open()
    watch.enter({ is: 'forbidden', error: kubeError(403, 'Forbidden') })
    await opened
    const listed = followed.list()
    assert.ok(listed.is === 'denied')
    assert.equal(
      listed.fault.message,
      'namespaces cannot be listed: Forbidden (apply the output of "everpull rbac")',
    )
  })
})
