// This file is about docker configs that several write: each its hosts, and nothing of anybody else.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aDelivery, anOrderer, into, textData } from '../../test/support/builders.ts'
import { EngineBench } from '../../test/support/engine-bench.ts'
import { minutes } from '../base/duration.ts'
import type { Answer } from '../model/answer.ts'
import { type Delivery, deliveryAnnotation } from '../model/delivery.ts'
import type { DockerConfig } from '../model/shape.ts'
import { releaseAll, releaseOthers } from './release.ts'

const PULL = { namespace: 'argocd', name: 'pull' }
const HOST = '123456789012.dkr.ecr.eu-west-1.amazonaws.com'
const OTHER = 'b.example'
const GITHUB = { auth: btoa('me:theirs') }
const { signal } = new AbortController()

/** Writes these hosts into a config that was there or not, under any key. */
function merging(hosts: readonly string[], name = 'pull', change: Partial<DockerConfig> = {}): Delivery {
  const shape: DockerConfig = {
    is: 'docker-config',
    merges: true,
    hosts: hosts.map((host) => ({ host, login: 0 })),
    ...change,
  }
  const target = { name: 'pull', writes: 'keys', owner: 'none' } as const
  return into(aDelivery({ shape }, name), target)
}

function benchWith(config: unknown, key = '.dockerconfigjson'): EngineBench {
  const bench = new EngineBench()
  bench.store.put(PULL, {
    labels: { theirs: 'x' },
    data: textData({ url: 'host', [key]: typeof config === 'string' ? config : JSON.stringify(config) }),
  })
  return bench
}

const secretOf = (bench: EngineBench) => bench.store.secrets.get('argocd/pull')

function configOf(bench: EngineBench, key = '.dockerconfigjson') {
  const text = bench.store.text(PULL)?.[key]
  assert.ok(text, 'there is no config')
  return JSON.parse(text) as { auths: Record<string, { password?: string }> }
}

const hostsOf = (bench: EngineBench): readonly string[] => Object.keys(configOf(bench).auths).toSorted()
const wrote = (answer: Answer): string => (answer.is === 'receipt' ? answer.wrote : answer.is)

describe('a host merged into a docker config', () => {
  it('is written beside the others, in a Secret that stays what it was', async () => {
    const bench = benchWith({ credsStore: 'x', auths: { 'ghcr.io': GITHUB } })
    const { uid } = secretOf(bench) ?? {}
    await bench.deliver(merging([HOST]))
    const { auths, ...rest } = configOf(bench)
    assert.deepEqual(rest, { credsStore: 'x' })
    assert.deepEqual(auths['ghcr.io'], GITHUB)
    assert.equal(auths[HOST]?.password, 'token-1')
    assert.equal(bench.store.text(PULL)?.['url'], 'host')
    assert.deepEqual([secretOf(bench)?.uid, secretOf(bench)?.labels], [uid, { theirs: 'x' }])
  })

  it('makes the Secret where there is none', async () => {
    const bench = new EngineBench()
    await bench.deliver(merging([HOST]))
    assert.deepEqual(hostsOf(bench), [HOST])
  })

  it('may stand under any key', async () => {
    const bench = benchWith({ auths: { 'ghcr.io': GITHUB } }, 'config.json')
    await bench.deliver(merging([HOST], 'pull', { key: 'config.json' }))
    assert.deepEqual(Object.keys(configOf(bench, 'config.json').auths), ['ghcr.io', HOST])
  })

  it('replaces other spellings of itself', async () => {
    const bench = benchWith({ auths: { [`https://${HOST}/v2/`]: { auth: 'old' }, 'ghcr.io': GITHUB } })
    await bench.deliver(merging([HOST]))
    assert.deepEqual(hostsOf(bench), [HOST, 'ghcr.io'])
  })

  it('is left alone while all is as it was left, by a restart too', async () => {
    const bench = benchWith({ auths: { 'ghcr.io': GITHUB } })
    await bench.deliver(merging([HOST]))
    bench.restart()
    assert.equal(wrote(await bench.deliver(merging([HOST]))), 'none')
    assert.deepEqual([bench.store.writes, bench.logins.mints], [1, 1])
  })

  it('is renewed beside what others have written meanwhile', async () => {
    const bench = benchWith({ auths: {} })
    await bench.deliver(merging([HOST]))
    const { auths } = configOf(bench)
    bench.store.put(PULL, {
      data: textData({ '.dockerconfigjson': JSON.stringify({ auths: { ...auths, 'ghcr.io': GITHUB } }) }),
    })
    bench.clock.advance(minutes(61))
    assert.equal(wrote(await bench.deliver(merging([HOST]))), 'updated')
    assert.equal(configOf(bench).auths[HOST]?.password, 'token-2')
    assert.deepEqual(configOf(bench).auths['ghcr.io'], GITHUB)
  })
})

