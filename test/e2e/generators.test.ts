// This file is about generators on a real control plane: sessions of STS, cluster-wide ones, what hardly anybody means, and windows that are closed.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { eventually } from '../support/eventually.ts'
import { generator, keysIn, opaqueSecret, together } from '../support/orders.ts'
import { type Condition, type RunningOperator, type SecretSeen, Stage } from '../support/stage.ts'

const GENERATORS = 'generators.external-secrets.io/v1alpha1'
const KEYS = 'awssm-secret'

interface EventSeen {
  readonly type: string
  readonly reason: string
  readonly message: string
  readonly involvedObject: { readonly kind: string; readonly name: string }
}
type Fields = Readonly<Record<string, unknown>>

const json = (value: unknown): string => JSON.stringify(value)

const session = (namespace: string, name: string, spec: Fields = {}): string =>
  json({
    apiVersion: GENERATORS,
    kind: 'STSSessionToken',
    metadata: { namespace, name },
    spec: { region: 'us-west-1', ...keysIn(KEYS), ...spec },
  })

const clusterGenerator = (name: string, kind: string, wrapped: Fields): string =>
  json({
    apiVersion: GENERATORS,
    kind: 'ClusterGenerator',
    metadata: { name },
    spec: { kind, generator: wrapped },
  })

/** Refers to generators as "Kind/name". */
const asked = (namespace: string, name: string, generators: readonly string[], spec: Fields = {}): string =>
  json({
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { namespace, name },
    spec: {
      refreshInterval: '8h',
      dataFrom: generators.map((text) => {
        const [kind = '', generatorName = ''] = text.split('/')
        return { sourceRef: { generatorRef: { kind, name: generatorName } } }
      }),
      ...spec,
    },
  })

/** A window that opens in six hours, for an hour. */
function laterToday(): Fields {
  const hour = (new Date().getUTCHours() + 6) % 24
  return { schedule: `0 ${hour} * * *`, duration: '1h' }
}

