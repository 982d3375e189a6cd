// This file is about what a translation sees of the cluster: what is there, what is not, and what nobody can tell.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aResource, noTemplatesYet } from '../../test/support/builders.ts'
import type { Looked } from '../dialects/dialect.ts'
import { KubeError } from '../kube/error.ts'
import type { ReflectorPhase } from '../kube/reflector.ts'
import { NAMESPACE } from '../model/kind.ts'
import { type Ref, refKey } from '../model/ref.ts'
import type { Resource } from '../model/resource.ts'
import { translateFully } from './full-translation.ts'
import type { KindWatch } from './kind-watch.ts'
import type { SecretIndex } from './secret-index.ts'
import { look, type WorldSources } from './world.ts'

const WISH: Ref = { group: 'example.com', kind: 'Wish', namespace: 'a', name: 'one' }
const SECRET: Ref = { group: '', kind: 'Secret', namespace: 'a', name: 'one' }
const ACCOUNT: Ref = { group: '', kind: 'ServiceAccount', namespace: 'a', name: 'one' }
const refused = new KubeError({ status: 403, reason: 'Forbidden', message: 'GET /wishes: forbidden' })

interface Around {
  readonly wish?: Resource
  readonly isSynced?: boolean
  readonly phase?: ReflectorPhase
  readonly secret?: ReturnType<SecretIndex['see']>
  readonly late?: Looked
}

function sources({
  wish,
  isSynced = true,
  phase = { is: 'watching' },
  secret = 'absent',
  late = { is: 'unread' },
}: Around): WorldSources {
  const watch: Partial<KindWatch> = {
    phase,
    isSynced,
    getAny: () => wish,
    listAny: () => (wish === undefined ? [] : [wish]),
  }
  const secrets: Partial<SecretIndex> = { see: () => secret }
  return {
    kinds: new Map([['example.com/Wish', watch as KindWatch]]),
    secrets: secrets as SecretIndex,
    runtime: 'default',
    ambientOpenTo: 'all',
    usersOf: () => [],
    operatorNamespace: 'operators',
    templates: noTemplatesYet(),
    openLate: () => late,
    listLate: () => ({ is: 'listed', resources: [] }),
  }
}

const sees = (around: Around, ref: Ref): Looked => look(sources(around), new Map()).get(ref)

describe('an object of a kind that is followed', () => {
  const wish = aResource({ ref: WISH })
  const rows: readonly (readonly [string, Around, Looked['is']])[] = [
    ['is present when it is there', { wish }, 'present'],
    [
      'is present also while its kind cannot be read',
      { wish, phase: { is: 'failing', error: refused } },
      'present',
    ],
    ['is absent when all were listed', {}, 'absent'],
    ['is absent when its kind is not installed', { isSynced: false, phase: { is: 'absent' } }, 'absent'],
    ['is not called absent while they are listed', { isSynced: false, phase: { is: 'listing' } }, 'denied'],
    [
      'is not called absent when they could not be listed',
      { isSynced: false, phase: { is: 'failing', error: refused } },
      'denied',
    ],
    [
      'is not called absent when they may not be read any more',
      { phase: { is: 'forbidden', error: refused } },
      'denied',
    ],
  ]
  for (const [name, around, is] of rows) {
    it(name, () => assert.equal(sees(around, WISH).is, is))
  }

  it('that may not be read says so, and what to do', () => {
    const looked = sees({ isSynced: false, phase: { is: 'forbidden', error: refused } }, WISH)
    assert.ok(looked.is === 'denied')
    assert.equal(looked.fault.code, 'reference-unreadable')
    assert.match(looked.fault.message, /^Wish one cannot be read: GET \/wishes: forbidden.*everpull rbac/)
  })
})

describe('a Secret', () => {
  it('shows that it is there and which incarnation it is, and nothing else', () => {
    const looked = sees({ secret: { uid: 'u', resourceVersion: '7', marks: ['m'] } }, SECRET)
    assert.ok(looked.is === 'present')
    const { uid, resourceVersion, labels, annotations } = looked.resource
    assert.deepEqual([uid, resourceVersion, labels, annotations], ['u', '7', {}, {}])
    assert.ok(!('spec' in looked.resource))
  })

  it('that no watch shows is to be read', () => {
    assert.equal(sees({ secret: 'unknown' }, SECRET).is, 'unread')
  })

  it('that is not there is absent', () => {
    assert.equal(sees({ secret: 'absent' }, SECRET).is, 'absent')
  })
})

describe('looking', () => {
  it('remembers everything that was looked at, there or not', () => {
    const looking = look(sources({}), new Map())
    for (const ref of [WISH, SECRET, WISH]) looking.get(ref)
    assert.deepEqual(looking.touched, new Set([refKey(WISH), refKey(SECRET)]))
  })

  it('remembers what is still to be read', () => {
    const looking = look(sources({ secret: 'unknown' }), new Map())
    for (const ref of [WISH, SECRET, ACCOUNT]) looking.get(ref)
    assert.deepEqual(looking.unread, [SECRET, ACCOUNT])
  })

  it('shows what was read for it before', () => {
    const looking = look(sources({ secret: 'unknown' }), new Map([[refKey(SECRET), { is: 'absent' }]]))
    assert.equal(looking.get(SECRET).is, 'absent')
    assert.deepEqual([...looking.touched], [refKey(SECRET)])
    assert.deepEqual(looking.unread, [])
  })
})

