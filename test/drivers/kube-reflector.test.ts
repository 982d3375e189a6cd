// This file is about following a kind on a server that misbehaves in every way a real one can.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { seededRandom } from '../../src/base/random.ts'
import { fixedCredential } from '../../src/kube/access.ts'
import type { KubeClient } from '../../src/kube/client.ts'
import type { Reflector, ReflectorOptions, ReflectorPhase } from '../../src/kube/reflector.ts'
import { startReflector } from '../../src/kube/reflector.ts'
import { CONFIG_MAPS, SECRETS } from '../../src/kube/resource.ts'
import { connect } from '../../src/kube/transport.ts'
import { eventually } from '../support/eventually.ts'
import { ManualClock } from '../support/manual-clock.ts'
import type { Asked } from '../support/scripted-api.ts'
import { scriptedApi } from '../support/scripted-api.ts'
import type { TlsIdentity } from '../support/tls-identity.ts'
import { tlsIdentity } from '../support/tls-identity.ts'

let identity: TlsIdentity
const closing: (() => Promise<unknown>)[] = []
before(async () => {
  identity = await tlsIdentity()
})
after(async () => {
  for (const close of closing.toReversed()) await close()
})

/** Small against the limits of lists and watches, so that a slow machine does not meet them. */
const TICK_MS = 100

interface Followed {
  readonly reflector: Reflector<string>
  /** Every request: "list", "list t2", "watch 7". */
  readonly asked: Asked[]
  readonly told: string[]
  readonly phases: ReflectorPhase['is'][]
  readonly clock: ManualClock
  readonly client: KubeClient
  readonly cut: () => void
  /** Moves time on until the condition holds: waits pass, deadlines do not matter. */
  readonly until: (what: string, holds: () => boolean) => Promise<unknown>
}

async function follow(
  script: (asked: Asked, nth: number) => void,
  options: Partial<ReflectorOptions<string>> = {},
): Promise<Followed> {
  const asked: Asked[] = []
  const api = await scriptedApi({
    identity,
    onAsk: (one) => {
      asked.push(one)
      script(one, asked.length)
    },
  })
  closing.push(() => api.close())
  const client = connect(
    {
      server: api.url,
      credential: fixedCredential({ ca: api.ca }),
      insecureSkipTlsVerify: false,
      namespace: 'default',
      inCluster: false,
    },
    { clock: systemClock, random: seededRandom(1), userAgent: 'test' },
  )
  closing.push(() => client.close())
  const clock = new ManualClock()
  const phases: ReflectorPhase['is'][] = []
  const told: string[] = []
  const reflector = startReflector<string>({
    client,
    type: CONFIG_MAPS,
    keep: (raw) => `${raw.kind} ${raw.metadata.name}@${raw.metadata.resourceVersion}`,
    clock,
    random: seededRandom(1),
    log: silentLog,
    onPhase: (phase) => phases.push(phase.is),
    ...options,
  })
  closing.push(() => reflector.stop())
  reflector.store.subscribe((change) =>
    told.push(change.type === 'synced' ? 'synced' : `${change.type} ${change.object.name}`),
  )
  const until: Followed['until'] = (what, holds) =>
    eventually(
      what,
      () => {
        if (holds()) return true
        clock.advance(TICK_MS)
        return false
      },
      60_000,
    )
  return { reflector, asked, told, phases, clock, client, cut: () => api.cut(), until }
}

const object = (name: string, resourceVersion = '1') => ({
  metadata: { name, namespace: 'default', resourceVersion },
})
const list = (names: readonly string[], more?: string, resourceVersion = '5') => ({
  kind: 'ConfigMapList',
  metadata: { resourceVersion, ...(more === undefined ? {} : { continue: more }) },
  items: names.map((name) => object(name)),
})
const event = (type: string, what: object): string => `${JSON.stringify({ type, object: what })}\n`
const isWatch = (asked: Asked): boolean => asked.query.get('watch') === 'true'
const status = (code: number, more: object = {}) => ({
  kind: 'Status',
  code,
  reason: 'Gone',
  message: 'no',
  ...more,
})