describe('generators', { timeout: 600_000 }, () => {
  let stage: Stage
  let operator: RunningOperator

  const conditionOf = (namespace: string, name: string, says: RegExp): Promise<Condition> =>
    eventually(
      `ExternalSecret ${namespace}/${name} says ${says}`,
      async () => {
        const found = await stage.ready('externalsecret', namespace, name)
        return found !== undefined && says.test(found.message) ? found : undefined
      },
      30_000,
    )
  const eventOf = (namespace: string, name: string, says: RegExp): Promise<EventSeen> =>
    eventually(
      `an event about ${namespace}/${name} that says ${says}`,
      async () => {
        const events = (await stage.get<{ items: EventSeen[] }>('events', '-n', namespace))?.items ?? []
        return events.find(
          ({ involvedObject, message }) => involvedObject.name === name && says.test(message),
        )
      },
      30_000,
    )
  const filled = (namespace: string, name: string): Promise<SecretSeen> =>
    stage.secretWhere(namespace, name, 'is filled', ({ data }) => Object.keys(data).length > 0, 30_000)

  before(async () => {
    stage = await Stage.open()
    for (const namespace of ['team-a', 'team-b']) await stage.namespace(namespace)
    await stage.credentialSecret('team-a', KEYS)
    operator = await stage.startOperator()
    await operator.ready()
  })
  after(() => stage[Symbol.asyncDispose]())

  it('without an apiVersion in their reference give the user AWS and a password', async () => {
    await stage.apply(generator({ namespace: 'team-a', name: 'ecr' }, keysIn(KEYS)))
    await stage.apply(asked('team-a', 'plain', ['ECRAuthorizationToken/ecr']))
    const { data } = await filled('team-a', 'plain')
    assert.equal(data['username'], 'AWS')
    assert.notEqual(data['password'], '')
    assert.match(data['expires_at'] ?? '', /^\d{10}$/)
    assert.match(data['proxy_endpoint'] ?? '', /^https:\/\/123456789012\.dkr\.ecr\.us-west-1\./)
  })

  it('give session keys beside a token in one Secret, and AWS takes them', async () => {
    await stage.apply(session('team-a', 'session', { requestParameters: { sessionDuration: 3600 } }))
    await stage.apply(asked('team-a', 'both', ['ECRAuthorizationToken/ecr', 'STSSessionToken/session']))
    const { data } = await filled('team-a', 'both')
    assert.deepEqual(Object.keys(data).toSorted(), [
      'access_key_id',
      'expiration',
      'expires_at',
      'password',
      'proxy_endpoint',
      'secret_access_key',
      'session_token',
      'username',
    ])
    const left = Number(data['expiration']) * 1000 - Date.now()
    assert.ok(left > 3_000_000 && left <= 3_600_000, `${left} ms of an hour`)
    const key = (name: string) => ({ name: 'both', key: name })
    const spec = {
      auth: {
        secretRef: {
          accessKeyIDSecretRef: key('access_key_id'),
          secretAccessKeySecretRef: key('secret_access_key'),
          sessionTokenSecretRef: key('session_token'),
        },
      },
    }
    await stage.apply(
      together(
        generator({ namespace: 'team-a', name: 'by-session' }, spec),
        asked('team-a', 'chained', ['ECRAuthorizationToken/by-session']),
      ),
    )
    assert.equal((await filled('team-a', 'chained')).data['username'], 'AWS')
  })

  it('share one session among all who ask for the same', async () => {
    const before = (await stage.calls('?operation=GetSessionToken')).length
    await stage.apply(session('team-a', 'shared', { requestParameters: { sessionDuration: 7200 } }))
    const names = ['s-1', 's-2', 's-3', 's-4']
    await stage.apply(together(...names.map((name) => asked('team-a', name, ['STSSessionToken/shared']))))
    const secrets = await Promise.all(names.map((name) => filled('team-a', name)))
    assert.equal(new Set(secrets.map(({ data }) => data['session_token'])).size, 1)
    assert.equal((await stage.calls('?operation=GetSessionToken')).length - before, 1)
  })

  it('for the whole cluster ask with the credentials of each namespace they are used in', async () => {
    await stage.apply(
      clusterGenerator('shared', 'ECRAuthorizationToken', {
        ecrAuthorizationTokenSpec: { region: 'us-west-1', ...keysIn(KEYS) },
      }),
    )
    for (const namespace of ['team-a', 'team-b'])
      await stage.apply(asked(namespace, 'by-cluster', ['ClusterGenerator/shared']))
    await filled('team-a', 'by-cluster')
    const { reason } = await conditionOf(
      'team-b',
      'by-cluster',
      /cannot get Kubernetes secret "awssm-secret" from namespace "team-b": secrets "awssm-secret" not found/,
    )
    assert.equal(reason, 'SecretSyncedError')
    await stage.credentialSecret('team-b', KEYS)
    await filled('team-b', 'by-cluster')
  })

  it('for the whole cluster are followed at once when they change', async () => {
    await stage.apply(
      clusterGenerator('shared', 'ECRAuthorizationToken', {
        ecrAuthorizationTokenSpec: { region: 'us-east-2', ...keysIn(KEYS) },
      }),
    )
    for (const namespace of ['team-a', 'team-b'])
      await stage.secretWhere(namespace, 'by-cluster', 'is of the new region', ({ data }) =>
        (data['proxy_endpoint'] ?? '').includes('us-east-2'),
      )
  })

  const refusals: readonly (readonly [string, string, readonly string[], RegExp])[] = [
    [
      'that wrap nothing of their kind',
      clusterGenerator('mismatch', 'STSSessionToken', {
        ecrAuthorizationTokenSpec: { region: 'us-west-1' },
      }),
      ['ClusterGenerator/mismatch'],
      /^error processing spec\.dataFrom\[0\]\.sourceRef\.generatorRef, err: unable to get generator: invalid ClusterGenerator: when kind is STSSessionToken, STSSessionTokenSpec must be set/,
    ],
    [
      'that AWS does not answer',
      clusterGenerator('password', 'Password', { passwordSpec: { length: 9 } }),
      ['ClusterGenerator/password'],
      /the Password in ClusterGenerator password is not supported/,
    ],
    [
      'that are absent',
      session('team-a', 'unused'),
      ['ClusterGenerator/nobody'],
      /err: unable to get generator: ClusterGenerator\.generators\.external-secrets\.io "nobody" not found/,
    ],
    [
      'of sessions with jwt',
      session('team-a', 'jwt', { auth: { jwt: { serviceAccountRef: { name: 'default' } } } }),
      ['STSSessionToken/jwt'],
      /err: error using generator: jwt auth cannot be used for STS Session Token generation/,
    ],
    [
      'of sessions with a role',
      session('team-a', 'role', { role: 'arn:aws:iam::123456789012:role/puller' }),
      ['STSSessionToken/role'],
      /err: error using generator: spec\.role of STSSessionToken team-a\/role cannot work/,
    ],
    [
      'with an empty jwt',
      generator({ namespace: 'team-a', name: 'empty-jwt' }, { auth: { jwt: {} } }),
      ['ECRAuthorizationToken/empty-jwt'],
      /err: error using generator: spec\.auth\.jwt\.serviceAccountRef of ECRAuthorizationToken team-a\/empty-jwt is missing/,
    ],
    [
      'whose key ends in a line break',
      together(
        opaqueSecret(
          { namespace: 'team-a', name: 'untrimmed' },
          { 'access-key': 'AKIAIOSFODNN7EXAMPLE\n', 'secret-access-key': 'not-a-real-secret-key' },
        ),
        generator({ namespace: 'team-a', name: 'untrimmed' }, keysIn('untrimmed')),
      ),
      ['ECRAuthorizationToken/untrimmed'],
      /err: error using generator: unable to create aws session: .*key "access-key" of Secret team-a\/untrimmed holds a line break or blank/,
    ],
  ]
  for (const [i, [name, manifests, generators, says]] of refusals.entries()) {
    it(`${name} are refused with the reason`, async () => {
      const object = `refused-${i}`
      await stage.apply(together(manifests, asked('team-a', object, generators)))
      const { type, reason } = await eventOf('team-a', object, says)
      assert.deepEqual([type, reason], ['Warning', 'UpdateFailed'])
      const ready = await conditionOf('team-a', object, /^could not get secret data from provider: /)
      assert.deepEqual([ready.status, ready.reason], ['False', 'SecretSyncedError'])
    })
  }

  const oddities: readonly (readonly [string, Fields, RegExp])[] = [
    [
      'of a misspelt scope',
      { scope: 'Public', ...keysIn(KEYS) },
      /spec\.scope "Public" of ECRAuthorizationToken team-a\/\S+ means private registries/,
    ],
    [
      'of ECR Public in another region',
      { scope: 'public', region: 'eu-central-1', ...keysIn(KEYS) },
      /ECR Public gives tokens in us-east-1 only, so that region is asked instead of "eu-central-1"/,
    ],
    [
      'whose credentials name a namespace',
      {
        auth: {
          secretRef: {
            accessKeyIDSecretRef: { name: KEYS, key: 'access-key', namespace: 'team-b' },
            secretAccessKeySecretRef: { name: KEYS, key: 'secret-access-key' },
          },
        },
      },
      /spec\.auth\.secretRef\.accessKeyIDSecretRef\.namespace has no effect/,
    ],
  ]
  for (const [i, [name, spec, says]] of oddities.entries()) {
    it(`${name} work, and an event says what hardly anybody means`, async () => {
      const object = `odd-${i}`
      await stage.apply(generator({ namespace: 'team-a', name: object }, spec))
      await stage.apply(asked('team-a', object, [`ECRAuthorizationToken/${object}`]))
      await filled('team-a', object)
      assert.equal((await eventOf('team-a', object, says)).type, 'Warning')
    })
  }

  it('are not asked by an object whose interval is no duration, which is told so', async () => {
    await stage.apply(
      asked('team-a', 'no-duration', ['ECRAuthorizationToken/ecr'], { refreshInterval: '8 hours' }),
    )
    await eventOf('team-a', 'no-duration', /spec\.refreshInterval: "8 hours" is no duration/)
    await conditionOf('team-a', 'no-duration', /"8 hours" is no duration/)
  })
})

