// This file is about testing which ExternalSecrets a ClusterExternalSecret orders, and what keeps it from ordering any.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { instant } from '../../base/clock.ts'
import { hours, minutes } from '../../base/duration.ts'
import type { Manifest } from '../../model/child.ts'
import { fault } from '../../model/fault.ts'
import type { Ref } from '../../model/ref.ts'
import type { Resource } from '../../model/resource.ts'
import type { Translation } from '../dialect.ts'
import { translateCluster } from './cluster-external-secret.ts'
import { aResource } from '../fixtures/world.ts'
import { aWorld } from './fixtures/resources.ts'

const CLUSTER: Ref = {
  group: 'external-secrets.io',
  kind: 'ClusterExternalSecret',
  namespace: '',
  name: 'ecr',
}
const GENERATOR_REF = {
  apiVersion: 'generators.external-secrets.io/v1alpha1',
  kind: 'ECRAuthorizationToken',
  name: 'ecr-gen',
}
const INNER = { refreshInterval: '30m', dataFrom: [{ sourceRef: { generatorRef: GENERATOR_REF } }] }

const cluster = (spec: object = {}, rest: Partial<Resource> = {}): Resource =>
  aResource(CLUSTER, { spec: { externalSecretSpec: INNER, ...spec }, ...rest })

const namespace = (name: string, labels: Record<string, string> = {}, rest: Partial<Resource> = {}) =>
  aResource(
    { group: '', kind: 'Namespace', namespace: '', name },
    { labels: { 'kubernetes.io/metadata.name': name, ...labels }, ...rest },
  )

const WORLD = aWorld([
  namespace('web', { tier: 'front', team: 'a' }),
  namespace('api', { tier: 'back', team: 'a' }),
  namespace('db', { tier: 'back', team: 'b' }),
  namespace('bare'),
  namespace('going', { tier: 'front' }, { deletingSince: instant(1) }),
])

const translated = (asked: Resource): Translation => translateCluster(asked, WORLD)

function children(asked: Resource): readonly Manifest[] {
  const translation = translated(asked)
  assert.ok(translation.is === 'order', JSON.stringify(translation))
  return translation.children ?? []
}
const namespaces = (spec: object): readonly string[] =>
  children(cluster(spec)).map(({ ref }) => ref.namespace)

const rule = (key: string, operator: string, values?: readonly string[]) => ({
  matchExpressions: [{ key, operator, ...(values === undefined ? {} : { values }) }],
})

describe('the namespaces of a ClusterExternalSecret', () => {
  const rows: readonly (readonly [string, object, readonly string[]])[] = [
    ['without a selector', {}, []],
    ['with no selectors in the list', { namespaceSelectors: [], namespaces: [] }, []],
    ['with an empty selector', { namespaceSelectors: [{}] }, ['api', 'bare', 'db', 'web']],
    ['with the deprecated selector, empty', { namespaceSelector: {} }, ['api', 'bare', 'db', 'web']],
    ['with a label', { namespaceSelectors: [{ matchLabels: { tier: 'front' } }] }, ['web']],
    ['with In', { namespaceSelectors: [rule('tier', 'In', ['front', 'back'])] }, ['api', 'db', 'web']],
    ['with NotIn', { namespaceSelectors: [rule('tier', 'NotIn', ['back'])] }, ['bare', 'web']],
    ['with Exists', { namespaceSelectors: [rule('team', 'Exists')] }, ['api', 'db', 'web']],
    ['with DoesNotExist', { namespaceSelectors: [rule('team', 'DoesNotExist')] }, ['bare']],
    [
      'with rules that must all hold',
      { namespaceSelectors: [{ matchLabels: { team: 'a' }, ...rule('tier', 'In', ['back']) }] },
      ['api'],
    ],
    [
      'with selectors of which any may match, each namespace once',
      {
        namespaceSelectors: [{ matchLabels: { team: 'a' } }, { matchLabels: { tier: 'front' } }],
        namespaceSelector: { matchLabels: { team: 'b' } },
        namespaces: ['bare', 'web'],
      },
      ['api', 'bare', 'db', 'web'],
    ],
    ['by name, of which one is unknown', { namespaces: ['nowhere', 'db'] }, ['db']],
    ['by name, all unknown', { namespaces: ['nowhere'] }, []],
    ['that match nothing', { namespaceSelectors: [{ matchLabels: { tier: 'side' } }] }, []],
    ['by name, being deleted', { namespaces: ['going'] }, []],
  ]
  for (const [what, spec, expected] of rows) {
    it(`${what} are ${expected.length === 0 ? 'none' : expected.join(', ')}`, () => {
      assert.deepEqual(namespaces(spec), expected)
    })
  }
})

