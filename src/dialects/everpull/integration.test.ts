// This file is about testing what an EcrIntegration is turned into: its test, its hold, and what it says of its sharing.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hours, minutes } from '../../base/duration.ts'
import type { Ref } from '../../model/ref.ts'
import type { Resource } from '../../model/resource.ts'
import type { Finding, Translation, World } from '../dialect.ts'
import { someTime } from '../fixtures/world.ts'
import { translateIntegration } from './integration.ts'
import { aNamespace, anIntegration, aSecret, aUser, aWorld } from './integration-fixture.ts'

type Order = Extract<Translation, { is: 'order' }>

function ordered(asked: Resource, world: World): Order {
  const translation = translateIntegration(asked, world)
  assert.ok(translation.is === 'order', JSON.stringify(translation))
  return translation
}

const finding = ({ circumstances }: Order, type: string): Finding =>
  circumstances?.findings.find((one) => one.type === type) ?? assert.fail(`nothing is said of ${type}`)

const usedBy = (...users: readonly Ref[]): Partial<World> => ({ usersOf: () => users })

describe('is tested', () => {
  test('as whoever it stands for, for itself, and through itself', () => {
    const roleArn = 'arn:aws:iam::123456789012:role/ecr'
    const asked = anIntegration({ auth: { iamRole: { roleArn } } })
    assert.deepEqual(ordered(asked, aWorld()).probes, [
      {
        identity: {
          source: { is: 'ambient' },
          roles: [{ roleArn, sessionName: 'everpull-ecr-prod' }],
          onBehalfOf: 'everpull',
          through: asked.ref,
        },
        region: 'eu-west-1',
        registries: [],
        permissions: ['pull'],
        every: hours(1),
        at: 'spec.auth',
      },
    ])
  })

  test('on its registries, as often and for what it says', () => {
    const registries = [
      { account: '123456789012', region: 'eu-west-1', fips: true, dualStack: true },
      { public: true },
      { host: 'ecr.example.com', region: 'eu-west-1' },
    ]
    const asked = anIntegration({ registries, probe: { interval: '5m', permissions: ['pull', 'push'] } })
    const [probe] = ordered(asked, aWorld()).probes ?? []
    assert.deepEqual(probe?.registries, [
      {
        host: '123456789012.dkr-ecr-fips.eu-west-1.on.aws',
        service: 'private',
        region: 'eu-west-1',
        account: '123456789012',
        fips: true,
        dualStack: true,
      },
      { host: 'public.ecr.aws', service: 'public', region: 'us-east-1' },
      { host: 'ecr.example.com', service: 'private', region: 'eu-west-1' },
    ])
    assert.deepEqual([probe?.every, probe?.permissions], [minutes(5), ['pull', 'push']])
  })

  test('at once when somebody asks for it', () => {
    const asked = anIntegration({}, { annotations: { 'everpull.dev/refresh': 'now' } })
    assert.equal(ordered(asked, aWorld()).probes?.[0]?.force, 'now')
  })

  test('thoroughly where it was made for a test', () => {
    const asked = anIntegration({}, { labels: { 'everpull.dev/test': 'true' } })
    assert.equal(ordered(asked, aWorld()).probes?.[0]?.thorough, true)
    assert.equal(ordered(anIntegration(), aWorld()).probes?.[0]?.thorough, undefined)
  })

  test('only when its Secret is there', () => {
    const asked = anIntegration({ auth: { accessKey: { secretName: 'aws' } } })
    const missing = translateIntegration(asked, aWorld())
    assert.ok(missing.is === 'unready' && missing.fault.code === 'credential-missing')
    assert.equal(ordered(asked, aWorld([aSecret('everpull', 'aws')])).probes?.length, 1)
  })

  test('never where it is meant for others, which is all that is said of it', () => {
    const order = ordered(anIntegration({ runtimes: { policy: 'Selected', names: ['eu'] } }), aWorld())
    assert.equal(order.probes, undefined)
    assert.deepEqual(order.circumstances, {
      users: [],
      findings: [
        {
          type: 'Ignored',
          status: 'True',
          reason: 'MeantForOthers',
          message: 'it is meant for runtime "eu": an installation with another name ignores it',
        },
      ],
    })
  })

  test('never while it is wrong', () => {
    const translation = translateIntegration(anIntegration({ auth: {} }), aWorld())
    assert.ok(translation.is === 'invalid' && translation.fault.at === 'spec.auth')
  })
})

