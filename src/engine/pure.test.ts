// This file is about Secrets that are replaced without being read, and those that are not.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aDelivery, into, passwordUnder, textData } from '../../test/support/builders.ts'
import { EngineBench } from '../../test/support/engine-bench.ts'
import { minutes } from '../base/duration.ts'
import type { Delivery } from '../model/delivery.ts'
import type { TemplateData } from '../model/shape.ts'
import type { CurrentSecret } from './ports.ts'

const REPO = { namespace: 'argocd', name: 'repo' }
const FOREIGN_OWNER = { apiVersion: 'v1', kind: 'ConfigMap', name: 'theirs', uid: 'u' }

const aTemplate = (change: Partial<TemplateData>): TemplateData => ({
  is: 'template',
  values: passwordUnder('password'),
  data: {},
  labels: {},
  annotations: {},
  keepsValues: true,
  ...change,
})

const secretIn = (bench: EngineBench): CurrentSecret =>
  bench.store.secrets.get('argocd/repo') ?? assert.fail('there is no Secret')

/** How often a Secret is read while its login is renewed. */
async function readsToRenew(bench: EngineBench, delivery: Delivery): Promise<number> {
  const before = bench.store.reads
  bench.clock.advance(minutes(61))
  const answer = await bench.deliver(delivery)
  assert.equal(answer.is === 'receipt' && answer.wrote, 'updated', JSON.stringify(answer))
  return bench.store.reads - before
}

async function benchAfter(delivery: Delivery): Promise<EngineBench> {
  const bench = new EngineBench()
  await bench.deliver(delivery)
  return bench
}

describe('a Secret that holds nothing but what was written', () => {
  it('is renewed again and again without being read', async () => {
    const bench = await benchAfter(aDelivery())
    assert.deepEqual([await readsToRenew(bench, aDelivery()), await readsToRenew(bench, aDelivery())], [0, 0])
    assert.deepEqual(bench.store.text(REPO), { password: 'token-3' })
    assert.equal(secretIn(bench).owners.length, 1)
  })

  it('gets the login that everybody with new access keys shares, without being read', async () => {
    const bench = new EngineBench()
    bench.logins.credentials = 'v2'
    await bench.deliver(into(aDelivery({}, 'other'), { name: 'other' }))
    bench.logins.credentials = 'v1'
    bench.clock.advance(minutes(1))
    await bench.deliver(aDelivery())
    assert.deepEqual(bench.store.text(REPO), { password: 'token-2' })
    bench.logins.credentials = 'v2'
    await bench.deliver(aDelivery())
    assert.deepEqual(bench.store.text(REPO), { password: 'token-1' })
    assert.deepEqual([bench.store.reads, bench.logins.mints], [0, 2])
  })

  it('keeps its labels, annotations, finalizers and stamp', async () => {
    const dressed = into(aDelivery(), {
      labels: { team: 'a' },
      marks: { managed: 'true', former: null },
      annotations: { note: 'n' },
      finalizers: ['example.com/hold'],
      stamp: { annotation: 'digest', digest: 'go-map-sha3-224' },
    })
    const bench = await benchAfter(dressed)
    const before = secretIn(bench)
    assert.equal(await readsToRenew(bench, dressed), 0)
    const after = secretIn(bench)
    assert.deepEqual(after.labels, { team: 'a', managed: 'true' })
    assert.deepEqual(after.finalizers, ['example.com/hold'])
    assert.equal(after.annotations['note'], 'n')
    assert.notEqual(after.annotations['digest'], before.annotations['digest'])
  })

  it('keeps the labels and annotations of its templates', async () => {
    const shape = aTemplate({ labels: { team: 'a' }, annotations: { minted: '{{ .password }}' } })
    const bench = await benchAfter(aDelivery({ shape }))
    assert.equal(await readsToRenew(bench, aDelivery({ shape })), 0)
    const { labels, annotations } = secretIn(bench)
    assert.deepEqual([labels, annotations['minted']], [{ team: 'a' }, 'token-2'])
  })

  it('is read once after a restart', async () => {
    const bench = await benchAfter(aDelivery())
    bench.restart()
    assert.deepEqual([await readsToRenew(bench, aDelivery()), await readsToRenew(bench, aDelivery())], [1, 0])
  })

  it('is read when something else is asked for', async () => {
    const bench = await benchAfter(aDelivery())
    const labelled = into(aDelivery(), { labels: { team: 'a' } })
    assert.deepEqual([await readsToRenew(bench, labelled), await readsToRenew(bench, labelled)], [1, 0])
  })

  it('is read when somebody was faster, and keeps what they did', async () => {
    const bench = await benchAfter(aDelivery())
    bench.store.onWrite = () => bench.store.put(REPO, { labels: { theirs: 'x' } })
    assert.equal(await readsToRenew(bench, aDelivery()), 1)
    assert.deepEqual(secretIn(bench).labels, { theirs: 'x' })
    assert.deepEqual(bench.store.text(REPO), { password: 'token-2' })
  })
})

