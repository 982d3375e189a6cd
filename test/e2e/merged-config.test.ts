// This file is about docker configs that an order shares with others, on a real control plane: what it writes, mends and takes out again.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Client, crane } from '../../demo/clients.ts'
import { ensureParts } from '../../sandbox/parts/ensure.ts'
import { eventually } from '../support/eventually.ts'
import { KEY_SECRET } from '../support/linking-logins.ts'
import { type Condition, type RunningOperator, type SecretSeen, Stage } from '../support/stage.ts'

const HOST = '123456789012.dkr.ecr.us-east-2.amazonaws.com'
const OTHER = '123456789012.dkr.ecr.eu-west-1.amazonaws.com'
const NAMESPACE = 'builds'
const THEIRS = { auth: btoa('me:theirs') }

type Json = Readonly<Record<string, unknown>>
type Config = Json & { readonly auths?: Auths }
type Auths = Readonly<Record<string, { readonly auth: string }>>

const login = (name: string, region: string, output: Json): string =>
  JSON.stringify({
    apiVersion: 'everpull.dev/v1alpha1',
    kind: 'RegistryLogin',
    metadata: { namespace: NAMESPACE, name },
    spec: {
      registries: [{ account: '123456789012', region }],
      identity: {
        accessKey: {
          secretName: KEY_SECRET,
          accessKeyIdKey: 'access-key',
          secretAccessKeyKey: 'secret-access-key',
        },
      },
      outputs: [output],
    },
  })

const merging = (name: string, region: string, secretName = 'shared'): string =>
  login(name, region, { secretName, dockerConfig: { merge: true } })

const secretWith = (name: string, config: string, annotations: Json = {}): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: NAMESPACE, name, annotations },
    type: 'kubernetes.io/dockerconfigjson',
    stringData: { '.dockerconfigjson': config },
  })

const configOf = ({ data }: SecretSeen): Config => JSON.parse(data['.dockerconfigjson'] ?? '{}') as Config
const hostsOf = (secret: SecretSeen): readonly string[] =>
  Object.keys(configOf(secret).auths ?? {}).toSorted()
const marksOf = ({ metadata: { annotations = {} } }: SecretSeen): readonly string[] =>
  Object.keys(annotations).filter((key) => key.startsWith('everpull.dev/delivery-'))

