// This file is about testing what a ClusterExternalSecret says of its ExternalSecrets.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { instant } from '../../base/clock.ts'
import type { Answer } from '../../model/answer.ts'
import type { ChildAnswer } from '../../model/child.ts'
import type { Readiness } from '../../model/readiness.ts'
import { fault } from '../../model/fault.ts'
import type { Ref } from '../../model/ref.ts'
import type { Status } from '../dialect.ts'
import { clusterStatus } from './cluster-external-secret-status.ts'
import { aResource } from '../fixtures/world.ts'

const CLUSTER: Ref = {
  group: 'external-secrets.io',
  kind: 'ClusterExternalSecret',
  namespace: '',
  name: 'ecr',
}
const child = (namespace: string, name = 'pull'): Ref => ({
  group: 'external-secrets.io',
  kind: 'ExternalSecret',
  namespace,
  name,
})
const standing = (namespace: string, readiness: Readiness = { is: 'ready' }): ChildAnswer => ({
  is: 'standing',
  child: child(namespace),
  readiness,
})
const unready = (namespace: string, message = 'no login'): ChildAnswer =>
  standing(namespace, { is: 'unready', message })
const taken = (namespace: string): ChildAnswer => ({ is: 'taken', child: child(namespace) })
const failed = (namespace: string, message: string): ChildAnswer => ({
  is: 'failed',
  child: child(namespace),
  fault: fault('kube-forbidden', message),
})

const say = (children: readonly ChildAnswer[], before?: unknown): Status =>
  clusterStatus(
    aResource(CLUSTER, {
      spec: { externalSecretName: 'pull' },
      ...(before === undefined ? {} : { status: before }),
    }),
    [],
    children,
  )
const READY = { type: 'Ready', status: 'True' }
const notReady = (message: string) => ({
  type: 'Ready',
  status: 'False',
  message: `one or more namespaces failed: ${message}`,
})

interface Row {
  readonly name: string
  readonly children: readonly ChildAnswer[]
  readonly before?: unknown
  readonly status: unknown
}

const rows: readonly Row[] = [
  {
    name: 'all are ready: says where they are, sorted',
    children: [standing('web'), standing('api')],
    status: { externalSecretName: 'pull', provisionedNamespaces: ['api', 'web'], conditions: [READY] },
  },
  {
    name: 'nothing matches: is ready',
    children: [],
    status: { externalSecretName: 'pull', conditions: [READY] },
  },
  {
    name: 'nothing matches any more: takes the list away',
    children: [],
    before: { externalSecretName: 'pull', provisionedNamespaces: ['web'], conditions: [READY] },
    status: { externalSecretName: 'pull', provisionedNamespaces: null, conditions: [READY] },
  },
  {
    name: 'a foreign one is in the way: is not ready',
    children: [standing('api'), taken('web')],
    status: {
      externalSecretName: 'pull',
      provisionedNamespaces: ['api'],
      failedNamespaces: [{ namespace: 'web', reason: 'external secret already exists in namespace' }],
      conditions: [notReady('1 of 2: web: external secret already exists in namespace')],
    },
  },
  {
    name: 'one could not be written: says why',
    children: [failed('web', 'writing ExternalSecret web/pull: forbidden')],
    status: {
      externalSecretName: 'pull',
      failedNamespaces: [{ namespace: 'web', reason: 'writing ExternalSecret web/pull: forbidden' }],
      conditions: [notReady('1 of 1: web: writing ExternalSecret web/pull: forbidden')],
    },
  },
  {
    name: 'one is there and not ready: is both provisioned and failed',
    children: [unready('web', 'could not get secret data from provider: no'), standing('api')],
    status: {
      externalSecretName: 'pull',
      provisionedNamespaces: ['api', 'web'],
      failedNamespaces: [
        {
          namespace: 'web',
          reason: 'external secret is not ready: could not get secret data from provider: no',
        },
      ],
      conditions: [
        notReady('1 of 2: web: external secret is not ready: could not get secret data from provider: no'),
      ],
    },
  },
  {
    name: 'one has not been answered: says nothing of being ready',
    children: [standing('web', { is: 'unknown' })],
    status: { externalSecretName: 'pull', provisionedNamespaces: ['web'] },
  },
  {
    name: 'one has not been answered and another failed: is not ready',
    children: [standing('web', { is: 'unknown' }), taken('api')],
    status: {
      externalSecretName: 'pull',
      provisionedNamespaces: ['web'],
      failedNamespaces: [{ namespace: 'api', reason: 'external secret already exists in namespace' }],
      conditions: [notReady('1 of 2: api: external secret already exists in namespace')],
    },
  },
  {
    name: 'a namespace is gone: is nobody’s concern',
    children: [standing('web'), { is: 'homeless', child: child('old') }],
    status: { externalSecretName: 'pull', provisionedNamespaces: ['web'], conditions: [READY] },
  },
  {
    name: 'a namespace failed twice: is told once',
    children: [
      standing('web'),
      { ...failed('old', 'deleting ExternalSecret old/a: no'), child: child('old', 'a') },
      { ...failed('old', 'deleting ExternalSecret old/b: no'), child: child('old', 'b') },
    ],
    status: {
      externalSecretName: 'pull',
      provisionedNamespaces: ['web'],
      failedNamespaces: [
        {
          namespace: 'old',
          reason: 'deleting ExternalSecret old/a: no; deleting ExternalSecret old/b: no',
        },
      ],
      conditions: [
        notReady('1 of 2: old: deleting ExternalSecret old/a: no; deleting ExternalSecret old/b: no'),
      ],
    },
  },
  {
    name: 'it was not ready and is again: loses the message and the list',
    children: [standing('web')],
    before: {
      externalSecretName: 'pull',
      failedNamespaces: [{ namespace: 'web', reason: 'x' }],
      conditions: [{ type: 'Audited', status: 'True' }, notReady('x')],
    },
    status: {
      externalSecretName: 'pull',
      provisionedNamespaces: ['web'],
      failedNamespaces: null,
      conditions: [{ type: 'Audited', status: 'True' }, READY],
    },
  },
]