const sharing = (namespaces: object): object => ({ sharing: { namespaces } })
const forTeams = sharing({ names: ['team-*'] })

describe('is held', () => {
  const used = aWorld([], usedBy(aUser('team-b', 'pull'), aUser('team-a', 'pull')))
  const going = { deletingSince: someTime }
  const ofTeams = (changed: object = {}, rest: Partial<Resource> = {}): Resource =>
    anIntegration({ ...forTeams, ...changed }, rest)

  test('by a finalizer while it is in use, and only then', () => {
    assert.equal(ordered(ofTeams(), used).finalizer, 'everpull.dev/ecr-integration')
    assert.equal(ordered(ofTeams(), aWorld()).finalizer, undefined)
  })

  test('though its Secret is gone', () => {
    const asked = ofTeams({ auth: { accessKey: { secretName: 'aws' } } })
    const translation = translateIntegration(asked, used)
    assert.ok(translation.is === 'unready' && translation.finalizer !== undefined)
  })

  test('when it is deleted in use, telling by whom, and how to have it go', () => {
    const { holds, finalizer } = ordered(ofTeams({}, going), used)
    assert.equal(finalizer, 'everpull.dev/ecr-integration')
    assert.equal(holds?.code, 'in-use')
    assert.equal(
      holds.message,
      'EcrIntegration ecr-prod is being deleted, and waits as it is used by 2 objects: RegistryLogin team-a/pull, ' +
        'RegistryLogin team-b/pull: have them use another identity, or annotate it with everpull.dev/force-delete=true',
    )
  })

  test('even when it is wrong', () => {
    assert.equal(ordered(ofTeams({ auth: {} }, going), used).holds?.code, 'in-use')
  })

  test('not by those whom it is no longer shared with', () => {
    const order = ordered(ofTeams(sharing({ names: ['team-c'] }), going), used)
    assert.equal(order.holds, undefined)
  })

  test('by what serves the whole cluster', () => {
    const whole = { ...aUser('', 'all'), kind: 'ClusterRegistryLogin' }
    const { holds } = ordered(ofTeams({}, going), aWorld([], usedBy(whole)))
    assert.match(holds?.message ?? '', /used by one object: ClusterRegistryLogin all:/)
  })

  test('no longer when its last user is gone', () => {
    assert.deepEqual(ordered(ofTeams({}, going), aWorld()).holds, undefined)
  })

  for (const [value, isHeld] of [
    ['true', false],
    ['', false],
    ['false', true],
  ] as const) {
    test(`${isHeld ? 'still' : 'no longer'} when everpull.dev/force-delete is "${value}"`, () => {
      const annotations = { 'everpull.dev/force-delete': value }
      const order = ordered(ofTeams({}, { ...going, annotations }), used)
      assert.equal(order.holds !== undefined, isHeld)
    })
  }
})

describe('where there are several installations', () => {
  const blue: Partial<World> = { runtime: 'blue' }
  const [OURS, THEIRS] = ['everpull.dev/ecr-integration-blue', 'everpull.dev/ecr-integration']
  const going = { deletingSince: someTime, finalizers: [THEIRS, 'example.com/other', OURS] }
  const used = usedBy(aUser('team-a', 'pull'))

  test('each has a finalizer of its own', () => {
    const named = (runtime: string) =>
      ordered(anIntegration(forTeams), aWorld([], { ...used, runtime })).finalizer
    assert.deepEqual([named('default'), named('blue')], [THEIRS, OURS])
    const [, long = ''] = (named('a'.repeat(63)) ?? '').split('/')
    assert.ok(long.length <= 63 && long !== named('b'.repeat(63))?.split('/')[1], long)
  })

  test('one that nobody uses here may be in use elsewhere', () => {
    assert.deepEqual(ordered(anIntegration(forTeams, going), aWorld([], blue)).releases, [OURS])
  })

  test('one that is meant for others is theirs to let go', () => {
    const theirs = anIntegration({ runtimes: { policy: 'Selected', names: ['green'] } }, going)
    assert.deepEqual(ordered(theirs, aWorld([], blue)).releases, [OURS])
  })

  test('whoever forces its deletion means all of them', () => {
    const forced = { ...going, annotations: { 'everpull.dev/force-delete': 'true' } }
    const world = aWorld([], { ...used, ...blue })
    assert.deepEqual(ordered(anIntegration(forTeams, forced), world).releases, [THEIRS, OURS])
  })
})

