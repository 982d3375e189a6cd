// This file is about the commands that look into a cluster, asked of a real one: explain, check NAME, policy, login, convert.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { ensureParts } from '../../sandbox/parts/ensure.ts'
import type { CheckReport, Explanation } from '../../src/operator/commands.ts'
import { eventually } from '../support/eventually.ts'
import { CHECKOUT, runEverpull, systemEnvironment } from '../support/everpull-process.ts'
import { type RunningOperator, Stage } from '../support/stage.ts'

const run = promisify(execFile)
const HOST = '123456789012.dkr.ecr.us-east-2.amazonaws.com'

type Json = Readonly<Record<string, unknown>>

const object = (kind: string, metadata: Json, spec: Json): string =>
  JSON.stringify({ apiVersion: 'everpull.dev/v1alpha1', kind, metadata, spec })

const integration = (name: string, namespaces: readonly string[], more: Json = {}): string =>
  object(
    'EcrIntegration',
    { name },
    {
      region: 'us-east-2',
      auth: { ambient: {} },
      registries: [{ host: HOST }],
      sharing: { namespaces: { names: namespaces } },
      ...more,
    },
  )

const login = (namespace: string, name: string, more: Json = {}): string =>
  object(
    'RegistryLogin',
    { namespace, name },
    { registries: [{ host: HOST }], outputs: [{ secretName: name, dockerConfig: {} }], ...more },
  )

