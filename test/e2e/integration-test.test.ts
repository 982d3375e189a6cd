// This file is about `everpull integration test`: what it tells, from the cluster and from here, and that nothing of it stays.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { seconds } from '../../src/base/duration.ts'
import { silentLog } from '../../src/base/log.ts'
import { systemRandom } from '../../src/base/random.ts'
import { ECR_INTEGRATION } from '../../src/dialects/everpull/integration-kind.ts'
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts'
import { apiVersionOf } from '../../src/kube/resource.ts'
import { connect } from '../../src/kube/transport.ts'
import type { ConnectionTold } from '../../src/operator/commands/integrations.ts'
import { asResource } from '../../src/operator/raw-object.ts'
import { TestLeftovers } from '../../src/operator/test-leftovers.ts'
import { kindKey } from '../../src/operator/world.ts'
import { eventually } from '../support/eventually.ts'
import { CHECKOUT, runEverpull, startEverpull } from '../support/everpull-process.ts'
import { type RunningOperator, Stage } from '../support/stage.ts'

const REGION = 'us-west-1'
const HOST = `123456789012.dkr.ecr.${REGION}.amazonaws.com`

/** One of each kind; that each is told alone is held where asking costs less. */
const ACTIONS = ['ecr:GetAuthorizationToken', 'ecr:GetDownloadUrlForLayer', 'ecr:UploadLayerPart']

interface Listed {
  readonly items: readonly { readonly metadata: { readonly name: string } }[]
}