test('pages are followed, then a watch begins where the list ended, with everything it needs', async () => {
  const { reflector, asked, told } = await follow(
    (one) => {
      if (isWatch(one)) one.begin(event('ADDED', object('c', '6')))
      else one.answer(200, one.query.get('continue') === 't' ? list(['b']) : list(['a'], 't'))
    },
    { labelSelector: 'x=y', fieldSelector: 'metadata.name!=z', namespaces: ['default'] },
  )
  await eventually('the event is told', () => reflector.store.get({ namespace: 'default', name: 'c' }))
  assert.deepEqual(told, ['upsert a', 'upsert b', 'synced', 'upsert c'])
  assert.equal(reflector.store.get({ namespace: 'default', name: 'a' }), 'ConfigMap a@1')
  const [first, , watch] = asked
  assert.equal(first?.path, '/api/v1/namespaces/default/configmaps')
  assert.equal(first.query.get('limit'), '500')
  assert.deepEqual(
    [first.query.get('labelSelector'), first.query.get('fieldSelector')],
    ['x=y', 'metadata.name!=z'],
  )
  assert.deepEqual(
    [watch?.query.get('resourceVersion'), watch?.query.get('allowWatchBookmarks')],
    ['5', 'true'],
  )
  const timeout = Number(watch?.query.get('timeoutSeconds'))
  assert.ok(timeout >= 240 && timeout <= 290)
})

test('a watch that ends is opened again after its last bookmark, without a list', async () => {
  const { asked } = await follow((one, nth) => {
    if (!isWatch(one)) return one.answer(200, list([]))
    const body = one.begin(event('BOOKMARK', object('', '77')))
    if (nth === 2) body.end()
  })
  const second = await eventually('a second watch', () => asked[2])
  assert.equal(second.query.get('resourceVersion'), '77')
})

test('events cut into pieces anywhere are put together, and a torn last one is dropped', async () => {
  const line = event('ADDED', object('ü'.repeat(20), '6'))
  const bytes = Buffer.from(line + event('ADDED', object('torn', '7')))
  const { reflector, asked, until } = await follow((one, nth) => {
    if (!isWatch(one)) return one.answer(200, list([]))
    if (nth > 2) return void one.begin()
    const body = one.begin()
    for (let at = 0; at < bytes.length - 5; at += 3)
      body.write(bytes.subarray(at, Math.min(at + 3, bytes.length - 5)))
    body.end()
  })
  await until('the watch is opened again', () => asked.length === 3)
  assert.equal(asked[2]?.query.get('resourceVersion'), '6')
  assert.deepEqual(reflector.store.list(), [`ConfigMap ${'ü'.repeat(20)}@6`])
})

for (const [name, gone] of [
  ['as an answer', (one: Asked): unknown => one.answer(410, status(410))],
  ['as an event', (one: Asked): unknown => one.begin(event('ERROR', status(410)))],
] as const) {
  test(`410 ${name} lists again, and what vanished meanwhile is told`, async () => {
    const { told, until, asked } = await follow((one, nth) => {
      if (nth === 2) gone(one)
      else if (isWatch(one)) one.begin()
      else one.answer(200, nth === 1 ? list(['a', 'b']) : list(['b', 'c']))
    })
    await until('the second watch', () => asked.length === 4)
    assert.deepEqual(told, ['upsert a', 'upsert b', 'synced', 'upsert b', 'upsert c', 'delete a'])
  })
}

test('410 for a continue lists again in one piece', async () => {
  const { asked, until, told } = await follow((one, nth) => {
    if (isWatch(one)) one.begin()
    else if (nth === 1) one.answer(200, list(['a'], 't'))
    else if (nth === 2) one.answer(410, status(410, { metadata: { continue: 'fresh' } }))
    else one.answer(200, list(['a', 'b']))
  })
  await until('the watch', () => asked.length === 4)
  assert.deepEqual([asked[2]?.query.has('limit'), asked[2]?.query.has('continue')], [false, false])
  assert.deepEqual(told.slice(-3), ['upsert a', 'upsert b', 'synced'])
})

test('401, 403, 429 and 500 are waited out, shown, and never the end', async () => {
  const refusals = [401, 403, 429, 500, 401, 403]
  const { phases, until, reflector, asked } = await follow((one, nth) => {
    const code = refusals[nth - 1]
    if (code !== undefined) one.answer(code, status(code), code === 429 ? { 'retry-after': '1' } : {})
    else if (isWatch(one)) one.begin()
    else one.answer(200, list(['a']))
  })
  await until('it is synced', () => reflector.store.synced)
  await eventually('the watch', () => asked.some(isWatch))
  assert.deepEqual(phases, ['forbidden', 'failing', 'forbidden', 'watching'])
})

