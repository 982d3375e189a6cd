// This file is about the engine's promises, each on fake ports and a clock that obeys.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aDelivery, aWant, into, passwordUnder, textData } from '../../test/support/builders.ts'
import { EngineBench } from '../../test/support/engine-bench.ts'
import { hours, minutes, seconds } from '../base/duration.ts'
import type { Answer, Failed, Receipt } from '../model/answer.ts'
import { type Delivery, deliveryAnnotation } from '../model/delivery.ts'
import { fault } from '../model/fault.ts'

const REPO = { namespace: 'argocd', name: 'repo' }

function receipt(answer: Answer): Receipt {
  assert.equal(answer.is, 'receipt', JSON.stringify(answer))
  return answer
}

function failure(answer: Answer): Failed {
  assert.equal(answer.is, 'failed', JSON.stringify(answer))
  return answer
}

describe('a delivery', () => {
  it('creates a missing Secret with one mint and without reading', async () => {
    const bench = new EngineBench()
    const answer = receipt(await bench.deliver(aDelivery()))
    assert.equal(answer.wrote, 'created')
    assert.deepEqual(bench.store.text(REPO), { password: 'token-1' })
    assert.equal(bench.store.reads, 0)
  })

  it('asks nobody anything while all is as it was left', async () => {
    const bench = new EngineBench()
    await bench.deliver(aDelivery())
    const again = receipt(await bench.deliver(aDelivery()))
    assert.equal(again.wrote, 'none')
    assert.deepEqual([bench.store.reads, bench.store.writes, bench.logins.mints], [0, 1, 1])
  })

  it('is due before its interval ends, and within a tenth of it', async () => {
    const bench = new EngineBench()
    const { nextAt } = receipt(await bench.deliver(aDelivery()))
    const wait = (nextAt ?? 0) - bench.clock.now()
    assert.ok(wait <= minutes(60) && wait >= minutes(54), String(wait))
  })

  it('is not due when its neighbours are, but always at the same share of its wait', async () => {
    const dues = async (): Promise<readonly number[]> => {
      const bench = new EngineBench()
      const due: number[] = []
      for (const i of Array(20).keys()) {
        const order = into(aDelivery({}, `order-${i}`), { name: `order-${i}` })
        due.push((receipt(await bench.deliver(order)).nextAt ?? 0) - bench.clock.now())
      }
      return due
    }
    const waits = await dues()
    assert.ok(
      waits.every((wait) => wait <= minutes(60) && wait >= minutes(54)),
      waits.join(),
    )
    // Spread over the whole tenth, not around one moment of it.
    const inWhichMinute = new Set(waits.map((wait) => Math.floor(wait / minutes(1))))
    assert.ok(inWhichMinute.size >= 4, waits.join())
    assert.deepEqual(await dues(), waits)
  })

  it('renews by two thirds of a life shorter than its interval', async () => {
    const bench = new EngineBench()
    bench.logins.lifeMs = seconds(15)
    const { nextAt } = receipt(await bench.deliver(aDelivery()))
    assert.ok((nextAt ?? 0) - bench.clock.now() <= seconds(10))
    bench.clock.advance(seconds(10))
    receipt(await bench.deliver(aDelivery()))
    assert.deepEqual(bench.store.text(REPO), { password: 'token-2' })
  })

  it('shares one login with every other delivery of the same identity and region', async () => {
    const bench = new EngineBench()
    const others = ['a', 'b', 'c'].map((name) => into(aDelivery({}, name), { name }))
    await Promise.all(others.map((delivery) => bench.deliver(delivery)))
    assert.equal(bench.logins.mints, 1)
  })

  it('believes its own mark after a restart and writes nothing', async () => {
    const bench = new EngineBench()
    await bench.deliver(aDelivery())
    bench.restart()
    assert.equal(receipt(await bench.deliver(aDelivery())).wrote, 'none')
    assert.deepEqual([bench.store.writes, bench.logins.mints], [1, 1])
  })

  it('does not believe a mark that says the login lives until 2099', async () => {
    const bench = new EngineBench()
    const delivery = aDelivery()
    await bench.deliver(delivery)
    const secret = bench.store.secrets.get('argocd/repo')
    const key = deliveryAnnotation(delivery.orderedBy.ref)
    const edited = String(secret?.annotations[key]).replace(/"expiresAt":"2026/, '"expiresAt":"2099')
    bench.store.put(REPO, { annotations: { ...secret?.annotations, [key]: edited } })
    bench.restart()
    assert.equal(receipt(await bench.deliver(delivery)).wrote, 'updated')
    assert.equal(bench.logins.mints, 2)
  })

  it('tells an expiry that was only assumed, after a restart too', async () => {
    const bench = new EngineBench()
    const mint = bench.logins.mint.bind(bench.logins)
    bench.logins.mint = async (...want) => {
      const minted = await mint(...want)
      return minted.is === 'minted' ? { ...minted, login: { ...minted.login, expiryAssumed: true } } : minted
    }
    assert.equal(receipt(await bench.deliver(aDelivery())).expiryAssumed, true)
    bench.restart()
    assert.equal(receipt(await bench.deliver(aDelivery())).expiryAssumed, true)
    assert.equal(bench.logins.mints, 1)
  })

  it('gives up on a Secret that never stands still, for this pass', async () => {
    const bench = new EngineBench()
    await bench.deliver(aDelivery())
    bench.clock.advance(minutes(61))
    const write = bench.store.write.bind(bench.store)
    let tries = 0
    bench.store.write = (wanted) => {
      tries += 1
      bench.store.onWrite = () => bench.store.put(REPO, {})
      return write(wanted)
    }
    assert.equal(failure(await bench.deliver(aDelivery())).fault.code, 'kube-conflict')
    assert.equal(tries, 4)
  })

  it('does not take a removed mark for drift', async () => {
    const bench = new EngineBench()
    await bench.deliver(aDelivery())
    bench.store.put(REPO, { annotations: {} })
    assert.equal(receipt(await bench.deliver(aDelivery())).wrote, 'none')
  })

  it('restores an edited value from the shared login, without asking AWS', async () => {
    const bench = new EngineBench()
    await bench.deliver(aDelivery())
    bench.store.put(REPO, { data: textData({ password: 'edited' }) })
    assert.equal(receipt(await bench.deliver(aDelivery())).wrote, 'updated')
    assert.deepEqual(bench.store.text(REPO), { password: 'token-1' })
    assert.equal(bench.logins.mints, 1)
  })

  it('restores a deleted Secret from the shared login', async () => {
    const bench = new EngineBench()
    await bench.deliver(aDelivery())
    bench.store.secrets.clear()
    assert.equal(receipt(await bench.deliver(aDelivery())).wrote, 'created')
    assert.equal(bench.logins.mints, 1)
  })

  it('restores a label without needing a login, even after a restart', async () => {
    const bench = new EngineBench()
    const labelled = into(aDelivery(), { labels: { team: 'a' } })
    await bench.deliver(labelled)
    bench.store.put(REPO, { labels: {} })
    bench.restart()
    assert.equal(receipt(await bench.deliver(labelled)).wrote, 'updated')
    assert.deepEqual(bench.store.secrets.get('argocd/repo')?.labels, { team: 'a' })
    assert.equal(bench.logins.mints, 1)
  })

  it('takes back a Secret that lost its owner while the order stays, and leaves it to itself while the order goes', async () => {
    const bench = new EngineBench()
    await bench.deliver(aDelivery())
    const [owner] = bench.store.secrets.get('argocd/repo')?.owners ?? []
    assert.notEqual(owner, undefined)
    bench.isStaying = false
    bench.store.put(REPO, { owners: [] })
    assert.equal(failure(await bench.deliver(aDelivery())).fault.code, 'order-leaving')
    assert.deepEqual(bench.store.secrets.get('argocd/repo')?.owners, [])
    bench.isStaying = true
    receipt(await bench.deliver(aDelivery()))
    assert.deepEqual(bench.store.secrets.get('argocd/repo')?.owners, [owner])
  })

  it('removes foreign keys from a Secret it owns whole', async () => {
    const bench = new EngineBench()
    await bench.deliver(aDelivery())
    bench.store.put(REPO, { data: textData({ password: 'token-1', extra: 'x' }) })
    await bench.deliver(aDelivery())
    assert.deepEqual(bench.store.text(REPO), { password: 'token-1' })
  })

  it('keeps foreign keys, labels and annotations where it only merges', async () => {
    const bench = new EngineBench()
    bench.store.put(REPO, { data: textData({ url: 'host', password: 'old' }), labels: { theirs: 'yes' } })
    const merging = into(aDelivery(), { writes: 'keys', owner: 'none', whenMissing: 'wait' })
    await bench.deliver(merging)
    assert.deepEqual(bench.store.text(REPO), { url: 'host', password: 'token-1' })
    assert.deepEqual(bench.store.secrets.get('argocd/repo')?.labels, { theirs: 'yes' })
  })

  it('removes a key it wrote once and writes no more', async () => {
    const bench = new EngineBench()
    const merging = into(aDelivery(), { writes: 'keys', owner: 'none' })
    await bench.deliver(merging)
    const entries = [{ key: 'token', value: { is: 'login', login: 0, field: 'password' } as const }]
    await bench.deliver({ ...merging, shape: { is: 'key-values', entries } })
    assert.deepEqual(bench.store.text(REPO), { token: 'token-1' })
  })

  it('waits for a target that somebody else creates', async () => {
    const bench = new EngineBench()
    const merging = into(aDelivery(), { writes: 'keys', owner: 'none', whenMissing: 'wait' })
    assert.equal((await bench.deliver(merging)).is, 'target-missing')
    assert.equal(bench.logins.mints, 0)
  })

  it('reads again when somebody else wrote first', async () => {
    const bench = new EngineBench()
    await bench.deliver(aDelivery())
    bench.clock.advance(minutes(61))
    bench.store.onWrite = () => bench.store.put(REPO, { labels: { theirs: 'yes' } })
    assert.equal(receipt(await bench.deliver(aDelivery())).wrote, 'updated')
    assert.deepEqual(bench.store.secrets.get('argocd/repo')?.labels, { theirs: 'yes' })
    assert.equal(bench.logins.mints, 2)
  })

  it('mints anew for a force, once for a thousand at the same time', async () => {
    const bench = new EngineBench()
    const names = Array.from({ length: 1000 }, (_, i) => `n${i}`)
    const plain = names.map((name) => into(aDelivery({}, name), { name }))
    await Promise.all(plain.map((delivery) => bench.deliver(delivery)))
    const forced = plain.map((delivery) => ({
      ...delivery,
      cadence: { is: 'renewed', interval: minutes(60), force: 'now' } as const,
    }))
    await Promise.all(forced.map((delivery) => bench.deliver(delivery)))
    assert.equal(bench.logins.mints, 2)
    assert.deepEqual(bench.store.text({ namespace: 'argocd', name: 'n999' }), { password: 'token-2' })
  })

  it('mints anew for a force although the Secret was deleted with it', async () => {
    const bench = new EngineBench()
    await bench.deliver(aDelivery())
    bench.store.secrets.clear()
    await bench.deliver(aDelivery({ cadence: { is: 'renewed', interval: minutes(60), force: 'now' } }))
    assert.deepEqual(bench.store.text(REPO), { password: 'token-2' })
  })

  it('follows an edit although a force was taken off before', async () => {
    const bench = new EngineBench()
    await bench.deliver(aDelivery({ cadence: { is: 'renewed', interval: minutes(60), force: 'now' } }))
    await bench.deliver(aDelivery())
    await bench.deliver(into(aDelivery(), { labels: { new: 'label' } }))
    assert.deepEqual(bench.store.secrets.get('argocd/repo')?.labels, { new: 'label' })
    assert.equal(bench.logins.mints, 1)
    assert.equal(receipt(await bench.deliver(into(aDelivery(), { labels: { new: 'label' } }))).wrote, 'none')
  })

  it('lets a fixed label win over a templated one, and rests then', async () => {
    const bench = new EngineBench()
    const entries = [{ key: 'password', value: { is: 'login', login: 0, field: 'password' } as const }]
    const templated = into(
      aDelivery({
        shape: {
          is: 'template',
          values: { is: 'key-values', entries },
          data: {},
          labels: { team: 'templated', free: '{{ .password }}' },
          annotations: {},
          keepsValues: true,
        },
      }),
      { labels: { team: 'fixed' } },
    )
    await bench.deliver(templated)
    assert.deepEqual(bench.store.secrets.get('argocd/repo')?.labels, { team: 'fixed', free: 'token-1' })
    bench.store.put(REPO, { annotations: { ...bench.store.secrets.get('argocd/repo')?.annotations, a: 'b' } })
    assert.equal(receipt(await bench.deliver(templated)).wrote, 'none')
    bench.restart()
    assert.equal(receipt(await bench.deliver(templated)).wrote, 'none')
  })

  it('only re-renders when something else was edited', async () => {
    const bench = new EngineBench()
    await bench.deliver(aDelivery())
    await bench.deliver(into(aDelivery(), { labels: { new: 'label' } }))
    assert.equal(bench.logins.mints, 1)
    assert.equal(bench.store.writes, 2)
  })

  it('renews when the credentials behind its identity change', async () => {
    const bench = new EngineBench()
    await bench.deliver(aDelivery())
    bench.logins.credentials = 'v2'
    await bench.deliver(aDelivery())
    assert.deepEqual(bench.store.text(REPO), { password: 'token-2' })
  })

  it('gives an object that is never renewed again a login at most a minute old', async () => {
    const bench = new EngineBench()
    await bench.deliver(aDelivery())
    bench.clock.advance(minutes(2))
    const once = into(aDelivery({ cadence: { is: 'once', because: 'refreshInterval is 0' } }, 'once'), {
      name: 'once',
    })
    const answer = receipt(await bench.deliver(once))
    assert.equal(answer.nextAt, undefined)
    assert.equal(bench.logins.mints, 2)
  })
})

describe('a delivery whose renewal fails', () => {
  const throttled = fault('aws-throttled', 'AWS is throttling')

  it('keeps serving what it wrote and says until when and since when', async () => {
    const bench = new EngineBench()
    const { logins } = receipt(await bench.deliver(aDelivery()))
    bench.clock.advance(minutes(61))
    bench.logins.fault = throttled
    const since = bench.clock.now()
    const first = failure(await bench.deliver(aDelivery()))
    bench.clock.advance(minutes(5))
    const second = failure(await bench.deliver(aDelivery()))
    assert.deepEqual(first.serving, { until: logins[0]?.expiresAt, since })
    assert.deepEqual(second.serving, first.serving)
    assert.deepEqual(bench.store.text(REPO), { password: 'token-1' })
  })

  it('asks the API server nothing while it waits for AWS', async () => {
    const bench = new EngineBench()
    await bench.deliver(aDelivery())
    bench.clock.advance(minutes(61))
    bench.logins.fault = throttled
    const { reads } = bench.store
    failure(await bench.deliver(aDelivery()))
    bench.clock.advance(minutes(5))
    failure(await bench.deliver(aDelivery()))
    assert.equal(bench.store.reads, reads)
  })

  it('says so after a restart too', async () => {
    const bench = new EngineBench()
    await bench.deliver(aDelivery())
    bench.restart()
    bench.clock.advance(minutes(61))
    bench.logins.fault = throttled
    assert.notEqual(failure(await bench.deliver(aDelivery())).serving, undefined)
  })

  it('stops saying so once the login has died, and leaves the Secret as it was', async () => {
    const bench = new EngineBench()
    await bench.deliver(aDelivery())
    bench.logins.fault = throttled
    bench.clock.advance(minutes(13 * 60))
    assert.equal(failure(await bench.deliver(aDelivery())).serving, undefined)
    assert.deepEqual(bench.store.text(REPO), { password: 'token-1' })
  })

  it('recovers with the first mint that works', async () => {
    const bench = new EngineBench()
    await bench.deliver(aDelivery())
    bench.clock.advance(minutes(61))
    bench.logins.fault = throttled
    await bench.deliver(aDelivery())
    bench.logins.fault = undefined
    bench.clock.advance(minutes(2))
    assert.equal(receipt(await bench.deliver(aDelivery())).wrote, 'updated')
    assert.deepEqual(bench.store.text(REPO), { password: 'token-2' })
  })

  it('restores an edited or deleted Secret from the login that still lives, and stays due', async () => {
    const bench = new EngineBench()
    const { logins } = receipt(await bench.deliver(aDelivery()))
    bench.logins.fault = throttled
    bench.clock.advance(minutes(10 * 60))
    bench.store.put(REPO, { data: textData({ password: 'tampered' }) })
    const edited = failure(await bench.deliver(aDelivery()))
    assert.equal(edited.serving?.until, logins[0]?.expiresAt)
    assert.deepEqual(bench.store.text(REPO), { password: 'token-1' })
    bench.store.secrets.clear()
    bench.clock.advance(minutes(1))
    assert.notEqual(failure(await bench.deliver(aDelivery())).serving, undefined)
    assert.deepEqual(bench.store.text(REPO), { password: 'token-1' })
    bench.logins.fault = undefined
    bench.clock.advance(minutes(2))
    receipt(await bench.deliver(aDelivery()))
    assert.deepEqual(bench.store.text(REPO), { password: 'token-2' })
  })

  it('restores a Secret although a force waits for a newer login, which comes when it can', async () => {
    const bench = new EngineBench()
    const forced = aDelivery({ cadence: { is: 'renewed', interval: minutes(60), force: 'now' } })
    await bench.deliver(aDelivery())
    bench.logins.fault = throttled
    bench.store.put(REPO, { data: textData({ password: 'tampered' }) })
    failure(await bench.deliver(forced))
    assert.deepEqual(bench.store.text(REPO), { password: 'token-1' })
    bench.logins.fault = undefined
    bench.clock.advance(minutes(2))
    receipt(await bench.deliver(forced))
    assert.deepEqual(bench.store.text(REPO), { password: 'token-2' })
  })

  it('gives an object that is never renewed again no old login', async () => {
    const bench = new EngineBench()
    const once = aDelivery({ cadence: { is: 'once', because: 'it was asked for so' } })
    await bench.deliver(once)
    bench.logins.fault = throttled
    bench.clock.advance(minutes(5))
    bench.store.secrets.clear()
    assert.equal(failure(await bench.deliver(once)).serving, undefined)
    assert.equal(bench.store.text(REPO), undefined)
  })

  it('keeps serving while its credentials are missing', async () => {
    const bench = new EngineBench()
    await bench.deliver(aDelivery())
    bench.logins.identifyFault = fault('credential-missing', 'Secret aws is missing')
    assert.notEqual(failure(await bench.deliver(aDelivery())).serving, undefined)
  })

  it('says at which place of the spec its login was asked for', async () => {
    const bench = new EngineBench()
    const want = { ...aWant(), scope: { service: 'private', region: 'eu-west-2' } } as const
    const asked = aDelivery({ logins: [aWant(), { ...want, at: 'spec.dataFrom[1]' }] })
    const identify = bench.logins.identify.bind(bench.logins)
    const mint = bench.logins.mint.bind(bench.logins)
    let wants = 0
    bench.logins.identify = async (identity) => {
      wants += 1
      return wants === 2 ? fault('credential-missing', 'Secret aws is missing') : identify(identity)
    }
    assert.equal(failure(await bench.deliver(asked)).fault.at, 'spec.dataFrom[1]')
    bench.logins.identify = identify
    let mints = 0
    bench.logins.mint = async (...want) => {
      mints += 1
      return mints === 2 ? throttled : mint(...want)
    }
    assert.equal(failure(await bench.deliver(asked)).fault.at, 'spec.dataFrom[1]')
  })

  it('asks AWS once for everybody, not once each', async () => {
    const bench = new EngineBench()
    let asked = 0
    const refused = bench.logins.mint.bind(bench.logins)
    bench.logins.mint = async (...want) => {
      asked += 1
      return refused(...want)
    }
    bench.logins.fault = throttled
    const others = ['a', 'b', 'c'].map((name) => into(aDelivery({}, name), { name }))
    const answers = await Promise.all(others.map((delivery) => bench.deliver(delivery)))
    assert.equal(asked, 1)
    assert.ok(answers.every((answer) => failure(answer).retryAt !== undefined))
  })
})

describe('a target that may not be written', () => {
  const rows: readonly [
    string,
    Parameters<EngineBench['store']['put']>[1],
    Partial<ReturnType<typeof aDelivery>['target']>,
    string,
  ][] = [
    [
      'is owned by another object of the same kind',
      {
        owners: [
          {
            apiVersion: 'external-secrets.io/v1',
            kind: 'ExternalSecret',
            name: 'other',
            uid: 'u',
            controller: true,
          },
        ],
      },
      { owner: 'none', writes: 'keys' },
      'target-owned',
    ],
    [
      'is controlled by anybody while we want to own it',
      { owners: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'other', uid: 'u', controller: true }] },
      {},
      'target-owned',
    ],
    [
      'is foreign and nobody consented',
      { data: textData({ mine: 'x' }) },
      { consent: 'needed' },
      'target-foreign',
    ],
    ['has another type', { type: 'Opaque' }, { type: 'kubernetes.io/dockerconfigjson' }, 'target-type'],
    ['is immutable', { immutable: true }, {}, 'target-immutable'],
    ['is a service account token', { type: 'kubernetes.io/service-account-token' }, {}, 'target-forbidden'],
  ]
  for (const [name, there, wanted, code] of rows) {
    it(`${name}: ${code}, and stays as it was`, async () => {
      const bench = new EngineBench()
      const before = bench.store.put(REPO, there)
      const { fault: cause } = failure(await bench.deliver(into(aDelivery(), wanted)))
      assert.equal(cause.code, code)
      assert.equal(bench.store.secrets.get('argocd/repo'), before)
    })
  }

  it('is taken over without asking when it looks exactly like ours', async () => {
    const bench = new EngineBench()
    const user = { key: 'username', value: { is: 'login', login: 0, field: 'username' } } as const
    const shape = { is: 'key-values', entries: [user, ...passwordUnder('password').entries] } as const
    bench.store.put(REPO, { data: textData({ username: 'AWS', password: 'from the system we replace' }) })
    receipt(await bench.deliver(into(aDelivery({ shape }), { consent: 'needed' })))
    assert.deepEqual(bench.store.text(REPO), { username: 'AWS', password: 'token-1' })
  })
})