describe('a Secret that holds something of others too', () => {
  /** Two renewals, each of which reads, and between an edit and them a look that finds nothing to do. */
  async function staysRead(edited: Partial<CurrentSecret>, order = into(aDelivery(), { owner: 'creator' })) {
    const bench = await benchAfter(order)
    const { labels, annotations } = secretIn(bench)
    bench.store.put(REPO, {
      ...edited,
      labels: { ...labels, ...edited.labels },
      annotations: { ...annotations, ...edited.annotations },
    })
    const looked = await bench.deliver(order)
    assert.equal(looked.is === 'receipt' && looked.wrote, 'none', JSON.stringify(looked))
    assert.deepEqual([await readsToRenew(bench, order), await readsToRenew(bench, order)], [1, 1])
    return secretIn(bench)
  }

  it('keeps a label', async () => {
    assert.deepEqual((await staysRead({ labels: { theirs: 'x' } })).labels, { theirs: 'x' })
  })

  for (const annotation of ['theirs', 'everpull.dev/delivery-0123456789abcdef']) {
    it(`keeps the annotation ${annotation}`, async () => {
      const { annotations } = await staysRead({ annotations: { [annotation]: 'x' } })
      assert.equal(annotations[annotation], 'x')
    })
  }

  it('keeps a label that was there as ours was mended', async () => {
    const order = into(aDelivery(), { labels: { team: 'a' } })
    const bench = await benchAfter(order)
    bench.store.put(REPO, { labels: { theirs: 'x' } })
    await bench.deliver(order)
    assert.deepEqual([await readsToRenew(bench, order), await readsToRenew(bench, order)], [1, 1])
    assert.deepEqual(secretIn(bench).labels, { team: 'a', theirs: 'x' })
  })

  it('keeps finalizers', async () => {
    const finalizers = ['example.com/theirs']
    assert.deepEqual((await staysRead({ finalizers })).finalizers, finalizers)
  })

  it('keeps an owner in place of ours', async () => {
    assert.deepEqual((await staysRead({ owners: [FOREIGN_OWNER] })).owners, [FOREIGN_OWNER])
  })

  it('stays without an owner where ours was taken off', async () => {
    assert.deepEqual((await staysRead({ owners: [] })).owners, [])
  })

  it('keeps a key beside ours where single keys are written', async () => {
    const order = into(aDelivery(), { writes: 'keys' })
    const data = textData({ password: 'token-1', theirs: 'x' })
    const { data: after } = await staysRead({ data }, order)
    assert.equal(String(after.reveal().get('theirs')), 'x')
  })

  it('keeps the hosts of others in a docker config', async () => {
    const host = 'a.example'
    const order = aDelivery({ shape: { is: 'docker-config', merges: true, hosts: [{ host, login: 0 }] } })
    const bench = await benchAfter(order)
    const key = '.dockerconfigjson'
    const config = (): { auths: Record<string, object> } =>
      JSON.parse(String(secretIn(bench).data.reveal().get(key)))
    const auths = { ...config().auths, 'ghcr.io': { auth: btoa('me:theirs') } }
    bench.store.put(REPO, { data: textData({ [key]: JSON.stringify({ auths }) }) })
    assert.deepEqual([await readsToRenew(bench, order), await readsToRenew(bench, order)], [1, 1])
    assert.deepEqual(Object.keys(config().auths).toSorted(), [host, 'ghcr.io'])
  })

  it('keeps the type it had', async () => {
    const order = aDelivery()
    const bench = new EngineBench()
    bench.store.put(REPO, { type: 'example.com/theirs' })
    await bench.deliver(order)
    assert.deepEqual([await readsToRenew(bench, order), await readsToRenew(bench, order)], [1, 1])
    assert.equal(secretIn(bench).type, 'example.com/theirs')
    assert.equal(bench.store.refusals, 0)
  })

  it('keeps a label that was there before us, said by our template first and then no more', async () => {
    const template = {
      is: 'literal',
      as: 'keys-and-values',
      text: '{{ if eq .password "token-1" }}shared: same{{ else }}other: thing{{ end }}',
    } as const
    const order = aDelivery({
      shape: aTemplate({ from: [{ at: 'from', into: 'labels', decoding: 'none', template }] }),
    })
    const bench = new EngineBench()
    bench.store.put(REPO, { labels: { shared: 'same' } })
    await bench.deliver(order)
    assert.equal(await readsToRenew(bench, order), 1)
    assert.deepEqual(secretIn(bench).labels, { shared: 'same', other: 'thing' })
  })
})

describe('a Secret that a webhook changed as it was created', () => {
  it('keeps the label it was given', async () => {
    const bench = new EngineBench()
    bench.store.webhook = { labels: { team: 'theirs' } }
    await bench.deliver(aDelivery())
    assert.equal(await readsToRenew(bench, aDelivery()), 1)
    assert.deepEqual(secretIn(bench).labels, { team: 'theirs' })
  })

  it('is read once the API server refuses to change its type', async () => {
    const bench = new EngineBench()
    bench.store.webhook = { type: 'example.com/theirs' }
    await bench.deliver(aDelivery())
    assert.deepEqual([await readsToRenew(bench, aDelivery()), await readsToRenew(bench, aDelivery())], [1, 1])
    assert.deepEqual(bench.store.text(REPO), { password: 'token-3' })
  })

  it('is told to be immutable', async () => {
    const bench = new EngineBench()
    bench.store.webhook = { immutable: true }
    await bench.deliver(aDelivery())
    bench.clock.advance(minutes(61))
    const answer = await bench.deliver(aDelivery())
    assert.equal(answer.is === 'failed' && answer.fault.code, 'target-immutable', JSON.stringify(answer))
  })
})
