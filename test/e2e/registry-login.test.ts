// This file is about a RegistryLogin on a real control plane: every shape with real clients, what is refused, and how it is told.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Client, crane, helm, type SecretValues, skopeo } from '../../demo/clients.ts'
import { ensureParts } from '../../sandbox/parts/ensure.ts'
import { eventually } from '../support/eventually.ts'
import { systemProgram } from '../support/everpull-process.ts'
import { KEY_SECRET } from '../support/linking-logins.ts'
import { pushers } from '../support/openshift-build.ts'
import { type Condition, type RunningOperator, type SecretSeen, Stage } from '../support/stage.ts'

const HOST = '123456789012.dkr.ecr.us-east-2.amazonaws.com'
const NAMESPACE = 'builds'

type Json = Readonly<Record<string, unknown>>

const login = (name: string, spec: Json, annotations: Json = {}): string =>
  JSON.stringify({
    apiVersion: 'everpull.dev/v1alpha1',
    kind: 'RegistryLogin',
    metadata: { namespace: NAMESPACE, name, annotations },
    spec: {
      registries: [{ account: '123456789012', region: 'us-east-2' }],
      identity: {
        accessKey: {
          secretName: KEY_SECRET,
          accessKeyIdKey: 'access-key',
          secretAccessKeyKey: 'secret-access-key',
        },
      },
      ...spec,
    },
  })

interface LoginSeen {
  readonly metadata: { readonly generation: number }
  readonly status?: {
    readonly observedGeneration?: number
    readonly conditions?: readonly Condition[]
    readonly targets?: string
    readonly expiresAt?: string
    readonly outputs?: readonly { readonly secretName: string; readonly access: string }[]
  }
}