describe('testing a connection', { timeout: 600_000 }, () => {
  let stage: Stage
  let operator: RunningOperator
  let keyFile: string

  before(async () => {
    stage = await Stage.open({ collectsGarbage: true })
    const { HTTPS_PROXY, SSL_CERT_FILE } = stage.sandbox.proxyEnv
    operator = await stage.startOperator([], {
      HTTPS_PROXY,
      NO_PROXY: '127.0.0.1',
      NODE_EXTRA_CA_CERTS: SSL_CERT_FILE,
    })
    await operator.ready()
    // As it lies where one of several replicas leads: that is how the operator is found.
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' }
    await stage.apply(JSON.stringify({ ...lease, metadata: { name: 'everpull', namespace: 'everpull' } }))
    keyFile = join(stage.sandbox.folder, 'key.txt')
    await writeFile(keyFile, `${stage.sandbox.aws.principals.publisher.secretAccessKey}\n`, { mode: 0o600 })
  })
  after(() => stage[Symbol.asyncDispose]())

  /** As the admin at a workstation who has no AWS identity, unless told otherwise. */
  const started = (args: readonly string[], changed: Readonly<Record<string, string>> = {}) => {
    const { HTTPS_PROXY, SSL_CERT_FILE } = stage.sandbox.proxyEnv
    const environment = {
      ...stage.sandbox.awsEnv,
      KUBECONFIG: stage.sandbox.kubeconfigPath,
      HTTPS_PROXY,
      NO_PROXY: '127.0.0.1',
      NODE_EXTRA_CA_CERTS: SSL_CERT_FILE,
      ...changed,
    }
    const command = [process.execPath, join(CHECKOUT, 'bin', 'everpull.js')] as const
    return {
      start: { says: 'from the checkout', command, environment },
      args: ['integration', 'test', ...args],
    }
  }
  const test = async (...args: readonly string[]) => {
    const { start, args: words } = started(args)
    const { code, out, err } = await runEverpull(start, ...words)
    const said = out + err
    for (const secret of await stage.knownSecrets()) assert.ok(!said.includes(secret), 'a secret was told')
    return { code, err, out, told: out.startsWith('{') ? (JSON.parse(out) as ConnectionTold) : undefined }
  }
  const key = () => [
    `--access-key-id=${stage.sandbox.aws.principals.publisher.accessKeyId}`,
    `--secret-access-key-file=${keyFile}`,
    `--region=${REGION}`,
  ]

  const remaining = async (): Promise<readonly string[]> => {
    const integrations = await stage.get<Listed>('ecrintegration', '-l', 'everpull.dev/test')
    const secrets = await stage.get<Listed>('secret', '-A', '-l', 'everpull.dev/test')
    return [...(integrations?.items ?? []), ...(secrets?.items ?? [])].map(({ metadata }) => metadata.name)
  }

  /** What the leader does, with its own rights, in a moment instead of ten minutes. */
  async function clearing(name: string): Promise<AsyncDisposable> {
    const file = join(stage.sandbox.folder, 'operator.kubeconfig')
    const access = await loadKubeconfig(file, undefined, { clock: systemClock })
    const client = connect(access, { clock: systemClock, random: systemRandom, userAgent: 'test' })
    const type = {
      group: ECR_INTEGRATION.group,
      version: 'v1alpha1',
      plural: ECR_INTEGRATION.plural,
      kind: ECR_INTEGRATION.kind,
      namespaced: false,
    }
    const found = await stage.get<Parameters<typeof asResource>[2]>('ecrintegration', name)
    assert.ok(found !== undefined, `EcrIntegration ${name} is not there`)
    const resource = asResource(ECR_INTEGRATION, apiVersionOf(type), found)
    const watch = { kind: ECR_INTEGRATION, type, list: () => [resource] }
    const served = new Map([[kindKey(resource.ref), { watch }]])
    const life = seconds(1)
    const leftovers = new TestLeftovers({ client, served, life, clock: systemClock, log: silentLog })
    return {
      async [Symbol.asyncDispose]() {
        await leftovers.close()
        await client.close()
      },
    }
  }

  describe('by the operator', () => {
    it('tells each step with its time and request, and leaves nothing', async () => {
      const { code, told, err } = await test(...key(), '--push')
      assert.equal(code, 0, err)
      assert.ok(told?.isPassed)
      assert.equal(told.arn, stage.sandbox.aws.principals.publisher.arn)
      assert.match(err, /lending the key to the operator in Secret everpull\/test-[0-9a-f]{8}\n/)
      assert.deepEqual(
        told.steps.slice(0, 5).map(({ name, on }) => [name, on]),
        [
          ['credentials', undefined],
          ['identity', undefined],
          ['login', REGION],
          ['registry', HOST],
          ['ecr:DescribeRepositories', HOST],
        ],
      )
      assert.ok(told.steps.every(({ tookMs }) => tookMs !== undefined))
      const identity = told.steps.find(({ name }) => name === 'identity')
      assert.match(identity?.requestId ?? '', /^[0-9a-f-]{36}$/)
      const put = told.steps.find(({ name }) => name === 'ecr:PutImage')
      assert.deepEqual([put?.result, put?.inferred], ['passed', true])
      assert.deepEqual(
        told.policies.map(({ held }) => held),
        ['yes', 'yes', 'yes'],
      )
      assert.deepEqual(await remaining(), [])
    })

    it('has it say the same in its log, and in no status', async () => {
      const line = await operator.logged('tested a connection')
      assert.match(String(line['object']), /^EcrIntegration test-/)
      assert.match(JSON.stringify(line['steps']), /identity: passed in \d+ ms, request [0-9a-f-]{36}/)
    })

    it('asks with the identity of the operator where a role is to be assumed', async () => {
      const { roleArn, externalId } = stage.sandbox.aws.principals.puller
      const role = [`--role=${roleArn}`, `--region=${REGION}`, `--registry=${HOST}`]
      const { code, told } = await test(...role, `--external-id=${externalId}`)
      assert.equal(code, 0, JSON.stringify(told))
      const refused = await test(...role, '--external-id=forgotten')
      assert.equal(refused.code, 1)
      const step = refused.told?.steps.find(({ name }) => name === 'role 1')
      assert.equal(step?.result, 'denied')
      assert.match(step.remedy ?? '', /to ask for exactly the external id that the integration gives/)
      assert.ok(step.remedy?.includes(stage.sandbox.aws.principals.bot.arn))
      assert.deepEqual(await remaining(), [])
    })

    it('tells what is wrong with a key, and what to do', async () => {
      const wrong = join(stage.sandbox.folder, 'wrong.txt')
      await writeFile(wrong, 'x'.repeat(40), { mode: 0o600 })
      const { accessKeyId } = stage.sandbox.aws.principals.publisher
      const { code, told } = await test(
        `--access-key-id=${accessKeyId}`,
        `--secret-access-key-file=${wrong}`,
        `--region=${REGION}`,
      )
      assert.equal(code, 1)
      const [, identity, ...rest] = told?.steps ?? []
      assert.deepEqual([identity?.name, identity?.result], ['identity', 'failed'])
      assert.match(identity?.remedy ?? '', /^Check the secret access key/)
      assert.ok(rest.every(({ result }) => result === 'skipped'))
      assert.deepEqual(await remaining(), [])
    })

    it('tests an integration that is there already, and changes nothing about it', async () => {
      const spec = { region: REGION, auth: { ambient: {} }, registries: [{ host: HOST }] }
      const kept = {
        apiVersion: 'everpull.dev/v1alpha1',
        kind: 'EcrIntegration',
        metadata: { name: 'kept' },
        spec,
      }
      await stage.apply(JSON.stringify(kept))
      const { code, told } = await test('kept')
      assert.equal(code, 0)
      assert.equal(told?.arn, stage.sandbox.aws.principals.bot.arn)
      const missing = await test('never-made')
      assert.equal(missing.code, 1)
      assert.match(missing.err, /there is no EcrIntegration never-made in the cluster/)
    })

    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      it(`leaves nothing when it is called off by ${signal}`, async () => {
        const principal = stage.sandbox.aws.principals.publisher.arn
        await stage.fault({ kind: 'hang', principal })
        const { start, args } = started([...key(), '--namespace=everpull'])
        const { child, ended } = startEverpull(start, args)
        await eventually('what it tests is there', async () => (await remaining()).length === 2)
        child.kill(signal)
        const { code, err } = await ended
        assert.equal(code, 1)
        assert.match(
          err,
          new RegExp(`everpull: the test was called off \\(${signal}\\); nothing of it is left\\n$`),
        )
        assert.deepEqual(await remaining(), [])
        await stage.clearFaults()
      })
    }

    it('has the key fetched that lies in a store, and leaves nothing', async () => {
      const { accessKeyId, secretAccessKey, arn } = stage.sandbox.aws.principals.publisher
      const store = ['--external-secret=ClusterSecretStore/vault', '--remote-key=ci/ecr']
      const { start, args } = started([`--access-key-id=${accessKeyId}`, `--region=${REGION}`, ...store])
      const { ended } = startEverpull(start, args)
      const [name = ''] = await eventually('what fetches it is there', async () => {
        const { items = [] } = (await stage.get<Listed>('externalsecret', '-n', 'everpull')) ?? {}
        return items.length === 1 ? items.map(({ metadata }) => metadata.name) : undefined
      })
      // As External Secrets would.
      const metadata = { namespace: 'everpull', name, labels: { 'everpull.dev/test': 'true' } }
      const stringData = { aws_secret_access_key: secretAccessKey }
      await stage.apply(JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata, stringData }))
      const { code, out, err } = await ended
      assert.equal(code, 0, err)
      assert.equal((JSON.parse(out) as ConnectionTold).arn, arn)
      assert.deepEqual(await remaining(), [])
      assert.equal(await stage.get('externalsecret', name, '-n', 'everpull'), undefined)
    })

    it('says that the operator of this cluster is not the one that is meant', async () => {
      const { code, err } = await test(...key(), '--runtime=elsewhere')
      assert.equal(code, 1)
      assert.match(err, /the operator does not test it: it is meant for runtime "elsewhere"/)
      assert.deepEqual(await remaining(), [])
    })

    it('is cleared away by the operator where nobody else could, with the key that it owns', async () => {
      const principal = stage.sandbox.aws.principals.publisher.arn
      await stage.fault({ kind: 'hang', principal })
      const { start, args } = started([...key(), '--namespace=everpull'])
      const { child, ended } = startEverpull(start, args)
      const [name = ''] = await eventually('both are there', async () => {
        const names = await remaining()
        return names.length === 2 ? names : undefined
      })
      const secret = await stage.secret('everpull', name)
      assert.deepEqual(
        secret?.metadata.ownerReferences?.map((owner) => owner.name),
        [name],
      )
      child.kill('SIGKILL')
      await ended
      await stage.clearFaults()
      assert.deepEqual(await remaining(), [name, name])
      const clearer = await clearing(name)
      await eventually('both are gone', async () => (await remaining()).length === 0, 30_000)
      await clearer[Symbol.asyncDispose]()
    })
  })

  describe('from here', () => {
    it('asks AWS with the key that is given, and no cluster', async () => {
      const { code, told } = await test(...key(), '--here', '--kubeconfig=/nowhere')
      assert.equal(code, 0)
      assert.equal(told?.arn, stage.sandbox.aws.principals.publisher.arn)
    })

    it('asks with the identity of this machine', async () => {
      const { accessKeyId, secretAccessKey, arn } = stage.sandbox.aws.principals.bot
      const own = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }
      const { start, args } = started(['--mode=ambient', `--region=${REGION}`, '--here'], own)
      const { code, out } = await runEverpull(start, ...args)
      assert.equal(code, 0, out)
      assert.equal((JSON.parse(out) as ConnectionTold).arn, arn)
    })

    it('reads the settings and the Secret of an integration that is there', async () => {
      const { accessKeyId, secretAccessKey, arn } = stage.sandbox.aws.principals.publisher
      const metadata = { namespace: 'everpull', name: 'keys' }
      const stringData = { secret: secretAccessKey }
      await stage.apply(JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata, stringData }))
      const existing = ['--existing-secret=keys', '--secret-key=secret', '--here']
      const given = await test(`--access-key-id=${accessKeyId}`, `--region=${REGION}`, ...existing)
      assert.deepEqual([given.code, given.told?.arn], [0, arn])
      const accessKey = { secretName: 'keys', accessKeyId, secretAccessKeyKey: 'secret' }
      const spec = { region: REGION, auth: { accessKey } }
      const kind = { apiVersion: 'everpull.dev/v1alpha1', kind: 'EcrIntegration' }
      await stage.apply(JSON.stringify({ ...kind, metadata: { name: 'keyed' }, spec }))
      for (const place of [['--here'], []]) {
        const kept = await test('keyed', ...place)
        assert.deepEqual([kept.code, kept.told?.arn], [0, arn], kept.err)
      }
      assert.ok(await stage.secret('everpull', 'keys'))
    })

    for (const action of ACTIONS) {
      it(`tells that ${action} is denied, that alone, and what to allow`, async () => {
        const principal = stage.sandbox.aws.principals.publisher.arn
        await stage.fault({ kind: 'deny', action, principal })
        const { told } = await test(...key(), '--here', '--push')
        await stage.clearFaults()
        const denied = told?.steps.filter(({ result, remedy }) => result === 'denied' && remedy !== undefined)
        assert.deepEqual(
          denied?.map(({ name }) => name),
          [action === 'ecr:GetAuthorizationToken' ? 'login' : action],
        )
        const said = denied?.find(({ name }) => name === action || name === 'login')
        assert.ok(said?.remedy?.includes(`"Action": "${action}"`), said?.remedy ?? '')
      })
    }
  })
})