describe('the status of a ClusterExternalSecret where', () => {
  for (const { name, children, before, status } of rows) {
    it(name, () => assert.deepEqual(say(children, before).status, status))
  }

  it('nothing has changed is not written', () => {
    for (const { children, status } of rows) {
      const written = Object.fromEntries(
        Object.entries(status as object).filter(([, value]) => value !== null),
      )
      assert.deepEqual(say(children, written), { events: [] })
    }
  })
})

describe('the words of a ClusterExternalSecret', () => {
  const message = (children: readonly ChildAnswer[]): unknown => {
    const { conditions } = say(children).status as { conditions: readonly { message?: string }[] }
    return conditions[0]?.message?.replace(/^one or more namespaces failed: /, '')
  }

  it('name the first namespaces of one cause, and how many more', () => {
    assert.equal(
      message(['a', 'b', 'c', 'd', 'e'].map((name) => unready(name))),
      '5 of 5: a, b, c and 2 more: external secret is not ready: no login',
    )
  })

  it('name one cause once that says the namespace itself', () => {
    assert.equal(
      message(['web', 'api'].map((name) => unready(name, `Secret ${name}/creds is missing in ${name}`))),
      '2 of 2: api, web: external secret is not ready: Secret <namespace>/creds is missing in <namespace>',
    )
    assert.equal(
      message([unready('web', 'web/creds and web-2/creds are missing')]),
      '1 of 1: web: external secret is not ready: web/creds and web-2/creds are missing',
    )
    assert.equal(
      message(['web', 'api'].map((name) => unready(name, `no ${name}-2, ${name}.`))),
      '2 of 2: api: external secret is not ready: no api-2, api.; web: external secret is not ready: no web-2, web.',
    )
  })

  it('name the first causes', () => {
    assert.equal(
      message(['1', '2', '3', '4'].map((n) => failed(`ns-${n}`, `cause ${n}`))),
      '4 of 4: ns-1: cause 1; ns-2: cause 2; ns-3: cause 3; …',
    )
  })

  it('are told once as an event, however many fail after that', () => {
    const first = say([unready('a'), standing('b')])
    assert.deepEqual(
      first.events.map(({ type, reason }) => `${type} ${reason}`),
      ['Warning UpdateFailed'],
    )
    assert.deepEqual(say([unready('a'), unready('b')], first.status).events, [])
  })
})

describe('the status of a ClusterExternalSecret with very many namespaces', () => {
  const many = (count: number, text: string) =>
    say(Array.from({ length: count }, (_, i) => unready(`namespace-${String(i).padStart(40, '0')}`, text)))
  const failedIn = ({ status }: Status) =>
    (status as { failedNamespaces: readonly { namespace: string; reason: string }[] }).failedNamespaces

  it('is what etcd takes, names each that failed, and says why for the first', () => {
    const said = many(5000, 'x'.repeat(330))
    assert.ok(JSON.stringify(said.status).length < 1_100_000)
    const reasons = failedIn(said)
    assert.equal(reasons.length, 5000)
    assert.equal(reasons[0]?.reason, `external secret is not ready: ${'x'.repeat(330)}`)
    assert.equal(reasons.at(-1)?.reason, 'external secret is not ready')
  })

  it('says nothing endless', () => {
    const said = many(2, 'x'.repeat(100_000))
    assert.ok(JSON.stringify(said.status).length < 5000)
    assert.match(failedIn(said)[0]?.reason ?? '', /x…$/)
  })
})

describe('a ClusterExternalSecret that could not be translated', () => {
  const answers: readonly Answer[] = [
    { is: 'failed', fault: fault('spec-invalid', 'spec.refreshTime: no duration'), at: instant(0) },
  ]
  const before = { externalSecretName: 'pull', provisionedNamespaces: ['web'], conditions: [READY] }
  const { status, events } = clusterStatus(aResource(CLUSTER, { status: before }), answers, undefined)

  it('says why, and keeps what it said of its ExternalSecrets', () => {
    assert.deepEqual(status, { conditions: [notReady('spec.refreshTime: no duration')] })
    assert.equal(events.length, 1)
  })
})