describe('what somebody does to a docker config that hosts are merged into', () => {
  const edits: readonly (readonly [
    string,
    (config: ReturnType<typeof configOf>) => unknown,
    'none' | 'updated',
  ])[] = [
    [
      'to a foreign host changes nothing',
      ({ auths }) => ({ auths: { ...auths, 'ghcr.io': { auth: 'new' } } }),
      'none',
    ],
    ['to other members changes nothing', (config) => ({ ...config, credHelpers: { a: 'b' } }), 'none'],
    [
      'to the order of its members changes nothing',
      ({ auths }) => ({ auths: { 'a.example': {}, ...auths } }),
      'none',
    ],
    [
      'to a host of ours is mended',
      ({ auths }) => ({ auths: { ...auths, [HOST]: { auth: 'edited' } } }),
      'updated',
    ],
    ['by taking out a host of ours is mended', () => ({ auths: { 'ghcr.io': GITHUB } }), 'updated'],
    [
      'by adding another spelling of a host of ours is mended',
      ({ auths }) => ({ auths: { [`https://${HOST}`]: { auth: 'stale' }, ...auths } }),
      'updated',
    ],
    ['by taking everything out is mended', () => ({}), 'updated'],
  ]
  for (const isRestarted of [false, true]) {
    for (const [name, edit, expected] of edits) {
      it(`${name}${isRestarted ? ', seen after a restart' : ''}`, async () => {
        const bench = benchWith({ auths: { 'ghcr.io': GITHUB } })
        await bench.deliver(merging([HOST]))
        const edited = edit(configOf(bench))
        const data = textData({ ...bench.store.text(PULL), '.dockerconfigjson': JSON.stringify(edited) })
        bench.store.put(PULL, { data })
        if (isRestarted) bench.restart()
        assert.equal(wrote(await bench.deliver(merging([HOST]))), expected)
        assert.match(configOf(bench).auths[HOST]?.password ?? '', /^token-/)
        assert.ok(!hostsOf(bench).some((host) => host.startsWith('https://')))
        if (!isRestarted || expected === 'none') assert.equal(bench.logins.mints, 1)
      })
    }
  }

  const flaws: readonly (readonly [string, string])[] = [
    ['no JSON', 'nonsense'],
    ['a list', '[]'],
    ['empty', ''],
    ['with auths that are a list', '{"auths":[]}'],
  ]
  for (const [name, config] of flaws) {
    it(`is never overwritten where it is ${name}, and the refusal says what to do`, async () => {
      const bench = benchWith(config)
      const answer = await bench.deliver(merging([HOST]))
      assert.ok(answer.is === 'failed', JSON.stringify(answer))
      assert.equal(answer.fault.code, 'output-invalid')
      assert.match(
        answer.fault.message,
        /key "\.dockerconfigjson" of Secret pull is no docker config .*; mend it, delete the key/,
      )
      assert.equal(bench.store.text(PULL)?.['.dockerconfigjson'], config)
      assert.equal(bench.logins.mints, 0)
    })
  }
})

