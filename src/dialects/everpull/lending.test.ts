// This file is about testing who gets what from an EcrIntegration, and who is told why not.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fault } from '../../model/fault.ts'
import { refKey } from '../../model/ref.ts'
import type { Resource } from '../../model/resource.ts'
import type { World } from '../dialect.ts'
import { someTime } from '../fixtures/world.ts'
import { aNamespace, anIntegration, aSecret, aWorld } from './integration-fixture.ts'
import { integrationRef, isRoleAllowed, lend, type Lent } from './lending.ts'

const NAMESPACES = [aNamespace('team-a', { ecr: 'yes' }), aNamespace('team-b'), aNamespace('everpull')]

const asked = (integration: Resource, namespace: string, changed: Partial<World> = {}) =>
  lend(aWorld([integration, ...NAMESPACES], changed), 'ecr-prod', namespace)

function lent(integration: Resource, namespace = 'everpull', there: readonly Resource[] = []): Lent {
  const answer = lend(aWorld([integration, ...NAMESPACES, ...there]), 'ecr-prod', namespace)
  assert.ok(answer.is === 'lent', JSON.stringify(answer))
  return answer
}

const shared = (namespaces: object): object => ({ sharing: { namespaces } })

describe('is lent to', () => {
  // To the namespace of the operator, to team-a, which is labelled, to team-b, and to one that does not exist.
  const rows: readonly [string, object, readonly boolean[]][] = [
    ['the namespace of the operator alone, where nothing is said', {}, [true, false, false, false]],
    ['namespaces that are named', shared({ names: ['team-a'] }), [false, true, false, false]],
    ['namespaces that match', shared({ names: ['team-?'] }), [false, true, true, true]],
    [
      'namespaces with a label',
      shared({ selector: { matchLabels: { ecr: 'yes' } } }),
      [false, true, false, false],
    ],
    [
      'namespaces without it',
      shared({ selector: { matchExpressions: [{ key: 'ecr', operator: 'DoesNotExist' }] } }),
      [true, false, true, false],
    ],
    [
      'those named and those labelled',
      shared({ names: ['everpull'], selector: { matchLabels: { ecr: 'yes' } } }),
      [true, true, false, false],
    ],
    [
      'those that are not excluded',
      shared({ names: ['*'], exclude: ['*-a', 'everpull'] }),
      [false, false, true, true],
    ],
    ['all there are', shared({ selector: {} }), [true, true, true, false]],
    ['nobody by an empty list', shared({ names: [] }), [false, false, false, false]],
  ]
  const runtimes = [
    { is: 'all', runtimes: { policy: 'All' } },
    { is: 'this one', runtimes: { policy: 'Selected', names: ['other', 'default'] } },
    { is: 'another', runtimes: { policy: 'Selected', names: ['other'] } },
  ]
  for (const [whom, sharing, expected] of rows) {
    for (const { is, runtimes: meant } of runtimes) {
      for (const deletion of [{}, { deletingSince: someTime }]) {
        const going = 'deletingSince' in deletion ? ', while it is being deleted' : ''
        test(`${whom}, meant for ${is}${going}`, () => {
          const integration = anIntegration({ ...sharing, runtimes: meant }, deletion)
          const answers = ['everpull', 'team-a', 'team-b', 'team-c'].map((name) => asked(integration, name))
          assert.deepEqual(
            answers.map((answer) => answer.is === 'lent'),
            is === 'another' ? [false, false, false, false] : expected,
          )
          for (const answer of answers)
            if (answer.is === 'fault') assert.equal(answer.code, 'integration-refused')
        })
      }
    }
  }
})

describe('who gets nothing is told what to change:', () => {
  const rows: readonly [string, Resource, string, Partial<World>, string, RegExp][] = [
    [
      'where nothing is shared',
      anIntegration(),
      'team-a',
      {},
      'integration-refused',
      /^EcrIntegration ecr-prod is not shared with namespace team-a: it has no spec\.sharing, .*; add the namespace to spec\.sharing\.namespaces there, or use another integration$/,
    ],
    [
      'where others are chosen',
      anIntegration(shared({ names: ['team-b'] })),
      'team-a',
      {},
      'integration-refused',
      /^EcrIntegration ecr-prod is not shared with namespace team-a: have spec\.sharing\.namespaces choose it there/,
    ],
    [
      'where it is meant for others',
      anIntegration({ runtimes: { policy: 'Selected', names: ['eu', 'us'] } }),
      'everpull',
      { runtime: 'test' },
      'integration-refused',
      /^EcrIntegration ecr-prod is meant for runtimes "eu", "us", and this is "test": add it to spec\.runtimes\.names there/,
    ],
    [
      'where it is wrong',
      anIntegration({ auth: {} }),
      'everpull',
      {},
      'reference-invalid',
      /^EcrIntegration ecr-prod cannot be used: spec\.auth is refused: give exactly one of iamRole, accessKey and ambient$/,
    ],
    [
      'where its Secret is not there',
      anIntegration({ auth: { accessKey: { secretName: 'aws' } } }),
      'everpull',
      {},
      'credential-missing',
      /^Secret everpull\/aws does not exist: create it with the access key of EcrIntegration ecr-prod, or correct spec\.auth\.accessKey there$/,
    ],
  ]
  for (const [where, integration, namespace, changed, code, message] of rows) {
    test(where, () => {
      const answer = asked(integration, namespace, changed)
      assert.ok(answer.is === 'fault')
      assert.equal(answer.code, code)
      assert.match(answer.message, message)
    })
  }

  test('where there is none', () => {
    const answer = lend(aWorld(), 'ecr-prod', 'team-a')
    assert.ok(answer.is === 'fault' && answer.code === 'reference-missing')
    assert.equal(answer.message, 'EcrIntegration ecr-prod does not exist: create it, or name another one')
  })

  test('where nobody is named and there is no default', () => {
    const answer = lend(aWorld(), 'default', 'team-a')
    assert.match(answer.is === 'fault' ? answer.message : '', /is used where no identity is named/)
  })

  for (const what of [integrationRef('ecr-prod'), aNamespace('team-a').ref, aSecret('everpull', 'aws').ref]) {
    const integration = anIntegration({
      auth: { accessKey: { secretName: 'aws' } },
      ...shared({ selector: { matchLabels: { ecr: 'yes' } } }),
    })
    const world = aWorld([integration, ...NAMESPACES, aSecret('everpull', 'aws')])
    test(`where ${what.kind} ${what.name} may not be read`, () => {
      const denied = fault('reference-unreadable', 'it cannot be read')
      const get: World['get'] = (ref) =>
        refKey(ref) === refKey(what) ? { is: 'denied', fault: denied } : world.get(ref)
      assert.deepEqual(lend({ ...world, get }, 'ecr-prod', 'team-a'), denied)
    })

    test(`where ${what.kind} ${what.name} is not read yet`, () => {
      const get: World['get'] = (ref) => (refKey(ref) === refKey(what) ? { is: 'unread' } : world.get(ref))
      const answer = lend({ ...world, get }, 'ecr-prod', 'team-a')
      assert.ok(answer.is === 'fault' && answer.code === 'reference-missing')
      assert.match(answer.message, /has not been read yet$/)
    })
  }
})

