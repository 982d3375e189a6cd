// This file is about `everpull check` and `everpull crds --missing`, asked of a real cluster.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { parse } from 'yaml'
import type { CheckReport } from '../../src/operator/commands.ts'
import { eventually } from '../support/eventually.ts'
import { CHECKOUT, runEverpull } from '../support/everpull-process.ts'
import { argoRepository, harnessRecipe, mobbRecipe } from '../support/recipes.ts'
import { Stage } from '../support/stage.ts'

describe('looking into a cluster', () => {
  let stage: Stage

  before(async () => {
    stage = await Stage.open()
    await stage.namespace('argocd')
    await stage.credentialSecret('argocd')
  })
  after(() => stage[Symbol.asyncDispose]())

  /** As the admin at a workstation, with the bot's keys in the environment unless told otherwise. */
  async function everpullWith(changed: Readonly<Record<string, string>>, ...args: readonly string[]) {
    const { accessKeyId, secretAccessKey } = stage.sandbox.aws.principals.bot
    const environment = {
      ...stage.sandbox.awsEnv,
      KUBECONFIG: stage.sandbox.kubeconfigPath,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      ...changed,
    }
    const command = [process.execPath, join(CHECKOUT, 'bin', 'everpull.js')] as const
    return runEverpull({ says: 'from the checkout', command, environment }, ...args)
  }
  const everpull = (...args: readonly string[]) => everpullWith({}, ...args)
  async function check(...args: readonly string[]) {
    const { code, out, err } = await everpull('check', ...args)
    assert.equal(err, '')
    return { code, report: JSON.parse(out) as CheckReport }
  }

  it('tells who the operator is in AWS, and which kinds are installed', async () => {
    const { code, report } = await check()
    assert.equal(code, 0)
    assert.ok(report.aws.is === 'known', JSON.stringify(report.aws))
    assert.match(report.aws.arn, /^arn:aws:iam::\d{12}:user\//)
    assert.deepEqual(
      report.kinds.map(({ kind, version, served, notServed }) => [kind, version, served, notServed]),
      [
        ['RegistryLogin.everpull.dev', 'v1alpha1', ['v1alpha1'], []],
        ['ClusterRegistryLogin.everpull.dev', 'v1alpha1', ['v1alpha1'], []],
        ['EcrIntegration.everpull.dev', 'v1alpha1', ['v1alpha1'], []],
        ['ExternalSecret.external-secrets.io', 'v1', ['v1', 'v1beta1'], []],
        ['ClusterExternalSecret.external-secrets.io', 'v1', ['v1', 'v1beta1'], []],
        ['ECRAuthorizationToken.generators.external-secrets.io', 'v1alpha1', ['v1alpha1'], []],
        ['STSSessionToken.generators.external-secrets.io', 'v1alpha1', ['v1alpha1'], []],
        ['ClusterGenerator.generators.external-secrets.io', 'v1alpha1', ['v1alpha1'], []],
        ['Secret.ecr.mobb.redhat.com', 'v1alpha1', ['v1alpha1'], []],
        ['ArgoHelmRepoSecret.ecr.mobb.redhat.com', 'v1alpha1', ['v1alpha1'], []],
      ],
    )
  })

  it('tells why nobody knows who it is in AWS', async () => {
    const { out } = await everpullWith({ AWS_SECRET_ACCESS_KEY: 'AWS_SECRET_ACCESS_KEY' }, 'check')
    const { aws } = JSON.parse(out) as CheckReport
    assert.ok(aws.is === 'unknown')
    assert.match(aws.because, /holds the name AWS_SECRET_ACCESS_KEY instead of its value/)
  })

  it('tells what an object lacks, and that nobody serves it, before an operator runs', async () => {
    await stage.apply(mobbRecipe('argocd'))
    await stage.apply(harnessRecipe({ namespace: 'argocd' }))
    const before = await check('--namespace', 'argocd', 'repo-2529854065')
    assert.match(before.report.objects[0]?.because ?? '', /Secret argocd\/repo-2529854065 does not exist/)
    await stage.apply(argoRepository('argocd'))
    const { code, report } = await check('--namespace', 'argocd')
    assert.equal(code, 1)
    assert.deepEqual(
      Object.fromEntries(report.objects.map(({ kind, state, targets }) => [kind, [state, ...targets]])),
      {
        ExternalSecret: ['failing', 'argocd/repo-2529854065'],
        Secret: ['failing', 'argocd/ecr-docker-secret'],
      },
    )
    assert.ok(report.objects.every(({ because }) => because?.includes('is the operator running?')))
  })

  it('tells what is served and until when, once one does', async () => {
    const operator = await stage.startOperator()
    await operator.ready()
    await stage.secretWhere('argocd', 'ecr-docker-secret', 'exists', () => true)
    await stage.secretWhere(
      'argocd',
      'repo-2529854065',
      'is new',
      (s) => s.data['password'] !== 'an-old-password',
    )
    const { code, report } = await check()
    assert.equal(code, 0, JSON.stringify(report))
    assert.deepEqual(new Set(report.objects.map(({ state }) => state)), new Set(['served']))
    assert.ok(report.objects.every(({ expiresAt = '' }) => Date.parse(expiresAt) > Date.now()))
    const { report: one } = await check('ecr-secret')
    assert.deepEqual(
      one.objects.map(({ name }) => name),
      ['ecr-secret'],
    )
    assert.equal(await operator.stop(), 0)
  })

  it('tells what is wrong with an object, in the words of its status', async () => {
    const secret = { ...parse(mobbRecipe('argocd')), metadata: { namespace: 'argocd', name: 'often' } }
    await stage.apply(JSON.stringify({ ...secret, spec: { ...secret.spec, frequency: 'often' } }))
    const { code, report } = await check('often')
    assert.equal(code, 1)
    assert.deepEqual(
      report.objects.map(({ state }) => state),
      ['failing'],
    )
    assert.match(report.objects[0]?.because ?? '', /spec\.frequency "often" is no duration/)
    await stage.kubectl('delete', 'secrets.ecr.mobb.redhat.com', 'often', '-n', 'argocd')
  })

  it('leaves to another controller what it looks after, and says so', async () => {
    await stage.namespace('elsewhere')
    await stage.apply(harnessRecipe({ namespace: 'elsewhere' }))
    await stage.kubectl(
      'patch',
      'externalsecret/repo-2529854065',
      '--namespace=elsewhere',
      '--subresource=status',
      '--type=merge',
      '--field-manager=external-secrets',
      `--patch=${JSON.stringify({ status: { refreshTime: new Date().toISOString() } })}`,
    )
    const { code, report } = await check('--namespace=elsewhere')
    assert.equal(code, 0)
    assert.deepEqual(
      report.objects.map(({ state, because }) => [state, because]),
      [['dormant', 'external-secrets looks after it and renews it every 12h']],
    )
    await stage.kubectl('delete', 'namespace', 'elsewhere')
  })

  it('works for the operator’s own account, and knows whom its Secret stands for', async () => {
    const { accessKeyId, secretAccessKey, arn } = stage.sandbox.aws.principals.publisher
    const stringData = { aws_access_key_id: accessKeyId, aws_secret_access_key: secretAccessKey }
    const metadata = { namespace: 'everpull', name: 'aws-ecr-cloud-credentials' }
    await stage.apply(JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata, stringData }))
    const kubeconfig = join(stage.sandbox.folder, 'checker.kubeconfig')
    const account = { serviceAccount: { namespace: 'everpull', name: 'everpull' } }
    await writeFile(kubeconfig, await stage.sandbox.kubeconfigFor(account, 'everpull'), { mode: 0o600 })
    const { code, report } = await check('--kubeconfig', kubeconfig)
    assert.deepEqual(report.missingRights, [])
    assert.deepEqual(report.operatorSecrets, [
      { secret: 'everpull/aws-ecr-cloud-credentials', is: 'known', arn },
    ])
    assert.equal(code, 0)
  })

  it('finds that the printed roles are all the operator needs', async () => {
    const { report } = await check('--service-account', 'everpull/everpull')
    assert.deepEqual(report.missingRights, [])
  })

  it('names the rights an account lacks, and what each is for', async () => {
    const { code, report } = await check('--service-account', 'argocd/default')
    assert.equal(code, 1)
    const status = report.missingRights.find(
      ({ resource }) => resource === 'externalsecrets.external-secrets.io/status',
    )
    assert.equal(status?.verb, 'patch')
    assert.ok(report.missingRights.every(({ neededFor }) => neededFor.length > 0))
  })

  it('says when the definition installed does not serve a version that manifests are written in', async () => {
    const crd = 'externalsecrets.external-secrets.io'
    const found = await stage.get<{ spec: { versions: { name: string }[] } }>('crd', crd)
    const at = found?.spec.versions.findIndex(({ name }) => name === 'v1beta1')
    const patch = [{ op: 'replace', path: `/spec/versions/${at}/served`, value: false }]
    await stage.kubectl('patch', 'crd', crd, '--type=json', `--patch=${JSON.stringify(patch)}`)
    const kind = await eventually('v1beta1 is gone', async () => {
      const { report } = await check()
      return report.kinds.find(({ notServed }) => notServed.length > 0)
    })
    assert.deepEqual([kind.version, kind.served, kind.notServed], ['v1', ['v1'], ['v1beta1']])
    assert.match(
      kind.note ?? '',
      /manifests of external-secrets\.io\/v1beta1 cannot be applied \(write external-secrets\.io\/v1\)/,
    )
    await assert.rejects(
      stage.apply(harnessRecipe({ namespace: 'argocd' })),
      /no matches for kind|could not find the requested resource/,
    )
  })

  it('prints only the definitions that are missing', async () => {
    const err = 'everpull: the cluster lacks none of the definitions\n'
    assert.deepEqual(await everpull('crds', '--missing'), { code: 0, signal: null, out: '', err })
    await stage.kubectl('delete', 'crd', 'argohelmreposecrets.ecr.mobb.redhat.com')
    const { out } = await everpull('crds', '--missing')
    assert.deepEqual(
      [...out.matchAll(/^ {2}name: (.*)$/gm)].map(([, name]) => name),
      ['argohelmreposecrets.ecr.mobb.redhat.com'],
    )
  })

  it('says in one line that a cluster does not answer', async () => {
    await stage.sandbox.stopPart('kube-apiserver')
    const { code, err } = await everpull('crds', '--missing')
    assert.equal(code, 1)
    assert.match(err, /^everpull: [^\n]*\n$/)
  })
})
