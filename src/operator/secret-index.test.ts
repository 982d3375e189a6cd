// This file is about what the watches show of Secrets: where, which version, and whose mark.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { ScriptedReflectors } from '../../test/support/scripted-reflectors.ts'
import { silentLog } from '../base/log.ts'
import type { KubeClient } from '../kube/client.ts'
import { SECRETS } from '../kube/resource.ts'
import { asSecretRecord, type SecretRecord } from './raw-object.ts'
import { SecretIndex, type SecretWatches } from './secret-index.ts'

const MARK = 'everpull.dev/delivery-0123456789abcdef'
const ONE = { namespace: 'a', name: 'one' }
const marked = (name: string, ...marks: readonly string[]) => ({
  name,
  namespace: 'a',
  annotations: Object.fromEntries(marks.map((mark) => [mark, 'x'])),
})

function follow(reflectors: ScriptedReflectors) {
  const client: Partial<KubeClient> = {}
  const clock = new ManualClock()
  const reflector = reflectors.start<SecretRecord>({
    client: client as KubeClient,
    type: SECRETS,
    keep: (raw) => asSecretRecord(raw, ['made-by']),
    same: (before, now) => before.resourceVersion === now.resourceVersion,
    clock,
    random: () => 0,
    log: silentLog,
  })
  const script = reflectors.started.at(-1)
  assert.ok(script)
  return { reflector, script }
}

function bench(change: Partial<SecretWatches> = {}) {
  const { reflector, script } = follow(new ScriptedReflectors())
  const index = new SecretIndex({ served: reflector, namespaces: undefined, named: new Map(), ...change })
  return { index, script }
}

describe('a Secret in scope', () => {
  it('is unknown until the first list was read, absent after it, and then as it was last seen', () => {
    const { index, script } = bench()
    assert.equal(index.glance(ONE), 'unknown')
    script.sync()
    assert.equal(index.glance(ONE), 'absent')
    script.put(marked('one', MARK))
    assert.deepEqual(index.glance(ONE), { resourceVersion: '1', annotations: [MARK] })
    script.remove(ONE)
    assert.equal(index.glance(ONE), 'absent')
  })

  it('is found by the mark on it, as long as that is there', () => {
    const { index, script } = bench()
    script.put(marked('one', MARK))
    script.put(marked('two', MARK, 'everpull.dev/delivery-other'))
    assert.deepEqual(index.carrying(MARK), [ONE, { namespace: 'a', name: 'two' }])
    script.put(marked('one'))
    assert.deepEqual(index.carrying(MARK), [{ namespace: 'a', name: 'two' }])
    script.remove({ namespace: 'a', name: 'two' })
    assert.deepEqual(index.carrying(MARK), [])
  })

  it('shows the marks there are on any of them, each once', () => {
    const { index, script } = bench()
    script.put({ ...marked('one', MARK), labels: { 'made-by': 'us' } })
    script.put(marked('two', MARK, 'everpull.dev/delivery-other', 'theirs.example/mark'))
    assert.deepEqual([...index.marks()], [MARK, 'everpull.dev/delivery-other'])
    script.remove({ namespace: 'a', name: 'two' })
    assert.deepEqual([...index.marks()], [MARK])
  })

  it('is found by a label that somebody asks for, in its namespace', () => {
    const { index, script } = bench()
    const labelled = (name: string, value: string, namespace = 'a') => ({
      name,
      namespace,
      labels: { 'made-by': value, other: 'x' },
    })
    for (const each of [labelled('one', 'us'), labelled('two', 'us'), labelled('three', 'them')])
      script.put(each)
    script.put(labelled('one', 'us', 'b'))
    const found = (namespace = 'a') => index.labelled('made-by', 'us', namespace).map(({ name }) => name)
    assert.deepEqual([found(), found('b')], [['one', 'two'], ['one']])
    assert.deepEqual(index.labelled('other', 'x', 'a'), [])
    script.put(labelled('two', 'them'))
    script.remove(ONE)
    assert.deepEqual([found(), found('b')], [[], ['one']])
  })

  it('is told of when it changes, and when it goes', () => {
    const { index, script } = bench()
    const told: string[] = []
    index.subscribe((ref, now) => told.push(`${ref.name} ${now?.resourceVersion ?? 'gone'}`))
    script.put(marked('one'))
    script.put(marked('one', MARK))
    script.put({ ...marked('one', MARK), resourceVersion: '2' })
    script.sync()
    script.remove(ONE)
    assert.deepEqual(told, ['one 1', 'one 2', 'one gone'])
  })
})

describe('a Secret out of scope', () => {
  const OUTSIDE = { namespace: 'operators', name: 'credentials' }

  it('is unknown', () => {
    const { index, script } = bench({ namespaces: ['a'] })
    script.sync()
    assert.deepEqual([index.glance(ONE), index.glance(OUTSIDE)], ['absent', 'unknown'])
  })

  it('is seen through a watch of its own, and told of', () => {
    const { reflector, script } = follow(new ScriptedReflectors())
    const { index } = bench({ namespaces: ['a'], named: new Map([['operators/credentials', reflector]]) })
    const told: string[] = []
    index.subscribe((ref) => told.push(ref.name))
    script.put(OUTSIDE)
    script.sync()
    assert.deepEqual(index.glance(OUTSIDE), { resourceVersion: '1', annotations: [] })
    assert.deepEqual(told, ['credentials'])
  })

  it('is unknown wherever it is when nothing is watched', () => {
    const { index } = bench({ served: undefined })
    assert.deepEqual([index.glance(ONE), index.carrying(MARK)], ['unknown', []])
  })
})
