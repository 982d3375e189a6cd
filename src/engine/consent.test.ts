// This file is about testing which existing Secrets may be written, and what is said where they may not.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aDelivery, aSecret, into, textData } from '../../test/support/builders.ts'
import { EngineBench } from '../../test/support/engine-bench.ts'
import type { Delivery } from '../model/delivery.ts'
import { mayAdopt } from './consent.ts'

const REPO = { namespace: 'argocd', name: 'repo' }
const asking = into(aDelivery(), { consent: 'needed', writes: 'keys', owner: 'creator' })
const spread: Delivery = {
  ...asking,
  orderedBy: { ...asking.orderedBy, ref: { group: 'g', kind: 'ClusterLogin', namespace: '', name: 'all' } },
}
const elsewhere: Delivery = {
  ...asking,
  orderedBy: { ...asking.orderedBy, ref: { ...asking.orderedBy.ref, namespace: 'team-a' } },
}

describe('the consent of a Secret', () => {
  const rows: readonly (readonly [annotation: string, Delivery, boolean])[] = [
    ['true', asking, true],
    ['ExternalSecret/repo', asking, true],
    ['ExternalSecret/argocd/repo', asking, true],
    ['ExternalSecret/other, ExternalSecret/repo', asking, true],
    ['ExternalSecret/other', asking, false],
    ['ExternalSecret/repository', asking, false],
    ['externalsecret/repo', asking, false],
    ['repo', asking, false],
    ['false', asking, false],
    ['', asking, false],
    ['ClusterLogin/all', spread, true],
    ['ExternalSecret/all', spread, false],
    ['ExternalSecret/repo', elsewhere, false],
    ['ExternalSecret/team-a/repo', elsewhere, true],
  ]
  for (const [annotation, delivery, may] of rows) {
    const { kind, namespace, name } = delivery.orderedBy.ref
    it(`"${annotation}" ${may ? 'lets' : 'does not let'} ${kind} ${namespace}/${name} write it`, () => {
      const secret = aSecret({
        annotations: { 'everpull.dev/adopt': annotation },
        data: textData({ theirs: 'x' }),
      })
      assert.equal(mayAdopt(delivery, secret), may)
    })
  }
})

const foreign = {
  uid: 'theirs',
  labels: { app: 'x' },
  annotations: { note: 'y' },
  data: textData({ url: 'host', password: 'old' }),
}

it('a Secret that does not consent is left as it is, and the refusal says how to consent', async () => {
  const bench = new EngineBench()
  const before = bench.store.put(REPO, foreign)
  const answer = await bench.deliver({ ...asking, consentBy: 'set adopt: true on the output' })
  assert.ok(answer.is === 'failed', JSON.stringify(answer))
  assert.equal(answer.fault.code, 'target-foreign')
  assert.equal(
    answer.fault.message,
    'Secret repo exists and was not made by ExternalSecret repo: delete it, choose another name, ' +
      'annotate it with everpull.dev/adopt=ExternalSecret/repo, or set adopt: true on the output',
  )
  assert.equal(bench.store.secrets.get('argocd/repo'), before)
})

it('a Secret that consents keeps who it is, what others gave it, and its owner', async () => {
  const bench = new EngineBench()
  bench.store.put(REPO, { ...foreign, annotations: { note: 'y', 'everpull.dev/adopt': 'true' } })
  await bench.deliver(asking)
  const after = bench.store.secrets.get('argocd/repo')
  assert.deepEqual([after?.uid, after?.labels, after?.owners], ['theirs', { app: 'x' }, []])
  assert.deepEqual(bench.store.text(REPO), { url: 'host', password: 'token-1' })
  assert.equal(after?.annotations['note'], 'y')
})

it('a consent that is taken back ends the writing, and leaves what was written', async () => {
  const bench = new EngineBench()
  bench.store.put(REPO, { ...foreign, annotations: { 'everpull.dev/adopt': 'true' } })
  await bench.deliver(asking)
  const { 'everpull.dev/adopt': _, ...annotations } =
    bench.store.secrets.get('argocd/repo')?.annotations ?? {}
  bench.store.put(REPO, { annotations })
  const answer = await bench.deliver(asking)
  assert.equal(answer.is === 'failed' ? answer.fault.code : answer.is, 'target-foreign')
  assert.deepEqual(bench.store.text(REPO), { url: 'host', password: 'token-1' })
})

it('a Secret that an order made needs no consent to be written again', async () => {
  const bench = new EngineBench()
  await bench.deliver(asking)
  bench.store.put(REPO, { data: textData({ password: 'edited', more: 'x' }) })
  bench.restart()
  assert.equal((await bench.deliver(asking)).is, 'receipt')
  assert.deepEqual(bench.store.text(REPO), { password: 'token-2', more: 'x' })
})

const unfit = [
  [
    'of another type',
    { type: 'kubernetes.io/basic-auth' },
    'target-type',
    /has type kubernetes.io\/basic-auth, but Opaque is wanted and a type cannot be changed: delete the Secret, or choose another name/,
  ],
  [
    'that is immutable',
    { immutable: true },
    'target-immutable',
    /is immutable: delete it, and it is written anew at once/,
  ],
  [
    'of service account tokens',
    { type: 'kubernetes.io/service-account-token' },
    'target-forbidden',
    /is never written/,
  ],
  [
    'with power of a service account',
    { annotations: { 'everpull.dev/adopt': 'true', 'kubernetes.io/service-account.name': 'x' } },
    'target-forbidden',
    /is never written/,
  ],
] as const
for (const [what, change, code, says] of unfit) {
  it(`a Secret ${what} is not written however much it consents, and the refusal says what to do`, async () => {
    const bench = new EngineBench()
    bench.store.put(REPO, { ...foreign, annotations: { 'everpull.dev/adopt': 'true' }, ...change })
    const typed = code === 'target-type' ? into(asking, { type: 'Opaque' }) : asking
    const answer = await bench.deliver(typed)
    assert.ok(answer.is === 'failed', JSON.stringify(answer))
    assert.equal(answer.fault.code, code)
    assert.match(answer.fault.message, says)
    assert.deepEqual(bench.store.text(REPO), { url: 'host', password: 'old' })
  })
}