describe('closed sync windows', { timeout: 600_000 }, () => {
  const LIFE_MS = 20_000
  let stage: Stage

  const passwordOf = async (name: string): Promise<string | undefined> =>
    (await stage.secret('team-a', name))?.data['password']
  const messageOf = async (name: string): Promise<string> =>
    (await stage.ready('externalsecret', 'team-a', name))?.message ?? ''
  const windows = { kind: 'allow', windows: [laterToday()] }

  before(async () => {
    stage = await Stage.open({ tokenLifeSeconds: LIFE_MS / 1000 })
    await stage.namespace('team-a')
    await stage.credentialSecret('team-a', KEYS)
    const operator = await stage.startOperator()
    await operator.ready()
    await stage.apply(
      together(
        generator({ namespace: 'team-a', name: 'ecr' }, keysIn(KEYS)),
        asked('team-a', 'open', ['ECRAuthorizationToken/ecr']),
        asked('team-a', 'closed', ['ECRAuthorizationToken/ecr'], { syncWindows: windows }),
      ),
    )
  })
  after(() => stage[Symbol.asyncDispose]())

  it('keep a Secret as it is while others are renewed, and its condition says how long its login lives', async () => {
    const first = await eventually('both are filled', async () => {
      const [open, closed] = [await passwordOf('open'), await passwordOf('closed')]
      return open !== undefined && closed
    })
    const renewed = await eventually(
      'the other one is renewed twice',
      async () => {
        const calls = await stage.calls('?operation=GetAuthorizationToken')
        return calls.length >= 3 && (await passwordOf('open'))
      },
      5 * LIFE_MS,
    )
    assert.notEqual(renewed, first)
    assert.equal(await passwordOf('closed'), first)
    assert.match(
      await messageOf('closed'),
      /^secret synced: serves a login that dies at \S+Z and will not be renewed before \S+:00:00Z because spec\.syncWindows permits it only then$/,
    )
  })

  it('do not keep a forced sync, an edited Secret or a changed spec waiting', async () => {
    const first = await passwordOf('closed')
    await stage.kubectl('annotate', 'externalsecret', 'closed', '-n', 'team-a', 'force-sync=now')
    const forced = await eventually('it is forced', async () => {
      const now = await passwordOf('closed')
      return now !== first && now
    })
    await stage.kubectl(
      'patch',
      'secret',
      'closed',
      '-n',
      'team-a',
      '-p',
      '{"stringData":{"password":"edited"}}',
    )
    await eventually('it is mended', async () => (await passwordOf('closed')) !== 'edited')
    await stage.kubectl('delete', 'secret', 'closed', '-n', 'team-a')
    await eventually('it is there again', async () => (await passwordOf('closed')) !== undefined)
    await stage.kubectl(
      'patch',
      'externalsecret',
      'closed',
      '-n',
      'team-a',
      '--type=json',
      '-p',
      '[{"op":"remove","path":"/spec/syncWindows"}]',
    )
    await eventually(
      'it is renewed like any other',
      async () => {
        const now = await passwordOf('closed')
        return now !== undefined && now !== forced && (await messageOf('closed')) === 'secret synced'
      },
      3 * LIFE_MS,
    )
  })
})

