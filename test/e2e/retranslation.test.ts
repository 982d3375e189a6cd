// This file is about what an order refers to: a change of the generator, the credentials or the service account counts at once.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { eventually } from '../support/eventually.ts'
import { externalSecret, generator, keysIn, opaqueSecret, together } from '../support/orders.ts'
import { SecretWatch } from '../support/secret-watch.ts'
import { type Condition, type RunningOperator, Stage } from '../support/stage.ts'

const NAMESPACE = 'apps'
const WEB_IDENTITY = 'AssumeRoleWithWebIdentity'

/** Below the first retry of a failure that only a change can mend, which comes after 7.5 s at least. */
const AT_ONCE_MS = 7000

const minted = (region: string): string => `?operation=GetAuthorizationToken&region=${region}`

describe('an order whose references change', () => {
  let stage: Stage
  let watch: SecretWatch
  let operator: RunningOperator

  before(async () => {
    stage = await Stage.open({ rbac: ['--service-account-identities'] })
    watch = await SecretWatch.open(stage)
    await stage.namespace(NAMESPACE)
    await stage.credentialSecret(NAMESPACE, 'keys')
    operator = await stage.startOperator(['--service-account-identities'])
    await operator.ready()
  })
  after(async () => {
    await watch[Symbol.asyncDispose]()
    await stage[Symbol.asyncDispose]()
  })

  const order = (name: string, spec: object): Promise<string> =>
    stage.apply(
      together(
        generator({ namespace: NAMESPACE, name }, { ...spec }),
        externalSecret({ namespace: NAMESPACE, name, generator: name }),
      ),
    )

  const readyWhere = (name: string, isRight: (ready: Condition) => boolean): Promise<Condition> =>
    eventually(`the condition of ${name} is as wanted`, async () => {
      const ready = await stage.ready('externalsecret', NAMESPACE, name)
      return ready !== undefined && isRight(ready) ? ready : undefined
    })

  const bot = () => stage.sandbox.aws.principals.bot
  const anotherKey = (): Promise<{ id: string; secret: string }> =>
    stage.admin('POST', '/access-keys', { user: bot().arn })

  it('gets a login of the new region when its generator names another', async () => {
    await order('region', { region: 'us-west-1' })
    const first = await watch.where(NAMESPACE, 'region', 'is written', () => true)
    assert.match(first.data['proxy_endpoint'] ?? '', /us-west-1/)
    await stage.apply(generator({ namespace: NAMESPACE, name: 'region' }, { region: 'us-east-2' }))
    await watch.where(NAMESPACE, 'region', 'is of the new region', ({ data }) =>
      Boolean(data['proxy_endpoint']?.includes('us-east-2')),
    )
    assert.equal((await stage.calls(minted('us-east-2'))).length, 1)
  })

  it('recovers at once when a credential Secret that was wrong is put right', async () => {
    const wrong = { 'access-key': 'AWS_ACCESS_KEY_ID', 'secret-access-key': 'AWS_SECRET_ACCESS_KEY' }
    await stage.apply(opaqueSecret({ namespace: NAMESPACE, name: 'wrong' }, wrong))
    await order('wrong-keys', keysIn('wrong'))
    const { status, message } = await readyWhere('wrong-keys', () => true)
    assert.equal(status, 'False')
    assert.match(message, /AWS_SECRET_ACCESS_KEY|secret-access-key/)
    const { accessKeyId, secretAccessKey } = bot()
    const right = { 'access-key': accessKeyId, 'secret-access-key': secretAccessKey }
    await stage.apply(opaqueSecret({ namespace: NAMESPACE, name: 'wrong' }, right))
    await watch.where(NAMESPACE, 'wrong-keys', 'is written', () => true, AT_ONCE_MS)
    await readyWhere('wrong-keys', (ready) => ready.message === 'secret synced')
  })

  it('recovers at once when keys that AWS refused are replaced by ones it knows', async () => {
    const unknown = { 'access-key': 'AKIAIOSFODNN7EXAMPLE', 'secret-access-key': 'x'.repeat(40) }
    await stage.apply(opaqueSecret({ namespace: NAMESPACE, name: 'unknown' }, unknown))
    await order('unknown-keys', keysIn('unknown'))
    const { status, message } = await readyWhere('unknown-keys', () => true)
    assert.equal(status, 'False')
    assert.match(message, /does not recognise the access key in Secret/)
    const { accessKeyId, secretAccessKey } = bot()
    const right = { 'access-key': accessKeyId, 'secret-access-key': secretAccessKey }
    await stage.apply(opaqueSecret({ namespace: NAMESPACE, name: 'unknown' }, right))
    await watch.where(NAMESPACE, 'unknown-keys', 'is written', () => true, AT_ONCE_MS)
    await readyWhere('unknown-keys', (ready) => ready.message === 'secret synced')
  })

  it('waits for a credential Secret that is missing, and is served at once when it comes', async () => {
    await order('late-keys', keysIn('late'))
    const { status, message } = await readyWhere('late-keys', () => true)
    assert.equal(status, 'False')
    assert.match(message, /secrets "late" not found/)
    await stage.credentialSecret(NAMESPACE, 'late')
    await watch.where(NAMESPACE, 'late-keys', 'is written', () => true, AT_ONCE_MS)
  })

  it('gets one new login when its access key is rotated', async () => {
    await order('rotated', { ...keysIn('keys'), region: 'eu-west-1' })
    const first = await watch.where(NAMESPACE, 'rotated', 'is written', () => true)
    const { id, secret } = await anotherKey()
    const rotated = { 'access-key': id, 'secret-access-key': secret }
    await stage.apply(opaqueSecret({ namespace: NAMESPACE, name: 'keys' }, rotated))
    await watch.where(
      NAMESPACE,
      'rotated',
      'has a login of the new key',
      ({ data }) => data['password'] !== first.data['password'],
    )
    assert.equal((await stage.calls(minted('eu-west-1'))).length, 2)
  })

  it('keeps its login when a Secret its keys are in changes elsewhere', async () => {
    const before = await watch.where(NAMESPACE, 'rotated', 'is written', () => true)
    const calls = (await stage.calls()).length
    await stage.kubectl('label', 'secret', 'keys', '-n', NAMESPACE, 'looked=at')
    // A change that counts comes after it, in order: when that shows, the first has been dealt with.
    await stage.apply(opaqueSecret({ namespace: NAMESPACE, name: 'rotated' }, { password: 'tampered' }))
    const repaired = await watch.where(NAMESPACE, 'rotated', 'is repaired', ({ metadata, data }) => {
      return (
        metadata.resourceVersion !== before.metadata.resourceVersion &&
        data['password'] === before.data['password']
      )
    })
    assert.deepEqual(repaired.data, before.data)
    assert.equal((await stage.calls()).length, calls)
  })

  it('takes the role that its service account is annotated with, once it is', async () => {
    await stage.apply(
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { namespace: NAMESPACE, name: 'puller' },
      }),
    )
    await order('by-account', { auth: { jwt: { serviceAccountRef: { name: 'puller' } } } })
    const { status, message } = await readyWhere('by-account', () => true)
    assert.equal(status, 'False')
    assert.match(message, /eks\.amazonaws\.com\/role-arn/)
    const { roleArn } = stage.sandbox.aws.principals.puller
    const annotation = `eks.amazonaws.com/role-arn=${roleArn}`
    await stage.kubectl('annotate', 'serviceaccount', 'puller', '-n', NAMESPACE, annotation)
    await watch.where(NAMESPACE, 'by-account', 'is written', () => true, AT_ONCE_MS)
    const calls = await stage.calls(`?operation=${WEB_IDENTITY}`)
    assert.deepEqual(
      calls.map(({ outcome }) => outcome),
      ['ok'],
    )
  })

  it('is refused another account once that says no role, and keeps the login it has', async () => {
    const before = await watch.where(NAMESPACE, 'by-account', 'is written', () => true)
    await stage.kubectl(
      'annotate',
      'serviceaccount',
      'puller',
      '-n',
      NAMESPACE,
      'eks.amazonaws.com/role-arn-',
    )
    const { status, message } = await readyWhere('by-account', (ready) => ready.message !== 'secret synced')
    assert.equal(status, 'True')
    assert.match(message, /^secret synced: serving a login that expires at \S+Z; renewing fails since \S+Z: /)
    assert.deepEqual(watch.get(NAMESPACE, 'by-account')?.data, before.data)
  })

  it('by a service account is told the flag that the operator lacks, and its value', async () => {
    await operator.stop()
    operator = await stage.startOperator()
    await operator.ready()
    await stage.apply(
      together(
        generator(
          { namespace: NAMESPACE, name: 'ecr' },
          { auth: { jwt: { serviceAccountRef: { name: 'puller' } } } },
        ),
        externalSecret({ namespace: NAMESPACE, name: 'denied', generator: 'ecr' }),
      ),
    )
    const ready = await readyWhere('denied', () => true)
    assert.equal(ready.status, 'False')
    assert.match(ready.message, /--service-account-identities=apps\/puller/)
    assert.match(ready.message, /everpull rbac/)
  })
})