describe('the command line at a workstation', { timeout: 300_000 }, () => {
  let stage: Stage
  let operator: RunningOperator

  before(async () => {
    stage = await Stage.open()
    for (const namespace of ['builds', 'others']) await stage.namespace(namespace)
    operator = await stage.startOperator([], registriesByName())
    await operator.ready()
    await stage.apply(integration('default', ['builds', 'many-*']))
  })
  after(() => stage[Symbol.asyncDispose]())

  /** Registries are reached by their own names, as at home. */
  function registriesByName(): Record<string, string> {
    const { HTTPS_PROXY, SSL_CERT_FILE } = stage.sandbox.proxyEnv
    return { HTTPS_PROXY, NO_PROXY: '127.0.0.1', NODE_EXTRA_CA_CERTS: SSL_CERT_FILE }
  }

  /** As the admin, with the bot's key, which is what the operator has too. */
  function environment(): Record<string, string> {
    const { accessKeyId, secretAccessKey } = stage.sandbox.aws.principals.bot
    return {
      ...stage.sandbox.awsEnv,
      ...registriesByName(),
      KUBECONFIG: stage.sandbox.kubeconfigPath,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    }
  }

  async function everpull(...args: readonly string[]) {
    const command = [process.execPath, join(CHECKOUT, 'bin', 'everpull.js')] as const
    return runEverpull({ says: 'from the checkout', command, environment: environment() }, ...args)
  }

  async function explain(...args: readonly string[]) {
    const { code, out, err } = await everpull('explain', ...args)
    assert.equal(err, '')
    return { code, explanation: JSON.parse(out) as Explanation }
  }

  describe('explain', () => {
    it('tells who keeps a Secret, through what, and when it is renewed', async () => {
      await stage.apply(login('builds', 'pull'))
      await stage.secretWhere('builds', 'pull', 'exists', () => true)
      const { code, explanation } = await explain('pull', '-n', 'builds')
      assert.equal(code, 0, JSON.stringify(explanation))
      const [found] = explanation.objects
      assert.equal(found?.kind, 'RegistryLogin.everpull.dev')
      const [secret] = found.secrets
      assert.equal(secret?.secret, 'builds/pull')
      assert.equal(secret.decision.is, 'fresh')
      const { renewsAt = '' } = secret.decision
      const { expiresAt = '', identity = '' } = secret.logins[0] ?? {}
      assert.ok(Date.parse(renewsAt) > Date.now() && Date.parse(renewsAt) < Date.parse(expiresAt))
      assert.match(identity, /own AWS identity through EcrIntegration default/)
    })

    it('tells what will be done about a Secret that somebody changed, while nobody does it', async () => {
      assert.equal(await operator.stop(), 0)
      await stage.kubectl('label', 'secret', 'pull', '-n', 'builds', 'x=y')
      const patch = JSON.stringify({ stringData: { '.dockerconfigjson': '{"auths":{}}' } })
      await stage.kubectl('patch', 'secret', 'pull', '-n', 'builds', '--type=merge', '-p', patch)
      const { code, explanation } = await explain('pull', '-n', 'builds')
      assert.equal(code, 1)
      const decision = explanation.objects[0]?.secrets[0]?.decision
      assert.equal(decision?.is, 'renew')
      assert.match(decision.because, /somebody changed what was written/)
      operator = await stage.startOperator([], registriesByName())
      await operator.ready()
    })

    it('tells why an object is refused, and what of it fails', async () => {
      await stage.apply(login('others', 'pull'))
      await eventually('it is refused', async () => {
        const ready = await stage.ready('registrylogin', 'others', 'pull')
        return ready?.status === 'False' ? ready : undefined
      })
      const { code, explanation } = await explain('pull', '-n', 'others')
      assert.equal(code, 1)
      assert.match(explanation.objects[0]?.problem ?? '', /not shared with namespace others/)
      const ready = explanation.objects[0]?.conditions.find(({ type }) => type === 'Ready')
      assert.equal(ready?.status, 'False')
    })

    it('tells who yields to whom', async () => {
      await stage.apply(login('builds', 'late', { outputs: [{ secretName: 'pull', dockerConfig: {} }] }))
      const { explanation } = await explain('pull', '-n', 'builds')
      const late = explanation.objects.find(({ name }) => name === 'late')
      assert.equal(late?.secrets[0]?.decision.is, 'yield')
      assert.match(late.secrets[0].decision.because, /RegistryLogin builds\/pull/)
      await stage.kubectl('delete', 'registrylogin', 'late', '-n', 'builds')
    })

    it('names all namespaces in which an order of the cluster fails', async () => {
      const names = Array.from({ length: 25 }, (_, n) => `lot-${n}`)
      for (const name of [...names, 'many-1']) await stage.namespace(name)
      const spec = {
        namespaces: { names: ['lot-*', 'many-*'] },
        registries: [{ host: HOST }],
        outputs: [{ secretName: 'everywhere', dockerConfig: {} }],
      }
      await stage.apply(object('ClusterRegistryLogin', { name: 'everywhere' }, spec))
      await stage.secretWhere('many-1', 'everywhere', 'exists', () => true)
      const { code, explanation } = await explain('everywhere')
      assert.equal(code, 1)
      const [found] = explanation.objects
      const failing = found?.secrets.filter(({ decision }) => decision.is !== 'fresh')
      assert.deepEqual(
        failing?.map(({ secret }) => secret).toSorted(),
        names.map((name) => `${name}/everywhere`).toSorted(),
      )
      await stage.kubectl('delete', 'clusterregistrylogin', 'everywhere')
    })

    it('says so where there is nothing of that name', async () => {
      const { code, out, err } = await everpull('explain', 'nobody')
      assert.deepEqual([code, out], [1, ''])
      assert.match(err, /^everpull: nothing that is served here is called nobody/)
    })
  })

  describe('check NAME', () => {
    it('tests an integration step by step, and an object as it asks', async () => {
      for (const name of ['default', 'pull']) {
        const { code, out } = await everpull('check', name, '-n', 'builds')
        const { probes = [], objects } = JSON.parse(out) as CheckReport
        assert.equal(code, 0, out)
        assert.equal(objects.length, 1)
        assert.equal(probes.length, 1)
        assert.ok(
          probes[0]?.steps.some((step) => step.name === 'registry' && step.result === 'passed'),
          out,
        )
        assert.match(probes[0]?.arn ?? '', /user\//)
      }
    })

    it('tells what would help where something is denied', async () => {
      await stage.apply(integration('assuming', ['builds'], { auth: { iamRole: { roleArn: NO_ROLE } } }))
      const { code, out } = await everpull('check', 'assuming')
      assert.equal(code, 1)
      const steps = (JSON.parse(out) as CheckReport).probes?.[0]?.steps ?? []
      const denied = steps.find(({ result }) => result === 'denied')
      assert.match(denied?.remedy ?? '', /sts:AssumeRole/)
    })

    it('warns where an integration keeps nobody from anything', async () => {
      const { out } = await everpull('check', 'default')
      const { warnings } = JSON.parse(out) as CheckReport
      assert.deepEqual(
        warnings.map(({ object: about, reason }) => [about, reason]),
        [['EcrIntegration default', 'SharingNotEnforced']],
      )
      const closed = await everpull('check', 'default', '--ambient-credentials=deny')
      assert.deepEqual((JSON.parse(closed.out) as CheckReport).warnings, [])
    })
  })

  describe('policy', () => {
    it('prints documents as IAM takes them', async () => {
      const { code, out, err } = await everpull('policy', 'assuming')
      assert.equal(code, 0)
      const { Version, Statement } = JSON.parse(out) as { Version: string; Statement: { Action: unknown }[] }
      assert.equal(Version, '2012-10-17')
      assert.ok(JSON.stringify(Statement).includes('ecr:GetAuthorizationToken'))
      assert.match(err, new RegExp(`the identity policy of ${NO_ROLE}`))
      const trust = await everpull('policy', 'assuming', '--trust', '--caller', CALLER)
      assert.ok(trust.out.includes('sts:AssumeRole') && trust.out.includes(CALLER), trust.out)
    })
  })

  describe('login', () => {
    it('prints a password that opens the registry, with the credentials of this machine', async () => {
      const { code, out, err } = await everpull('login', '--registry', HOST)
      assert.equal(code, 0, err)
      assert.match(err, /the password of user AWS/)
      assert.ok((await stage.knownSecrets()).includes(out.trim()))
    })

    it('asks through an integration for whom it is shared with, and for nobody else', async () => {
      const through = ['login', '--registry', HOST, '--integration', 'default'] as const
      assert.equal((await everpull(...through, '-n', 'builds')).code, 0)
      const refused = await everpull(...through, '-n', 'others')
      assert.deepEqual([refused.code, refused.out], [1, ''])
      assert.match(refused.err, /not shared with namespace others/)
      assert.equal((await everpull('login', 'pull', '-n', 'builds')).code, 0)
    })

    it('lets crane pull as docker would: through the credential helper', async () => {
      const { crane } = await ensureParts(['crane'])
      const folder = join(stage.sandbox.folder, 'docker')
      await mkdir(folder, { recursive: true })
      const helper = join(folder, 'docker-credential-everpull')
      await symlink(join(CHECKOUT, 'bin', 'docker-credential-everpull.js'), helper)
      const config = { credHelpers: { [HOST]: 'everpull' } }
      await writeFile(join(folder, 'config.json'), JSON.stringify(config))
      const system = systemEnvironment()
      const env = {
        ...system,
        ...environment(),
        ...stage.sandbox.proxyEnv,
        PATH: [folder, join(process.execPath, '..'), system['PATH']].join(':'),
        DOCKER_CONFIG: folder,
      }
      const { stdout } = await run(crane, ['manifest', `${HOST}/apps/demo:1.0.0`], { env })
      assert.match(stdout, /schemaVersion/)
    })
  })

  describe('convert', () => {
    it('makes manifests that the API server takes as they are', async () => {
      const manifest = join(stage.sandbox.folder, 'convert.yaml')
      await writeFile(manifest, TOOLS)
      const { code, out, err } = await everpull('convert', manifest)
      assert.deepEqual([code, err], [0, ''])
      const said = await stage.applyDry(out)
      assert.match(said, /registrylogin.everpull.dev\/regcred created/)
      assert.match(said, /clusterregistrylogin.everpull.dev\/renew created/)
    })
  })
})

const NO_ROLE = 'arn:aws:iam::123456789012:role/nobody'
const CALLER = 'arn:aws:iam::123456789012:role/everpull'

const TOOLS = `
apiVersion: ecr.mobb.redhat.com/v1alpha1
kind: Secret
metadata: {name: regcred, namespace: builds}
spec: {ecr_registry: ${HOST}, frequency: 10h, generated_secret_name: regcred, region: us-east-2}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: renew, namespace: builds}
spec:
  schedule: 0 */6 * * *
  jobTemplate:
    spec:
      template:
        spec:
          containers:
          - name: renew
            image: nabsul/k8s-ecr-login-renew:v1.7.2
            env:
            - {name: DOCKER_SECRET_NAME, value: regcred}
            - {name: TARGET_NAMESPACE, value: "*"}
            - {name: DOCKER_REGISTRIES, value: "https://${HOST}"}
`