test('a kind that goes away is absent, its objects vanish, and it is followed again when it is back', async () => {
  let served = true
  let close = (): void => {}
  const { phases, until, reflector, told } = await follow((one) => {
    if (!served) return one.answer(404, '404 page not found')
    if (isWatch(one)) {
      const body = one.begin(event('BOOKMARK', object('', '6')))
      close = () => body.end()
    } else one.answer(200, list(['a']))
  })
  await eventually('the watch is open', () => reflector.phase().is === 'watching')
  served = false
  close()
  await until('its object is deleted', () => told.includes('delete a'))
  assert.equal(reflector.phase().is, 'absent')
  served = true
  await until('it is back', () => told.filter((line) => line === 'upsert a').length === 2)
  assert.deepEqual(phases.slice(0, 3), ['watching', 'absent', 'watching'])
})

test('a watch that says nothing for three minutes is opened anew', async () => {
  const { asked, clock } = await follow((one) =>
    isWatch(one) ? void one.begin() : one.answer(200, list([])),
  )
  await eventually('the first watch', () => asked.length === 2)
  clock.advance(179_000)
  assert.equal(asked.length, 2)
  // The watch's answer may still be on its way; the limit counts from when it was asked for.
  clock.advance(1000)
  await eventually('the second watch', () => asked.length === 3)
})

test('a cut connection is opened again and the watch goes on where it was', async () => {
  const { asked, cut, until, reflector } = await follow((one, nth) => {
    if (isWatch(one)) one.begin(event('ADDED', object(`w${nth}`, String(10 + nth))))
    else one.answer(200, list([]))
  })
  await eventually('the first event', () => reflector.store.size === 1)
  cut()
  await until('the second event', () => reflector.store.size === 2)
  assert.equal(asked[2]?.query.get('resourceVersion'), '12')
})

test('metadata alone is asked for where that is all that is wanted', async () => {
  const { asked } = await follow((one) => (isWatch(one) ? void one.begin() : one.answer(200, list([]))), {
    type: SECRETS,
    metadataOnly: true,
  })
  await eventually('the watch', () => asked.length === 2)
  assert.match(String(asked[0]?.headers['accept']), /as=PartialObjectMetadataList;g=meta.k8s.io;v=v1$/)
  assert.match(String(asked[1]?.headers['accept']), /as=PartialObjectMetadata;g=meta.k8s.io;v=v1$/)
})

test('several namespaces fill one store, synced when all are listed, and a relist of one spares the others', async () => {
  let relisted = false
  const { told, until, reflector } = await follow(
    (one) => {
      const [, namespace = ''] = /namespaces\/(\w+)\//.exec(one.path) ?? []
      const named = { metadata: { name: 'x', namespace, resourceVersion: '1' } }
      if (isWatch(one)) {
        if (namespace === 'a' && !relisted) {
          relisted = true
          one.answer(410, status(410))
        } else one.begin()
      } else
        one.answer(200, {
          metadata: { resourceVersion: '5' },
          items: namespace === 'a' && relisted ? [] : [named],
        })
    },
    { namespaces: ['a', 'b'] },
  )
  await until('the relist is told', () => told.some((line) => line.startsWith('delete')))
  assert.deepEqual([told.filter((line) => line === 'synced').length, reflector.store.size], [1, 1])
  assert.equal(reflector.store.inNamespace('b').length, 1)
})

test('what keep does not want is not stored, and leaves when it is not wanted any more', async () => {
  const { reflector, told } = await follow(
    (one) => {
      if (isWatch(one)) one.begin(event('MODIFIED', object('a', '6')), event('ADDED', object('end', '7')))
      else one.answer(200, list(['a', 'b']))
    },
    {
      keep: ({ metadata: { name, resourceVersion } }) =>
        name === 'b' || resourceVersion === '6' ? undefined : name,
    },
  )
  await eventually('the last event', () => told.at(-1) === 'upsert end')
  assert.deepEqual(reflector.store.list(), ['end'])
  assert.deepEqual(told, ['upsert a', 'synced', 'delete a', 'upsert end'])
})

test('a keep that throws for one object does not keep the others from being told', async () => {
  const { reflector } = await follow(
    (one) => (isWatch(one) ? void one.begin() : one.answer(200, list(['bad', 'good']))),
    {
      keep: ({ metadata: { name } }) => {
        if (name === 'bad') throw new RangeError('a bug')
        return name
      },
    },
  )
  await reflector.settled()
  assert.deepEqual(reflector.store.list(), ['good'])
})

test('stopping ends the watch and everything else', async () => {
  const { reflector, asked, client, phases } = await follow((one) =>
    isWatch(one) ? void one.begin() : one.answer(200, list([])),
  )
  await eventually('the watch', () => asked.length === 2)
  await reflector.stop()
  await eventually('nothing is open', () => client.stats().streams === 0)
  assert.equal(phases.at(-1), 'stopped')
})
