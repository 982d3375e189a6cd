// This file is about integrations: who is served through them, what their tests say, and when they may go.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { eventually } from '../support/eventually.ts'
import { type Condition, type RunningOperator, Stage } from '../support/stage.ts'

const HOST = '123456789012.dkr.ecr.us-east-2.amazonaws.com'

type Json = Readonly<Record<string, unknown>>

interface TestedStep {
  readonly name: string
  readonly on?: string
  readonly result: string
  readonly reason?: string
  readonly remedy?: string
}
interface IntegrationSeen {
  readonly metadata: { readonly finalizers?: readonly string[]; readonly deletionTimestamp?: string }
  readonly status?: {
    readonly conditions?: readonly Condition[]
    readonly identity?: { readonly account: string; readonly arn: string }
    readonly expiresAt?: string
    readonly lastTestedAt?: string
    readonly permissions?: readonly TestedStep[]
    readonly usedBy?: { readonly count: number; readonly first: readonly string[] }
  }
}

interface ClusterSeen {
  readonly status?: {
    readonly failing?: readonly { readonly namespace: string; readonly message: string }[]
  }
}

const integration = (name: string, spec: Json = {}): string =>
  JSON.stringify({
    apiVersion: 'everpull.dev/v1alpha1',
    kind: 'EcrIntegration',
    metadata: { name },
    spec: { region: 'us-east-2', auth: { ambient: {} }, ...spec },
  })

const sharedWith = (...names: readonly string[]): Json => ({ sharing: { namespaces: { names } } })

const login = (namespace: string, name: string, through?: string, more: Json = {}): string =>
  JSON.stringify({
    apiVersion: 'everpull.dev/v1alpha1',
    kind: 'RegistryLogin',
    metadata: { namespace, name },
    spec: {
      registries: [{ host: HOST }],
      ...(through === undefined ? {} : { identity: { integration: { name: through } } }),
      outputs: [{ secretName: name, basicAuth: {} }],
      ...more,
    },
  })

const conditionIn = (seen: IntegrationSeen | undefined, type: string): Condition | undefined =>
  seen?.status?.conditions?.find((condition) => condition.type === type)