describe('an ExternalSecret of a ClusterExternalSecret', () => {
  const only = (spec: object, rest: Partial<Resource> = {}): Manifest | undefined =>
    children(cluster({ namespaces: ['web'], ...spec }, rest))[0]

  it('has its name and spec, and no metadata of its own', () => {
    const { filled: _filled, ...child } = only({}) ?? assert.fail('there is none')
    assert.deepEqual(child, {
      ref: { group: 'external-secrets.io', kind: 'ExternalSecret', namespace: 'web', name: 'ecr' },
      labels: {},
      annotations: {},
      spec: INNER,
      durations: ['refreshInterval'],
    })
  })

  it('is right where the API server has filled in what was not said', () => {
    const { filled } = only({}) ?? assert.fail('there is none')
    assert.deepEqual(filled, {
      ...INNER,
      target: { creationPolicy: 'Owner', deletionPolicy: 'Retain' },
    })
  })

  it('has the name and metadata given', () => {
    const metadata = { labels: { app: 'x' }, annotations: { note: 'y' } }
    const child = only({ externalSecretName: 'pull', externalSecretMetadata: metadata })
    assert.deepEqual(
      [child?.ref.name, child?.labels, child?.annotations],
      ['pull', { app: 'x' }, { note: 'y' }],
    )
  })

  it('has the spec as it is stored, unknown fields included', () => {
    const inner = { ...INNER, unheardOf: { of: 1 } }
    assert.deepEqual(only({ externalSecretSpec: inner })?.spec, inner)
  })

  it('is handed down the force, and no other annotation', () => {
    const annotations = { 'external-secrets.io/force-sync': '7', 'force-sync': '8', other: '9' }
    assert.deepEqual(only({}, { annotations })?.annotations, { 'external-secrets.io/force-sync': '7' })
  })

  it('has no force that its ClusterExternalSecret does not have', () => {
    const annotations = { 'external-secrets.io/force-sync': '7', note: 'y' }
    assert.deepEqual(only({ externalSecretMetadata: { annotations } })?.annotations, { note: 'y' })
  })

  it('may have a name as long as Kubernetes allows', () => {
    const name = 'n'.repeat(253)
    const long = aResource({ ...CLUSTER, name }, { spec: { externalSecretSpec: INNER, namespaces: ['web'] } })
    assert.equal(children(long)[0]?.ref.name, name)
  })
})

describe('how often a ClusterExternalSecret is gone through again', () => {
  const rows: readonly (readonly [string, object, number | undefined])[] = [
    ['is an hour', {}, hours(1)],
    ['is what it says', { refreshTime: '2h' }, hours(2)],
    ['is no less than its ExternalSecrets are renewed', { refreshTime: '1m' }, minutes(30)],
    ['is never where it says so', { refreshTime: '0' }, undefined],
    [
      'is never where nothing is renewed',
      { externalSecretSpec: { ...INNER, refreshPolicy: 'OnChange' } },
      undefined,
    ],
  ]
  for (const [what, spec, expected] of rows) {
    it(what, () => {
      const translation = translated(cluster(spec))
      assert.ok(translation.is === 'order')
      assert.equal(translation.resync, expected)
    })
  }
})

describe('a ClusterExternalSecret that is wrong', () => {
  const rows: readonly (readonly [string, object, string, RegExp])[] = [
    [
      'an inner spec without sources',
      { externalSecretSpec: { refreshInterval: '1h' } },
      'spec.externalSecretSpec',
      /either data or dataFrom should be specified/,
    ],
    [
      'an interval that is none',
      { externalSecretSpec: { ...INNER, refreshInterval: 'daily' } },
      'spec.externalSecretSpec.refreshInterval',
      /^spec\.externalSecretSpec\.refreshInterval: "daily" is no duration/,
    ],
    [
      'policies that do not go together',
      { externalSecretSpec: { ...INNER, target: { creationPolicy: 'None', deletionPolicy: 'Merge' } } },
      'spec.externalSecretSpec.target.deletionPolicy',
      /There is no Secret to merge with/,
    ],
    [
      'In without values',
      { namespaceSelectors: [{}, rule('team', 'In')] },
      'spec.namespaceSelectors[1].matchExpressions[0].values',
      /for In values must be given/,
    ],
    [
      'an operator there is none of',
      { namespaceSelector: rule('team', 'in', ['a']) },
      'spec.namespaceSelector.matchExpressions[0].operator',
      /"in" is not a valid label selector operator/,
    ],
    ['a refresh time that is none', { refreshTime: '1 hour' }, 'spec.refreshTime', /is no duration/],
  ]
  for (const [what, spec, at, message] of rows) {
    it(`for ${what} says so and where`, () => {
      const translation = translated(cluster(spec))
      assert.ok(translation.is === 'invalid', JSON.stringify(translation))
      assert.equal(translation.fault.at, at)
      assert.match(translation.fault.message, message)
    })
  }
})

describe('a ClusterExternalSecret whose namespaces cannot be told', () => {
  const asked = cluster({ namespaceSelectors: [{}] })

  it('is not ready while they are being listed', () => {
    assert.equal(translateCluster(asked, aWorld([], { is: 'unread' })).is, 'unready')
  })

  it('says why they may not be listed', () => {
    const denied = fault('reference-unreadable', 'namespaces cannot be listed: forbidden')
    const translation = translateCluster(asked, aWorld([], { is: 'denied', fault: denied }))
    assert.ok(translation.is === 'unready')
    assert.equal(translation.fault.message, denied.message)
  })

  it('needs none of them where it selects nothing', () => {
    assert.equal(translateCluster(cluster(), aWorld([], { is: 'unread' })).is, 'order')
  })
})

describe('an unknown field of a ClusterExternalSecret', () => {
  it('is warned of by name', () => {
    const translation = translated(cluster({ namespaceSelecters: [{}] }))
    assert.ok(translation.is === 'order')
    assert.deepEqual(
      translation.warnings.map(({ reason }) => reason),
      ['FieldUnknown'],
    )
  })
})
