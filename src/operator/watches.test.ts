// This file is about what the operator follows, by the scope it is given, and what it reads where it follows nothing.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { noTemplatesYet } from '../../test/support/builders.ts'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { statusError, WISH } from '../../test/support/operator-bench.ts'
import { ScriptedReflectors } from '../../test/support/scripted-reflectors.ts'
import { silentLog } from '../base/log.ts'
import { LABELLED_SECRET } from '../dialects/argocd/labels.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { ClientStats, KubeClient, KubeRequest } from '../kube/client.ts'
import type { Ref } from '../model/ref.ts'
import { type WatchOptions, Watches } from './watches.ts'

const DIALECT: Dialect = {
  name: 'mobb',
  kinds: [WISH, { ...WISH, kind: 'Well', plural: 'wells', use: 'referred' }],
  operatorSecrets: ['credentials'],
  eventSource: 'us',
  statusManager: 'us',
  translate: () => ({ is: 'order', deliveries: [], warnings: [] }),
  status: () => ({ events: [] }),
}
const LABELLED: Dialect = {
  ...DIALECT,
  name: 'argocd',
  kinds: [LABELLED_SECRET, { ...WISH, kind: 'Well', plural: 'wells', use: 'referred' }],
  operatorSecrets: 'any',
}
const SECRET: Ref = { group: '', kind: 'Secret', namespace: 'a', name: 'one' }
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const { signal } = new AbortController()

async function bench(change: Partial<WatchOptions> = {}, answer: object = {}) {
  const reflectors = new ScriptedReflectors()
  const asked: KubeRequest[] = []
  const told: string[] = []
  const nothing: ClientStats = { requests: 0, sessions: 0, inFlight: 0, streams: 0 }
  const client: KubeClient = {
    request: async <T>(request: KubeRequest) => {
      asked.push(request)
      if (answer instanceof Error) throw answer
      return answer as T
    },
    stream: () => Promise.reject(new Error('nothing is streamed here')),
    stats: () => nothing,
    close: async () => {},
  }
  const watches = new Watches(
    {
      dialects: [DIALECT],
      namespaces: undefined,
      driftWatch: true,
      allowedAccounts: { is: 'none' },
      homes: { argocd: 'argocd' },
      runtime: 'default',
      ambientOpenTo: 'all',
      operatorNamespace: 'operators',
      ...change,
    },
    {
      client,
      startReflector: reflectors.start,
      servedVersions: async () => ['v1'],
      onServed: async () => {},
      templates: noTemplatesYet(),
      clock: new ManualClock(),
      random: () => 0,
      log: silentLog,
    },
    {
      onObject: (now) => told.push(`object ${now?.ref.name ?? 'gone'}`),
      onSecret: ({ name }) => told.push(`secret ${name}`),
      onReferred: ({ name }) => told.push(`account ${name}`),
      onKind: () => {},
      onAccount: () => {},
      usersOf: () => [],
    },
  )
  await turn()
  return { watches, reflectors, asked, told }
}

const followed = ({ started }: ScriptedReflectors) =>
  started
    .map(({ type, namespaces, fieldSelector }) => {
      const where = namespaces?.join('+') ?? 'everywhere'
      return `${type.plural} ${where}${fieldSelector === undefined ? '' : ` ${fieldSelector}`}`
    })
    .toSorted()

describe('the operator follows', () => {
  const rows: readonly (readonly [string, Partial<WatchOptions>, readonly string[]])[] = [
    [
      'its kinds and all Secrets everywhere',
      {},
      ['secrets everywhere', 'wells everywhere', 'wishes everywhere'],
    ],
    [
      'what is in its namespaces, and of its own the Secrets that are named',
      { namespaces: ['a', 'b'] },
      ['secrets a+b', 'secrets operators metadata.name=credentials', 'wells a+b', 'wishes a+b'],
    ],
    [
      'nothing twice where its own namespace is served',
      { namespaces: ['a', 'operators'] },
      ['secrets a+operators', 'wells a+operators', 'wishes a+operators'],
    ],
    [
      'of Secrets those of the namespaces labelled ones live in, and its own, where nothing else is ordered',
      { dialects: [LABELLED], namespaces: ['a'] },
      ['secrets argocd', 'secrets argocd+operators', 'wells a'],
    ],
    [
      'the same where it serves the whole cluster',
      { dialects: [LABELLED] },
      ['secrets argocd', 'secrets argocd+operators', 'wells everywhere'],
    ],
    [
      'Secrets everywhere where something else is ordered too',
      { dialects: [DIALECT, LABELLED] },
      ['secrets argocd', 'secrets everywhere', 'wells everywhere', 'wishes everywhere'],
    ],
    ['no Secrets without the drift watch', { driftWatch: false }, ['wells everywhere', 'wishes everywhere']],
  ]
  for (const [name, options, what] of rows) {
    it(name, async () => {
      const { watches, reflectors } = await bench(options)
      assert.deepEqual(followed(reflectors), what)
      await watches.stop()
      assert.ok(reflectors.started.every((one) => one.isStopped))
    })
  }

  it('and tells of what changes', async () => {
    const { watches, reflectors, told } = await bench()
    reflectors.of('Wish').put({ name: 'one', namespace: 'a' })
    reflectors.of('Secret').put({ name: 'two', namespace: 'a' })
    assert.deepEqual(told, ['object one', 'secret two'])
    await watches.stop()
  })

  it('and is settled when everything was listed', async () => {
    const { watches, reflectors } = await bench()
    let isSettled = false
    const settled = watches.settled().then(() => (isSettled = true))
    reflectors.of('Wish').sync()
    reflectors.of('Well').sync()
    await turn()
    assert.equal(isSettled, false)
    reflectors.of('Secret').sync()
    await settled
    assert.deepEqual(
      watches.phases().map(({ phase }) => phase.is),
      ['watching', 'watching', 'watching'],
    )
    await watches.stop()
  })

  it('and serves the kinds that order, not those that are only looked at', async () => {
    const { watches } = await bench()
    assert.deepEqual([...watches.served.keys()], ['example.com/Wish'])
    await watches.stop()
  })
})

describe('a Secret that nobody follows', () => {
  it('is read by its metadata alone', async () => {
    const { watches, asked } = await bench(
      { driftWatch: false },
      { metadata: { name: 'one', namespace: 'a', uid: 'u', resourceVersion: '7' } },
    )
    const looked = await watches.fetch(SECRET, signal)
    assert.ok(looked.is === 'present')
    assert.deepEqual([looked.resource.uid, looked.resource.resourceVersion], ['u', '7'])
    assert.equal(asked[0]?.path, '/api/v1/namespaces/a/secrets/one')
    assert.match(asked[0].accept ?? '', /as=PartialObjectMetadata/)
    await watches.stop()
  })

  it('is absent when it is not there', async () => {
    const { watches } = await bench({ driftWatch: false }, statusError(404, 'NotFound'))
    assert.equal((await watches.fetch(SECRET, signal)).is, 'absent')
    await watches.stop()
  })

  it('is neither here nor there when the reading was called off', async () => {
    const off = new AbortController()
    off.abort(new Error('over'))
    const { watches } = await bench({ driftWatch: false }, new Error('over'))
    await assert.rejects(watches.fetch(SECRET, off.signal), /over/)
    await watches.stop()
  })

  it('is denied when it cannot be read', async () => {
    const { watches } = await bench({ driftWatch: false }, statusError(403, 'Forbidden'))
    const looked = await watches.fetch(SECRET, signal)
    assert.equal(looked.is === 'denied' && looked.fault.code, 'reference-unreadable')
    await watches.stop()
  })
})