describe('an integration', { timeout: 300_000 }, () => {
  let stage: Stage
  let operator: RunningOperator

  /** An operator that reaches registries as clients do: by their own names. */
  const start = async (...flags: readonly string[]): Promise<void> => {
    const { HTTPS_PROXY, SSL_CERT_FILE } = stage.sandbox.proxyEnv
    const environment = { HTTPS_PROXY, NO_PROXY: '127.0.0.1', NODE_EXTRA_CA_CERTS: SSL_CERT_FILE }
    operator = await stage.startOperator(flags, environment)
    await operator.ready()
  }

  before(async () => {
    stage = await Stage.open()
    await start()
    for (const namespace of ['team-a', 'team-b', 'team-c']) await stage.namespace(namespace)
  })
  after(() => stage[Symbol.asyncDispose]())

  const seen = (name: string): Promise<IntegrationSeen | undefined> =>
    stage.get<IntegrationSeen>('ecrintegration', name)

  const where = (
    name: string,
    what: string,
    isRight: (seen: IntegrationSeen) => boolean,
  ): Promise<IntegrationSeen> =>
    eventually(
      `EcrIntegration ${name} ${what}`,
      async () => {
        const one = await seen(name)
        return one !== undefined && isRight(one) ? one : undefined
      },
      30_000,
    )

  const ready = (name: string, status: string): Promise<IntegrationSeen> =>
    where(name, `is ready: ${status}`, (one) => conditionIn(one, 'Ready')?.status === status)

  const gone = (name: string): Promise<unknown> =>
    eventually(`EcrIntegration ${name} is gone`, async () => (await seen(name)) === undefined, 30_000)

  const served = (namespace: string, name: string) =>
    stage.secretWhere(namespace, name, 'holds a login', ({ data }) => data['username'] === 'AWS', 30_000)

  const refused = (namespace: string, name: string): Promise<Condition> =>
    eventually(
      `RegistryLogin ${namespace}/${name} is refused`,
      async () => {
        const condition = await stage.ready('registrylogin', namespace, name)
        return condition?.reason === 'IntegrationRefused' ? condition : undefined
      },
      30_000,
    )

  const remove = (namespace: string, name: string): Promise<string> =>
    stage.kubectl('delete', 'registrylogin', name, '-n', namespace)

  const testAgain = (name: string, value: string): Promise<string> =>
    stage.kubectl('annotate', '--overwrite', 'ecrintegration', name, `everpull.dev/refresh=${value}`)

  describe('that is shared', () => {
    it('serves the namespaces it names, and tells others why it does not', async () => {
      await stage.apply(integration('by-name', sharedWith('team-a')))
      await stage.apply(login('team-a', 'by-name', 'by-name'))
      await stage.apply(login('team-b', 'by-name', 'by-name'))
      await served('team-a', 'by-name')
      const { message } = await refused('team-b', 'by-name')
      assert.match(message, /EcrIntegration by-name is not shared with namespace team-b/)
      assert.equal(await stage.secret('team-b', 'by-name'), undefined)
    })

    it('serves a namespace as soon as it is shared with it', async () => {
      await stage.apply(integration('by-name', sharedWith('team-a', 'team-b')))
      await served('team-b', 'by-name')
      const { status } = await where('by-name', 'is used twice', ({ status: s }) => s?.usedBy?.count === 2)
      assert.deepEqual(status?.usedBy?.first, [
        'RegistryLogin team-a/by-name',
        'RegistryLogin team-b/by-name',
      ])
    })

    it('serves a namespace no longer that it is taken from, which keeps the login it has', async () => {
      await stage.apply(integration('by-name', sharedWith('team-b')))
      const told = await eventually('team-a tells', async () => {
        const condition = await stage.ready('registrylogin', 'team-a', 'by-name')
        return condition?.message.includes('not shared with namespace team-a') === true
          ? condition
          : undefined
      })
      assert.equal(told.status, 'True')
      await served('team-a', 'by-name')
      await where('by-name', 'is used once', ({ status }) => status?.usedBy?.count === 1)
      await stage.apply(integration('by-name', sharedWith('team-a', 'team-b')))
      await where('by-name', 'is used twice again', ({ status }) => status?.usedBy?.count === 2)
    })

    it('serves a namespace as soon as it has the label', async () => {
      const selector = { matchLabels: { 'ecr-access': 'yes' } }
      await stage.apply(integration('by-label', { sharing: { namespaces: { selector } } }))
      await stage.apply(login('team-c', 'by-label', 'by-label'))
      await refused('team-c', 'by-label')
      await stage.kubectl('label', 'namespace', 'team-c', 'ecr-access=yes')
      await served('team-c', 'by-label')
    })

    it('is for the namespace of the operator alone where nothing is said, and named "default" for those who name none', async () => {
      await stage.apply(login('team-a', 'of-default'))
      await eventually('the default is missed', async () => {
        const condition = await stage.ready('registrylogin', 'team-a', 'of-default')
        return condition?.message.includes('EcrIntegration default does not exist')
      })
      await stage.apply(integration('default'))
      await refused('team-a', 'of-default')
      await stage.apply(integration('default', sharedWith('team-?')))
      await served('team-a', 'of-default')
    })

    it('says that its sharing binds nobody while all may use the identity of the operator', async () => {
      const enforced = conditionIn(await ready('by-name', 'True'), 'SharingEnforced')
      assert.equal(enforced?.status, 'False')
      assert.match(enforced?.message ?? '', /--ambient-credentials=deny/)
      const warning = await operator.logged('without this integration')
      assert.deepEqual([warning.level, warning['reason']], ['warn', 'SharingNotEnforced'])
    })
  })

  describe('that is asked for a whole cluster', () => {
    it('is asked for each namespace, and counts one user', async () => {
      await stage.apply(integration('wide', sharedWith('team-a', 'team-b')))
      await stage.apply(
        JSON.stringify({
          apiVersion: 'everpull.dev/v1alpha1',
          kind: 'ClusterRegistryLogin',
          metadata: { name: 'wide' },
          spec: {
            namespaces: { names: ['team-*'] },
            registries: [{ host: HOST }],
            identity: { integration: { name: 'wide' } },
            outputs: [{ secretName: 'wide', basicAuth: {} }],
          },
        }),
      )
      for (const namespace of ['team-a', 'team-b']) await served(namespace, 'wide')
      const { status } = await where('wide', 'is used once', ({ status: s }) => s?.usedBy?.count === 1)
      assert.deepEqual(status?.usedBy?.first, ['ClusterRegistryLogin wide'])
      const failing = await eventually('team-c is told', async () => {
        const found = await stage.get<ClusterSeen>('clusterregistrylogin', 'wide')
        return found?.status?.failing?.find(({ namespace }) => namespace === 'team-c')
      })
      assert.match(failing.message, /not shared with namespace team-c/)
      assert.equal(await stage.secret('team-c', 'wide'), undefined)
    })
  })

  describe('that allows roles', () => {
    it('has them assumed with its own tags, and no others', async () => {
      const { roles } = stage.sandbox.aws.principals
      const { key, value } = roles.tagged.tag
      await stage.apply(
        integration('roles', {
          ...sharedWith('team-a'),
          allowedRoles: [roles.tagged.roleArn.replace(/[^/]+$/, '*-te?m')],
          allowedRoleSession: { tags: { [key]: value } },
        }),
      )
      const as = (name: string, roleArn: string): string =>
        login('team-a', name, 'roles', { assumeRoles: [{ roleArn }] })
      await stage.apply(as('as-tagged', roles.tagged.roleArn))
      await served('team-a', 'as-tagged')
      await stage.apply(as('as-reader', roles.reader.roleArn))
      const { message } = await refused('team-a', 'as-reader')
      assert.match(message, /allowedRoles/)
      assert.equal(await stage.secret('team-a', 'as-reader'), undefined)
    })
  })

  describe('is tested', () => {
    const name = 'tested'
    const spec = {
      registries: [{ host: HOST }],
      probe: { permissions: ['pull', 'push'] },
    }

    it('as whoever it stands for, and shows who that is', async () => {
      const { publisher } = stage.sandbox.aws.principals
      await stage.apply(
        JSON.stringify({
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { namespace: 'everpull', name: 'publisher' },
          stringData: {
            aws_access_key_id: publisher.accessKeyId,
            aws_secret_access_key: publisher.secretAccessKey,
          },
        }),
      )
      await stage.apply(integration(name, { ...spec, auth: { accessKey: { secretName: 'publisher' } } }))
      const { status } = await ready(name, 'True')
      assert.equal(status?.identity?.arn, publisher.arn)
      assert.deepEqual(
        status?.permissions?.filter(({ result }) => result !== 'Passed'),
        [],
      )
      const columns = await stage.kubectl('get', 'ecrintegration', name)
      assert.match(
        columns,
        new RegExp(`^${name} +True +${publisher.arn} +us-east-2 +${status?.expiresAt} +0 `, 'm'),
      )
    })

    for (const action of [
      'ecr:GetAuthorizationToken',
      'ecr:BatchGetImage',
      'ecr:GetDownloadUrlForLayer',
      'ecr:BatchCheckLayerAvailability',
      'ecr:UploadLayerPart',
      'ecr:CompleteLayerUpload',
    ]) {
      it(`and says what to allow when ${action} is not`, async () => {
        await stage.fault({ kind: 'deny', action })
        await testAgain(name, action.replace(':', '-'))
        const { status } = await ready(name, 'False')
        await stage.clearFaults()
        const denied = status?.permissions?.filter(({ result }) => result === 'Denied') ?? []
        assert.deepEqual([...new Set(denied.map(({ reason }) => reason))], ['AccessDenied'])
        assert.ok(
          denied.some(({ remedy = '' }) => remedy.includes(action)),
          JSON.stringify(denied),
        )
        await testAgain(name, 'allowed')
        await ready(name, 'True')
      })
    }

    it('as a role by its bare name, in the account of its registries', async () => {
      const { puller } = stage.sandbox.aws.principals
      const [roleName = ''] = puller.roleArn.split('/').slice(-1)
      const iamRole = { roleArn: roleName, externalId: puller.externalId }
      await stage.apply(integration('by-bare-name', { ...spec, probe: {}, auth: { iamRole } }))
      const { status } = await ready('by-bare-name', 'True')
      assert.match(
        status?.identity?.arn ?? '',
        new RegExp(`:assumed-role/${roleName}/everpull-by-bare-name$`),
      )
    })

    it('role by role, and says whom the role has to trust', async () => {
      const { roles, puller } = stage.sandbox.aws.principals
      const chain = [{ roleArn: roles.tagged.roleArn }]
      const iamRole = { roleArn: puller.roleArn, externalId: puller.externalId, chain }
      await stage.apply(integration('chained', { auth: { iamRole } }))
      const { status } = await ready('chained', 'False')
      const denied = status?.permissions?.find(({ result }) => result === 'Denied')
      assert.equal(denied?.on, roles.tagged.roleArn)
      assert.match(denied.remedy ?? '', /trust policy of role/)
    })
  })

  describe('that lends an access key', () => {
    it('has its users follow a new one at once', async () => {
      const { bot, publisher } = stage.sandbox.aws.principals
      const keep = (user: typeof bot): Promise<string> =>
        stage.apply(
          JSON.stringify({
            apiVersion: 'v1',
            kind: 'Secret',
            metadata: { namespace: 'everpull', name: 'rotated' },
            stringData: {
              aws_access_key_id: user.accessKeyId,
              aws_secret_access_key: user.secretAccessKey,
            },
          }),
        )
      await keep(bot)
      await stage.apply(
        integration('rotated', { auth: { accessKey: { secretName: 'rotated' } }, ...sharedWith('team-a') }),
      )
      await stage.apply(login('team-a', 'rotated', 'rotated'))
      const before = await served('team-a', 'rotated')
      await where('rotated', 'is the bot', ({ status }) => status?.identity?.arn === bot.arn)
      await keep(publisher)
      await stage.secretWhere(
        'team-a',
        'rotated',
        'holds another login',
        ({ data }) => data['password'] !== before.data['password'],
      )
      await where('rotated', 'is the publisher', ({ status }) => status?.identity?.arn === publisher.arn)
    })
  })

  describe('that is meant for others', () => {
    it('is ignored, and says so, and so do those who would use it', async () => {
      const spec = { runtimes: { policy: 'Selected', names: ['eu'] }, ...sharedWith('team-a') }
      await stage.apply(integration('for-eu', spec))
      await stage.apply(login('team-a', 'for-eu', 'for-eu'))
      const { message } = await refused('team-a', 'for-eu')
      assert.match(message, /is meant for runtime "eu", and this is "default"/)
      const ignored = await where('for-eu', 'is ignored', (one) => conditionIn(one, 'Ignored') !== undefined)
      assert.equal(conditionIn(ignored, 'Ready'), undefined)
      await stage.apply(integration('for-eu', sharedWith('team-a')))
      await served('team-a', 'for-eu')
      const now = await ready('for-eu', 'True')
      assert.equal(conditionIn(now, 'Ignored'), undefined)
    })
  })

  describe('that is deleted in use', () => {
    const startDeleting = (name: string): Promise<string> =>
      stage.kubectl('delete', 'ecrintegration', name, '--wait=false')
    const isHeld = (one: IntegrationSeen): boolean => conditionIn(one, 'InUse')?.reason === 'DeletionHeld'

    it('is held, tells by whom, still serves them, and goes with the last', async () => {
      await stage.apply(integration('held', sharedWith('team-a', 'team-b')))
      for (const namespace of ['team-a', 'team-b']) {
        await stage.apply(login(namespace, 'held', 'held'))
        await served(namespace, 'held')
      }
      await where('held', 'has a finalizer', ({ metadata }) => (metadata.finalizers ?? []).length > 0)
      await startDeleting('held')
      const held = await where('held', 'is held', isHeld)
      assert.match(
        conditionIn(held, 'InUse')?.message ?? '',
        /used by 2 objects: RegistryLogin team-a\/held, RegistryLogin team-b\/held/,
      )
      await eventually('an event tells that it is held', async () => {
        const events = await stage.kubectl('get', 'events', '--all-namespaces')
        return /Warning +DeletionHeld +ecrintegration\/held /.test(events)
      })
      await remove('team-a', 'held')
      await where('held', 'is used once', ({ status }) => status?.usedBy?.count === 1)
      await stage.apply(login('team-b', 'held-too', 'held'))
      await served('team-b', 'held-too')
      for (const name of ['held', 'held-too']) await remove('team-b', name)
      await gone('held')
    })

    it('is held by one that is started anew too', async () => {
      await stage.apply(integration('kept', sharedWith('team-a')))
      await stage.apply(login('team-a', 'kept', 'kept'))
      await served('team-a', 'kept')
      await where('kept', 'has a finalizer', ({ metadata }) => (metadata.finalizers ?? []).length > 0)
      await operator.stop()
      await startDeleting('kept')
      await start('--ambient-credentials=deny')
      await where('kept', 'is held', isHeld)
      await remove('team-a', 'kept')
      await gone('kept')
    })

    it('goes when it is told to, and who used it serves what it has', async () => {
      await stage.apply(integration('forced', sharedWith('team-a')))
      await stage.apply(login('team-a', 'forced', 'forced'))
      await served('team-a', 'forced')
      await where('forced', 'has a finalizer', ({ metadata }) => (metadata.finalizers ?? []).length > 0)
      await startDeleting('forced')
      await where('forced', 'is held', isHeld)
      await stage.kubectl('annotate', 'ecrintegration', 'forced', 'everpull.dev/force-delete=true')
      await gone('forced')
      const told = await eventually('its user tells', async () => {
        const condition = await stage.ready('registrylogin', 'team-a', 'forced')
        return condition?.message.includes('does not exist') === true ? condition : undefined
      })
      assert.equal(told.status, 'True')
    })
  })

  it('enforces its sharing once nobody may use the identity of the operator but through it', async () => {
    const enforced = await where(
      'by-name',
      'is enforced',
      (one) => conditionIn(one, 'SharingEnforced')?.status === 'True',
    )
    assert.equal(conditionIn(enforced, 'Ready')?.status, 'True')
  })

  it('is no reason for its definition to stay', async () => {
    await where('by-name', 'has a finalizer', ({ metadata }) => (metadata.finalizers ?? []).length > 0)
    await stage.kubectl('delete', 'crd', 'ecrintegrations.everpull.dev', '--timeout=60s')
    await served('team-a', 'by-name')
  })
})