describe('a RegistryLogin', { timeout: 300_000 }, () => {
  let stage: Stage
  let operator: RunningOperator
  let charts: Client
  let images: readonly Client[]

  before(async () => {
    const parts = await ensureParts(['helm', 'crane'])
    stage = await Stage.open({ collectsGarbage: true })
    const proxy = stage.sandbox.proxyEnv
    // skopeo comes with the operating system or not at all.
    const system = systemProgram('skopeo')
    charts = helm(parts.helm, proxy)
    images = [crane(parts.crane, proxy), ...(system === undefined ? [] : [skopeo(system, proxy)])]
    await stage.namespace(NAMESPACE)
    await stage.credentialSecret(NAMESPACE, KEY_SECRET)
    operator = await stage.startOperator()
    await operator.ready()
  })
  after(() => stage[Symbol.asyncDispose]())

  const written = (name: string): Promise<SecretSeen> =>
    stage.secretWhere(NAMESPACE, name, 'is written', ({ data }) => Object.keys(data).length > 0)

  const seen = (name: string): Promise<LoginSeen | undefined> =>
    stage.get<LoginSeen>('registrylogin', name, '-n', NAMESPACE)

  const readyWhere = (
    name: string,
    what: string,
    isRight: (ready: Condition) => boolean,
  ): Promise<Condition> =>
    eventually(
      `RegistryLogin ${name} ${what}`,
      async () => {
        const found = await seen(name)
        if (found?.status?.observedGeneration !== found?.metadata.generation) return undefined
        const ready = found?.status?.conditions?.find(({ type }) => type === 'Ready')
        return ready !== undefined && isRight(ready) ? ready : undefined
      },
      30_000,
    )
  const ready = (name: string): Promise<Condition> =>
    readyWhere(name, 'is ready', ({ status }) => status === 'True')
  const notReady = (name: string, reason: string): Promise<Condition> =>
    readyWhere(name, `is not ready: ${reason}`, (one) => one.status === 'False' && one.reason === reason)

  const pulls = async (clients: readonly Client[], values: SecretValues): Promise<void> => {
    for (const client of clients) assert.deepEqual(await client.pull(values), { is: 'pulled' }, client.name)
  }

  describe('opens the registry to real clients', () => {
    before(async () => {
      await stage.apply(
        login('shapes', {
          outputs: [
            { secretName: 'config', dockerConfig: {} },
            { secretName: 'kaniko', dockerConfig: { key: 'config.json' } },
            { secretName: 'charts', argocd: { url: HOST, name: 'charts', project: 'default' } },
            { secretName: 'creds', argocd: { kind: 'repo-creds', url: HOST } },
            { secretName: 'manifests', argocd: { type: 'oci', url: `oci://${HOST}/charts/demo` } },
            {
              secretName: 'tekton',
              basicAuth: {},
              metadata: { annotations: { 'tekton.dev/docker-0': `https://${HOST}` } },
            },
            {
              secretName: 'updater',
              fields: { creds: 'usernamePassword' },
              metadata: { labels: { team: 'web' } },
            },
            {
              secretName: 'custom',
              template: {
                type: 'kubernetes.io/dockerconfigjson',
                data: {
                  '.dockerconfigjson':
                    '{{ dict "auths" (dict .host (dict "username" .username "password" .password "auth" (.usernamePassword | b64enc))) | toJson }}',
                },
              },
            },
          ],
        }),
      )
    })

    it('by a docker config, under either key', async () => {
      const { data, type } = await written('config')
      assert.equal(type, 'kubernetes.io/dockerconfigjson')
      await pulls(images, data)
      const kaniko = await written('kaniko')
      assert.equal(kaniko.type, 'Opaque')
      await pulls(images, { '.dockerconfigjson': kaniko.data['config.json'] ?? '' })
    })

    it('by the three shapes of Argo CD', async () => {
      const repository = await written('charts')
      assert.deepEqual(repository.metadata.labels, { 'argocd.argoproj.io/secret-type': 'repository' })
      const { password: _, ...plain } = repository.data
      const helmOci = { type: 'helm', url: HOST, enableOCI: 'true', username: 'AWS' }
      assert.deepEqual(plain, { ...helmOci, name: 'charts', project: 'default' })
      await pulls([charts], repository.data)

      const creds = await written('creds')
      assert.deepEqual(creds.metadata.labels, { 'argocd.argoproj.io/secret-type': 'repo-creds' })
      assert.equal(creds.data['enableOCI'], 'true')
      await pulls([charts], creds.data)

      const manifests = await written('manifests')
      assert.deepEqual([manifests.data['type'], manifests.data['enableOCI']], ['oci', undefined])
      await pulls([charts], { ...manifests.data, url: HOST })
    })

    it('by user and password, together and apart', async () => {
      const tekton = await written('tekton')
      assert.equal(tekton.type, 'kubernetes.io/basic-auth')
      assert.equal(tekton.metadata.annotations?.['tekton.dev/docker-0'], `https://${HOST}`)
      await pulls([charts], { ...tekton.data, url: HOST })
      const updater = await written('updater')
      assert.equal(updater.metadata.labels?.['team'], 'web')
      const [username = '', password = ''] = (updater.data['creds'] ?? '').split(':')
      await pulls([charts], { url: HOST, username, password })
    })

    it('by a template', async () => {
      await pulls(images, (await written('custom')).data)
    })

    it('with one login for all of them', async () => {
      await ready('shapes')
      assert.equal((await stage.calls('?operation=GetAuthorizationToken&region=us-east-2')).length, 1)
    })

    it('and owns what it made', async () => {
      const { metadata } = await written('config')
      assert.deepEqual(
        metadata.ownerReferences?.map(({ kind, name }) => [kind, name]),
        [['RegistryLogin', 'shapes']],
      )
    })
  })

  it('is a row of a table that says what there is to know', async () => {
    await ready('shapes')
    const table = await stage.kubectl('get', 'rlogin', 'shapes', '-n', NAMESPACE)
    const [header = '', row = ''] = table.trim().split('\n')
    assert.deepEqual(header.split(/\s+/), ['NAME', 'READY', 'EXPIRES', 'RENEWS', 'TARGETS', 'AGE'])
    const TIME = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`
    assert.match(row, new RegExp(String.raw`^shapes\s+True\s+${TIME}\s+${TIME}\s+8/8\s+\d+m?s`))
    assert.match(
      await stage.kubectl('get', 'everpull', '-n', NAMESPACE),
      /registrylogin.everpull.dev\/shapes/,
    )
  })

  it('tells nothing secret', async () => {
    const text = JSON.stringify([await seen('shapes'), operator.output])
    for (const secret of await stage.knownSecrets()) assert.ok(!text.includes(secret))
  })

  describe('is refused by the API server', () => {
    const rows: readonly (readonly [says: string, spec: Json, words: RegExp])[] = [
      ['with an output of no shape', { outputs: [{ secretName: 'x' }] }, /exactly one of dockerConfig/],
      [
        'with two shapes in one output',
        { outputs: [{ secretName: 'x', dockerConfig: {}, basicAuth: {} }] },
        /exactly one of dockerConfig/,
      ],
      [
        'with two outputs of one Secret',
        {
          outputs: [
            { secretName: 'x', dockerConfig: {} },
            { secretName: 'x', basicAuth: {} },
          ],
        },
        /Duplicate value/,
      ],
      [
        'with two identities',
        {
          identity: { integration: { name: 'x' }, accessKey: { secretName: 'y' } },
          outputs: [{ secretName: 'x', dockerConfig: {} }],
        },
        /exactly one of integration, serviceAccount and accessKey/,
      ],
      [
        'with a registry of two forms',
        { registries: [{ host: HOST, public: true }], outputs: [{ secretName: 'x', dockerConfig: {} }] },
        /exactly one of host, account/,
      ],
      [
        'with an account that lacks its region',
        { registries: [{ account: '123456789012' }], outputs: [{ secretName: 'x', dockerConfig: {} }] },
        /account needs the region too/,
      ],
      [
        'with an interval of nothing',
        { refreshInterval: '0s', outputs: [{ secretName: 'x', dockerConfig: {} }] },
        /must be a duration from 1s/,
      ],
    ]
    for (const [says, spec, words] of rows) {
      it(says, async () => {
        await assert.rejects(stage.applyDry(login('refused', spec)), words)
      })
    }

    it('never when it is right', async () => {
      const outputs = [{ secretName: 'x', argocd: { url: HOST }, access: 'pull' }]
      assert.match(await stage.applyDry(login('right', { outputs, refreshInterval: '6h' })), /dry run/)
    })
  })

  it('says which URL Argo CD could use, and is stalled until it has it', async () => {
    const argocd = { url: `oci://${HOST}/charts/` }
    await stage.apply(login('url', { outputs: [{ secretName: 'url', argocd }] }))
    const { message } = await notReady('url', 'SpecInvalid')
    assert.match(message, new RegExp(`without a scheme: write "${HOST}/charts"`))
    await stage.apply(login('url', { outputs: [{ secretName: 'url', argocd: { url: `${HOST}/charts` } }] }))
    await ready('url')
  })

  it('narrows logins to pulling or pushing', async () => {
    const { roleArn } = stage.sandbox.aws.principals.roles.pusher
    await stage.apply(
      login('access', {
        assumeRoles: [{ roleArn }],
        outputs: [
          { secretName: 'reading', access: 'pull', dockerConfig: {} },
          { secretName: 'pushing', access: 'push', dockerConfig: {} },
        ],
      }),
    )
    const reading = await written('reading')
    const pushing = await written('pushing')
    await pulls(images, reading.data)
    await pulls(images, pushing.data)
    for (const client of await pushers(stage)) {
      const image = `${HOST}/apps/demo:by-${client.name}`
      await client.push(pushing.data['.dockerconfigjson'] ?? '', image)
      await assert.rejects(
        client.push(reading.data['.dockerconfigjson'] ?? '', image),
        /denied|forbidden|403/i,
      )
    }
    const { outputs = [] } = (await seen('access'))?.status ?? {}
    assert.deepEqual(
      outputs.map(({ access }) => access),
      ['pull', 'push'],
    )
  })

  it('names a role where there is no session to narrow', async () => {
    await stage.apply(
      login('unnarrowed', { outputs: [{ secretName: 'never', access: 'pull', dockerConfig: {} }] }),
    )
    assert.match((await notReady('unnarrowed', 'SpecInvalid')).message, /name a role in spec.assumeRoles/)
  })

  it('opens FIPS, dual-stack and public registries by the hosts that its fields make', async () => {
    const place = { account: '123456789012', region: 'us-east-2' }
    const hosts = {
      fips: '123456789012.dkr.ecr-fips.us-east-2.amazonaws.com',
      dual: '123456789012.dkr-ecr.us-east-2.on.aws',
      public: 'public.ecr.aws',
    }
    await stage.apply(
      login('hosts', {
        registries: [{ ...place, fips: true }, { ...place, dualStack: true }, { public: true }],
        outputs: [
          { secretName: 'all-hosts', dockerConfig: {} },
          { secretName: 'fips', registry: hosts.fips, dockerConfig: {} },
          { secretName: 'dual', registry: hosts.dual, dockerConfig: {} },
        ],
      }),
    )
    const all = await written('all-hosts')
    const { auths } = JSON.parse(all.data['.dockerconfigjson'] ?? '') as { auths: Json }
    assert.deepEqual(Object.keys(auths), Object.values(hosts))
    for (const name of ['fips', 'dual']) await pulls(images, (await written(name)).data)
    await ready('hosts')
  })

  it('adds its hosts to a docker config that others share, and takes nothing else away', async () => {
    const theirs = { auth: 'dTpw' }
    const config = { auths: { 'ghcr.io': theirs, [`https://${HOST}/v1/`]: theirs }, credHelpers: { a: 'b' } }
    await stage.apply(
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { namespace: NAMESPACE, name: 'shared' },
        type: 'kubernetes.io/dockerconfigjson',
        stringData: { '.dockerconfigjson': JSON.stringify(config) },
      }),
    )
    await stage.apply(
      login('merging', { outputs: [{ secretName: 'shared', dockerConfig: { merge: true } }] }),
    )
    await ready('merging')
    const configIn = ({ data }: SecretSeen) =>
      JSON.parse(data['.dockerconfigjson'] ?? '') as { auths: Json; credHelpers: Json }
    const merged = await written('shared')
    const { auths, credHelpers } = configIn(merged)
    assert.deepEqual(Object.keys(auths).toSorted(), [HOST, 'ghcr.io'])
    assert.deepEqual([auths['ghcr.io'], credHelpers], [theirs, { a: 'b' }])
    await pulls(images, {
      '.dockerconfigjson': JSON.stringify({ auths: { [HOST]: auths[HOST] } }),
    })
    await stage.kubectl('delete', 'registrylogin', 'merging', '-n', NAMESPACE)
    const left = await stage.secretWhere(
      NAMESPACE,
      'shared',
      'has our host no more',
      (secret) => configIn(secret).auths[HOST] === undefined,
    )
    assert.deepEqual(configIn(left), { auths: { 'ghcr.io': theirs }, credHelpers: { a: 'b' } })
    assert.equal(left.metadata.uid, merged.metadata.uid)
  })

  it('explains a Secret of another type, and one that cannot be changed', async () => {
    const secret = (name: string, rest: string): Promise<string> =>
      stage.apply(
        `{apiVersion: v1, kind: Secret, metadata: {namespace: ${NAMESPACE}, name: ${name}}, ${rest}}`,
      )
    await secret('typed', 'type: Opaque, stringData: {a: b}')
    await stage.apply(login('typed', { outputs: [{ secretName: 'typed', dockerConfig: {}, adopt: true }] }))
    assert.match((await notReady('typed', 'TargetTypeMismatch')).message, /Opaque/)
    await secret(
      'fixed',
      'type: kubernetes.io/basic-auth, immutable: true, stringData: {username: u, password: p}',
    )
    await stage.apply(login('fixed', { outputs: [{ secretName: 'fixed', basicAuth: {}, adopt: true }] }))
    assert.match((await notReady('fixed', 'TargetImmutable')).message, /immutable/)
  })

  it('waits for its key, and has it as soon as it is there', async () => {
    const accessKey = {
      secretName: 'late-key',
      accessKeyIdKey: 'access-key',
      secretAccessKeyKey: 'secret-access-key',
    }
    const outputs = [{ secretName: 'late-login', basicAuth: {} }]
    await stage.apply(login('late-login', { identity: { accessKey }, outputs }))
    assert.match(
      (await notReady('late-login', 'CredentialMissing')).message,
      /Secret builds\/late-key does not exist/,
    )
    await stage.credentialSecret(NAMESPACE, 'late-key')
    await ready('late-login')
    await stage.kubectl('delete', 'secret', 'late-key', '-n', NAMESPACE)
    const serving = await readyWhere(
      'late-login',
      'goes on serving without its key',
      ({ reason }) => reason === 'CredentialMissing',
    )
    assert.equal(serving.status, 'True')
    assert.match(
      serving.message,
      /^serving a login that expires at .*: Secret builds\/late-key does not exist/,
    )
  })

  it('leaves a Secret of others alone until it may adopt it, and then writes its own keys', async () => {
    await stage.apply(
      `{apiVersion: v1, kind: Secret, metadata: {namespace: ${NAMESPACE}, name: theirs, labels: {a: b}}, type: kubernetes.io/basic-auth, stringData: {username: u, password: p, more: m}}`,
    )
    const before = await stage.secret(NAMESPACE, 'theirs')
    await stage.apply(login('adopting', { outputs: [{ secretName: 'theirs', basicAuth: {} }] }))
    const { message } = await notReady('adopting', 'TargetForeign')
    assert.match(message, /adopt/)
    await stage.apply(login('adopting', { outputs: [{ secretName: 'theirs', basicAuth: {}, adopt: true }] }))
    const after = await stage.secretWhere(
      NAMESPACE,
      'theirs',
      'is adopted',
      ({ data }) => data['username'] === 'AWS',
    )
    assert.equal(after.metadata.uid, before?.metadata.uid)
    assert.deepEqual([after.data['more'], after.metadata.labels?.['a']], ['m', 'b'])
    assert.equal(after.metadata.ownerReferences, undefined)
  })

  it('yields to an older object that names the same Secret', async () => {
    await ready('shapes')
    await stage.apply(login('younger', { outputs: [{ secretName: 'config', dockerConfig: {} }] }))
    const yielding = await readyWhere('younger', 'yields', ({ status }) => status === 'False')
    assert.match(yielding.message, /RegistryLogin (builds\/)?shapes/)
  })

  it('keeps what serves while it is suspended, and writes nothing', async () => {
    const outputs = [{ secretName: 'resting', dockerConfig: {} }]
    await stage.apply(login('resting', { outputs }))
    const before = await written('resting')
    await ready('resting')
    await stage.apply(login('resting', { outputs, suspend: true }))
    const suspended = await readyWhere('resting', 'is suspended', ({ reason }) => reason === 'Suspended')
    assert.equal(suspended.status, 'True')
    await stage.apply(login('resting', { outputs, suspend: true }, { 'everpull.dev/refresh': 'now' }))
    await stage.apply(
      login('resting', { outputs: [...outputs, { secretName: 'late', basicAuth: {} }], suspend: true }),
    )
    await readyWhere('resting', 'is suspended still', ({ reason }) => reason === 'Suspended')
    assert.equal((await written('resting')).metadata.resourceVersion, before.metadata.resourceVersion)
    assert.equal(await stage.secret(NAMESPACE, 'late'), undefined)
    await stage.apply(login('resting', { outputs }))
    await ready('resting')
  })

  it('is renewed at once for a new value of its annotation', async () => {
    const outputs = [{ secretName: 'forced', basicAuth: {} }]
    await stage.apply(login('forced', { outputs }))
    const { data } = await written('forced')
    await ready('forced')
    await stage.apply(login('forced', { outputs }, { 'everpull.dev/refresh': 'now' }))
    await stage.secretWhere(
      NAMESPACE,
      'forced',
      'holds a new login',
      (one) => one.data['password'] !== data['password'],
    )
  })

  it('is not written again by a restart, and asks AWS nothing', async () => {
    await ready('shapes')
    await ready('access')
    const versions = async (): Promise<readonly (string | undefined)[]> =>
      Promise.all(
        ['config', 'charts', 'updater', 'custom', 'reading', 'pushing'].map(
          async (name) => (await stage.secret(NAMESPACE, name))?.metadata.resourceVersion,
        ),
      )
    const before = await versions()
    const calls = (await stage.calls()).length
    await operator.stop()
    operator = await stage.startOperator()
    await operator.ready()
    await stage.apply(login('witness', { outputs: [{ secretName: 'witness', basicAuth: {} }] }))
    await ready('witness')
    assert.deepEqual(await versions(), before)
    const later = (await stage.calls()).slice(calls)
    assert.ok(later.length <= 1, JSON.stringify(later))
  })

  it('takes what it made with it, and nothing else', async () => {
    await ready('shapes')
    await stage.kubectl('delete', 'registrylogin', 'shapes', 'adopting', '-n', NAMESPACE)
    await eventually(
      'its Secrets are gone',
      async () => (await stage.secret(NAMESPACE, 'charts')) === undefined || undefined,
      60_000,
    )
    assert.ok((await stage.secret(NAMESPACE, 'theirs')) !== undefined)
    // Whoever yielded to it has its turn.
    await ready('younger')
    await pulls(images, (await written('config')).data)
  })
})