describe('a host that is no longer ordered', () => {
  for (const isRestarted of [false, true]) {
    it(`is taken out of the config${isRestarted ? ', after a restart too' : ''}`, async () => {
      const bench = benchWith({ auths: { 'ghcr.io': GITHUB } })
      await bench.deliver(merging([HOST, OTHER]))
      if (isRestarted) bench.restart()
      await bench.deliver(merging([OTHER]))
      assert.deepEqual(hostsOf(bench), [OTHER, 'ghcr.io'])
    })
  }

  it('is taken out where the mark is gone but the order is remembered', async () => {
    const bench = benchWith({ auths: { 'ghcr.io': GITHUB } })
    await bench.deliver(merging([HOST, OTHER]))
    bench.store.put(PULL, { annotations: {} })
    await bench.deliver(merging([OTHER]))
    assert.deepEqual(hostsOf(bench), [OTHER, 'ghcr.io'])
  })

  it('is taken out of the key it was in, when another key is ordered', async () => {
    const bench = benchWith({ auths: { 'ghcr.io': GITHUB } })
    await bench.deliver(merging([HOST]))
    await bench.deliver(merging([HOST], 'pull', { key: 'config.json' }))
    assert.deepEqual(hostsOf(bench), ['ghcr.io'])
    assert.deepEqual(Object.keys(configOf(bench, 'config.json').auths), [HOST])
  })

  it('is taken out of a config that stays, when other keys are ordered', async () => {
    const bench = benchWith({ auths: { 'ghcr.io': GITHUB } })
    await bench.deliver(merging([HOST]))
    await bench.deliver(into(aDelivery({}, 'pull'), { name: 'pull', writes: 'keys', owner: 'none' }))
    assert.deepEqual(hostsOf(bench), ['ghcr.io'])
    assert.equal(bench.store.text(PULL)?.['password'], 'token-1')
  })

  it('is taken out with the whole order where that writes elsewhere now, or is gone', async () => {
    const by = merging([HOST]).orderedBy
    for (const release of [
      (bench: EngineBench) => releaseAll(bench.parts, by.ref, signal),
      (bench: EngineBench) =>
        releaseOthers(bench.parts, by, [into(merging([HOST]), { name: 'other' })], signal),
    ]) {
      const bench = benchWith({ auths: { 'ghcr.io': GITHUB } })
      await bench.deliver(merging([HOST]))
      bench.restart()
      await release(bench)
      assert.deepEqual(hostsOf(bench), ['ghcr.io'])
      assert.deepEqual(secretOf(bench)?.annotations, {})
      const { writes } = bench.store
      await release(bench)
      assert.equal(bench.store.writes, writes)
    }
  })

  it('goes with a Secret that the order made', async () => {
    const bench = new EngineBench()
    await bench.deliver(into(merging([HOST]), { owner: 'creator' }))
    const before = secretOf(bench)
    assert.deepEqual(
      before?.owners.map(({ uid }) => uid),
      ['uid-of-pull'],
    )
    await releaseAll(bench.parts, anOrderer('pull').ref, signal)
    assert.equal(secretOf(bench), before)
  })

  it('stays where somebody has put in a login of his own since', async () => {
    const bench = benchWith({ auths: {} })
    await bench.deliver(merging([HOST]))
    bench.store.put(PULL, {
      data: textData({ '.dockerconfigjson': JSON.stringify({ auths: { [HOST]: GITHUB } }) }),
    })
    await releaseAll(bench.parts, anOrderer('pull').ref, signal)
    assert.deepEqual(configOf(bench).auths, { [HOST]: GITHUB })
    assert.deepEqual(secretOf(bench)?.annotations, {})
  })

  it('is left in what is no docker config any more, or immutable, and the mark goes all the same', async () => {
    for (const change of [{ data: textData({ '.dockerconfigjson': 'nonsense' }) }, { immutable: true }]) {
      const bench = benchWith({ auths: {} })
      await bench.deliver(merging([HOST]))
      bench.store.put(PULL, change)
      const before = bench.store.text(PULL)
      assert.deepEqual(await releaseAll(bench.parts, anOrderer('pull').ref, signal), [])
      assert.deepEqual(bench.store.text(PULL), before)
      assert.deepEqual(secretOf(bench)?.annotations, {})
    }
  })
})