describe('two deliveries into one Secret', () => {
  it('have one writer: the incumbent, else the older, else the first by name', async () => {
    const bench = new EngineBench()
    const [first, second] = [aDelivery({}, 'a'), aDelivery({}, 'b')]
    for (const delivery of [first, second]) bench.claims.state(delivery.orderedBy.ref, [delivery])
    receipt(await bench.deliver(first))
    const yielded = await bench.deliver(second)
    assert.deepEqual(yielded.is === 'yielded' && yielded.to.name, 'a')
  })

  it('both write when they merge different keys', async () => {
    const bench = new EngineBench()
    bench.store.put(REPO, { data: textData({ url: 'host' }) })
    const merging = (name: string, key: string) =>
      into(
        aDelivery(
          {
            shape: {
              is: 'key-values',
              entries: [{ key, value: { is: 'login', login: 0, field: 'password' } }],
            },
          },
          name,
        ),
        { writes: 'keys', owner: 'none', whenMissing: 'wait' },
      )
    const both = [merging('a', 'password'), merging('b', 'token')]
    for (const delivery of both) bench.claims.state(delivery.orderedBy.ref, [delivery])
    for (const delivery of both) receipt(await bench.deliver(delivery))
    assert.deepEqual(bench.store.text(REPO), { url: 'host', password: 'token-1', token: 'token-1' })
    bench.restart()
    for (const delivery of both) assert.equal(receipt(await bench.deliver(delivery)).wrote, 'none')
  })
})

