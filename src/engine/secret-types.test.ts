// This file is about testing types and keys of Secrets that do not fit together.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { aDelivery, into, textData } from '../../test/support/builders.ts'
import { EngineBench } from '../../test/support/engine-bench.ts'
import type { KeyValues } from '../model/shape.ts'

const REPO = { namespace: 'argocd', name: 'repo' }

const keys = (...names: readonly string[]): KeyValues => ({
  is: 'key-values',
  entries: names.map((key) => ({ key, value: { is: 'login', login: 0, field: 'password' } })),
})

const rows: readonly (readonly [type: string, keys: readonly string[], flaw: RegExp | undefined])[] = [
  ['Opaque', ['anything'], undefined],
  ['example.com/own', ['anything'], undefined],
  ['kubernetes.io/basic-auth', ['username', 'password'], undefined],
  ['kubernetes.io/basic-auth', ['password'], undefined],
  ['kubernetes.io/basic-auth', ['creds'], /must have the key "username" or "password"/],
  ['kubernetes.io/ssh-auth', ['creds'], /must have the key "ssh-privatekey"/],
  ['kubernetes.io/tls', ['tls.crt'], /must have the key "tls.crt" and "tls.key"/],
  ['kubernetes.io/tls', ['tls.crt', 'tls.key'], undefined],
  ['kubernetes.io/dockercfg', ['creds'], /must have the key ".dockercfg"/],
  ['kubernetes.io/dockerconfigjson', ['config.json'], /must have the key ".dockerconfigjson"/],
]
for (const [type, names, flaw] of rows) {
  it(`a Secret of type ${type} with ${names.join(' and ')} is ${flaw === undefined ? 'written' : 'refused'}`, async () => {
    const bench = new EngineBench()
    const answer = await bench.deliver(into(aDelivery({ shape: keys(...names) }), { type }))
    if (flaw === undefined) return assert.equal(answer.is, 'receipt', JSON.stringify(answer))
    assert.ok(answer.is === 'failed')
    assert.equal(answer.fault.code, 'output-invalid')
    assert.match(answer.fault.message, flaw)
    assert.equal(bench.store.writes, 0)
  })
}

it('a key that is there already counts, where it stays', async () => {
  const bench = new EngineBench()
  const type = 'kubernetes.io/basic-auth'
  bench.store.put(REPO, { type, data: textData({ username: 'AWS' }) })
  const order = into(aDelivery({ shape: keys('creds') }), { writes: 'keys' })
  assert.equal((await bench.deliver(order)).is, 'receipt')
  assert.equal((await bench.deliver(into(order, { writes: 'whole' }))).is, 'failed')
})