describe('two orders that merge into one docker config', () => {
  const ordered = (bench: EngineBench, ...deliveries: readonly Delivery[]) => {
    for (const delivery of deliveries) bench.claims.state(delivery.orderedBy.ref, [delivery])
  }

  it('keep out of each other’s hosts, and of each other’s way', async () => {
    const bench = benchWith({ auths: { 'ghcr.io': GITHUB } })
    const [a, b] = [merging([HOST], 'a'), merging([OTHER], 'b')]
    ordered(bench, a, b)
    await bench.deliver(a)
    await bench.deliver(b)
    assert.deepEqual(hostsOf(bench), [HOST, OTHER, 'ghcr.io'].toSorted())
    const { reads, writes } = bench.store
    assert.equal(wrote(await bench.deliver(a)), 'none')
    assert.deepEqual([bench.store.reads, bench.store.writes], [reads, writes])
    await releaseAll(bench.parts, a.orderedBy.ref, signal)
    assert.deepEqual(hostsOf(bench), [OTHER, 'ghcr.io'].toSorted())
    assert.equal(wrote(await bench.deliver(b)), 'none')
    assert.equal(bench.store.reads, reads + 1)
  })

  it('have the host they both want written by the first, and by the second without a gap', async () => {
    const bench = benchWith({ auths: {} })
    const [a, b] = [merging([HOST, 'a.example'], 'a'), merging([HOST], 'b')]
    ordered(bench, a, b)
    await bench.deliver(a)
    assert.equal((await bench.deliver(b)).is, 'yielded')
    bench.claims.state(a.orderedBy.ref, [])
    await releaseAll(bench.parts, a.orderedBy.ref, signal)
    assert.deepEqual(hostsOf(bench), [HOST])
    assert.equal(wrote(await bench.deliver(b)), 'updated')
    await releaseAll(bench.parts, b.orderedBy.ref, signal)
    assert.deepEqual(hostsOf(bench), [])
  })

  it('leave a host that the other has written though nobody claims it yet', async () => {
    const bench = benchWith({ auths: {} })
    const [a, b] = [merging([HOST, OTHER], 'a'), merging([HOST], 'b')]
    await bench.deliver(a)
    await bench.deliver(b)
    await releaseAll(bench.parts, a.orderedBy.ref, signal)
    assert.deepEqual(hostsOf(bench), [HOST])
    await releaseAll(bench.parts, b.orderedBy.ref, signal)
    assert.deepEqual(hostsOf(bench), [])
  })

  it('keep what the other has merged, when one comes back to write something else', async () => {
    const bench = benchWith({ auths: {} })
    const [a, b] = [merging([HOST], 'a'), merging([HOST], 'b')]
    await bench.deliver(b)
    await bench.deliver(a)
    await releaseAll(bench.parts, a.orderedBy.ref, signal)
    await bench.deliver(into(aDelivery({}, 'a'), { name: 'pull', writes: 'keys', owner: 'none' }))
    assert.deepEqual(hostsOf(bench), [HOST])
  })

  it('may each merge into the Secret that one of them made', async () => {
    const bench = new EngineBench()
    const [a, b] = [merging([HOST], 'a'), merging([OTHER], 'b')].map((one) => into(one, { owner: 'creator' }))
    assert.ok(a && b)
    await bench.deliver(a)
    assert.equal(wrote(await bench.deliver(b)), 'updated')
    assert.deepEqual(
      secretOf(bench)?.owners.map(({ uid }) => uid),
      ['uid-of-a'],
    )
    const marks = Object.entries(secretOf(bench)?.annotations ?? {})
    const named = marks.filter(([, text]) => 'by' in (JSON.parse(text) as object)).map(([name]) => name)
    assert.deepEqual(named, [deliveryAnnotation(b.orderedBy.ref)])
  })
})