describe('a docker config that an order shares with others', { timeout: 300_000 }, () => {
  let stage: Stage
  let operator: RunningOperator
  let client: Client

  before(async () => {
    const parts = await ensureParts(['crane'])
    stage = await Stage.open()
    client = crane(parts.crane, stage.sandbox.proxyEnv)
    await stage.namespace(NAMESPACE)
    await stage.credentialSecret(NAMESPACE, KEY_SECRET)
    operator = await stage.startOperator()
    await operator.ready()
    const stale = { [`https://${HOST}`]: { auth: btoa('AWS:stale') }, 'ghcr.io': THEIRS }
    await stage.apply(
      secretWith('shared', JSON.stringify({ auths: stale, credHelpers: { 'gcr.io': 'gcloud' } })),
    )
  })
  after(() => stage[Symbol.asyncDispose]())

  const ready = (name: string, isRight: (ready: Condition) => boolean): Promise<Condition> =>
    eventually(`RegistryLogin ${name}`, async () => {
      const condition = await stage.ready('registrylogin', NAMESPACE, name)
      return condition !== undefined && isRight(condition) ? condition : undefined
    })
  const hosts = (wanted: readonly string[], name = 'shared'): Promise<SecretSeen> =>
    stage.secretWhere(
      NAMESPACE,
      name,
      `is for ${wanted.join(' and ')}`,
      (secret) => hostsOf(secret).join() === wanted.toSorted().join(),
    )
  /** What somebody else does to it. */
  const edit = (secret: SecretSeen, auths: Auths): Promise<string> => {
    const config = JSON.stringify({ ...configOf(secret), auths })
    const patch = JSON.stringify({ stringData: { '.dockerconfigjson': config } })
    return stage.kubectl('patch', 'secret', secret.metadata.name, '-n', NAMESPACE, '-p', patch)
  }
  /** Whatever was to be done before this order is done. */
  const settle = async (name: string): Promise<void> => {
    await stage.apply(login(name, 'us-east-2', { secretName: name, basicAuth: {} }))
    await ready(name, ({ status }) => status === 'True')
  }

  it('opens the registry, and keeps what others have in it', async () => {
    const given = await stage.secret(NAMESPACE, 'shared')
    await stage.apply(merging('first', 'us-east-2'))
    const shared = await hosts([HOST, 'ghcr.io'])
    assert.deepEqual(configOf(shared).auths?.['ghcr.io'], THEIRS)
    assert.deepEqual(configOf(shared)['credHelpers'], { 'gcr.io': 'gcloud' })
    assert.equal(shared.metadata.uid, given?.metadata.uid)
    assert.equal(shared.metadata.ownerReferences, undefined)
    // The client pulls from the first host it is given.
    const { [HOST]: ours, ...others } = configOf(shared).auths ?? {}
    const config = JSON.stringify({ ...configOf(shared), auths: { [HOST]: ours, ...others } })
    assert.deepEqual(await client.pull({ '.dockerconfigjson': config }), { is: 'pulled' })
  })

  it('is left alone when a foreign host changes, and mended when ours does', async () => {
    const shared = await hosts([HOST, 'ghcr.io'])
    const { auths = {} } = configOf(shared)
    const calls = (await stage.calls()).length
    await edit(shared, { ...auths, 'quay.io': THEIRS })
    const edited = await hosts([HOST, 'ghcr.io', 'quay.io'])
    await edit(edited, { 'ghcr.io': THEIRS, 'quay.io': THEIRS, [`${HOST}/`]: THEIRS })
    const mended = await hosts([HOST, 'ghcr.io', 'quay.io'])
    assert.deepEqual(configOf(mended).auths?.[HOST], auths[HOST])
    assert.equal((await stage.calls()).length, calls)
    await edit(mended, { ...configOf(mended).auths, 'quay.io': { auth: btoa('me:other') } })
    const foreign = await stage.secret(NAMESPACE, 'shared')
    await settle('witness')
    const later = await stage.secret(NAMESPACE, 'shared')
    assert.equal(later?.metadata.resourceVersion, foreign?.metadata.resourceVersion)
  })

  it('takes the hosts of two orders, and loses those of the one that goes', async () => {
    await stage.apply(merging('second', 'eu-west-1'))
    await hosts([HOST, OTHER, 'ghcr.io', 'quay.io'])
    await ready('second', ({ status }) => status === 'True')
    await stage.kubectl('delete', 'registrylogin', 'first', '-n', NAMESPACE)
    const shared = await hosts([OTHER, 'ghcr.io', 'quay.io'])
    assert.equal(marksOf(shared).length, 1)
  })

  it('loses those of an order that goes while no operator runs, as soon as one does', async () => {
    await operator.stop()
    await stage.kubectl('delete', 'registrylogin', 'second', '-n', NAMESPACE)
    assert.deepEqual(
      hostsOf(await hosts([OTHER, 'ghcr.io', 'quay.io'])),
      [OTHER, 'ghcr.io', 'quay.io'].toSorted(),
    )
    operator = await stage.startOperator()
    await operator.ready()
    const shared = await hosts(['ghcr.io', 'quay.io'])
    assert.deepEqual(marksOf(shared), [])
    assert.deepEqual(configOf(shared)['credHelpers'], { 'gcr.io': 'gcloud' })
  })

  it('is never overwritten where it is none, and the refusal says what to do', async () => {
    // The API server itself wants JSON under that key; it does not want an object.
    await stage.apply(secretWith('broken', '{"auths":[]}'))
    await stage.apply(merging('mending', 'us-east-2', 'broken'))
    const refused = await ready('mending', ({ reason }) => reason === 'OutputInvalid')
    assert.match(refused.message, /"auths" is no object; mend it, delete the key, or choose another Secret/)
    await stage.apply(secretWith('broken', '{}'))
    await hosts([HOST], 'broken')
  })

  it('is written whole only where the Secret itself consents', async () => {
    const config = JSON.stringify({ auths: { 'ghcr.io': THEIRS } })
    await stage.apply(secretWith('guarded', config))
    await stage.apply(login('whole', 'us-east-2', { secretName: 'guarded', dockerConfig: {} }))
    const { message } = await ready('whole', ({ reason }) => reason === 'TargetForeign')
    assert.match(
      message,
      /annotate it with everpull\.dev\/adopt=RegistryLogin\/whole, or set .*adopt to true/,
    )
    assert.deepEqual(hostsOf(await hosts(['ghcr.io'], 'guarded')), ['ghcr.io'])
    const consent = 'everpull.dev/adopt=RegistryLogin/whole'
    await stage.kubectl('annotate', 'secret', 'guarded', '-n', NAMESPACE, consent)
    const adopted = await hosts([HOST], 'guarded')
    assert.equal(adopted.metadata.ownerReferences, undefined)
  })
})