describe('the objects of a kind', () => {
  const WISHES = { group: 'example.com', kind: 'Wish', plural: 'wishes' }
  const wish = aResource({ ref: WISH, labels: { team: 'a' } })
  const listed = (around: Around, team = 'a') => {
    const looking = look(sources(around), new Map())
    return { looking, listed: looking.list(WISHES, { matchLabels: { team } }) }
  }

  it('are those selected, and the selection is remembered', () => {
    const found = listed({ wish })
    assert.deepEqual(found.listed, { is: 'listed', resources: [wish] })
    assert.deepEqual(found.looking.selections, [{ kind: WISHES, selector: { matchLabels: { team: 'a' } } }])
    assert.deepEqual(listed({ wish }, 'b').listed, { is: 'listed', resources: [] })
  })

  it('are none where the kind is not installed', () => {
    const found = listed({ isSynced: false, phase: { is: 'absent' } })
    assert.deepEqual(found.listed, { is: 'listed', resources: [] })
  })

  it('cannot be told while they are being listed, or may not be', () => {
    assert.equal(listed({ isSynced: false, phase: { is: 'listing' } }).listed.is, 'denied')
    assert.equal(listed({ isSynced: false, phase: { is: 'forbidden', error: refused } }).listed.is, 'denied')
  })

  it('that nobody follows yet are to be followed', () => {
    const looking = look({ ...sources({}), listLate: () => ({ is: 'unread' }) }, new Map())
    assert.equal(looking.list(NAMESPACE, {}).is, 'unread')
    assert.deepEqual(looking.unlisted, [NAMESPACE])
  })
})

describe('translating in full', () => {
  const asked = aResource({ ref: WISH })
  const dialect = (names: (seen: readonly Looked[]) => readonly string[]) => ({
    name: 'mobb' as const,
    kinds: [],
    eventSource: 'x',
    statusManager: 'x',
    translate: (_asked: Resource, world: Pick<ReturnType<typeof look>, 'get'>) => {
      const seen: Looked[] = []
      for (const name of names(seen)) seen.push(world.get({ ...SECRET, name }))
      const message = seen.map(({ is }) => is).join()
      return { is: 'unready', fault: { is: 'fault', code: 'internal', message }, targets: [] } as const
    },
    status: () => ({ events: [] }),
  })
  const { signal } = new AbortController()

  it('reads what is unread, and translates again until all is read', async () => {
    const fetched: string[] = []
    const touched: (readonly string[])[] = []
    const chain = dialect(() => ['x', ...(fetched.includes('x') ? ['y'] : [])])
    const translation = await translateFully(
      asked,
      chain,
      {
        sources: sources({ secret: 'unknown' }),
        fetch: async ({ name }) => {
          fetched.push(name)
          return { is: 'absent' }
        },
        open: async () => {},
        onLooked: (looking) => touched.push([...looking.touched]),
      },
      signal,
    )
    assert.ok(translation.is === 'unready')
    assert.equal(translation.fault.message, 'absent,absent')
    assert.deepEqual(fetched, ['x', 'y'])
    assert.deepEqual(touched.at(-1), [refKey({ ...SECRET, name: 'x' }), refKey({ ...SECRET, name: 'y' })])
  })

  it('follows what is unlisted, and translates again', async () => {
    const opened: string[] = []
    const selecting = {
      ...dialect(() => []),
      translate: (_asked: Resource, world: Pick<ReturnType<typeof look>, 'list'>) => {
        const message = world.list(NAMESPACE, {}).is
        return { is: 'unready', fault: { is: 'fault', code: 'internal', message }, targets: [] } as const
      },
    }
    const listLate = () =>
      opened.length === 0 ? ({ is: 'unread' } as const) : ({ is: 'listed', resources: [] } as const)
    const fetch = async (): Promise<Looked> => ({ is: 'absent' })
    const open = async ({ kind }: { readonly kind: string }): Promise<void> => void opened.push(kind)
    const parts = { sources: { ...sources({}), listLate }, fetch, open }
    const translation = await translateFully(asked, selecting, parts, signal)
    assert.ok(translation.is === 'unready')
    assert.deepEqual([translation.fault.message, opened], ['listed', ['Namespace']])
  })

  it('ends where a translation finds something unread for ever', async () => {
    let rounds = 0
    const endless = dialect(() => {
      rounds += 1
      return [String(rounds)]
    })
    const fetch = async (): Promise<Looked> => ({ is: 'absent' })
    const open = async (): Promise<void> => {}
    await translateFully(asked, endless, { sources: sources({ secret: 'unknown' }), fetch, open }, signal)
    assert.equal(rounds, 5)
  })
})
