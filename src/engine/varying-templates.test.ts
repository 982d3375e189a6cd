// This file is about templates whose result differs at every rendering: they are rendered when a login is written.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aDelivery } from '../../test/support/builders.ts'
import { EngineBench } from '../../test/support/engine-bench.ts'
import { minutes } from '../base/duration.ts'
import type { Delivery } from '../model/delivery.ts'

const REPO = { namespace: 'argocd', name: 'repo' }

/** A password file with a salt of its own, and the time of writing in data and metadata. */
const varying = (): Delivery =>
  aDelivery({
    shape: {
      is: 'template',
      values: {
        is: 'key-values',
        entries: [{ key: 'password', value: { is: 'login', login: 0, field: 'password' } }],
      },
      data: {
        auth: '{{ htpasswd "AWS" .password "bcrypt" }}',
        hash: '{{ bcrypt .password }}',
        at: '{{ now | date "15:04:05.000" }} {{ now.UnixNano }}',
      },
      labels: { minute: '{{ now | date "15-04" }}' },
      annotations: { second: '{{ now.Unix }}' },
      keepsValues: false,
    },
  })

test('a template with a salt or the time is left alone while its login is', async () => {
  const bench = new EngineBench()
  await bench.deliver(varying())
  const written = bench.store.text(REPO)
  assert.match(String(written?.auth), /^AWS:\$2a\$10\$[./A-Za-z0-9]{53}$/)
  assert.match(String(written?.hash), /^\$2a\$10\$/)
  for (let pass = 0; pass < 3; pass++) {
    bench.clock.advance(minutes(5))
    const answer = await bench.deliver(varying())
    assert.ok(answer.is === 'receipt' && answer.wrote === 'none')
  }
  assert.deepEqual(bench.store.text(REPO), written)
  assert.deepEqual([bench.store.writes, bench.logins.mints], [1, 1])
})

test('nor does a restart render it again', async () => {
  const bench = new EngineBench()
  await bench.deliver(varying())
  const written = bench.store.text(REPO)
  bench.clock.advance(minutes(10))
  bench.restart()
  const answer = await bench.deliver(varying())
  assert.ok(answer.is === 'receipt' && answer.wrote === 'none')
  assert.deepEqual(bench.store.text(REPO), written)
})

test('with the next login it is rendered anew', async () => {
  const bench = new EngineBench()
  await bench.deliver(varying())
  const written = bench.store.text(REPO)
  bench.clock.advance(minutes(61))
  const answer = await bench.deliver(varying())
  assert.ok(answer.is === 'receipt' && answer.wrote === 'updated')
  assert.notEqual(bench.store.text(REPO)?.hash, written?.hash)
})