/** The bench's clock begins with 2026; the evening of each day is when renewals are permitted. */
const evenings = { kind: 'allow', windows: [{ schedule: '0 18 * * *', duration: hours(4) }] } as const
const inEvenings = (change: Partial<Delivery> = {}): Delivery =>
  aDelivery({ cadence: { is: 'renewed', interval: minutes(60), windows: evenings }, ...change })

describe('a delivery with closed sync windows', () => {
  it('is written at once while it has nothing, and then waits for them to open', async () => {
    const bench = new EngineBench()
    const first = receipt(await bench.deliver(inEvenings()))
    assert.equal(first.wrote, 'created')
    const opens = Date.UTC(2026, 0, 1, 18)
    assert.equal(first.nextAt, opens)
    bench.clock.advance(hours(17))
    const waiting = receipt(await bench.deliver(inEvenings()))
    assert.deepEqual([waiting.wrote, waiting.nextAt], ['none', opens])
    bench.clock.advance(hours(1))
    assert.equal(receipt(await bench.deliver(inEvenings())).wrote, 'updated')
    assert.equal(bench.logins.mints, 2)
  })

  it('is written all the same when it is asked for otherwise, forced, edited or gone', async () => {
    const bench = new EngineBench()
    await bench.deliver(inEvenings())
    const other = inEvenings({
      shape: { is: 'key-values', entries: [{ key: 'p', value: { is: 'literal', text: 'x' } }] },
    })
    assert.equal(receipt(await bench.deliver(other)).wrote, 'updated')
    const forced = inEvenings({ cadence: { is: 'renewed', windows: evenings, force: 'now' } })
    assert.equal(receipt(await bench.deliver(forced)).wrote, 'updated')
    bench.store.put(REPO, { data: textData({ password: 'edited' }) })
    assert.equal(receipt(await bench.deliver(forced)).wrote, 'updated')
    bench.store.secrets.delete('argocd/repo')
    assert.equal(receipt(await bench.deliver(forced)).wrote, 'created')
  })

  it('is renewed shortly before they close, once, and not again before they open', async () => {
    const bench = new EngineBench()
    bench.clock.advance(hours(21.2))
    const { nextAt = 0 } = receipt(await bench.deliver(inEvenings()))
    const closes = Date.UTC(2026, 0, 1, 22)
    assert.ok(nextAt < closes && nextAt > closes - minutes(11), new Date(nextAt).toISOString())
    bench.clock.advance(nextAt - bench.clock.now())
    const early = receipt(await bench.deliver(inEvenings()))
    assert.deepEqual([early.wrote, early.nextAt], ['updated', Date.UTC(2026, 0, 2, 18)])
    assert.equal(bench.logins.mints, 2)
  })

  it('waits, like any other, where the same login is shared by one without windows', async () => {
    const bench = new EngineBench()
    await bench.deliver(inEvenings())
    await bench.deliver(into(aDelivery({}, 'other'), { name: 'other' }))
    bench.clock.advance(minutes(61))
    assert.equal(
      receipt(await bench.deliver(into(aDelivery({}, 'other'), { name: 'other' }))).wrote,
      'updated',
    )
    assert.equal(receipt(await bench.deliver(inEvenings())).wrote, 'none')
  })
})
