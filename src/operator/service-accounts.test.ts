// This file is about looking at service accounts: only the allowed ones, and none before somebody asks.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { statusError } from '../../test/support/operator-bench.ts'
import { ScriptedReflectors } from '../../test/support/scripted-reflectors.ts'
import { silentLog } from '../base/log.ts'
import type { Looked } from '../dialects/dialect.ts'
import type { KubeClient } from '../kube/client.ts'
import type { Ref } from '../model/ref.ts'
import { type AllowedAccounts, ServiceAccounts } from './service-accounts.ts'

const account = (name: string, namespace = 'a'): Ref => ({
  group: '',
  kind: 'ServiceAccount',
  namespace,
  name,
})
const ALL: AllowedAccounts = { is: 'all' }
const NAMED: AllowedAccounts = { is: 'named', accounts: [{ namespace: 'a', name: 'one' }] }
const forbidden = statusError(403, 'Forbidden')

function bench(allowed: AllowedAccounts, namespaces?: readonly string[]) {
  const reflectors = new ScriptedReflectors()
  const changed: string[] = []
  const client: Partial<KubeClient> = {}
  const accounts = new ServiceAccounts({
    allowed,
    client: client as KubeClient,
    startReflector: reflectors.start,
    namespaces,
    onChange: ({ name }) => changed.push(name),
    clock: new ManualClock(),
    random: () => 0,
    log: silentLog,
  })
  return { accounts, reflectors, changed }
}

const codeOf = (looked: Looked): string => (looked.is === 'denied' ? looked.fault.code : looked.is)

describe('a service account', () => {
  it('is denied where none may be used, naming the flag', () => {
    const { accounts, reflectors } = bench({ is: 'none' })
    const looked = accounts.get(account('one'))
    assert.ok(looked.is === 'denied')
    assert.match(looked.fault.message, /--service-account-identities=a\/one/)
    assert.deepEqual(reflectors.started, [])
  })

  it('is denied where others may be used', () => {
    const { accounts } = bench(NAMED)
    assert.equal(codeOf(accounts.get(account('two'))), 'service-account-denied')
    assert.equal(codeOf(accounts.get(account('one', 'b'))), 'service-account-denied')
  })

  it('is to be read, and watched from then on', async () => {
    const { accounts, reflectors, changed } = bench(ALL)
    assert.equal(accounts.get(account('one')).is, 'unread')
    assert.deepEqual(reflectors.started, [])
    const fetched = accounts.fetch(account('one'))
    const reflector = reflectors.of('ServiceAccount')
    reflector.put({ name: 'one', namespace: 'a', annotations: { role: 'x' } })
    reflector.sync()
    const looked = await fetched
    assert.ok(looked.is === 'present')
    assert.deepEqual(looked.resource.annotations, { role: 'x' })
    assert.equal(accounts.get(account('two')).is, 'absent')
    reflector.remove({ name: 'one', namespace: 'a' })
    assert.equal(accounts.get(account('one')).is, 'absent')
    assert.deepEqual(changed, ['one', 'one'])
  })

  it('shares one watch with all others in scope', async () => {
    const { accounts, reflectors } = bench(ALL, ['a', 'b'])
    const fetched = [accounts.fetch(account('one')), accounts.fetch(account('two', 'b'))]
    reflectors.of('ServiceAccount').sync()
    await Promise.all(fetched)
    const watched = reflectors.started.map(({ namespaces, fieldSelector }) => ({ namespaces, fieldSelector }))
    assert.deepEqual(watched, [{ namespaces: ['a', 'b'], fieldSelector: undefined }])
  })

  it('that is named has a watch of its own, as roles by name admit no other', async () => {
    const { accounts, reflectors } = bench(NAMED)
    const fetched = accounts.fetch(account('one'))
    const { namespaces, fieldSelector } = reflectors.of('ServiceAccount')
    assert.deepEqual([namespaces, fieldSelector], [['a'], 'metadata.name=one'])
    reflectors.of('ServiceAccount').sync()
    await fetched
  })

  it('that may not be read says so, and which role is missing', async () => {
    const { accounts, reflectors } = bench(ALL)
    const fetched = accounts.fetch(account('one'))
    reflectors.of('ServiceAccount').enter({ is: 'forbidden', error: forbidden })
    const looked = await fetched
    assert.equal(codeOf(looked), 'service-account-denied')
    assert.match(looked.is === 'denied' ? looked.fault.message : '', /everpull rbac/)
  })

  it('that cannot be read for now is not called absent', async () => {
    const { accounts, reflectors } = bench(ALL)
    const fetched = accounts.fetch(account('one'))
    reflectors.of('ServiceAccount').enter({ is: 'failing', error: statusError(503, 'x') })
    assert.equal(codeOf(await fetched), 'reference-unreadable')
  })

  it('that was never seen is not called absent once the right to look is taken away', async () => {
    const { accounts, reflectors } = bench(ALL)
    const fetched = accounts.fetch(account('one'))
    const reflector = reflectors.of('ServiceAccount')
    reflector.put({ name: 'one', namespace: 'a' })
    reflector.sync()
    await fetched
    reflector.enter({ is: 'forbidden', error: forbidden })
    assert.equal(codeOf(accounts.get(account('two'))), 'service-account-denied')
    assert.equal(accounts.get(account('one')).is, 'present')
  })

  it('is watched no more after stopping', async () => {
    const { accounts, reflectors } = bench(ALL)
    const fetched = accounts.fetch(account('one'))
    const reflector = reflectors.of('ServiceAccount')
    await accounts.stop()
    await fetched
    assert.equal(reflector.isStopped, true)
  })
})