describe('its use is told', () => {
  const message = (...users: readonly Ref[]): string =>
    finding(ordered(anIntegration(forTeams), aWorld([], usedBy(...users))), 'InUse').message

  test('by name, in whichever order they came', () => {
    const [a, b] = [aUser('team-a', 'pull'), aUser('team-b', 'pull')]
    assert.equal(message(), 'nothing is served through it')
    assert.equal(message(a), 'it is used by one object: RegistryLogin team-a/pull')
    assert.equal(message(b, a), message(a, b))
  })

  test('in few words, however many there are', () => {
    const users = Array.from({ length: 1000 }, (_, i) => aUser(`team-${i}`, 'pull'))
    assert.match(message(...users), /^it is used by 1000 objects: \S+ \S+, \S+ \S+, \S+ \S+ and 997 more$/)
  })
})

describe('its sharing is enforced', () => {
  const key = { auth: { accessKey: { secretName: 'aws' } } }
  const labelled = sharing({ selector: { matchLabels: { ecr: 'yes' } } })
  const rows: readonly [string, object, World['ambientOpenTo'], boolean, RegExp][] = [
    [
      'not while all may use the ambient identity',
      {},
      'all',
      false,
      /^every namespace .* --ambient-credentials=deny/,
    ],
    [
      'while all may use the ambient identity and it is shared with all',
      sharing({ names: ['*'] }),
      'all',
      true,
      /all namespaces/,
    ],
    ['the same with a selector that chooses all', sharing({ selector: {} }), 'all', true, /all namespaces/],
    [
      'not when one of all is excluded',
      sharing({ names: ['*'], exclude: ['team-b'] }),
      'all',
      false,
      /^every namespace/,
    ],
    ['while nobody may use the ambient identity', {}, [], true, /no namespace but those/],
    ['while only the namespace of the operator may', {}, ['everpull'], true, /no namespace but those/],
    ['not while others may', {}, ['everpull', 'team-a'], false, /^namespace team-a may .* take it out there/],
    [
      'not while several others may',
      {},
      ['team-a', 'team-b'],
      false,
      /^namespaces team-a, team-b may .* take them out/,
    ],
    [
      'while those may that it is shared with',
      sharing({ names: ['team-*'] }),
      ['team-a', 'team-b'],
      true,
      /no namespace but/,
    ],
    [
      'not while one may that has not the label',
      labelled,
      ['team-a', 'team-b'],
      false,
      /^namespace team-b may/,
    ],
    ['whoever may, where it lends an access key', key, 'all', true, /access key/],
  ]
  for (const [when, changed, ambientOpenTo, isEnforced, message] of rows) {
    test(when, () => {
      const there = [aNamespace('team-a', { ecr: 'yes' }), aNamespace('team-b'), aSecret('everpull', 'aws')]
      const said = finding(
        ordered(anIntegration(changed), aWorld(there, { ambientOpenTo })),
        'SharingEnforced',
      )
      assert.deepEqual(
        [said.status, said.reason],
        isEnforced ? ['True', 'Enforced'] : ['False', 'AmbientCredentialsOpen'],
      )
      assert.match(said.message, message)
      const { warnings } = ordered(anIntegration(changed), aWorld(there, { ambientOpenTo }))
      assert.deepEqual(warnings, isEnforced ? [] : [{ reason: 'SharingNotEnforced', message: said.message }])
    })
  }
})