describe('an operator that may read nothing outside of its namespaces', { timeout: 600_000 }, () => {
  let stage: Stage

  before(async () => {
    stage = await Stage.open()
    await stage.namespace('team-a')
    await stage.credentialSecret('team-a', KEYS)
    const flags = ['--namespace=team-a']
    await stage.apply(await stage.everpull('rbac', ...flags))
    for (const name of ['everpull:everpull', 'everpull:everpull:cluster-scoped']) {
      for (const kind of ['clusterrolebinding', 'clusterrole'])
        await stage.kubectl('delete', kind, name, '--ignore-not-found')
    }
    const operator = await stage.startOperator(flags)
    await operator.ready()
  })
  after(() => stage[Symbol.asyncDispose]())

  it('serves what is in them, and names the right it lacks to an object that refers to a cluster generator', async () => {
    await stage.apply(
      together(
        generator({ namespace: 'team-a', name: 'ecr' }, keysIn(KEYS)),
        clusterGenerator('shared', 'ECRAuthorizationToken', {
          ecrAuthorizationTokenSpec: { region: 'us-west-1', ...keysIn(KEYS) },
        }),
        asked('team-a', 'own', ['ECRAuthorizationToken/ecr']),
        asked('team-a', 'shared', ['ClusterGenerator/shared']),
      ),
    )
    await stage.secretWhere('team-a', 'own', 'is filled', ({ data }) => data['password'] !== undefined)
    const told = await eventually(
      'the other one says why',
      async () => (await stage.ready('externalsecret', 'team-a', 'shared'))?.message,
      30_000,
    )
    assert.match(told, /ClusterGenerator shared cannot be read: .*clustergenerators/)
    assert.match(told, /apply the output of "everpull rbac"/)
  })
})