describe('lends', () => {
  test('the identity of the operator itself, and the roles from there on', () => {
    const roleArn = 'arn:aws:iam::123456789012:role/ecr'
    const { source, roles, through } = lent(
      anIntegration({ auth: { iamRole: { roleArn, externalId: 'ours' } } }),
    )
    assert.deepEqual(source, { is: 'ambient' })
    assert.deepEqual(roles, [{ roleArn, externalId: 'ours', sessionName: 'everpull-ecr-prod' }])
    assert.deepEqual(through, integrationRef('ecr-prod'))
  })

  test('the access key in a Secret of the namespace of the operator, under the names that AWS uses', () => {
    const integration = anIntegration({ auth: { accessKey: { secretName: 'aws' } } })
    const secret = { namespace: 'everpull', name: 'aws' }
    assert.deepEqual(lent(integration, 'everpull', [aSecret('everpull', 'aws')]).source, {
      is: 'access-key',
      accessKeyId: { ...secret, key: 'aws_access_key_id' },
      secretAccessKey: { ...secret, key: 'aws_secret_access_key' },
    })
  })

  test('the access key in a Secret of another namespace, under other names, with its id in the open', () => {
    const accessKey = {
      secretName: 'aws',
      secretNamespace: 'vault',
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      secretAccessKeyKey: 'key',
      sessionTokenKey: 'token',
    }
    const secret = { namespace: 'vault', name: 'aws' }
    assert.deepEqual(
      lent(anIntegration({ auth: { accessKey } }), 'everpull', [aSecret('vault', 'aws')]).source,
      {
        is: 'access-key',
        accessKeyId: { text: 'AKIAIOSFODNN7EXAMPLE' },
        secretAccessKey: { ...secret, key: 'key' },
        sessionToken: { ...secret, key: 'token' },
      },
    )
  })

  test('no role on top where none is allowed', () => {
    const arn = 'arn:aws:iam::123456789012:role/ecr'
    assert.equal(isRoleAllowed(lent(anIntegration()), arn), false)
  })

  test('the roles it allows on top, with its own external id and tags', () => {
    const answer = lent(
      anIntegration({
        allowedRoles: ['arn:aws:iam::*:role/ecr-*'],
        allowedRoleSession: { externalId: 'ours', tags: { by: 'everpull' } },
      }),
    )
    assert.deepEqual([answer.externalId, answer.tags], ['ours', { by: 'everpull' }])
    assert.equal(isRoleAllowed(answer, 'arn:aws:iam::123456789012:role/ecr-pull'), true)
    assert.equal(isRoleAllowed(answer, 'arn:aws:iam::123456789012:role/admin'), false)
    assert.equal(isRoleAllowed(answer, 'arn:aws-cn:iam::123456789012:role/ecr-pull'), false)
  })
})

describe('looks', () => {
  const touched = (integration: Resource, namespace: string): readonly string[] => {
    const kinds: string[] = []
    const world = aWorld([integration, ...NAMESPACES, aSecret('everpull', 'aws')])
    const get: World['get'] = (ref) => {
      kinds.push(ref.kind)
      return world.get(ref)
    }
    lend({ ...world, get }, 'ecr-prod', namespace)
    return kinds
  }

  test('at labels only where no name says it', () => {
    const sharing = shared({ names: ['team-a'], selector: { matchLabels: { ecr: 'yes' } } })
    assert.deepEqual(touched(anIntegration(sharing), 'team-a'), ['EcrIntegration'])
    assert.deepEqual(touched(anIntegration(sharing), 'team-b'), ['EcrIntegration', 'Namespace'])
  })

  test('at its Secret, so that a new key is followed', () => {
    const integration = anIntegration({ auth: { accessKey: { secretName: 'aws' } } })
    assert.deepEqual(touched(integration, 'everpull'), ['EcrIntegration', 'Secret'])
  })
})
