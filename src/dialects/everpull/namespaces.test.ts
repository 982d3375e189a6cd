// This file is about testing where a ClusterRegistryLogin is served, and what it orders there.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { cost, unitOfWork } from '../../../test/support/cost.ts'
import type { Resource } from '../../model/resource.ts'
import type { Translation, World } from '../dialect.ts'
import { someTime } from '../fixtures/world.ts'
import {
  aClusterLogin,
  anIntegration,
  aNamespace,
  aSecret,
  aServiceAccount,
  aWorld,
  shareOf,
} from './fixtures/resources.ts'
import { translateClusterLogin } from './translate.ts'

type Order = Extract<Translation, { is: 'order' }>

function ordered(asked: Resource, world: World): Order {
  const translation = translateClusterLogin(asked, world)
  assert.ok(translation.is === 'order', JSON.stringify(translation))
  return translation
}

const WORLD = aWorld([
  anIntegration(),
  aNamespace('team-a', { labels: { tier: 'web' } }),
  aNamespace('team-b'),
  aNamespace('team-old', { annotations: { 'everpull.dev/opt-out': 'true' } }),
  aNamespace('team-gone', { deletingSince: someTime }),
  aNamespace('web', { labels: { tier: 'web' } }),
  aNamespace('kube-system'),
])

const spreadOf = (namespaces: object): readonly string[] | undefined =>
  ordered(aClusterLogin({ namespaces }), WORLD).spread

describe('a ClusterRegistryLogin is served', () => {
  const rows: readonly [string, object, readonly string[]][] = [
    ['where a name matches', { names: ['team-?'] }, ['team-a', 'team-b']],
    ['where the labels match', { selector: { matchLabels: { tier: 'web' } } }, ['team-a', 'web']],
    [
      'where either does',
      { names: ['team-b'], selector: { matchLabels: { tier: 'web' } } },
      ['team-a', 'team-b', 'web'],
    ],
    ['not where it is excluded', { names: ['*'], exclude: ['kube-*', 'team-a'] }, ['team-b', 'web']],
    ['everywhere by an empty selector', { selector: {} }, ['kube-system', 'team-a', 'team-b', 'web']],
    ['nowhere when nothing matches', { names: ['none'] }, []],
  ]
  for (const [says, namespaces, expected] of rows) {
    test(`${says}, and never where it is opted out or being deleted`, () => {
      assert.deepEqual(spreadOf(namespaces), expected)
    })
  }

  test('with a warning where it chooses nothing', () => {
    const { warnings } = ordered(aClusterLogin({ namespaces: { names: ['none'] } }), WORLD)
    assert.deepEqual(
      warnings.map(({ reason }) => reason),
      ['NoNamespaceChosen'],
    )
  })

  test('with a finalizer, as its Secrets are in namespaces that stay', () => {
    assert.equal(ordered(aClusterLogin(), WORLD).finalizer, 'everpull.dev/cluster-registry-login')
  })

  test('not at all while it is suspended', () => {
    const translation = translateClusterLogin(aClusterLogin({ suspend: true }), WORLD)
    assert.ok(translation.is === 'unready')
    assert.equal(translation.finalizer, 'everpull.dev/cluster-registry-login')
  })

  test('once namespaces are listed', () => {
    const world = aWorld([], { list: () => ({ is: 'unread' }) })
    assert.equal(translateClusterLogin(aClusterLogin(), world).is, 'unready')
  })
})

describe('in one of its namespaces', () => {
  test('it keeps its Secrets there, as itself, and links what is there', () => {
    const link = { serviceAccounts: { names: ['default'] } }
    const asked = aClusterLogin({ outputs: [{ secretName: 'pull', dockerConfig: {}, link }] })
    const { deliveries, links, spread } = ordered(shareOf(asked, 'team-a'), WORLD)
    const [delivery] = deliveries
    assert.deepEqual(delivery?.orderedBy.ref, { ...asked.ref, namespace: 'team-a' })
    assert.equal(delivery?.target.namespace, 'team-a')
    assert.deepEqual(links?.[0]?.secret, { namespace: 'team-a', name: 'pull' })
    assert.equal(spread, undefined)
  })

  test('it asks through an integration for that namespace', () => {
    const world = aWorld([anIntegration({ sharing: { namespaces: { names: ['team-a'] } } })])
    assert.equal(translateClusterLogin(shareOf(aClusterLogin(), 'team-a'), world).is, 'order')
    const refused = translateClusterLogin(shareOf(aClusterLogin(), 'team-b'), world)
    assert.ok(refused.is === 'unready')
    assert.match(refused.fault.message, /not shared with namespace team-b/)
  })

  test('what it names lives with the operator, unless it says where', () => {
    const sources = (identity: object) =>
      ordered(
        shareOf(aClusterLogin({ identity }), 'team-a'),
        aWorld([aSecret('aws', 'everpull'), aSecret('aws', 'vault'), aServiceAccount('ecr', 'everpull')]),
      ).deliveries.flatMap(({ logins }) => logins.map(({ identity: { source } }) => source))
    const [key] = sources({ accessKey: { secretName: 'aws' } })
    assert.ok(key?.is === 'access-key' && key.secretAccessKey.namespace === 'everpull')
    const [elsewhere] = sources({ accessKey: { secretName: 'aws', namespace: 'vault' } })
    assert.ok(elsewhere?.is === 'access-key' && elsewhere.secretAccessKey.namespace === 'vault')
    const [account] = sources({ serviceAccount: { name: 'ecr' } })
    assert.ok(account?.is === 'service-account' && account.namespace === 'everpull')
  })

  test('the identity is the same as in every other, so that all share one login', () => {
    const world = aWorld([aServiceAccount('ecr', 'everpull')])
    const asked = aClusterLogin({ identity: { serviceAccount: { name: 'ecr' } } })
    const identityIn = (namespace: string) => {
      const [want] = ordered(shareOf(asked, namespace), world).deliveries.flatMap(({ logins }) => logins)
      return want === undefined ? undefined : { ...want.identity, onBehalfOf: '' }
    }
    assert.deepEqual(identityIn('team-a'), identityIn('team-b'))
  })

  test('five thousand of them cost little more than being counted', () => {
    const asked = aClusterLogin({
      outputs: [
        { secretName: 'pull', dockerConfig: {} },
        { secretName: 'npm', template: { data: { '.npmrc': '{{ .password | b64enc }}' } } },
      ],
    })
    const world = aWorld()
    const names = Array.from({ length: 5000 }, (_, i) => `team-${i}`)
    const all = (): void => {
      for (const name of names) translateClusterLogin(shareOf(asked, name), world)
    }
    const unit = Math.min(...Array.from({ length: 5 }, () => cost(unitOfWork)))
    // Some 250 ms of an idle machine, 50 µs each: with parsing the spec each time it would be ten times that.
    assert.ok(Math.min(cost(all), cost(all), cost(all)) / unit < 50)
  })
})
