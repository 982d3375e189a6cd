// This file is about testing deliveries whose templates are kept elsewhere, or make names that nobody knew before.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aDelivery, into, textData } from '../../test/support/builders.ts'
import { EngineBench } from '../../test/support/engine-bench.ts'
import { hours } from '../base/duration.ts'
import type { Answer, Failed, Receipt } from '../model/answer.ts'
import type { Delivery, Target } from '../model/delivery.ts'
import type { TemplateData, TemplateFrom } from '../model/shape.ts'

const REPO = { namespace: 'argocd', name: 'repo' }
const OBJECT = { kind: 'ConfigMap', namespace: 'argocd', name: 't' } as const

function receipt(answer: Answer): Receipt {
  assert.equal(answer.is, 'receipt', JSON.stringify(answer))
  return answer
}

function failure(answer: Answer): Failed {
  assert.equal(answer.is, 'failed', JSON.stringify(answer))
  return answer
}

const literal = (text: string, change: Partial<TemplateFrom> = {}): TemplateFrom => ({
  at: 'spec.from',
  template: { is: 'literal', text, as: 'keys-and-values' },
  into: 'data',
  decoding: 'none',
  ...change,
})

const kept = (as: 'values' | 'keys-and-values' = 'keys-and-values'): TemplateFrom => ({
  ...literal(''),
  template: { is: 'kept', object: OBJECT, key: 'k', as },
})

function ordering(from: readonly TemplateFrom[], target: Partial<Target> = {}, name = 'repo'): Delivery {
  const shape: TemplateData = {
    is: 'template',
    values: {
      is: 'key-values',
      entries: [{ key: 'password', value: { is: 'login', login: 0, field: 'password' } }],
    },
    from,
    data: {},
    labels: {},
    annotations: {},
    keepsValues: false,
  }
  return into(aDelivery({ shape }, name), target)
}

function having(text: string): EngineBench {
  const bench = new EngineBench()
  bench.sources.objects.set('ConfigMap t', { k: text })
  return bench
}

const changeTo = (bench: EngineBench, text: string): void =>
  void bench.sources.objects.set('ConfigMap t', { k: text })

const MERGING: Partial<Target> = { writes: 'keys', owner: 'none' }

describe('a delivery whose templates are kept elsewhere', () => {
  it('rests while they stay as they are, after a restart too', async () => {
    const bench = having('a: "{{ .password }}"')
    receipt(await bench.deliver(ordering([kept()])))
    assert.deepEqual(bench.store.text(REPO), { a: 'token-1' })
    assert.equal(receipt(await bench.deliver(ordering([kept()]))).wrote, 'none')
    bench.restart()
    assert.equal(receipt(await bench.deliver(ordering([kept()]))).wrote, 'none')
    assert.deepEqual([bench.store.writes, bench.logins.mints], [1, 1])
  })

  for (const [way, target] of [
    ['owns', {}],
    ['merges into', MERGING],
  ] as const) {
    it(`writes what they became into a Secret that it ${way}, and takes off what they no longer make`, async () => {
      const bench = having('a: 1\nb: "{{ .password }}"')
      const order = ordering([kept()], target)
      receipt(await bench.deliver(order))
      changeTo(bench, 'b: "{{ .password }}"\nc: 2')
      assert.equal(receipt(await bench.deliver(order)).wrote, 'updated')
      assert.deepEqual(bench.store.text(REPO), { b: 'token-1', c: '2' })
      assert.equal(bench.logins.mints, 1)
    })
  }

  it('repairs what others do to the keys they made', async () => {
    const bench = having('a: "{{ .password }}"')
    const order = ordering([kept()])
    receipt(await bench.deliver(order))
    bench.store.put(REPO, { data: textData({ a: 'edited', b: 'more' }) })
    assert.equal(receipt(await bench.deliver(order)).wrote, 'updated')
    assert.deepEqual(bench.store.text(REPO), { a: 'token-1' })
    assert.equal(bench.logins.mints, 1)
  })

  it('fails at once when one is missing, leaves what it wrote, and recovers with it', async () => {
    const bench = having('a: 1')
    const order = ordering([kept()])
    receipt(await bench.deliver(order))
    bench.sources.objects.clear()
    const { fault, serving } = failure(await bench.deliver(order))
    assert.deepEqual([fault.code, fault.at, serving], ['template-missing', 'spec.from', undefined])
    assert.deepEqual(bench.store.text(REPO), { a: '1' })
    changeTo(bench, 'a: 2')
    receipt(await bench.deliver(order))
    assert.deepEqual(bench.store.text(REPO), { a: '2' })
  })

  it('asks AWS nothing while one is missing, however long that takes', async () => {
    const bench = having('a: 1')
    receipt(await bench.deliver(ordering([kept()])))
    bench.sources.objects.clear()
    bench.clock.advance(hours(24))
    failure(await bench.deliver(ordering([kept()])))
    assert.equal(bench.logins.mints, 1)
  })

  it('needs none of them for a Secret that is set for good', async () => {
    const bench = having('a: 1')
    const order = ordering([kept()], { immutable: true })
    receipt(await bench.deliver(order))
    bench.sources.objects.clear()
    assert.equal(receipt(await bench.deliver(order)).wrote, 'none')
  })
})

describe('what templates make', () => {
  it('never is a label or annotation that the target fixes', async () => {
    const bench = new EngineBench()
    const stamp = { annotation: 'example.com/hash', digest: 'go-map-sha3-224' } as const
    const order = ordering(
      [
        literal('managed: "no"\nmarked: "no"\nfree: "yes"', { into: 'labels' }),
        literal('example.com/hash: x\neverpull.dev/delivery-0: x\nexample.com/free: x', {
          into: 'annotations',
        }),
      ],
      { labels: { managed: 'true' }, marks: { marked: 'true' }, stamp },
    )
    receipt(await bench.deliver(order))
    const secret = await bench.store.read(REPO)
    assert.ok(secret !== 'absent' && 'labels' in secret)
    assert.deepEqual(secret.labels, { free: 'yes', managed: 'true', marked: 'true' })
    assert.deepEqual(
      Object.keys(secret.annotations).filter((key) => key.endsWith('-0') || key.endsWith('free')),
      ['example.com/free'],
    )
    assert.notEqual(secret.annotations['example.com/hash'], 'x')
    assert.equal(receipt(await bench.deliver(order)).wrote, 'none')
  })

  it('never makes a Secret the token of a service account', async () => {
    const bench = new EngineBench()
    const name = 'kubernetes.io/service-account.name'
    const { fault } = failure(
      await bench.deliver(ordering([literal(`{{ "${name}" }}: admin`, { into: 'annotations' })])),
    )
    assert.equal(fault.code, 'target-forbidden')
    assert.equal(bench.store.text(REPO), undefined)
  })

  it('is nobody else’s while whoever wrote it first stands, and says whose it is', async () => {
    const bench = new EngineBench()
    const first = ordering([literal('key: 1\none: 1')], { ...MERGING, fieldManager: 'first' }, 'first')
    const second = ordering([literal('key: 2\ntwo: 2')], { ...MERGING, fieldManager: 'second' }, 'second')
    bench.claims.state(first.orderedBy.ref, [first])
    bench.claims.state(second.orderedBy.ref, [second])
    receipt(await bench.deliver(first))
    const { fault } = failure(await bench.deliver(second))
    assert.deepEqual([fault.code, fault.owner?.name], ['target-owned', 'first'])
    assert.deepEqual(bench.store.text(REPO), { key: '1', one: '1' })
    bench.claims.state(first.orderedBy.ref, [])
    receipt(await bench.deliver(second))
    assert.deepEqual(bench.store.text(REPO), { key: '2', one: '1', two: '2' })
  })

  it('is shared with others as long as the keys differ', async () => {
    const bench = new EngineBench()
    const first = ordering([literal('one: 1')], { ...MERGING, fieldManager: 'first' }, 'first')
    const second = ordering([literal('two: 2')], { ...MERGING, fieldManager: 'second' }, 'second')
    for (const order of [first, second]) bench.claims.state(order.orderedBy.ref, [order])
    for (const order of [first, second, first, second]) receipt(await bench.deliver(order))
    assert.deepEqual(bench.store.text(REPO), { one: '1', two: '2' })
    assert.equal(bench.store.writes, 2)
  })
})
